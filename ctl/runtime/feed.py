"""Tells watchers what changes on the floor: a snapshot first, then numbered changes.

A change holds only what became different: rows of calls, call-backs, operators and queues by name (None: gone), the
trunk, all alarms, and ``pops``: the offers just made, for the screens of the operators they ring (1.4.1); ``texts``:
what operators are told. Once a second (`Feed.tick`) follows what changes with time alone: rows of the service level and
of expected waits by name. A watcher who reads too slowly is not waited for: it misses changes and gets a new snapshot
once it has caught up.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeVar

import msgspec

from ctl.kpi.windows import Service
from ctl.runtime.alarms import alarm_rows
from ctl.runtime.centre import centre_row
from ctl.runtime.document import (
    IN_QUEUE,
    FloorDocument,
    call_row,
    callback_row,
    caller_of,
    floor_document,
    iso,
    operator_row,
    queue_rows,
    trunk_row,
)
from ctl.runtime.engine import Turned
from ctl.runtime.expected import ExpectedRow, expected_rows
from ctl.runtime.service import ServiceRow, service_rows
from ctl.switchboard.facts import OfferMade, TextSent
from ctl.switchboard.floor import Call, Floor
from ctl.switchboard.ids import CallId, Millis

MOST_UNSENT = 256 * 1024
"""Bytes that may wait for one watcher before it counts as slow."""

Change = dict[str, object]
K = TypeVar("K")
V = TypeVar("V")


class Outlet(Protocol):
    """A connection, as far as the feed is concerned."""

    def write(self, data: bytes) -> None: ...
    def unsent(self) -> int: ...


class Watcher:
    """One who watches. ``behind``: changes were missed, the next thing told must be a snapshot."""

    def __init__(self, outlet: Outlet, on_behind: Callable[[], None]) -> None:
        self.outlet = outlet
        self.behind = False
        self._on_behind = on_behind

    def tell(self, line: bytes) -> None:
        if self.behind:
            return
        if self.outlet.unsent() > MOST_UNSENT:
            self.behind = True
            self._on_behind()
            return
        self.outlet.write(line)


class Feed:
    """Numbers changes and hands them to every watcher. ``n`` is the number of the last one.

    ``service``: the service level at an instant.
    """

    def __init__(self, service: Callable[[Millis], Service] = lambda _: {}) -> None:
        self.n = 0
        self.watchers: set[Watcher] = set()
        self._service = service
        self._rows: dict[str, ServiceRow] = {}
        self._expected: dict[str, ExpectedRow] = {}

    def document(self, floor: Floor, at: Millis) -> FloorDocument:
        """Everything there is to see at ``at``."""
        return floor_document(floor, at, service_rows(self._service(at)), expected_rows(floor, at))

    def snapshot(self, floor: Floor, at: Millis) -> bytes:
        """What a watcher begins with, and begins again with after having been too slow."""
        self.tick(floor, at)  # the others learn it as a change
        return _line({"n": self.n, "snapshot": self._as_told(floor, at)})

    def turned(self, turned: Turned) -> None:
        """Tell what a turn changed; costs nothing when nobody watches."""
        if not self.watchers:
            return
        if turned.before.plan != turned.after.plan:
            # Names, limits and who exists may all be new: everything is told again.
            self._tell({"snapshot": self._as_told(turned.after, turned.at)}, turned.at)
        else:
            self._tell(changes(turned), turned.at)

    def tick(self, floor: Floor, at: Millis) -> None:
        """Tell what is different in service and expected waits since the last time."""
        rows = {row["name"]: row for row in service_rows(self._service(at))}
        change: Change = {}
        if told := _unlike(self._rows, rows):
            change["service"] = told
        expected = {row["name"]: row for row in expected_rows(floor, at)}
        if waits := _unlike(self._expected, expected):
            change["expected"] = waits
        self._rows, self._expected = rows, expected
        self._tell(change, at)

    def _as_told(self, floor: Floor, at: Millis) -> FloorDocument:
        return floor_document(floor, at, self._rows.values(), self._expected.values())

    def _tell(self, change: Change, at: Millis) -> None:
        if not change or not self.watchers:
            return
        self.n += 1
        line = _line({"n": self.n, "at": iso(at), **change})
        for watcher in self.watchers:
            watcher.tell(line)


def changes(turned: Turned) -> Change:
    """What became different, by the names of the floor document; empty when nothing did.

    Unchanged records are the same objects before and after, so comparing is cheap.
    """
    before, after = turned.before, turned.after
    change: Change = {}
    if pops := [_pop(fact, after) for fact in turned.facts if isinstance(fact, OfferMade)]:
        change["pops"] = pops
    if texts := [_text(fact) for fact in turned.facts if isinstance(fact, TextSent)]:
        change["texts"] = texts
    different = _different(before.calls, after.calls)
    if different:
        change["calls"] = {name: call_row(now) if now is not None else None for name, _, now in different}
    if callbacks := _callbacks(different):
        change["callbacks"] = callbacks
    queued = {
        call.queue
        for _, was, now in different
        for call in (was, now)
        if call is not None and call.queue is not None and call.phase in IN_QUEUE
    }
    if queued:
        rows, were = ({row["name"]: row for row in queue_rows(floor, queued)} for floor in (after, before))
        if told := {name: rows.get(name) for name in {**were, **rows} if were.get(name) != rows.get(name)}:
            change["queues"] = told
    changed = {extension for extension, _, _ in _different(before.operators, after.operators)}
    aside = {call.operator for _, *both in different for call in both if call is not None and call.operator is not None}
    if operators := changed | {one for one in aside - changed if operator_row(before, one) != operator_row(after, one)}:
        change["operators"] = {extension: operator_row(after, extension) for extension in operators}
    if before.legs.keys() != after.legs.keys() and (trunk := trunk_row(after)) != trunk_row(before):
        change["trunk"] = trunk
    there = any(call.handoff.remote for _, *both in different for call in both if call is not None and call.handoff)
    if (there or before.conditions is not after.conditions) and (centre := centre_row(after)) != centre_row(before):
        change["centre"] = centre
    if before.conditions.alarms is not after.conditions.alarms:
        change["alarms"] = alarm_rows(after)
    return change


def _unlike(before: Mapping[str, V], after: Mapping[str, V]) -> dict[str, V | None]:
    """Rows that are not what they were, by name; None where there is none any more."""
    return {name: after.get(name) for name in {**before, **after} if after.get(name) != before.get(name)}


def _different(before: Mapping[K, V], after: Mapping[K, V]) -> list[tuple[K, V | None, V | None]]:
    """What was and what is now, by name, where it is not the same; None where there is nothing."""
    changed = [(name, before.get(name), now) for name, now in after.items() if before.get(name) is not now]
    return changed + [(name, before[name], None) for name in before.keys() - after.keys()]


def _callbacks(different: Sequence[tuple[CallId, Call | None, Call | None]]) -> dict[str, object]:
    """Of changed calls those that were or are call-backs, None where the citizen has been reached or it is over."""
    rows = {name: tuple(callback_row(one) if one is not None else None for one in pair) for name, *pair in different}
    return {name: now for name, (was, now) in rows.items() if was != now}


def _pop(offer: OfferMade, floor: Floor) -> dict[str, object]:
    call = floor.calls.get(offer.call)
    return {
        "call": offer.call,
        "operator": offer.operator,
        "queue": offer.queue,
        "menu": call.menu if call else None,
        "caller": caller_of(call) if call else None,
        "called": call.called if call else None,
        "at": iso(offer.at),
    }


def _text(sent: TextSent) -> dict[str, object]:
    return {"to": list(sent.to), "text": sent.text, "from": sent.supervisor, "at": iso(sent.at)}


def _line(document: dict[str, object]) -> bytes:
    return msgspec.json.encode(document) + b"\n"
