"""Commands: calls, call show, call explain, replay."""
