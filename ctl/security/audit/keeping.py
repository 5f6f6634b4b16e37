"""What the worker does for the audit trail: chain what waited, sign the newest seal, and look whether all is sound."""

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from ctl.security.audit.heads import Heads
from ctl.security.audit.ledger import Ledger
from ctl.security.audit.trail import Trail
from ctl.security.audit.verifying import Verdict
from ctl.settings import Settings


class Keeper:
    """``verdict``: what the last look at the whole chain found; None before the first."""

    def __init__(self, ledger: Ledger, heads: Heads, told: Path) -> None:
        self._ledger = ledger
        self._trail = Trail(ledger.engine)
        self._heads = heads
        self._told = told
        self._signed = 0
        self.verdict: Verdict | None = None

    @classmethod
    def of(cls, settings: Settings, ledger: Ledger) -> "Keeper":
        return cls(ledger, Heads.of(settings), verdict_path(settings))

    async def catch_up(self) -> int:
        """Chain what waits. Returns how many entries."""
        return await self._ledger.catch_up()

    async def sign(self) -> int:
        """Write a head if there is a newer entry than that of the last. Returns 1 or 0; raises OSError."""
        newest = await self._trail.newest()
        if newest is None or newest[0] == self._signed:
            return 0
        self._heads.write(*newest, datetime.now(UTC))
        self._signed = newest[0]
        return 1

    async def look(self) -> int:
        """Walk the whole chain and publish what was found, for the screens and for alarms. Returns 0: no hurry."""
        self.verdict = await self._trail.verified(self._ledger.chain, self._heads)
        publish(self._told, self.verdict, datetime.now(UTC))
        return 0


def verdict_path(settings: Settings) -> Path:
    return settings.under("audit", "verdict.json")


def publish(path: Path, verdict: Verdict, at: datetime) -> None:
    """Put a verdict where others read it, whole or not at all."""
    document = {
        "at": at.isoformat(timespec="seconds"),
        "sound": verdict.sound,
        "rows": verdict.rows,
        "proved": verdict.proved,
        "fault": verdict.finding.fault if verdict.finding else None,
        "seq": verdict.finding.seq if verdict.finding else None,
        "finding": str(verdict.finding) if verdict.finding else None,
    }
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(document), encoding="utf-8")
    os.replace(draft, path)


def published(path: Path) -> Mapping[str, object] | None:
    """The last verdict; None when there is none yet."""
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return read if isinstance(read, dict) else None
