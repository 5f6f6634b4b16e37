"""Tells watchers what changes on the floor: a snapshot first, then numbered changes.

A change holds only what became different: rows of calls, operators and queues by name (None: gone), the trunk, and
``pops``: the offers just made, for the screens of the operators they ring (1.4.1). A watcher who reads too slowly is
not waited for: it misses changes and gets a new snapshot once it has caught up.
"""

from collections.abc import Callable
from typing import Protocol

import msgspec

from ctl.runtime.document import call_row, floor_document, iso, operator_row, queue_rows, trunk_row
from ctl.runtime.engine import Turned
from ctl.switchboard.facts import OfferMade
from ctl.switchboard.floor import Floor
from ctl.switchboard.ids import Millis

MOST_UNSENT = 256 * 1024
"""Bytes that may wait for one watcher before it counts as slow."""

Change = dict[str, object]


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
    """Numbers changes and hands them to every watcher. ``n`` is the number of the last one."""

    def __init__(self) -> None:
        self.n = 0
        self.watchers: set[Watcher] = set()

    def snapshot(self, floor: Floor, at: Millis) -> bytes:
        """What a watcher begins with, and begins again with after having been too slow."""
        return _line({"n": self.n, "snapshot": floor_document(floor, at)})

    def turned(self, turned: Turned) -> None:
        """Tell what a turn changed; costs nothing when nobody watches."""
        if not self.watchers:
            return
        change = changes(turned)
        if not change:
            return
        self.n += 1
        line = _line({"n": self.n, "at": iso(turned.at), **change})
        for watcher in self.watchers:
            watcher.tell(line)


def changes(turned: Turned) -> Change:
    """What became different, by the names of the floor document; empty when nothing did.

    Unchanged records are the same objects before and after, so comparing is cheap.
    """
    before, after = turned.before, turned.after
    change: Change = {}
    if before.plan != after.plan:
        # Names, limits and who exists may all be new: everything is told again.
        return {"snapshot": floor_document(after, turned.at)}
    if pops := [_pop(fact, after) for fact in turned.facts if isinstance(fact, OfferMade)]:
        change["pops"] = pops
    if calls := {
        name: call_row(after.calls[name]) if name in after.calls else None
        for name in {**before.calls, **after.calls}
        if before.calls.get(name) is not after.calls.get(name)
    }:
        change["calls"] = calls
        queues = {row["name"]: row for row in queue_rows(after)}
        was = {row["name"]: row for row in queue_rows(before)}
        if different := {name: queues.get(name) for name in {**was, **queues} if was.get(name) != queues.get(name)}:
            change["queues"] = different
    if operators := {
        extension: operator_row(after, extension)
        for extension in {**before.operators, **after.operators}
        if before.operators.get(extension) is not after.operators.get(extension)
    }:
        change["operators"] = operators
    if before.legs is not after.legs and (trunk := trunk_row(after)) != trunk_row(before):
        change["trunk"] = trunk
    return change


def _pop(offer: OfferMade, floor: Floor) -> dict[str, object]:
    call = floor.calls.get(offer.call)
    return {
        "call": offer.call,
        "operator": offer.operator,
        "queue": offer.queue,
        "menu": call.menu if call else None,
        "caller": call.caller if call else None,
        "called": call.called if call else None,
        "at": iso(offer.at),
    }


def _line(document: dict[str, object]) -> bytes:
    return msgspec.json.encode(document) + b"\n"
