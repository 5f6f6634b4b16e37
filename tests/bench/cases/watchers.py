"""What it costs the switchboard that people watch: a change of the full floor, told to a hundred at once."""

import socket
import time
from contextlib import ExitStack, suppress

from ctl.runtime.engine import Turned
from ctl.runtime.feed import Feed, Watcher
from ctl.runtime.service import LiveService
from ctl.simulation import simulate
from ctl.switchboard import core
from ctl.switchboard.effects import Effect, Record
from ctl.switchboard.events import Event
from ctl.switchboard.floor import Floor
from ctl.switchboard.ids import Millis
from tests.bench.cases.decisions import EnoughError, full_floor, is_full
from tests.bench.figures import Row, Spread

WATCHERS = 100
GOAL_MS = 5.0


def watch(most: int | None = None, rush: float = 1) -> list[Row]:
    """A hundred watchers on sockets of their own, in processor time of the one who tells them.

    ``most``: so many changes are enough; ``rush``: as in `full_floor`.
    """
    with ExitStack() as open_sockets:
        crowd = Crowd(open_sockets, most)
        with suppress(EnoughError):
            simulate(full_floor(rush=rush), crowd)
    spread = Spread.of(crowd.durations_s, len(crowd.durations_s))
    each = spread.p50_ms / WATCHERS
    told = (
        f"p50 {spread.p50_ms:.2f} ms, p99 {spread.p99_ms:.2f} ms, p50 {each * 1000:.0f} µs a watcher ({spread.count})"
    )
    case = f"a change of the full floor, told to {WATCHERS} watchers"
    return [Row(case, told, goal=f"p99 ≤ {GOAL_MS:.0f} ms", met=spread.p99_ms <= GOAL_MS)]


class Line:
    """A connection, and the watcher at its other end who reads everything at once."""

    def __init__(self, ends: tuple[socket.socket, socket.socket]) -> None:
        self._ours, self._theirs = ends

    def write(self, data: bytes) -> None:
        self._ours.sendall(data)

    def unsent(self) -> int:
        return 0

    def read(self) -> None:
        self._theirs.recv(1 << 20)


class Crowd:
    def __init__(self, sockets: ExitStack, most: int | None) -> None:
        self.durations_s: list[float] = []
        self._most = most
        self._service = LiveService()
        self._service.begin(())
        self._feed = Feed(self._service.at)
        self._lines = []
        for _ in range(WATCHERS):
            ends = socket.socketpair()
            for end in ends:
                sockets.enter_context(end)
            self._lines.append(Line(ends))
            self._feed.watchers.add(Watcher(self._lines[-1], lambda: None))

    def __call__(self, floor: Floor, event: Event, now: Millis) -> tuple[Floor, tuple[Effect, ...]]:
        after, effects = core.step(floor, event, now)
        turned = Turned(floor, after, now, tuple(one.fact for one in effects if isinstance(one, Record)))
        self._service.turned(turned)
        if is_full(after) and floor.plan == after.plan:
            told = self._feed.n
            began = time.thread_time()
            self._feed.turned(turned)
            took_s = time.thread_time() - began
            if self._feed.n != told:
                self.durations_s.append(took_s)
                for line in self._lines:
                    line.read()
                if len(self.durations_s) == self._most:
                    raise EnoughError
        return after, effects
