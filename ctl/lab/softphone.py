"""A real softphone as an operator's telephone: baresip, steered over its control socket."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

from ctl.house.tether import end
from ctl.lab.party import Speaker
from ctl.lab.pulse import Pulse
from ctl.lab.tap import Address, Tap
from ctl.lab.tones import tone, write_wav
from ctl.settings import Settings

MODULES = "/usr/lib/baresip/modules"
HOST = "127.0.0.1"
"""baresip binds its media to all addresses, so its sound leaves from this one, and comes back to it."""
LISTEN_S = 0.3


class SoftPhone:
    """Made by `started`. ``voice``: the tone (Hz) it sends."""

    def __init__(self, name: str, voice: int, ear: Address) -> None:
        self.name = name
        self.voice = voice
        self._ear = ear
        self.state = "starting"
        self._pulse = Pulse(lambda: f"{self.name}: {self.state}")
        self._tap = Tap(IPv4Network(f"{HOST}/32"), self._pulse.beat)
        self._tap.line(ear)
        self._writer: asyncio.StreamWriter | None = None
        self._process: asyncio.subprocess.Process | None = None

    @classmethod
    @asynccontextmanager
    async def started(
        cls, settings: Settings, user: str, password: str, voice: int, home: Path
    ) -> AsyncIterator["SoftPhone"]:
        """A softphone that registers at the centre as ``user``; it may take a moment until the centre knows."""
        net = str(settings.address).rpartition(".")[0]
        address = f"{net}.41"
        rtp_port = 30000 + 4 * int(net.split(".")[1])  # of its own for each laboratory
        _configure(home, settings, address, user, password, voice, rtp_port)
        phone = cls(f"softphone {user}", voice, (HOST, rtp_port))
        with (home / "baresip.log").open("wb") as log:
            process = await asyncio.create_subprocess_exec("baresip", "-f", str(home), stdout=log, stderr=log)
        phone._process = process
        reader = asyncio.create_task(phone._follow(address))
        try:
            await phone.is_("idle", within_s=30)
            async with phone._tap:
                yield phone
        finally:
            reader.cancel()
            await asyncio.gather(reader, return_exceptions=True)
            await end(process)

    async def die(self) -> None:
        """The program is killed: no good-bye to anybody."""
        assert self._process is not None
        self._process.kill()
        await self._process.wait()

    async def answer(self) -> None:
        await self._ask("accept")
        await self.is_("up")

    async def hang_up(self) -> None:
        await self._ask("hangup")

    async def is_(self, state: str, within_s: float = 15) -> None:
        await self._pulse.until(lambda: self.state == state, f"{self.name} is {state}", within_s)

    async def hears(self, *speakers: Speaker, within_s: float = 10) -> bool:
        """Hears exactly these, measured where its sound arrives."""
        since = asyncio.get_running_loop().time()
        voices = {speaker.voice for speaker in speakers}

        def look() -> bool:
            heard = self._tap.heard(self._ear, since, LISTEN_S)
            return heard is not None and heard.tones == voices

        return await self._pulse.until(look, f"{self.name} hears {voices}", within_s)

    async def _ask(self, command: str) -> None:
        assert self._writer is not None
        text = json.dumps({"command": command})
        self._writer.write(f"{len(text)}:{text},".encode())
        await self._writer.drain()

    async def _follow(self, address: str) -> None:
        reader, self._writer = await _connected(address)
        self._is_now("idle")
        while True:
            length = int((await reader.readuntil(b":"))[:-1])
            self._take(json.loads((await reader.readexactly(length + 1))[:-1]))

    def _take(self, news: dict[str, Any]) -> None:
        states = {"CALL_INCOMING": "ringing", "CALL_ESTABLISHED": "up", "CALL_CLOSED": "idle"}
        if state := states.get(news.get("type", "")):
            self._is_now(state)

    def _is_now(self, state: str) -> None:
        self.state = state
        self._pulse.beat()


async def _connected(address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    while True:
        try:
            return await asyncio.open_connection(address, 4444)
        except ConnectionRefusedError:
            await asyncio.sleep(0.1)  # it has not opened its socket yet; the caller's deadline ends this


def _configure(
    home: Path, settings: Settings, address: str, user: str, password: str, voice: int, rtp_port: int
) -> None:
    modules = ("g711", "aufile", "account", "menu", "ctrl_tcp")
    lines = [
        f"sip_listen {address}:5060",
        f"rtp_ports {rtp_port}-{rtp_port + 2}",
        f"ctrl_tcp_listen {address}:4444",
        f"audio_source aufile,{home}/voice.wav",
        f"audio_player aufile,{home}/heard.wav",
        f"net_interface {address}",
        f"module_path {MODULES}",
        *(f"module{'_app' if name in ('account', 'menu', 'ctrl_tcp') else ''} {name}.so" for name in modules),
    ]
    write_wav(home / "voice.wav", tone(voice, 60))
    (home / "config").write_text("\n".join(lines) + "\n", encoding="utf-8")
    account = f"<sip:{user}@{settings.address}:{settings.sip_port}>;auth_pass={password};regint=60;audio_codecs=PCMU"
    (home / "accounts").write_text(account + "\n", encoding="utf-8")
