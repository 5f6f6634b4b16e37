"""Looks at the centre once a second, and tells the floor when what it finds is not what stands there (`alarms`).

Only differences become events, so a quiet centre writes nothing. What comes and goes within moments is one alarm:
whatever is found no more stands for `OVER_AFTER_MS` longer.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator
from typing import Protocol

from ctl.runtime.findings import findings
from ctl.runtime.reports import STANDING, Reports
from ctl.runtime.service import LiveService
from ctl.switchboard.alarms import UNTIL_SEEN
from ctl.switchboard.events import AlarmFound, AlarmKind, AlarmsFound, Event
from ctl.switchboard.floor import Floor
from ctl.switchboard.ids import Millis

log = logging.getLogger(__name__)

EVERY_S = 1.0
OVER_AFTER_MS: Millis = 10_000
HOLDS_FOR_MS: dict[AlarmKind, Millis] = {
    AlarmKind.PBX_AWAY: 10_000,
    AlarmKind.JOURNAL_FAILING: 10_000,
    AlarmKind.TRUNK_AWAY: 10_000,
}
"""How long it must have been found before it is an alarm; others are at once. A restart of ours or of Asterisk is no
alarm, and neither is a registration that is refused once."""
TOLD_OVER_AFTER_MS: Millis = 60_000
"""The same as `OVER_AFTER_MS` for what others tell: after our restart it takes them a while."""
MOST_OF_A_KIND = 10
"""So many alarms about different addresses or accounts stand; of further ones there is one about all of them."""
OTHERS = "others"
CLOCK_OFF_S = 2.0

Key = tuple[AlarmKind, str | None]


class Told(Protocol):
    """What we need of `ctl.runtime.engine.Engine`."""

    floor: Floor

    def deliver(self, event: Event) -> None: ...


class Lookout:
    """``connected``: whether Asterisk answers. ``now`` never goes back. ``off_s``: how far the wall clock is ahead of it.

    ``unwritten``: why the journal cannot be written as it should, None while it can.
    ``trunk``: what is wrong with the line to the carrier, None for nothing.
    """

    def __init__(
        self,
        engine: Told,
        now: Callable[[], Millis],
        service: LiveService,
        connected: Callable[[], bool],
        off_s: Callable[[], float] = lambda: 0.0,
        unwritten: Callable[[], str | None] = lambda: None,
        trunk: Callable[[], str | None] = lambda: None,
    ) -> None:
        self._engine = engine
        self._now = now
        self._service = service
        self._connected = connected
        self._off_s = off_s
        self._unwritten = unwritten
        self._trunk = trunk
        self._since: dict[Key, Millis] = {}
        self._last: dict[Key, Millis] = {}
        self._reports = Reports()

    def told(self, source: str, found: tuple[AlarmFound, ...], for_ms: Millis) -> None:
        """Another part of the centre finds exactly this; it is believed for ``for_ms``."""
        self._reports.put(source, found, self._now(), for_ms)

    def happened(self, one: AlarmFound) -> None:
        """Somebody did something of a kind that stands until it was seen. What stands beside it stays."""
        standing = self._engine.floor.conditions.alarms
        of_a_kind = {alarm.about for alarm in standing if alarm.kind is one.kind}
        if one.about not in of_a_kind and len(of_a_kind) >= MOST_OF_A_KIND:
            one = AlarmFound(one.kind, OTHERS, one.what)
        others = [AlarmFound(alarm.kind, alarm.about, alarm.what) for alarm in standing if alarm.kind not in UNTIL_SEEN]
        self._engine.deliver(AlarmsFound((*others, one)))

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                self.look()
            except Exception:
                log.exception("nobody looks out for alarms at the moment")  # a fault of ours; calls go on

    def look(self) -> None:
        """Look once."""
        now = self._now()
        found = {(one.kind, one.about): one for one in self._found(now)}
        standing = {
            (alarm.kind, alarm.about): AlarmFound(alarm.kind, alarm.about, alarm.what)
            for alarm in self._engine.floor.conditions.alarms
            if alarm.kind not in UNTIL_SEEN
        }
        self._since = {key: self._since.get(key, now) for key in found}
        self._last = {key: now if key in found else self._last.get(key, now) for key in {**standing, **found}}
        wanted = {key: one for key, one in found.items() if key in standing or self._holds(key, now)}
        wanted |= {
            key: one for key, one in standing.items() if key not in found and now - self._last[key] < _over_after(key)
        }
        if wanted.keys() != standing.keys():
            self._engine.deliver(AlarmsFound(tuple(wanted.values())))

    def _found(self, now: Millis) -> Iterator[AlarmFound]:
        if not self._connected():
            yield AlarmFound(AlarmKind.PBX_AWAY, None, "Asterisk does not answer: it serves callers alone, if at all")
        if (trouble := self._trunk()) is not None:
            yield AlarmFound(AlarmKind.TRUNK_AWAY, None, trouble)
        if abs(off_s := self._off_s()) >= CLOCK_OFF_S:
            side = "ahead of" if off_s > 0 else "behind"
            what = (
                f"the machine's clock is {abs(off_s):.0f} s {side} the centre's, which agrees with it when nobody calls"
            )
            yield AlarmFound(AlarmKind.CLOCK_OFF, None, what)
        if (why := self._unwritten()) is not None:
            yield AlarmFound(AlarmKind.JOURNAL_FAILING, None, why)
        yield from findings(self._engine.floor, self._service.at(now), now)
        yield from self._reports.at(now)

    def _holds(self, key: Key, now: Millis) -> bool:
        return now - self._since[key] >= HOLDS_FOR_MS.get(key[0], 0)


def _over_after(key: Key) -> Millis:
    return TOLD_OVER_AFTER_MS if key[0] in STANDING else OVER_AFTER_MS
