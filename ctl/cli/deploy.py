"""Commands: deploy."""
