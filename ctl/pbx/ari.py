"""A thin client of Asterisk's REST interface: requests over kept connections, events over one websocket.

It knows how to ask and how to listen, not what for. Two things can happen to a request besides an answer:
`Refused`, an answer of Asterisk that says no (an outcome), and `Away`, no answer at all (the outcome is unknown).
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from types import TracebackType
from typing import Any

import aiohttp
import msgspec

from ctl.pbx import wire
from ctl.pbx.wire import Query, T

log = logging.getLogger(__name__)

DEADLINE_S = 3.0
"""No request of ours takes longer than a few milliseconds, unless the PBX is in trouble."""
HEARTBEAT_S = 4.0
"""A ping this often; an answer that takes half as long again ends the connection: half-open is noticed in 6 s."""
IDLE_S = 10.0
"""Shorter than Asterisk's own ``session_keep_alive`` (15 s), so that no request meets a closing connection."""


AGAIN_S = (0.05, 0.1, 0.2, 0.4, 0.8)
"""Pauses before a request is made again that Asterisk was not able to carry out (5xx): who is to be put into a bridge or
hung up is so a moment later. All names are chosen beforehand, so asking twice does no harm."""

RINGS = "endpoint"
"""A query with this rings a telephone. One that cannot be called is told with 500, too, and its caller is to go elsewhere
at once."""

LISTS = frozenset({"/channels", "/bridges"})
"""Of all that there is. They may take long, and nothing is left undone when one does not come."""

GONE = frozenset({"Channel not found", "Playback not found"})
"""How Asterisk calls what has ended by itself. With 404; with 400 where a channel is to enter a bridge
(`find_channel_control` in res/ari/resource_bridges.c), which also is the status of a request that is wrong."""


class Refused(Exception):
    """Asterisk answered, and said no. ``status``: 404 is gone, 409 and 412 are in the wrong state, 422 cannot be.

    ``gone``: there is nothing left to ask it of, because the other side hung up or the sound came to its end.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status} {message}")
        self.status = status
        self.gone = status in {400, 404} and message in GONE


class Away(Exception):
    """No answer: the connection failed or the deadline passed. Whether the request was carried out is unknown."""


class Ari(wire.Requests):
    """One connection to the PBX. Use as ``async with Ari(…) as ari``; when closed, requests in flight fail as `Away`.

    ``in_doubt`` is set once nobody knows what became of a request, or Asterisk was not able to carry it out however often it
    was asked: what we believe and what is so may differ from then on, though events go on to come.
    """

    def __init__(self, url: str, user: str, password: str, deadline_s: float = DEADLINE_S) -> None:
        self._url = url
        self._headers = {"Authorization": aiohttp.encode_basic_auth(user, password)}
        self._timeout = aiohttp.ClientTimeout(total=deadline_s)
        self._session: aiohttp.ClientSession | None = None
        self.in_doubt = asyncio.Event()

    async def __aenter__(self) -> "Ari":
        connector = aiohttp.TCPConnector(limit=64, keepalive_timeout=IDLE_S)
        self._session = aiohttp.ClientSession(connector=connector, headers=self._headers, timeout=self._timeout)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    @asynccontextmanager
    async def events(self, application: str) -> AsyncIterator[AsyncIterator[wire.Event]]:
        """Listen as ``application``. The iterator ends when the connection does; what cannot be read is logged."""
        try:
            socket = await self._connected.ws_connect(
                f"{self._url}/events",
                params={"app": application},
                heartbeat=HEARTBEAT_S,
                max_msg_size=0,
                timeout=aiohttp.ClientWSTimeout(ws_close=1.0),
            )
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Away(str(error) or type(error).__name__) from error
        try:
            yield _read(socket)
        finally:
            await socket.close()

    async def call(self, method: str, path: str, query: Query, body: Any, returns: type[T]) -> T:
        with self._doubting(path, query):
            text = await self._insisted(method, path, query, body)
            try:
                return msgspec.json.decode(text, type=returns)
            except msgspec.MsgspecError as error:  # done, but we cannot tell what: as good as no answer
                raise Away(f"{method} {path}: the answer cannot be read: {error}") from error

    async def send(self, method: str, path: str, query: Query, body: Any) -> None:
        with self._doubting(path, query):
            await self._insisted(method, path, query, body)

    @contextmanager
    def _doubting(self, path: str, query: Query) -> Iterator[None]:
        try:
            yield
        except (Away, Refused) as error:
            if path not in LISTS and (isinstance(error, Away) or _unable(error, query)):
                self.in_doubt.set()
            raise

    async def _insisted(self, method: str, path: str, query: Query, body: Any) -> bytes:
        for pause_s in AGAIN_S:
            try:
                return await self._asked(method, path, query, body)
            except Refused as refused:
                if not _unable(refused, query):
                    raise
                log.warning("ari_asked_again method=%s answer=%s pause=%g", method, refused, pause_s)
                await asyncio.sleep(pause_s)
        return await self._asked(method, path, query, body)

    async def _asked(self, method: str, path: str, query: Query, body: Any) -> bytes:
        given = {key: _plain(value) for key, value in query.items() if value is not None}
        try:
            async with self._connected.request(method, self._url + path, params=given, json=body) as answer:
                text = await answer.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Away(f"{method} {path}: {error or type(error).__name__}") from error
        if answer.status >= 400:
            raise Refused(answer.status, _message(text))
        return text

    @property
    def _connected(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            raise Away("closed")
        return self._session


def decode(text: str | bytes) -> wire.Event | None:
    """An event, or None for one that we cannot read: a type newer than we are, or a shape that was never promised."""
    try:
        return _EVENT.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        log.warning("ari_event_unreadable error=%r", str(error))
        return None


_EVENT: msgspec.json.Decoder[wire.Event] = msgspec.json.Decoder(wire.Event)


async def _read(socket: aiohttp.ClientWebSocketResponse) -> AsyncIterator[wire.Event]:
    async for message in socket:
        if message.type is aiohttp.WSMsgType.TEXT:
            event = decode(message.data)
            if event is not None:
                yield event


def _unable(refused: Refused, query: Query) -> bool:
    """Whether Asterisk would have, had it been able to."""
    return refused.status >= 500 and RINGS not in query


def _plain(value: str | int | bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _message(text: bytes) -> str:
    try:
        said = json.loads(text)
    except ValueError:
        return text[:100].decode("utf-8", "replace")
    return str(said.get("message") or said.get("error") or said) if isinstance(said, dict) else str(said)
