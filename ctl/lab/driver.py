"""A minimal ARI driver for the town's Asterisk: requests, and one stream of events."""

import asyncio
import json
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self

import aiohttp

from ctl.lab.pbx import tail
from ctl.lab.townconf import Town

APPLICATION = "lab"
Event = Mapping[str, Any]
"""One ARI event as it came. Only the few fields that the town looks at are read."""


class LabError(Exception):
    """The laboratory itself could not do what was asked."""


class Driver:
    """Connected while the context lasts; ``on_event`` hears every event in order."""

    def __init__(self, town: Town, on_event: Callable[[Event], None]) -> None:
        self._town = town
        self._on_event = on_event
        self._http: aiohttp.ClientSession | None = None
        self._reader: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._http = aiohttp.ClientSession(
            # Asterisk closes a connection that was idle for 15 s (session_keep_alive): never ask on one that old.
            connector=aiohttp.TCPConnector(keepalive_timeout=5),
            headers={"Authorization": aiohttp.encode_basic_auth("lab", self._town.password)},
        )
        try:
            socket = await self._connect(deadline_s=30)
        except BaseException:
            await self._http.close()
            raise
        self._reader = asyncio.create_task(self._read(socket))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)
        if self._http is not None:
            await self._http.close()

    async def request(
        self, verb: str, path: str, query: Mapping[str, str] | None = None, body: Mapping[str, Any] | None = None
    ) -> Any:
        """Ask, and return the answer. 404 and 409 mean that what was meant is gone: the answer is None."""
        assert self._http is not None
        async with self._http.request(verb, f"{self._town.ari}{path}", params=query, json=body) as response:
            if response.status in (404, 409, 412):
                return None
            if response.status >= 400:
                raise LabError(f"{verb} {path} {query}: {response.status} {await response.text()}")
            return await response.json() if response.status == 200 else None

    async def _connect(self, deadline_s: float) -> aiohttp.ClientWebSocketResponse:
        """The server opens some time after its process: try until the deadline."""
        assert self._http is not None
        url = f"{self._town.ari}/events"
        loop = asyncio.get_running_loop()
        give_up = loop.time() + deadline_s
        while True:
            try:
                return await self._http.ws_connect(
                    url, params={"app": APPLICATION, "subscribeAll": "true"}, heartbeat=10
                )
            except aiohttp.ClientError as problem:
                if loop.time() > give_up:
                    log = tail(self._town.home / "log" / "full") + tail(self._town.home / "console.log")
                    raise LabError(f"the town's Asterisk did not start: {problem}\n{log}") from problem
                await asyncio.sleep(0.1)

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in socket:
            if message.type is aiohttp.WSMsgType.TEXT:
                self._on_event(json.loads(message.data))
