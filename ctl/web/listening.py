"""One port for browsers: TLS is served, and plain HTTP is told where to go instead of being met with silence.

The first byte decides: a TLS connection begins with a handshake record (22, RFC 8446 §5.1).
"""

import asyncio
import contextlib
import logging
import re
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

log = logging.getLogger(__name__)

HANDSHAKE = b"\x16"
FIRST_BYTE_S = 10.0
"""Who connects and says nothing is sent away."""
HANDSHAKE_S = 10.0
BACKLOG = 128
PAUSE_S = 0.2
"""After an accept that failed, such as for want of file descriptors."""
REQUEST = re.compile(rb"[A-Z]{1,10} (/[\x21-\x7e]{0,2000}) HTTP/1\.[01]\r\n")
HOST = re.compile(rb"\r\nhost:[ \t]*([A-Za-z0-9.:\[\]-]{1,255})[ \t]*\r\n", re.IGNORECASE)
LONGEST = 16_384
FROM_ONE = 1_000
"""Connections of one address: a browser keeps six, and a hundred people may sit behind one address."""
TOGETHER = 3_500
"""Connections of all. With a descriptor each, some hundred are left for what answers them (`minfds` of ctl.house.supervision)."""

Gone = Callable[[], None]
"""To be called by who was given a connection, when it has ended."""


class Places:
    """Who holds how many connections: nobody may have all of them."""

    def __init__(self, from_one: int = FROM_ONE, together: int = TOGETHER) -> None:
        self._from_one = from_one
        self._together = together
        self._ports: dict[str, set[int]] = {}

    def take(self, address: str, port: int) -> bool:
        """False: this address holds as many as one may have, or all together do."""
        held = len(self._ports.get(address, ()))
        if held >= self._from_one or sum(map(len, self._ports.values())) >= self._together:
            return False
        self._ports.setdefault(address, set()).add(port)
        return True

    def leave(self, address: str, port: int) -> None:
        """May be told more than once."""
        ports = self._ports.get(address, set())
        ports.discard(port)
        if not ports:
            self._ports.pop(address, None)


class Redirect(asyncio.Protocol):
    """Answers a plain request with the same address over TLS. ``to``: where, for a Host header; None for others'."""

    def __init__(self, to: Callable[[str | None], str], gone: Gone) -> None:
        self._to = to
        self._gone = gone
        self._said = b""
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._timer = asyncio.get_running_loop().call_later(FIRST_BYTE_S, transport.abort)

    def data_received(self, data: bytes) -> None:
        self._said += data
        if b"\r\n\r\n" in self._said or len(self._said) > LONGEST:
            self._answer()

    def connection_lost(self, _: Exception | None) -> None:
        self._gone()
        if self._timer is not None:
            self._timer.cancel()

    def _answer(self) -> None:
        asked = REQUEST.match(self._said)
        if asked is None:
            head, text = "400 Bad Request", "この要求は読み取れません。\n"
        else:
            host = HOST.search(self._said)
            place = self._to(host[1].decode() if host else None) + asked[1].decode().removeprefix("/")
            head, text = f"308 Permanent Redirect\r\nLocation: {place}", f"{place} を開いてください。\n"
        body = text.encode()
        headers = f"Content-Type: text/plain; charset=utf-8\r\nContent-Length: {len(body)}\r\nConnection: close"
        self._transport.write(f"HTTP/1.1 {head}\r\n{headers}\r\n\r\n".encode() + body)
        self._transport.close()


@asynccontextmanager
async def listening(
    host: str,
    port: int,
    tls: ssl.SSLContext,
    secure: Callable[[Gone], asyncio.Protocol],
    plain: Callable[[Gone], asyncio.Protocol],
    crowd: Callable[[str], None],
) -> AsyncIterator[int]:
    """Accept connections while the context lasts; gives the port, chosen by the system when 0 is asked.

    ``crowd`` hears of each address that is sent away since there is no place for it.
    """
    places = Places()
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.setblocking(False)
        door.bind((host, port))
        door.listen(BACKLOG)
        guests: set[asyncio.Task[None]] = set()

        async def accept() -> None:
            while True:
                try:
                    guest, (address, source) = await loop.sock_accept(door)
                except OSError as error:
                    log.warning("a connection could not be taken: %s", error)
                    await asyncio.sleep(PAUSE_S)
                    continue
                if not places.take(address, source):
                    guest.close()
                    crowd(address)
                    continue
                gone = partial(places.leave, address, source)
                task = asyncio.create_task(_lead_in(guest, tls, partial(secure, gone), partial(plain, gone), gone))
                guests.add(task)
                task.add_done_callback(guests.discard)

        accepting = asyncio.create_task(accept(), name="accept")
        try:
            yield door.getsockname()[1]
        finally:
            for task in (accepting, *guests):
                task.cancel()
            await asyncio.gather(accepting, *guests, return_exceptions=True)


async def _lead_in(
    guest: socket.socket,
    tls: ssl.SSLContext,
    secure: Callable[[], asyncio.Protocol],
    plain: Callable[[], asyncio.Protocol],
    gone: Gone,
) -> None:
    """Look at the first byte without taking it, and hand the connection on: to who tells when it is ``gone``."""
    loop = asyncio.get_running_loop()
    handed_on = False
    try:
        guest.setblocking(False)
        guest.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        first = await _peek(guest)
        if first == HANDSHAKE:
            await loop.connect_accepted_socket(secure, guest, ssl=tls, ssl_handshake_timeout=HANDSHAKE_S)
            handed_on = True
        elif first:
            await loop.connect_accepted_socket(plain, guest)
            handed_on = True
    except (OSError, TimeoutError):  # gone, or no TLS that we speak (ssl.SSLError is an OSError)
        pass
    finally:
        if not handed_on:
            guest.close()
            gone()


async def _peek(guest: socket.socket) -> bytes:
    loop = asyncio.get_running_loop()
    there = asyncio.Event()
    loop.add_reader(guest, there.set)
    try:
        async with asyncio.timeout(FIRST_BYTE_S):
            await there.wait()
    finally:
        loop.remove_reader(guest)
    with contextlib.suppress(BlockingIOError):
        return guest.recv(1, socket.MSG_PEEK)
    return b""
