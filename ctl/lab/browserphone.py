"""A real browser as an operator's telephone: headless Chromium with JsSIP, over WebRTC (`2001w`)."""

import asyncio
import json
import shutil
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from aiohttp import WSMsgType, web

from ctl.house.tether import end
from ctl.lab.pulse import Pulse
from ctl.lab.tones import MUSIC, VOICES, tone, write_wav
from ctl.settings import Settings

PAGES = Path(__file__).parent / "browser"

_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--autoplay-policy=no-user-gesture-required",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--allow-loopback-in-peer-connection",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
)


class BrowserPhone:
    """Made by `started`. ``voice``: the tone (Hz) that its microphone gives; ``heard``: what its page hears now."""

    def __init__(self, name: str, voice: int) -> None:
        self.name = name
        self.voice = voice
        self.state = "starting"
        self.caller = ""
        self.heard: frozenset[int] = frozenset()
        self._inside: deque[str] = deque(maxlen=20)
        self._pulse = Pulse(self.explain)
        self._page: web.WebSocketResponse | None = None

    @classmethod
    @asynccontextmanager
    async def started(
        cls, settings: Settings, user: str, password: str, voice: int, home: Path
    ) -> AsyncIterator["BrowserPhone"]:
        """A browser with its page open, registered at the centre as ``user``."""
        phone = cls(f"browser {user}", voice)
        net = str(settings.address).rpartition(".")[0]
        async with phone._serving(f"{net}.40") as pages:
            query = {
                "signalling": f"ws://{settings.address}:{settings.http_port}/ws",
                "domain": str(settings.address),
                "user": user,
                "password": password,
                "tones": ",".join(map(str, (*VOICES, MUSIC))),
            }
            async with _chromium(f"{pages}/phone.html?{urlencode(query)}", voice, home):
                await phone.is_("registered", within_s=60)
                yield phone

    async def answer(self) -> None:
        await self._tell("answer")
        await self.is_("up")

    async def hang_up(self) -> None:
        await self._tell("hang up")

    async def press(self, keys: str) -> None:
        await self._tell(f"press {keys}")

    async def is_(self, state: str, within_s: float = 15) -> None:
        """Wait until it is ``registered``, ``ringing``, ``up`` or ``idle``."""
        await self._pulse.until(lambda: self.state == state, f"{self.name} is {state}", within_s)

    async def hears(self, *voices: int, within_s: float = 15) -> bool:
        """Wait until its page hears exactly these tones."""
        return await self._pulse.until(lambda: self.heard == set(voices), f"{self.name} hears {voices}", within_s)

    def explain(self) -> str:
        """What it hears, and what its WebRTC told each second of microphone, packets each way, ICE and DTLS."""
        return "\n".join((f"{self.name}: {self.state}, hears {sorted(self.heard)}", *self._inside))

    async def _tell(self, order: str) -> None:
        assert self._page is not None
        await self._page.send_str(order)

    @asynccontextmanager
    async def _serving(self, address: str) -> AsyncIterator[str]:
        app = web.Application()
        app.router.add_get("/control", self._control)
        app.router.add_static("/", PAGES)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, address, 0)
        await site.start()
        try:
            yield f"http://{address}:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()

    async def _control(self, request: web.Request) -> web.WebSocketResponse:
        self._page = page = web.WebSocketResponse()
        await page.prepare(request)
        async for message in page:
            if message.type is WSMsgType.TEXT:
                self._take(json.loads(message.data))
        return page

    def _take(self, news: dict[str, Any]) -> None:
        self.state = news.get("state", self.state)
        self.caller = news.get("caller", self.caller)
        self.heard = frozenset(news.get("heard", self.heard))
        if inside := news.get("inside"):
            self._inside.append(inside)
        self._pulse.beat()


@asynccontextmanager
async def _chromium(url: str, voice: int, home: Path) -> AsyncIterator[None]:
    """A headless browser on one page, with a tone at its microphone. Gone with all its helpers at the end."""
    program = shutil.which("chromium") or "chromium"
    write_wav(home / "microphone.wav", tone(voice, 10))
    flags = (*_FLAGS, f"--user-data-dir={home}/profile", f"--use-file-for-fake-audio-capture={home}/microphone.wav")
    with (home / "chromium.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(program, *flags, url, stdout=log, stderr=log)
    try:
        yield
    finally:
        await end(process)
