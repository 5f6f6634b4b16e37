"""The switchboard's time: the wall clock, made fit for calls.

The wall clock of a machine is set now and then, by minutes when it had been wrong for long. A patience that runs must not
notice, a duration must be what it was, and no instant may be before the one before it. So while something runs (`runs`:
a leg, a wrap-up or a pause of a set length) time passes as the machine's monotonic clock does and is the wall clock's no
longer; when nothing runs any more, the wall clock is agreed with: at once when it is ahead, and when it is behind by running
slower by one part in `SLOWER`.

How far time is ahead of the monotonic clock is kept over a restart, which is no reason either for a call to become
longer; a machine that was booted has a new monotonic clock, and begins with the wall clock.
"""

import asyncio
import contextlib
import json
import logging
import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from ctl.switchboard import operator
from ctl.switchboard.events import CallArrived, CallServedElsewhere, Event, TalkElsewhere
from ctl.switchboard.floor import Floor
from ctl.switchboard.ids import Millis
from ctl.switchboard.records import replace

log = logging.getLogger(__name__)

SLOWER = 10
STEP_S = 0.5
"""By less the wall clock may be off without a word."""
KEEP_EVERY_S = 1.0
BOOT = Path("/proc/sys/kernel/random/boot_id")


def runs(floor: Floor) -> bool:
    """Whether there is anything of which a step of time would make something else."""
    return bool(floor.legs) or bool(operator.dues(floor.operators.values()))


class Clock:
    """``now()`` in milliseconds since the Unix epoch, from ``not_before`` on never less than it was.

    ``ahead_s``: of the monotonic clock, when that is known from before. ``busy``: whether something runs.
    """

    def __init__(
        self,
        not_before: Millis = 0,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        ahead_s: float | None = None,
    ) -> None:
        self.busy: Callable[[], bool] = lambda: False
        self._wall = wall
        self._monotonic = monotonic
        self._read_at = monotonic()
        self._ours = max(wall() if ahead_s is None else self._read_at + ahead_s, not_before / 1000)
        self._off_s = wall() - self._ours

    @property
    def ahead_s(self) -> float:
        """How far time is ahead of the monotonic clock."""
        return self._ours - self._read_at

    @property
    def off_s(self) -> float:
        """How far the wall clock is ahead of time; negative when it is behind."""
        return self._off_s

    def now(self) -> Millis:
        read_at = self._monotonic()
        passed = max(read_at - self._read_at, 0.0)
        self._read_at = read_at
        self._ours += passed
        off = self._wall() - self._ours
        self._notice(off)
        if off and not self.busy():
            agreed = max(off, -passed / SLOWER)
            self._ours += agreed
            off -= agreed
        self._off_s = off
        return int(self._ours * 1000)

    def _notice(self, off: float) -> None:
        if abs(step := off - self._off_s) >= STEP_S:
            then = "time goes on as it was until nobody calls" if self.busy() else "it is agreed with"
            log.warning(
                "the machine's clock was set %s by %.1f s; %s", "forward" if step > 0 else "back", abs(step), then
            )


def in_our_time(event: Event, off_s: float) -> Event:
    """An event of the PBX, which tells instants by the wall clock, when that is ``off_s`` ahead of our time."""
    if abs(off_s) < STEP_S:
        return event
    off = round(off_s * 1000)

    def talks(told: Iterable[TalkElsewhere]) -> tuple[TalkElsewhere, ...]:
        return tuple(replace(one, answered_at=one.answered_at - off, ended_at=one.ended_at - off) for one in told)

    match event:
        case CallArrived(waiting_since=int(since)):
            return replace(event, waiting_since=since - off, talks=talks(event.talks))
        case CallServedElsewhere(answered_at=answered_at):
            return replace(
                event,
                arrived_at=event.arrived_at - off,
                answered_at=answered_at - off if answered_at is not None else None,
                ended_at=event.ended_at - off,
                talks=talks(event.talks),
            )
        case _:
            return event


def booted_at() -> Millis:
    """When the machine was booted, by its wall clock of now."""
    return int((time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)) * 1000)


def kept(path: Path) -> float | None:
    """How far time was ahead of the monotonic clock, as `leave` left it since the machine was booted."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        document = json.loads(path.read_text(encoding="ascii"))
        if document["boot"] == BOOT.read_text(encoding="ascii").strip():
            return float(document["ahead_s"])
    return None


async def keep(clock: Clock, path: Path) -> None:
    """Leave how far time is ahead, whenever that has changed, until cancelled. When the file was written tells for the next boot
    of the machine how long the switchboard lived."""
    left: float | None = None
    while True:
        with contextlib.suppress(OSError):  # a full disk: tried again when it changes again
            if left is None or abs(clock.ahead_s - left) >= 0.001:
                left = clock.ahead_s
                await asyncio.to_thread(leave, path, left)
            else:
                await asyncio.to_thread(os.utime, path)
        await asyncio.sleep(KEEP_EVERY_S)


def leave(path: Path, ahead_s: float) -> None:
    """Keep how far time is ahead of the monotonic clock. Raises OSError."""
    beside = path.with_suffix(".new")
    document = {"boot": BOOT.read_text(encoding="ascii").strip(), "ahead_s": ahead_s}
    beside.write_text(json.dumps(document), encoding="ascii")
    os.replace(beside, path)
