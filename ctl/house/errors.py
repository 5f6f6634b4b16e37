"""What all of the house shares: how work is told, and how it fails."""

from collections.abc import Callable

Progress = Callable[[str], None]
"""Takes one short line about what is being done right now."""


class HouseError(Exception):
    """Something on this machine stands in the way. The text says what, and the way out."""
