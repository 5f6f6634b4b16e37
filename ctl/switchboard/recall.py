"""Callers who call again: the place they held, and the operator who knows the matter.

Rules
-----
* A caller who gave up in a queue, or was cut off, and comes to the same queue again in time has the place held before;
  to the queue entered first, if overflow or a supervisor had sent the caller on from there.
  One call only: a second call from that number at the same time is a new caller.
* The operator who served the number last is preferred among those who are free and fit; nobody ever waits for one.
* Callers who do not show a number are never recognised.
* What is remembered is kept in the floor alone, and forgotten when its time is over, at night too (`core.next_due`).
"""

from collections.abc import Mapping
from typing import TypeVar

from ctl.switchboard.facts import Candidate
from ctl.switchboard.floor import Call
from ctl.switchboard.ids import Millis, QueueName
from ctl.switchboard.kinds import CallKind, Outcome
from ctl.switchboard.memory import KeptPlace, LastServed, Memory
from ctl.switchboard.plan import Routing
from ctl.switchboard.records import replace
from ctl.switchboard.turn import Turn

Entry = TypeVar("Entry", bound=KeptPlace | LastServed)

GONE = frozenset({Outcome.ABANDONED_QUEUE, Outcome.ABANDONED_RINGING, Outcome.LOST})
"""Ends after which a caller may come back for the place."""


def remember(turn: Turn, call: Call, outcome: Outcome) -> None:
    """A citizen's call ends: keep what helps when the same number calls again."""
    routing = turn.current_plan.routing if turn.current_plan is not None else Routing()
    if call.kind is not CallKind.INBOUND or not call.caller.isdigit():
        return
    keep_ms, same_ms = routing.keep_place_ms, routing.same_operator_ms
    if keep_ms is not None and outcome in GONE and call.came_to is not None and call.place is not None:
        kept = KeptPlace(call.came_to, call.place, call.id, turn.now + keep_ms)
        turn.memory = replace(turn.memory, places=_with(turn.memory.places, call.caller, kept))
    if same_ms is not None and call.operator is not None:
        served = LastServed(call.operator, turn.now + same_ms)
        turn.memory = replace(turn.memory, served=_with(turn.memory.served, call.caller, served))


def place(turn: Turn, call: Call, queue: QueueName) -> KeptPlace | None:
    """The place that a new caller held in this queue before."""
    kept = turn.memory.places.get(call.caller)
    return kept if kept is not None and kept.queue == queue else None


def take(turn: Turn, call: Call) -> None:
    """The caller has the place again."""
    places = {number: kept for number, kept in turn.memory.places.items() if number != call.caller}
    turn.memory = replace(turn.memory, places=places)


def preferred(turn: Turn, call: Call, fitting: tuple[Candidate, ...]) -> Candidate | None:
    """Of those who are free and fit, the one who served the caller's number last."""
    last = turn.memory.served.get(call.caller)
    return next((one for one in fitting if last is not None and one.extension == last.operator), None)


def forget(turn: Turn) -> None:
    """Drop what is over."""
    due = turn.memory.forget_at
    if due is not None and due <= turn.now:
        known = turn.memory
        turn.memory = Memory(_still(known.places, turn.now), _still(known.served, turn.now))


def _still(entries: Mapping[str, Entry], now: Millis) -> dict[str, Entry]:
    return {number: one for number, one in entries.items() if one.until > now}


def _with(entries: Mapping[str, Entry], number: str, new: Entry) -> dict[str, Entry]:
    """``new`` is forgotten last, unless a plan has shortened the time."""
    kept = dict(entries)
    kept.pop(number, None)
    last = next(reversed(kept.values()), new)
    kept[number] = new
    return kept if last.until <= new.until else dict(sorted(kept.items(), key=_until))


def _until(entry: tuple[str, KeptPlace | LastServed]) -> Millis:
    return entry[1].until
