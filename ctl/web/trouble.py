"""The one exception that is meant for people."""

from dataclasses import dataclass


@dataclass
class Trouble(Exception):
    """A refusal with a sentence for the person who asked. ``field`` names the input that was wrong."""

    status: int
    message: str
    field: str | None = None

    def __post_init__(self) -> None:
        super().__init__(self.message)
