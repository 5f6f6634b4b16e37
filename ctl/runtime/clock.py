"""The switchboard's time: the wall clock, made fit for timers.

Instants must never go back (a call would end before it began) and must not stand still either (a caller's timer would
never run out while a corrected wall clock catches up). So time runs with the machine's monotonic clock. When the wall
clock is ahead it is followed at once; when it is behind, ours runs slower by one part in `SLOWER` until both agree.
"""

import time
from collections.abc import Callable

from ctl.switchboard.ids import Millis

SLOWER = 10


class Clock:
    """``now()`` in milliseconds since the Unix epoch, from ``not_before`` on never less than it was."""

    def __init__(
        self,
        not_before: Millis = 0,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wall = wall
        self._monotonic = monotonic
        self._read_at = monotonic()
        self._ours = max(wall(), not_before / 1000)

    def now(self) -> Millis:
        read_at = self._monotonic()
        passed = max(read_at - self._read_at, 0.0)
        self._read_at = read_at
        self._ours = max(self._wall(), self._ours + passed * (1 - 1 / SLOWER))
        return int(self._ours * 1000)
