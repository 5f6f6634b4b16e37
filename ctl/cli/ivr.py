"""Commands: ivr check, simulate, draw."""
