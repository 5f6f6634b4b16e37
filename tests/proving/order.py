"""Who is served first, and by whom: the order of the queues, and nobody in two conversations."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise
from operator import attrgetter

from tests.proving.history import (
    NO_PLACE,
    OVERTAKEN,
    TWO_CALLS,
    TWO_OPERATORS,
    Entry,
    Finding,
    History,
    Leg,
    Side,
)
from tests.proving.pairing import Pairs
from tests.proving.trouble import Troubled

TOLD_AWAY = frozenset({"closed", "overflowed", "trunk_full", "callback"})
"""Outcomes of callers who have left the line when they hear so: since when, is not seen on the wire."""


def two_at_once(history: History, troubled: Troubled) -> Iterator[Finding]:
    """A telephone that has answered, or was answered, is in no other such call before it is over, and a citizen with one
    operator at a time.

    A telephone whose call died with the PBX hears nothing of it, and is rung again beside it.
    """
    talks = [leg for leg in history.of(Side.OPERATOR, Side.DIALLED) if leg.answered_s is not None]
    for leg in _overlapping(talks, "telephone", troubled):
        yield Finding(TWO_CALLS, f"telephone {leg.telephone} at {leg.answered_s:.3f}")
    rung = [leg for leg in talks if leg.side is Side.OPERATOR]
    for leg in _overlapping(rung, "caller", troubled):
        yield Finding(TWO_OPERATORS, f"{leg.name} for {leg.caller} at {leg.answered_s:.3f}")


def _overlapping(legs: Iterable[Leg], of: str, troubled: Troubled) -> Iterator[Leg]:
    """Who answers while another call lasts that has the same of this."""
    groups: dict[str, list[Leg]] = defaultdict(list)
    for leg in sorted(legs, key=lambda one: one.answered_s or 0):
        groups[getattr(leg, of)].append(leg)
    for those in groups.values():
        yield from (leg for before, leg in pairwise(those) if (leg.answered_s or 0) < troubled.over_s(before))


def overtaken(history: History, pairs: Pairs, troubled: Troubled, within_s: float) -> Iterator[Finding]:
    """Whenever a telephone rings for a caller, nobody waits in the same queue with the same priority who came earlier.

    The place is the first entry into any queue: whoever is moved to another, or waits again, keeps it. Whoever begins or
    ceases to wait within this time of the ring is not looked at.
    """
    line = Line(history, pairs, troubled)
    for ring in history.of(Side.OPERATOR):
        citizen, at_s = pairs.calls.get(ring.id), ring.begun_s
        if citizen is None:
            continue
        own = line.entry(citizen, at_s + within_s)
        if own is None:
            if not troubled.late(NO_PLACE, at_s):
                yield Finding(NO_PLACE, f"{citizen.name} at {at_s:.3f}")
            continue
        place_s = line.place_s(citizen)
        waiting = line.waiting(own.queue, own.priority, at_s - within_s, at_s + within_s)
        passed = next((one for one in waiting if line.place_s(one) < place_s), None)
        if passed is not None and not troubled.late(OVERTAKEN, at_s):
            places = f"there since {line.place_s(passed):.3f}, by {citizen.telephone}, there since {place_s:.3f}"
            yield Finding(OVERTAKEN, f"{passed.telephone}, {places}, rung at {at_s:.3f}")


class Line:
    """Who waits where: the records say who came when to which queue, the wire who is with nobody."""

    def __init__(self, history: History, pairs: Pairs, troubled: Troubled) -> None:
        self._troubled, self._pairs = troubled, pairs
        told: dict[str, list[Entry]] = defaultdict(list)
        for entry in sorted(history.entries, key=attrgetter("entered_s")):
            told[entry.call].append(entry)
        self._callers = {
            leg.id: leg for leg in history.of(Side.CITIZEN) if leg.id in pairs.rows and pairs.rows[leg.id].id in told
        }
        self._entries = {id: told[pairs.rows[id].id] for id in self._callers}
        self._partners: dict[str, list[Leg]] = defaultdict(list)
        for leg in history.of(Side.OPERATOR, Side.OUTSIDE):
            if leg.id in pairs.calls:
                self._partners[pairs.calls[leg.id].id].append(leg)

    def place_s(self, citizen: Leg) -> float:
        return self._entries[citizen.id][0].entered_s

    def entry(self, citizen: Leg, at_s: float) -> Entry | None:
        """The last one until this instant."""
        entries = self._entries.get(citizen.id, [])
        n = bisect_right(entries, at_s, key=attrgetter("entered_s"))
        return entries[n - 1] if n else None

    def waiting(self, queue: str, priority: int, since_s: float, until_s: float) -> Iterator[Leg]:
        """Who is in this queue with this priority, and with nobody, in all of this time."""
        for citizen in self._callers.values():
            entry = self.entry(citizen, since_s)
            if (
                entry is not None
                and (entry.queue, entry.priority) == (queue, priority)
                and entry is self.entry(citizen, until_s)
                and self._troubled.over_s(citizen) > until_s
                and self._pairs.rows[citizen.id].outcome not in TOLD_AWAY
                and not any(one.begun_s < until_s and self._over_s(one) > since_s for one in self._partners[citizen.id])
            ):
                yield citizen

    def _over_s(self, partner: Leg) -> float:
        """Of a telephone that says nothing at all only the records know how long it was called."""
        row = self._pairs.row_legs.get(partner.id)
        told_s = row.ended_s if partner.mute and row is not None else None
        return told_s if told_s is not None else self._troubled.over_s(partner)
