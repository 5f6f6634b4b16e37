"""The live floor as the web knows it: a copy kept by watching the switchboard, and how far it can be trusted.

The copy outlives the switchboard: while it is away the last floor stays, marked as old. One connection serves all
browsers. Reconnects by itself for as long as it runs.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Protocol, cast

from ctl.runtime.client import Answer, SwitchboardAway, SwitchboardRefused
from ctl.runtime.document import FloorDocument
from ctl.switchboard.events import Do

log = logging.getLogger(__name__)

RETRY_S = 1.0
PROBE_S = 5.0
"""How often a silent switchboard is asked whether it is still there."""


class Switchboard(Protocol):
    """The part of `SwitchboardClient` that is needed here."""

    async def floor(self) -> FloorDocument: ...
    async def health(self) -> Mapping[str, object]: ...
    def watch(self) -> AsyncIterator[Mapping[str, object]]: ...
    async def command(
        self,
        do: Do | str,
        *,
        by: str,
        extension: str | None = None,
        call: str | None = None,
        argument: str | None = None,
        supervisor: str | None = None,
        reason: str | None = None,
        follow: bool = False,
        group: str | None = None,
    ) -> Answer: ...
    async def centre(self, do: str, *, by: str, **wish: object) -> Answer: ...


@dataclass(frozen=True, slots=True)
class Sight:
    """What is seen of the floor. ``floor`` is None until there ever was one; ``away_since`` is set while it is old.

    ``seen_at``: when the floor was last known to be true.
    """

    floor: FloorDocument | None = None
    seen_at: datetime | None = None
    away_since: datetime | None = None
    version: int = 0

    @property
    def live(self) -> bool:
        return self.floor is not None and self.away_since is None


def applied(floor: FloorDocument, change: Mapping[str, Any]) -> FloorDocument:
    """The floor after a change of `ctl.runtime.feed`: rows by name, None for gone."""
    calls = _merged({row["id"]: row for row in floor["calls"]}, change.get("calls"))
    queues = _merged({row["name"]: row for row in floor["queues"]}, change.get("queues"))
    callbacks = _merged({row["call"]: row for row in floor["callbacks"]}, change.get("callbacks"))
    operators = _merged({row["extension"]: row for row in floor["operators"]}, change.get("operators"))
    return {
        "at": change.get("at", floor["at"]),
        "plan": floor["plan"],
        "calls": sorted(calls, key=lambda row: row["started_at"]),
        "queues": sorted(queues, key=lambda row: row["name"]),
        "expected": _merged({row["name"]: row for row in floor["expected"]}, change.get("expected")),
        "callbacks": sorted(callbacks, key=lambda row: row["place"]),
        "operators": sorted(operators, key=lambda row: row["extension"]),
        "trunk": change.get("trunk", floor["trunk"]),
        "service": _merged({row["name"]: row for row in floor["service"]}, change.get("service")),
        "alarms": change.get("alarms", floor["alarms"]),
        "centre": change.get("centre", floor["centre"]),
    }


def _merged(rows: dict[str, Any], changed: Mapping[str, Any] | None) -> list[Any]:
    merged = {**rows, **(changed or {})}
    return [row for row in merged.values() if row is not None]


@dataclass(slots=True)
class FloorMirror:
    """Run it once per process; `sight` is always at hand, `after` waits for news."""

    switchboard: Switchboard
    sight: Sight = field(default_factory=Sight)
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def run(self) -> None:
        """Watch for ever."""
        while True:
            try:
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(self._watch())
                    tasks.create_task(self._probe())
            except* (SwitchboardAway, SwitchboardRefused, ConnectionError, ValueError) as errors:
                await self._lose(str(errors.exceptions[0]))
            await asyncio.sleep(RETRY_S)

    async def after(self, version: int, patience_s: float) -> Sight:
        """The first sight newer than ``version``, or the present one when nothing changed for ``patience_s``."""
        async with self._changed:
            try:
                async with asyncio.timeout(patience_s):
                    await self._changed.wait_for(lambda: self.sight.version != version)
            except TimeoutError:
                return self.sight
        return self.sight

    async def _watch(self) -> None:
        async for message in self.switchboard.watch():
            snapshot = message.get("snapshot")
            if snapshot is not None:
                await self._see(cast(FloorDocument, snapshot))
            elif self.sight.floor is not None:
                await self._see(applied(self.sight.floor, message))

    async def _probe(self) -> None:
        """A connection that stays open proves nothing: the answer to a question does."""
        while True:
            await asyncio.sleep(PROBE_S)
            await self.switchboard.floor()
            if self.sight.live:
                self.sight = replace(self.sight, seen_at=datetime.now(UTC))

    async def _see(self, floor: FloorDocument) -> None:
        await self._show(Sight(floor, datetime.now(UTC), None, self.sight.version + 1))

    async def _lose(self, why: str) -> None:
        if self.sight.away_since is None:
            log.warning("switchboard away: %s", why)
            await self._show(replace(self.sight, away_since=datetime.now(UTC), version=self.sight.version + 1))

    async def _show(self, sight: Sight) -> None:
        async with self._changed:
            self.sight = sight
            self._changed.notify_all()
