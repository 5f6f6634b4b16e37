"""People in front of the screens: some keep the live floor open, everybody opens a page every few seconds."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from aiohttp import ClientSession, ClientTimeout

from ctl.database.engine import engine_of
from ctl.lab.webuser import welcomed
from ctl.security.accounts import Accounts, Wanted
from ctl.security.credentials import Credentials
from ctl.security.policy import Role
from ctl.settings import Settings

EVERY_S = 3.0
"""How long somebody looks at a page before the next."""
EVENTS = {"Accept": "text/event-stream"}


@dataclass
class People:
    """Signed in, each with an account of one's own. ``took_s``: seconds from each request to the last octet of its
    answer, by address."""

    browsers: Sequence[ClientSession]
    took_s: dict[str, list[float]] = field(default_factory=dict)
    told: int = 0
    """So many events came to the live floors."""

    @classmethod
    @asynccontextmanager
    async def signed_in(cls, settings: Settings, count: int, login: str = "bench") -> AsyncIterator["People"]:
        """Managers: they see nearly every screen and owe no second factor. The passwords cost argon2, here and not later."""
        engine = engine_of(settings)
        accounts, credentials = Accounts(engine), Credentials(engine)
        async with AsyncExitStack() as stack:
            stack.push_async_callback(engine.dispose)
            browsers = []
            for n in range(count):
                now = datetime.now(UTC)
                wanted = Wanted(f"計測 {n}", frozenset({Role.MANAGER}))
                account = await accounts.create(f"{login}-{n}", wanted, "bench", now)
                link = await credentials.make_link(account, "bench", now)
                browsers.append(await stack.enter_async_context(welcomed(settings, f"{login}-{n}", link)))
            yield cls(browsers)

    async def newest_call(self) -> str:
        async with self.browsers[0].get("/api/calls") as answer:
            return str((await answer.json())["calls"][0]["id"])

    async def look_once(self, paths: Sequence[str]) -> None:
        """One of them opens every page, and nobody looks at the clock."""
        for path in paths:
            async with self.browsers[0].get(path) as answer:
                await answer.read()

    @asynccontextmanager
    async def at_work(self, paths: Sequence[str], floors: int) -> AsyncIterator[None]:
        """Everybody opens one of ``paths`` after the other while the context lasts; the first ``floors`` of them have the
        live floor open all the time. Ends the context with an error when anybody is not answered."""
        async with asyncio.TaskGroup() as tasks:
            work = [tasks.create_task(self._watches(browser)) for browser in self.browsers[:floors]]
            for n, browser in enumerate(self.browsers):
                work.append(tasks.create_task(self._looks(browser, paths, n)))
            try:
                yield
            finally:
                for one in work:
                    one.cancel()

    async def _watches(self, browser: ClientSession) -> None:
        async with browser.get("/floor/events", headers=EVENTS, timeout=ClientTimeout(sock_read=30)) as stream:
            assert stream.status == 200, f"/floor/events: {stream.status}"
            async for line in stream.content:
                self.told += line.startswith(b"event: floor")
        raise AssertionError("a live floor was cut off")

    async def _looks(self, browser: ClientSession, paths: Sequence[str], n: int) -> None:
        await asyncio.sleep(EVERY_S * n / len(self.browsers))
        for path in itertools.islice(itertools.cycle(paths), n, None):
            began = time.perf_counter()
            async with browser.get(path, allow_redirects=False) as answer:
                await answer.read()
                assert answer.status == 200, f"{path}: {answer.status}"
            took_s = time.perf_counter() - began
            self.took_s.setdefault(path, []).append(took_s)
            await asyncio.sleep(max(0.0, EVERY_S - took_s))
