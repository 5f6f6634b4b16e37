"""Serve an application on this centre's loopback address until SIGTERM or SIGINT."""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from aiohttp.web_protocol import RequestHandler
from aiohttp.web_request import BaseRequest

from ctl.settings import Settings
from ctl.web.guard import HEADERS

log = logging.getLogger(__name__)

FAREWELL_S = 5.0
"""How long running answers may take when the web is asked to stop."""


class NotLoopbackError(Exception):
    """There are no accounts yet, so the screens must not be reachable from other machines."""


class QuietHandler(RequestHandler):
    """Answers what is no HTTP at all without naming the software, which aiohttp does before any middleware."""

    def handle_error(
        self, request: BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        if request.writer.output_size > 0:
            raise ConnectionError("half of an answer is already sent")
        log.warning("error=- status=%s method=- route=- %s", status, type(exc).__name__)
        answer = web.Response(status=status, text="この要求は読み取れません。\n", headers={"Server": "", **HEADERS})
        answer.force_close()
        return answer


@asynccontextmanager
async def serving(app: web.Application, host: str, port: int) -> AsyncIterator[int]:
    """Serve while the context lasts; gives the port, which is chosen by the system when 0 is asked."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=FAREWELL_S)
    await runner.setup()
    # aiohttp would write every address, and with it what was searched for, into the log; `meter` counts instead.
    quiet = logging.getLogger("ctl.web.access")
    quiet.setLevel(logging.WARNING)
    loop, manager = asyncio.get_running_loop(), runner.server
    assert manager is not None
    try:
        server = await loop.create_server(lambda: QuietHandler(manager, loop=loop, access_log=quiet), host, port)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
    finally:
        await runner.cleanup()


async def serve(app: web.Application, settings: Settings) -> None:
    """Raises `NotLoopbackError`, or OSError when the port is taken."""
    if not settings.address.is_loopback:
        raise NotLoopbackError(
            f"CTL_ADDRESS is {settings.address}: the web has no accounts yet and serves loopback addresses (127.x.x.x) only"
        )
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with serving(app, str(settings.address), settings.web_port) as port:
        log.info("web at http://%s:%s/", settings.address, port)
        await stop.wait()
