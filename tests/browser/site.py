"""The web application on a thread of its own, over the pure core, so that what is clicked really happens."""

import asyncio
import re
import threading
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar, cast

import msgspec
from aiohttp.test_utils import TestServer
from aiohttp.web import Application
from playwright.sync_api import Browser, BrowserContext

from ctl.runtime.document import FloorDocument, floor_document
from ctl.runtime.instants import iso
from ctl.security.door import Door
from ctl.security.policy import Role
from ctl.security.who import Who
from ctl.settings import Settings
from ctl.switchboard.events import PlanAdopted
from ctl.switchboard.ids import ModeName
from ctl.switchboard.plan import Mode
from ctl.web.app import make_app
from ctl.web.entry import SESSION_COOKIE
from ctl.web.keys import MIRROR, SESSIONS
from ctl.web.mirror import Sight
from ctl.web.names import NameBook, Names
from tests.browser.accounts import HANAKO, paper_door
from tests.plans import EMERGENCY
from tests.unit.web.town import StubArchive, StubSwitchboard, a_day, busy_floor, story_of, ward_plan

DEADLINE_S = 30.0
NIGHT = ModeName("night")
PLAN = replace(
    ward_plan(),
    version="with-modes",
    modes={EMERGENCY: Mode(EMERGENCY, "緊急体制"), NIGHT: Mode(NIGHT, "夜間縮退", degraded=True)},
)
INSTANT = re.compile(rb'"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)"')

T = TypeVar("T")


class LiveSwitchboard(StubSwitchboard):
    """The town's floor as if it were now: durations on the screens are seconds and minutes, as they happened."""

    def __init__(self) -> None:
        super().__init__(busy_floor())
        self.town.happens(PlanAdopted(PLAN))
        self._ahead_ms = round(datetime.now(UTC).timestamp() * 1000) - self.town.now

    async def floor(self) -> FloorDocument:
        await super().floor()
        told = msgspec.json.encode(floor_document(self.town.floor, self.town.now))
        return cast(FloorDocument, msgspec.json.decode(INSTANT.sub(self._later, told)))

    def _later(self, found: re.Match[bytes]) -> bytes:
        at = datetime.fromisoformat(found[1].decode())
        return f'"{iso(round(at.timestamp() * 1000) + self._ahead_ms)}"'.encode()


@dataclass
class Site:
    """The running application and its address. `run` does something on its thread."""

    app: Application
    switchboard: LiveSwitchboard
    archive: StubArchive
    loop: asyncio.AbstractEventLoop
    url: str = ""

    def run(self, doing: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(doing, self.loop).result(DEADLINE_S)

    def call(self, doing: Callable[[], T]) -> T:
        """The same with a plain function."""

        async def do() -> T:
            return doing()

        return self.run(do())

    def sees(self, wanted: Callable[[Sight], bool]) -> None:
        """Wait until the application sees the floor like this."""

        async def wait() -> None:
            mirror = self.app[MIRROR]
            async with asyncio.timeout(DEADLINE_S):
                while not wanted(sight := mirror.sight):
                    await mirror.after(sight.version, DEADLINE_S)

        self.run(wait())

    def signed_in(
        self,
        browser: Browser,
        *roles: Role,
        extension: str | None = None,
        groups: frozenset[str] | None = None,
        **how: Any,
    ) -> BrowserContext:
        """A browser window of somebody with these roles; without roles, of a visitor. ``how``: as for `new_context`."""
        context = browser.new_context(base_url=self.url, locale="ja-JP", timezone_id="Asia/Tokyo", **how)
        context.set_default_timeout(DEADLINE_S * 1000)
        if roles:
            me = Who(HANAKO, "hanako", "豊島 花子", frozenset(roles), extension, groups)
            token = self.run(self.app[SESSIONS].begin(me, datetime.now(UTC), "127.0.0.1", "Chromium"))
            # Chromium sends a Secure cookie to loopback without TLS as well.
            address = self.url.replace("http:", "https:")
            context.add_cookies([{"name": SESSION_COOKIE, "value": token, "url": address, "secure": True}])
        return context


def start(home: Path, door: Door | None = None) -> tuple[Site, threading.Thread]:
    """Returns when the application answers and has seen the floor. Without a ``door`` nobody signs in by himself."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="site", daemon=True)
    thread.start()
    day, calls = a_day()
    switchboard = LiveSwitchboard()
    archive = StubArchive(*(story_of(day, call) for call in calls))
    names = NameBook(Names.of(PLAN), plan=PLAN)
    app = make_app(Settings(home=home), switchboard, archive, names, door or paper_door(home))
    site = Site(app, switchboard, archive, loop)

    async def serve() -> str:
        server = TestServer(site.app)
        await server.start_server()
        await site.app[MIRROR].after(0, DEADLINE_S)
        return str(server.make_url("/")).rstrip("/")

    site.url = site.run(serve())
    return site, thread


def stop(site: Site, thread: threading.Thread) -> None:
    async def end() -> None:
        await site.app.shutdown()
        await site.app.cleanup()

    site.run(end())
    site.loop.call_soon_threadsafe(site.loop.stop)
    thread.join(DEADLINE_S)
