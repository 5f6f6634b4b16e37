"""What the floor remembers of those who called, by their number, and for minutes only. Values; `recall` has the rules."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ctl.switchboard.ids import CallId, Extension, Millis, QueueName


@dataclass(frozen=True, slots=True)
class KeptPlace:
    """The place of a caller who gave up or was cut off. ``queue``: the one entered first. ``until``: when it is forgotten."""

    queue: QueueName
    place: Millis
    call: CallId
    until: Millis


@dataclass(frozen=True, slots=True)
class LastServed:
    """Who served a number last."""

    operator: Extension
    until: Millis


@dataclass(frozen=True, slots=True)
class Memory:
    """By number, what is forgotten first in front. It is nowhere but here."""

    places: Mapping[str, KeptPlace] = field(default_factory=dict)
    served: Mapping[str, LastServed] = field(default_factory=dict)

    @property
    def forget_at(self) -> Millis | None:
        """When the next entry is to be forgotten."""
        entries: tuple[Mapping[str, KeptPlace | LastServed], ...] = (self.places, self.served)
        return min((next(iter(known.values())).until for known in entries if known), default=None)
