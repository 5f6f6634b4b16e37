"""What the pages of settings share: drafts, checks, the deploy that is at work, and one change at a time for each draft."""

import asyncio
import contextlib
import hashlib
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path

from aiohttp import web

from ctl.editing.checking import Checked, Checker, warm
from ctl.editing.drafts import Draft, Drafts
from ctl.editing.job import Job, run
from ctl.security.machines import Machine
from ctl.security.who import Who
from ctl.settings import Settings

KEPT_JOBS = 20


class Busy(Exception):
    """Another deploy is at work from here. Carries it."""

    def __init__(self, job: Job) -> None:
        self.job = job
        super().__init__(job.name)


class Office:
    """One for the whole web."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.drafts = Drafts(settings)
        self.jobs: dict[int, Job] = {}
        self.locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._checker = Checker()
        self._checking = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()

    def draft(self, me: Who) -> Draft | None:
        return self.drafts.find(owner(me))

    def flows(self, me: Who) -> Path:
        """What a person sees: the own draft, or the files."""
        found = self.draft(me)
        return found.flows if found is not None else self.settings.flows

    async def ready(self, me: Who) -> None:
        """Have what this person sees read, in a thread, before a page is made of it."""
        await asyncio.to_thread(warm, self.flows(me))

    def begin(self, me: Who) -> Draft:
        return self.drafts.begin(owner(me), me.name)

    async def checked(self, flows: Path) -> Checked:
        """In a thread: it takes the better part of a second of a processor when the content is new."""
        async with self._checking:
            return await asyncio.to_thread(self._checker.check, flows)

    @property
    def at_work(self) -> Job | None:
        return next((job for job in self.jobs.values() if job.status is None), None)

    def start(self, name: str, me: Who, arguments: Sequence[str], after: Callable[[Job], Awaitable[None]]) -> int:
        """Begin a deploy; ``after`` is awaited when it has ended. Returns its number. Raises `Busy`."""
        if (busy := self.at_work) is not None:
            raise Busy(busy)
        number = max(self.jobs, default=0) + 1
        job = self.jobs[number] = Job(name, me.name)
        for old in sorted(self.jobs)[:-KEPT_JOBS]:
            del self.jobs[old]

        async def work() -> None:
            try:
                await run(self.settings, job, arguments)
            finally:
                if job.status is None:
                    job.end(1)
                await after(job)

        task = asyncio.create_task(work(), name=f"settings: {name}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return number

    async def close(self) -> None:
        """End what is at work, each in its own order."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await task


def owner(me: Who) -> str:
    """Whose a draft is: a person's by the account, a program's by its token's name, which may hold any signs."""
    if isinstance(me, Machine):
        return f"token-{hashlib.sha256(me.login.encode()).hexdigest()[:16]}"
    return str(me.account)


def author(me: Who) -> str:
    """For the history."""
    return f"{me.name} ({me.login})"


OFFICE = web.AppKey("office", Office)


async def open_office(app: web.Application) -> AsyncIterator[None]:
    yield
    await app[OFFICE].close()
