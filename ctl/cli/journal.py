"""Commands: journal status, ship, compare."""
