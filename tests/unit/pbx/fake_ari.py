"""An ARI server of a few lines: it answers like Asterisk where a test needs it to, and notes what it was asked."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from ctl.pbx.ari import Ari
from ctl.pbx.names import APPLICATION
from tests.unit.pbx.samples import channel

Hook = Callable[["Asked"], Awaitable[tuple[int, Any]]]


@dataclass(frozen=True)
class Asked:
    """One request."""

    method: str
    path: str
    query: dict[str, str]
    body: Any = None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass
class FakeAri:
    """``channels``: what Asterisk holds, by name. ``hooks``: answers to single requests, named like ``POST /bridges``.

    Everything else succeeds: a channel that is made and called in one request exists, and enters Stasis when the test has it
    `answer`; one that is made only enters Stasis at once; one that is hung up is destroyed.
    """

    channels: dict[str, dict[str, Any]] = field(default_factory=dict)
    bridges: dict[str, list[str]] = field(default_factory=dict)
    music: set[str] = field(default_factory=set)
    """Channels that hear it."""
    hooks: dict[str, Hook] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    sockets: list[web.WebSocketResponse] = field(default_factory=list)
    deaf: bool = False
    """Half-open: connections stand, nothing is answered."""
    url: str = ""
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    # --- what tests do ----------------------------------------------------------------------------------------------

    def paths(self, but: str = "applications") -> list[str]:
        """What was asked, in order, without what is about applications."""
        return [str(one) for one in self.asked if but not in one.path]

    async def until(self, condition: Callable[["FakeAri"], bool], deadline_s: float = 5.0) -> None:
        async with asyncio.timeout(deadline_s), self._changed:
            await self._changed.wait_for(lambda: condition(self))

    async def tell(self, kind: str, **members: Any) -> None:
        """Send an event to whoever listens."""
        line = json.dumps({"type": kind, "application": APPLICATION, "timestamp": "", **members})
        for socket in self.sockets:
            if not socket.closed:
                await socket.send_str(line)

    async def arrive(self, name: str, *args: str) -> None:
        """A call comes by itself."""
        self.hold(name, *args)
        await self.tell("StasisStart", args=list(args), channel=self.channels[name])

    def hold(self, name: str, *args: str, state: str = "Up") -> None:
        """A channel stands in our application."""
        data = ",".join([APPLICATION, *args])
        plan = {"context": "from-trunk", "exten": "1", "priority": 1, "app_name": "Stasis", "app_data": data}
        self.channels[name] = channel(name, state, dialplan=plan)

    def rings(self, name: str) -> None:
        """A channel that was made calls its telephone, and is in no application yet."""
        plan = {
            "context": "default",
            "exten": "s",
            "priority": 1,
            "app_name": "AppDial2",
            "app_data": "(Outgoing Line)",
        }
        self.channels[name] = channel(name, "Ringing", dialplan=plan)

    async def answer(self, name: str) -> None:
        """A channel that was made answers, and enters Stasis thereafter, if it is not there."""
        self.channels[name]["state"] = "Up"
        await self.tell("ChannelStateChange", channel=self.channels[name])
        if self.channels[name]["dialplan"]["app_name"] != "Stasis":
            await self.arrive(name, "made")

    async def send_on(self, name: str, onward: str, followed: dict[str, Any] | None = None) -> None:
        """Who is called says that somebody else is to be called, which Asterisk has done or not."""
        await self.tell("Dial", peer=self.channels[name], dialstatus="CANCEL", forward=onward, forwarded=followed)

    async def destroy(self, name: str, cause: int = 16) -> None:
        """A channel is hung up: it leaves our application, and is no more."""
        gone = self.channels.pop(name)
        if gone["dialplan"]["app_name"] == "Stasis":
            await self.tell("StasisEnd", channel=gone)
        await self.tell("ChannelDestroyed", channel=gone, cause=cause, cause_txt="")

    async def cut(self) -> None:
        for socket in self.sockets:
            await socket.close()

    # --- what Asterisk does -----------------------------------------------------------------------------------------

    async def handle(self, request: web.Request) -> web.StreamResponse:
        if request.path == "/ari/events":
            return await self._listen(request)
        body = await request.json() if request.can_read_body else None
        asked = Asked(request.method, request.path.removeprefix("/ari"), dict(request.query), body)
        self.asked.append(asked)
        await self._notify()
        hook = self.hooks.get(str(asked))
        status, answer = await (hook(asked) if hook else self.carry_out(asked))
        await self._notify()
        return web.json_response(answer, status=status) if answer is not None else web.Response(status=status)

    async def carry_out(self, asked: Asked) -> tuple[int, Any]:
        match [asked.method, *asked.path.strip("/").split("/")]:
            case [_, "applications", *_]:
                return 200, {"name": APPLICATION}
            case ["GET", "channels"]:
                return 200, list(self.channels.values())
            case ["POST", "channels", "create"]:
                name = asked.query["channelId"]
                self.hold(name, asked.query["appArgs"], state="Down")
                await self.tell("StasisStart", args=[asked.query["appArgs"]], channel=self.channels[name])
                return 200, self.channels[name]
            case ["POST", "channels", name] if "endpoint" in asked.query:
                self.rings(name)
                return 200, self.channels[name]
            case [_, "channels", name, *_] if name not in self.channels:
                return 404, {"message": "Channel not found"}
            case ["GET", "channels", name]:
                return 200, self.channels[name]
            case ["DELETE", "channels", name]:
                await self.destroy(name)
                return 204, None
            case ["POST", "channels", name, "play", playback]:
                about = {"media_uri": asked.query["media"], "target_uri": f"channel:{name}", "state": "queued"}
                return 201, {"id": playback, **about}
            case ["POST", "channels", name, "moh"]:
                self.music.add(name)
                return 204, None
            case ["DELETE", "channels", name, "moh"]:
                self.music.discard(name)
                return 204, None
            case ["GET", "bridges"]:
                return 200, [self._bridge(name) for name in self.bridges]
            case ["DELETE", "bridges", name]:
                return (204, None) if self.bridges.pop(name, None) is not None else (404, {"message": "gone"})
            case ["POST", "bridges", name]:
                if name in self.bridges:
                    return 409, {"message": "Bridge exists"}
                self.bridges[name] = []
                return 200, self._bridge(name)
            case ["GET", "bridges", name]:
                return 200, self._bridge(name)
            case ["POST", "bridges", name, "addChannel"]:
                self.bridges[name].append(asked.query["channel"])
                return 204, None
            case _:
                return 204, None

    def _bridge(self, name: str) -> dict[str, Any]:
        kind = {"technology": "simple_bridge", "bridge_type": "mixing", "bridge_class": "stasis", "creator": "Stasis"}
        return {"id": name, "name": "", "channels": self.bridges[name], "creationtime": "", **kind}

    async def _listen(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        self.sockets.append(socket)
        await self._notify()
        async for message in socket:
            if message.type is WSMsgType.PING and not self.deaf:
                await socket.pong(message.data)
        return socket

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()


def refusing(status: int, message: str = "refused by the test") -> Hook:
    async def hook(_: Asked) -> tuple[int, Any]:
        return status, {"message": message}

    return hook


@asynccontextmanager
async def fake_ari() -> AsyncIterator[FakeAri]:
    fake = FakeAri()
    app = web.Application()
    app.router.add_route("*", "/ari/{rest:.*}", fake.handle)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    fake.url = f"http://127.0.0.1:{runner.addresses[0][1]}/ari"
    try:
        yield fake
    finally:
        await fake.cut()
        await runner.cleanup()


@asynccontextmanager
async def ari_of(fake: FakeAri, deadline_s: float = 2.0) -> AsyncIterator[Ari]:
    async with Ari(fake.url, "ctl", "secret", deadline_s) as ari:
        yield ari
