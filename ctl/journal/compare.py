"""Our legs against somebody else's account of the same channels: every difference, named."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from ctl.journal.reader import Reader
from ctl.switchboard.events import Cause
from ctl.switchboard.facts import CallStarted, LegClosed, LegEstablished, LegStarted
from ctl.switchboard.hours import jst
from ctl.switchboard.ids import LegId, Millis

TOLERANCE_MS = 1500
"""A busy machine tells us of an event this much later than the PBX notes it."""


class Account(Protocol):
    """What the other side says of one channel. ``ours``: the switchboard had it in its hands."""

    @property
    def started_at(self) -> Millis | None: ...
    @property
    def answered_at(self) -> Millis | None: ...
    @property
    def ended_at(self) -> Millis | None: ...
    @property
    def ours(self) -> bool: ...


@dataclass(slots=True)
class _Leg:
    started_at: Millis | None = None
    answered_at: Millis | None = None
    ended_at: Millis | None = None
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Difference:
    leg: str
    what: str


def compare(reader: Reader, accounts: Mapping[LegId, Account], since: Millis) -> tuple[int, list[Difference]]:
    """How many legs were compared, and what differs. Calls in progress are left out. Raises `JournalError`."""
    legs, calls = _told(reader)
    over = {leg: one for leg, one in legs.items() if one.ended_at is not None and (one.started_at or 0) >= since}
    found = [
        difference for leg, one in sorted(over.items()) for difference in _differences(leg, one, accounts.get(leg))
    ]
    for leg, account in sorted(accounts.items()):
        finished = account.ended_at is not None and (account.started_at or 0) >= since
        # A call that the fallback served from beginning to end is known to us, but never had a leg of ours.
        if account.ours and finished and leg not in legs and leg not in calls:
            found.append(Difference(leg, "the PBX had this channel, and no leg of ours knows it"))
    return len(over), found


_TOLD_BY = {one.__name__ for one in (CallStarted, LegStarted, LegEstablished, LegClosed)}


def _told(reader: Reader) -> tuple[dict[LegId, _Leg], set[str]]:
    """Our legs, and the calls that we know."""
    legs: dict[LegId, _Leg] = {}
    calls: set[str] = set()
    for entry in reader.walk(0, reader.last_seq):
        if entry.kind != "fact" or entry.type not in _TOLD_BY:
            continue
        match reader.fact(entry):
            case CallStarted(call=call):
                calls.add(call)
            case LegStarted(leg=leg, at=at):
                legs.setdefault(leg, _Leg()).started_at = at
            case LegEstablished(leg=leg, at=at):
                legs.setdefault(leg, _Leg()).answered_at = at
            case LegClosed(leg=leg, at=at, cause=cause):
                closed = legs.setdefault(leg, _Leg())
                closed.ended_at, closed.lost = at, cause is Cause.LOST
            case _:
                pass
    return legs, calls


def _differences(leg: LegId, ours: _Leg, theirs: Account | None) -> list[Difference]:
    if theirs is None:
        # A leg that could not even be created never was a channel.
        never_was = ours.answered_at is None
        return [] if never_was else [Difference(leg, "we say it was answered, and the PBX never had such a channel")]
    pairs = (
        ("started", ours.started_at, theirs.started_at),
        ("was answered", ours.answered_at, theirs.answered_at),
        ("ended", ours.ended_at, theirs.ended_at),
    )
    return [
        Difference(leg, f"{what}: we say {_clock(mine)}, the PBX says {_clock(other)}{_excuse(what, ours)}")
        for what, mine, other in pairs
        if (mine is None) != (other is None) or (mine and other and abs(mine - other) > TOLERANCE_MS)
    ]


def _clock(at: Millis | None) -> str:
    """The wall clock in Japan, to the millisecond."""
    return f"{jst(at).strftime('%m-%d %H:%M:%S')}.{at % 1000:03d}" if at is not None else "never"


def _excuse(what: str, ours: _Leg) -> str:
    """A leg that ended while we were away is noted when we come back: the PBX is right then."""
    return " (it was found missing after a gap)" if ours.lost and what == "ended" else ""
