"""What is known of one generation beside its files."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Manifest:
    """What is known of one generation. ``plan``: version of the plan that its flows make. ``files``: SHA-256 by path.

    ``taken_back``: why it did not stay in force: what was wrong, for which the one before came back, or that its deploy
    never came so far or was broken off. ``restores``: the
    generation whose content this is again; None for a new content.
    """

    number: int
    at: datetime
    author: str
    reason: str
    plan: str
    files: Mapping[str, str] = field(default_factory=dict)
    taken_back: tuple[str, ...] = ()
    restores: int | None = None

    @property
    def origin(self) -> int:
        """Where its content was in force for the first time."""
        return self.restores if self.restores is not None else self.number
