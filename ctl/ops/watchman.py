"""The worker's watchman: brings what it finds, and what the audit trail tells, into the one list of alarms.

It tells the switchboard again and again what stands; what has happened it tells once. How far the audit trail was read
is on the disk, moved on only after the switchboard has taken the news: a restart loses nothing, at worst it counts twice.
"""

import asyncio
import contextlib
import time
from collections.abc import Mapping
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path

from ctl.ops.alerts import Alerts
from ctl.ops.jobs import State
from ctl.ops.watching import of_audit, of_certificates, of_disks, of_waiting, served_by
from ctl.runtime.client import SwitchboardAway, SwitchboardClient
from ctl.security.audit.keeping import Keeper
from ctl.security.audit.spool import Spool
from ctl.security.audit.trail import Trail
from ctl.settings import Settings
from ctl.switchboard.events import AlarmFound

SOURCE = "worker"
BELIEVED_S = 60
"""A worker that is silent for so long is not there, and its findings go out."""
LOOK_EVERY_S = 3600
"""Which certificates are served is looked at."""
AT_MOST = 50
"""News of one report."""


class Watchman:
    """``certificates``: files by what they are for; ``servers``: who serves which of them, where. ``shipping``: how the job does that ships the journal."""

    def __init__(
        self,
        settings: Settings,
        switchboard: SwitchboardClient,
        trail: Trail,
        keeper: Keeper,
        certificates: Mapping[str, Path],
        servers: Mapping[str, tuple[str, int]],
    ) -> None:
        self._settings = settings
        self._switchboard = switchboard
        self._trail = trail
        self._keeper = keeper
        self._certificates = certificates
        self._servers = servers
        self._served: Mapping[str, bytes] = {}
        self._look_at_s = 0.0
        self._spool = Spool.of(settings)
        self._alerts = Alerts()
        self._place = settings.under("audit", "alarmed")
        self.shipping = State()

    async def stand(self) -> int:
        """Tell what stands now. A switchboard that is away is told the next time."""
        standing = await asyncio.to_thread(self._standing, datetime.now(UTC))
        with contextlib.suppress(SwitchboardAway):
            await self._switchboard.report(SOURCE, standing, [], BELIEVED_S)
        return 0

    async def happened(self) -> int:
        """Tell what the audit trail has got since the last time. Returns how many entries that were.

        Raises `SwitchboardAway`, `DatabaseAway`.
        """
        seq, news = self._read(), list[AlarmFound]()
        last, alerts = seq, deepcopy(self._alerts)
        async for row in self._trail.after(seq, AT_MOST):
            news += alerts.of(row)
            last = row.seq
        if last == seq:
            return 0
        if news:
            await self._switchboard.report(f"{SOURCE} audit", [], news, BELIEVED_S)
        self._alerts = alerts
        self._place.write_text(str(last), encoding="utf-8")
        return last - seq

    def _standing(self, now: datetime) -> list[AlarmFound]:
        if time.monotonic() >= self._look_at_s:
            self._served, self._look_at_s = served_by(self._servers), time.monotonic() + LOOK_EVERY_S
        home = self._settings.under()
        return [
            *of_audit(self._keeper.verdict),
            *of_waiting(self._spool.oldest_s(time.time_ns()), self.shipping, now),
            *of_certificates(self._certificates, now, self._served),
            *of_disks([home, self._settings.recordings_path, self._settings.journal_path.parent, home / "postgres"]),
        ]

    def _read(self) -> int:
        try:
            return int(self._place.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return 0
