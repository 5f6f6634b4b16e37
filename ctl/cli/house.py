"""Commands: run, up, down, status, and the processes themselves."""
