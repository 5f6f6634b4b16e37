"""A length of wire that chokes, stammers and raves: what stands between a centre and its PBX, or its database."""

import asyncio
import random
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from ipaddress import IPv4Address
from pathlib import Path

from tests.lab.wire import Wire

TEXT = 0x81
"""The first octet of a whole text message, RFC 6455 §5.2."""
UPGRADED = b"HTTP/1.1 101"
REQUEST, UPGRADE = b" http/1.1\r\n", b"\r\nupgrade:"
REFUSALS = (b"500 Internal Server Error", b"503 Service Unavailable")
LENGTH = re.compile(rb"^content-length: *(\d+)", re.MULTILINE | re.IGNORECASE)
PIECE = 256
"""Octets that a slow wire passes on at once."""
LISTENS = "0A"
"""The state of a socket that listens, in /proc/net/tcp."""
LOOK_S = 0.05
Treatment = Callable[[list[bytes]], list[bytes]]
"""What becomes of events that came together, each a whole frame."""


class Frames:
    """Takes what a websocket's server says apart into whole frames (RFC 6455 §5.2; a server does not mask)."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        self._rest += data
        return list(self._whole())

    def _whole(self) -> Iterator[bytes]:
        while len(self._rest) >= 2:
            length, head = self._rest[1] & 0x7F, 2
            if length >= 126:
                head += 2 if length == 126 else 8
                length = int.from_bytes(self._rest[2:head], "big")
            if len(self._rest) < head + length:
                return
            frame, self._rest = self._rest[: head + length], self._rest[head + length :]
            yield frame


def doubled(frames: list[bytes]) -> list[bytes]:
    """Every event is told twice."""
    return [again for frame in frames for again in ([frame, frame] if frame[0] == TEXT else [frame])]


def shuffled(chance: random.Random) -> Treatment:
    """Events that came together are told in another order."""
    return lambda frames: chance.sample(frames, len(frames))


class FaultProxy(Wire):
    """A `Wire` on which what passes, and above all what the server says to us, can be disturbed.

    ``octets_per_s``: no faster than this. ``late_s``: each piece comes so much later, in both directions. ``events``:
    what becomes of those of a websocket, which are collected for ``collects_s``. ``refuses``: so many of 1 HTTP requests,
    which do not reach the server. ``sleep``: how time passes here.
    """

    def __init__(
        self, listen: str, to: str, port: int, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        super().__init__(listen, to, port)
        self._sleep = sleep
        self.octets_per_s: float | None = None
        self.late_s = 0.0
        self.events: Treatment | None = None
        self.collects_s = 0.05
        self.refuses = 0.0
        self.refused = 0
        """How many so far."""
        self._chance = random.Random()
        self._raving = b""

    def rave(self, octets: bytes) -> None:
        """Insert this once before what the server says next, on any connection."""
        self._raving = octets

    def heal(self) -> None:
        """Nothing is disturbed any more; what was held back is passed on."""
        self.flow()
        self.octets_per_s, self.late_s, self.events, self.refuses, self._raving = None, 0.0, None, 0.0, b""

    async def forth(self, source: asyncio.StreamReader, back: asyncio.StreamWriter) -> AsyncIterator[bytes]:
        owed = 0  # octets of a refused request that are still to come
        async for data in super().forth(source, back):
            head = data.lower().partition(b"\r\n\r\n")[0]
            if owed > 0:
                owed -= len(data)
            elif REQUEST in head and UPGRADE not in head and self._refusing():
                length = LENGTH.search(head)
                owed = len(head) + 4 + (int(length[1]) if length else 0) - len(data)
                back.write(b"HTTP/1.1 " + self._chance.choice(REFUSALS) + b"\r\nContent-Length: 0\r\n\r\n")
            else:
                await self._late()
                yield data

    def _refusing(self) -> bool:
        refused = self._chance.random() < self.refuses
        self.refused += refused
        return refused

    async def back(self, source: asyncio.StreamReader) -> AsyncIterator[bytes]:
        frames: Frames | None = None
        async for said in super().back(source):
            data = said
            if frames is None and said.startswith(UPGRADED):
                answer, end, data = said.partition(b"\r\n\r\n")
                yield answer + end
                frames = Frames()
            if self._raving:
                raving, self._raving = self._raving, b""
                self.disturbed += 1
                yield raving
            async for piece in self._slowly(data if frames is None else await self._treated(frames, data, source)):
                yield piece

    async def _treated(self, frames: Frames, data: bytes, source: asyncio.StreamReader) -> bytes:
        whole, events = frames.feed(data), self.events
        if events is None:
            return b"".join(whole)
        await asyncio.sleep(self.collects_s)
        with suppress(TimeoutError):  # nothing more came
            whole += frames.feed(await asyncio.wait_for(source.read(65536), 0.01))
        told = events(whole)
        self.disturbed += told != whole
        return b"".join(told)

    async def _slowly(self, data: bytes) -> AsyncIterator[bytes]:
        await self._late()
        while data and (rate := self.octets_per_s) is not None:
            piece, data = data[:PIECE], data[PIECE:]
            self.disturbed += 1
            await self._sleep(len(piece) / rate)
            yield piece
        if data:
            yield data

    async def _late(self) -> None:
        if self.late_s:
            self.disturbed += 1
            await self._sleep(self.late_s)


@asynccontextmanager
async def present(proxy: FaultProxy) -> AsyncIterator[FaultProxy]:
    """The wire has a beginning only while somebody listens at its end: who is not there refuses connections."""
    keeping = asyncio.create_task(_keep(proxy))
    try:
        yield proxy
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
        await proxy.stop()


async def _keep(proxy: FaultProxy) -> None:
    while True:
        await _until(proxy, there=True)
        server = await asyncio.start_server(proxy.accept, proxy.listen, proxy.port)
        try:
            await _until(proxy, there=False)
        finally:
            server.close()


async def _until(proxy: FaultProxy, there: bool) -> None:
    """Looked up and not tried: a connection would be told to whoever listens."""
    while _listened_to(proxy) is not there:  # noqa: ASYNC110 - nothing tells us when another process listens
        await asyncio.sleep(LOOK_S)


def _listened_to(proxy: FaultProxy) -> bool:
    wanted = f"{IPv4Address(proxy.to).packed[::-1].hex().upper()}:{proxy.port:04X}"
    sockets = (line.split() for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:])
    return any(fields[1] == wanted and fields[3] == LISTENS for fields in sockets)
