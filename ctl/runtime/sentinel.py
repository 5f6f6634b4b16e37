"""The sentinel: a small process of its own that rescues callers when the control plane is away.

It asks the switchboard once a second how it is. When no answer says for `sentinel_grace_ms` that calls reach it, the
callers who sit in its hands alone are sent to the PBX's fallback queue (`rescue`), over AMI and with a user of the
sentinel's own. When the switchboard is back the sentinel stops; the switchboard finds out by itself who has left.
It asks nothing of the journal, of Postgres or of ARI, and outlives restarts of the PBX.
"""

import asyncio
import contextlib
import json
import logging
import os
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ctl.runtime.client import SwitchboardAway, SwitchboardClient, SwitchboardRefused
from ctl.runtime.document import iso
from ctl.runtime.rescue import Channel, Vigil, rescue
from ctl.settings import Settings
from ctl.switchboard.ids import Millis

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
ASK_DEADLINE_S = 2.0
FALLBACK = "fallback"
"""The dialplan context that serves callers without us; the extension is the dialled number."""


class PbxAway(Exception):
    """The PBX does not answer on AMI."""


class Pbx(Protocol):
    """What the sentinel may do to the PBX. Every method raises `PbxAway`."""

    async def channels(self) -> list[Channel]: ...
    async def redirect(self, channel: Channel, context: str, exten: str) -> None: ...
    async def hang_up(self, channel: Channel) -> None: ...


@dataclass(slots=True)
class Report:
    """The sentinel's state for ``ctl status``. ``rescued`` counts callers since the sentinel started."""

    control_plane: str = "unknown"
    pbx: str = "unknown"
    rescued: int = 0


class Sentinel:
    """One look at a time: `look` is called once a second."""

    def __init__(self, serving: Callable[[], Awaitable[bool]], pbx: Pbx, vigil: Vigil) -> None:
        self._serving = serving
        self._pbx = pbx
        self._vigil = vigil
        self.report = Report()

    async def look(self, now: Millis) -> None:
        """Ask the control plane how it is; when it is away for too long, rescue whoever is stranded by now."""
        serving = await self._serving()
        self._vigil.heard(serving, now)
        away = self._vigil.away(now)
        was = self.report.control_plane
        self.report.control_plane = "serving" if serving else "away" if away else "silent"
        if was != self.report.control_plane:
            log.log(logging.ERROR if away else logging.INFO, "the control plane is %s", self.report.control_plane)
        if away:
            try:
                await self._rescue()
            except PbxAway as error:
                if self.report.pbx != "away":
                    log.error("nobody can be rescued, the PBX does not answer: %s", error)
                self.report.pbx = "away"
            else:
                self.report.pbx = "reached"

    async def _rescue(self) -> None:
        todo = rescue(await self._pbx.channels())
        for caller in todo.redirect:
            await self._pbx.redirect(caller, FALLBACK, caller.exten)
            self.report.rescued += 1
            log.warning("call %s was sent to the fallback queue", caller.uniqueid)
        for leg in todo.hang_up:
            await self._pbx.hang_up(leg)


async def keep_watch(settings: Settings, pbx: Pbx) -> None:
    """Watch until cancelled, and leave our state in `state_path` after every look, until we end."""
    client = SwitchboardClient(settings, deadline_s=ASK_DEADLINE_S)
    look_ms = round((LOOK_EVERY_S + ASK_DEADLINE_S) * 1000)
    sentinel = Sentinel(lambda: is_serving(client), pbx, Vigil(settings.sentinel_grace_ms, look_ms, _monotonic()))
    path = state_path(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        while True:
            await sentinel.look(_monotonic())
            # A full disk must not keep the sentinel from its work.
            with contextlib.suppress(OSError):
                _leave(path, sentinel.report)
            await asyncio.sleep(LOOK_EVERY_S)
    finally:
        path.unlink(missing_ok=True)  # nobody is watching any more


async def is_serving(client: SwitchboardClient) -> bool:
    """Whether calls reach the switchboard now, in its own words."""
    try:
        return (await client.health()).get("state") == "serving"
    except (SwitchboardAway, SwitchboardRefused, ValueError):
        return False


def state_path(settings: Settings) -> Path:
    """A JSON document: ``at``, ``control_plane`` (serving | silent | away), ``pbx``, ``rescued``."""
    return settings.told_by("sentinel")


def _leave(path: Path, report: Report) -> None:
    document = {
        "at": iso(int(time.time() * 1000)),
        "control_plane": report.control_plane,
        "pbx": report.pbx,
        "rescued": report.rescued,
    }
    beside = path.with_suffix(".new")
    beside.write_text(json.dumps(document) + "\n")
    os.replace(beside, path)


def _monotonic() -> Millis:
    return int(time.monotonic() * 1000)
