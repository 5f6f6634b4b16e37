"""From an event to the moment in which its entry in the journal would survive a loss of power."""

import os
import tempfile
import time
from pathlib import Path
from unittest.mock import patch

from ctl.journal.journal import Journal
from ctl.switchboard.events import TimePassed
from ctl.switchboard.facts import CallStarted, Fact
from ctl.switchboard.ids import CallId
from ctl.switchboard.kinds import CallKind
from tests.bench.figures import Row, Spread

EVENTS, EVERY_S = 200, 0.013
"""Not in step with the journal's own gathering."""
LOSS_MS = 100
"""What docs/recovery.md promises a loss of power to cost at most."""


def durable(events: int = EVENTS) -> list[Row]:
    """Entries of one fact each, as calls make them."""
    with tempfile.TemporaryDirectory(prefix="bench-journal-", dir=Path.cwd()) as folder:
        synced: list[tuple[float, float]] = []

        def watched(descriptor: int) -> None:
            began = time.monotonic()
            sync(descriptor)
            synced.append((began, time.monotonic()))

        sync = os.fdatasync
        with patch("ctl.journal.syncing.os.fdatasync", watched):
            journal = Journal(Path(folder) / "journal.sqlite")
            try:
                later = [_append(journal, n) for n in range(events)]
            finally:
                journal.close()
    gathered = [next(end for sync_began, end in synced if sync_began >= done) - began for began, done in later]
    spread = Spread.of(gathered, events)
    return [Row("event → durable", str(spread), goal=f"max ≤ {LOSS_MS} ms", met=spread.most_ms <= LOSS_MS)]


def _append(journal: Journal, n: int) -> tuple[float, float]:
    """When it began and ended."""
    facts: list[Fact] = [CallStarted(CallId(f"bench-{n}"), n, CallKind.INBOUND, "0339811111", "", None)]
    time.sleep(EVERY_S)
    began = time.monotonic()
    journal.append(n, TimePassed(), facts)
    return began, time.monotonic()
