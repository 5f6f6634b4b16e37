"""Jobs in order per key, keys side by side. A lane exists only while it has something to do."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

log = logging.getLogger(__name__)

Job = TypeVar("Job")


class Lanes(Generic[Job]):
    """``work`` does one job; what it raises is logged and does not stop its lane. Closed at first: nothing is begun."""

    def __init__(self, work: Callable[[Job], Awaitable[None]]) -> None:
        self._work = work
        self._lanes: dict[str, deque[Job]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._open = asyncio.Event()
        self._working = 0
        self._quiet = asyncio.Event()
        self._quiet.set()

    def put(self, key: str, job: Job) -> None:
        """Do this after everything that was put under the same key before."""
        lane = self._lanes.get(key)
        if lane is not None:
            lane.append(job)
            return
        self._lanes[key] = deque([job])
        task = asyncio.create_task(self._run(key), name=f"lane {key}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def open(self) -> None:
        self._open.set()

    def close(self) -> None:
        """Begin nothing more; what has begun goes on."""
        self._open.clear()

    async def quiet(self) -> None:
        """Wait until nothing is being worked on."""
        await self._quiet.wait()

    async def idle(self) -> None:
        """Wait until nothing is left to do. Not while closed."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def take_back(self) -> list[Job]:
        """Take away all that has not begun, in order per key."""
        jobs = [job for lane in self._lanes.values() for job in lane]
        for lane in self._lanes.values():
            lane.clear()
        return jobs

    @property
    def waiting(self) -> int:
        """Jobs that have not begun."""
        return sum(len(lane) for lane in self._lanes.values())

    async def stop(self) -> None:
        """Give up everything, begun or not."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _run(self, key: str) -> None:
        lane = self._lanes[key]
        try:
            while lane:
                await self._open.wait()
                if lane:
                    await self._do(lane.popleft())
        finally:
            del self._lanes[key]

    async def _do(self, job: Job) -> None:
        self._working += 1
        self._quiet.clear()
        try:
            await self._work(job)
        except Exception:
            log.exception("job_failed job=%s", type(job).__name__)
        finally:
            self._working -= 1
            if not self._working:
                self._quiet.set()
