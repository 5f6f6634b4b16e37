"""When the floor is kept in the journal: about every `SNAPSHOT_EVERY` events, in a quiet moment.

A snapshot takes a few milliseconds, which no caller should wait for; so it comes when nothing has happened for
`QUIET_S`, and at the latest after `SNAPSHOT_AT_THE_LATEST` events, so that a restart never replays more than those.
"""

import asyncio
from collections.abc import Callable

from ctl.runtime.loop import Loop

SNAPSHOT_EVERY = 1000
QUIET_S = 0.05
SNAPSHOT_AT_THE_LATEST = 10_000


class Snapshots:
    """``keep`` keeps the floor as it is now, and says whether it could. ``kept`` counts."""

    def __init__(self, keep: Callable[[], bool], loop: Loop) -> None:
        self._keep = keep
        self._loop = loop
        self._waiting: asyncio.TimerHandle | None = None
        self._events = 0
        self.kept = 0

    def happened(self, events: int) -> None:
        """So many more events are in the journal."""
        self._events += events
        if self._events >= SNAPSHOT_AT_THE_LATEST:
            self.take()
        elif self._events >= SNAPSHOT_EVERY:
            self._wait_no_longer()
            self._waiting = self._loop.call_later(QUIET_S, self.take)

    def take(self) -> None:
        """Take one now. One that could not be kept is tried again after the next event."""
        self._wait_no_longer()
        if self._keep():
            self._events = 0
            self.kept += 1

    def _wait_no_longer(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
