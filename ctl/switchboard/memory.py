"""What the floor remembers of those who called, by their number, and for minutes only. Values; `recall` has the rules."""

from dataclasses import dataclass

from ctl.switchboard.ids import CallId, Extension, Millis, QueueName


@dataclass(frozen=True, slots=True)
class KeptPlace:
    """The place of a caller who gave up or was cut off. ``until``: when it is forgotten."""

    number: str
    queue: QueueName
    place: Millis
    call: CallId
    until: Millis


@dataclass(frozen=True, slots=True)
class LastServed:
    """Who served a number last."""

    number: str
    operator: Extension
    until: Millis


@dataclass(frozen=True, slots=True)
class Memory:
    """One entry at most for each number, what is forgotten first in front. It is nowhere but here."""

    places: tuple[KeptPlace, ...] = ()
    served: tuple[LastServed, ...] = ()

    @property
    def forget_at(self) -> Millis | None:
        """When the next entry is to be forgotten."""
        return min((entries[0].until for entries in (self.places, self.served) if entries), default=None)
