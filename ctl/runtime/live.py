"""The switchboard's door for people and programs of this machine: a Unix socket, one JSON document a line.

| request | answer |
|---|---|
| ``{"floor": true}`` | the floor document (`document`) |
| ``{"watch": true}`` | ``{"n", "snapshot"}``, then ``{"n", "at", …}`` for every change (`feed`) |
| ``{"command": {"do", "by", "extension" or "call", "argument", "supervisor", "reason", …}}`` | ``{"ok", "message"}`` |
| ``{"centre": {"do", "by", …}}``: a mode, a short message (`wishes`) | ``{"ok", "message"}`` |
| ``{"report": {"source", "standing", "happened", "for_s"}}``: alarms that others found (`reports`) | ``{"ok", "message"}`` |
| ``{"adopt": true}`` | ``{"ok", "message"}`` |
| ``{"health": true}`` | figures |

A request that is not understood is answered ``{"ok": false, "refused": true, "message"}`` and changes nothing. Only
the user who runs the switchboard may open the socket.
"""

import asyncio
import contextlib
import logging
import os
import socket
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from ctl.runtime.engine import Engine
from ctl.runtime.feed import Feed, Watcher
from ctl.runtime.requests import BadRequest, Report, Wish, parse
from ctl.runtime.service import LiveService
from ctl.runtime.wishes import CentreWish
from ctl.switchboard.effects import Reply
from ctl.switchboard.ids import Millis

log = logging.getLogger(__name__)

LONGEST_REQUEST = 64 * 1024
LONGEST_PATH = 107
"""Bytes, unix(7)."""
TICK_S = 1.0
COMMAND_DEADLINE_S = 4.0
"""Less than the client's own deadline, so that people read our sentence and not its."""


@dataclass(frozen=True, slots=True)
class Transport:
    """A stream writer as the feed's outlet. Whoever has hung up and is not missed yet is told nothing."""

    writer: asyncio.StreamWriter

    def write(self, data: bytes) -> None:
        if not self.writer.is_closing():
            self.writer.write(data)

    def unsent(self) -> int:
        return self.writer.transport.get_write_buffer_size()


class Live:
    """Serves the socket. ``adopt`` loads and applies the current plan and says what it did, or raises `BadRequest`;
    ``report`` hears what others of the centre have found.
    """

    def __init__(
        self,
        engine: Engine,
        now: Callable[[], Millis],
        health: Callable[[], Mapping[str, object]],
        adopt: Callable[[], Awaitable[str]],
        service: LiveService,
        report: Callable[[Report], None] = lambda _: None,
    ) -> None:
        self._engine = engine
        self._now = now
        self._health = health
        self._adopt = adopt
        self._report = report
        self._feed = Feed(service.at)
        # The feed tells what the service has counted by then.
        engine.watchers += (service.turned, self._feed.turned)

    @asynccontextmanager
    async def listening(self, path: Path) -> AsyncIterator[None]:
        """Serve at ``path`` while the context lasts. A socket left behind by a killed switchboard is taken over."""
        server = await asyncio.start_unix_server(self._serve, sock=_bound(path), limit=LONGEST_REQUEST)
        ticking = asyncio.create_task(self._tick())
        try:
            yield
        finally:
            ticking.cancel()
            server.close()
            _forget(path)

    async def _tick(self) -> None:
        """Tell watchers what changes although nothing happens."""
        while True:
            await asyncio.sleep(TICK_S)
            if self._feed.watchers:
                self._feed.tick(self._engine.floor, self._now())

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Whoever hangs up in the middle of an answer has no need of it.
        with contextlib.suppress(ConnectionError):
            try:
                while line := await self._line(reader):
                    await self._answer(line, reader, writer)
                    await writer.drain()
            except BadRequest as bad:
                _say(writer, {"ok": False, "refused": True, "message": str(bad)})
                await writer.drain()
            finally:
                writer.close()

    async def _line(self, reader: asyncio.StreamReader) -> bytes:
        try:
            return await reader.readline()
        except ValueError:
            raise BadRequest(
                f"the request is longer than {LONGEST_REQUEST} bytes; send one JSON document a line"
            ) from None

    async def _answer(self, line: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = parse(line)
            if request.watch:
                await self._watch(reader, writer)
            elif request.command is not None:
                _say(writer, await self._command(request.command))
            elif request.centre is not None:
                _say(writer, await self._command(request.centre))
            elif request.report is not None:
                self._report(request.report)
                _say(writer, {"ok": True, "message": "taken"})
            elif request.adopt:
                _say(writer, {"ok": True, "message": await self._adopt()})
            elif request.health:
                _say(writer, self._health())
            else:
                _say(writer, self._feed.document(self._engine.floor, self._now()))
        except BadRequest as bad:
            _say(writer, {"ok": False, "refused": True, "message": str(bad)})

    async def _command(self, wish: Wish | CentreWish) -> dict[str, object]:
        replied: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        command = wish.commanded(uuid.uuid4().hex)
        self._engine.command(command, _resolve(replied))
        try:
            async with asyncio.timeout(COMMAND_DEADLINE_S):
                reply = await replied
        except TimeoutError:
            self._engine.forget(command.command)
            return {
                "ok": False,
                "message": f"{wish.do} was not answered in time; look at `ctl floor` before trying again",
            }
        return {"ok": reply.ok, "message": reply.message}

    async def _watch(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Feed one watcher until it hangs up."""
        behind = asyncio.Event()
        watcher = Watcher(Transport(writer), behind.set)
        writer.write(self._feed.snapshot(self._engine.floor, self._now()))
        self._feed.watchers.add(watcher)
        try:
            async with asyncio.TaskGroup() as tasks:
                catching_up = tasks.create_task(self._catch_up(watcher, behind, writer))
                with contextlib.suppress(ConnectionError):
                    await reader.read()
                catching_up.cancel()
        finally:
            self._feed.watchers.discard(watcher)

    async def _catch_up(self, watcher: Watcher, behind: asyncio.Event, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while True:
                await behind.wait()
                await writer.drain()
                behind.clear()
                watcher.behind = False
                writer.write(self._feed.snapshot(self._engine.floor, self._now()))


def _bound(path: Path) -> socket.socket:
    """A socket at ``path`` that only we may open."""
    if len(os.fsencode(path)) > LONGEST_PATH:
        raise OSError(f"{path} is longer than {LONGEST_PATH} bytes, which no socket may be: choose a shorter CTL_HOME")
    path.parent.mkdir(parents=True, exist_ok=True)
    _forget(path)
    mask = os.umask(0o177)
    try:
        door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        door.bind(str(path))
    finally:
        os.umask(mask)
    return door


def _forget(path: Path) -> None:
    path.unlink(missing_ok=True)


def _resolve(replied: "asyncio.Future[Reply]") -> Callable[[Reply], None]:
    def resolve(reply: Reply) -> None:
        if not replied.done():
            replied.set_result(reply)

    return resolve


def _say(writer: asyncio.StreamWriter, document: object) -> None:
    writer.write(msgspec.json.encode(document) + b"\n")
