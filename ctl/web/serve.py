"""Serve an application over TLS until SIGTERM or SIGINT."""

import asyncio
import logging
import signal
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from aiohttp import web
from aiohttp.web_protocol import RequestHandler
from aiohttp.web_request import BaseRequest

from ctl.security.certificates import BadCertificate, Files, ensure
from ctl.settings import Settings
from ctl.web.auditing import note_refused
from ctl.web.guard import HEADERS, host_is_ours
from ctl.web.keys import SETTINGS
from ctl.web.listening import Gone, Redirect, listening

log = logging.getLogger(__name__)

FAREWELL_S = 5.0
"""How long running answers may take when the web is asked to stop."""
RENEW_EVERY_S = 3600.0
ASKED_WITHIN_S = 20.0
"""Who has connected and not asked anything to the end by then is sent away: aiohttp would wait for ever, and whoever
opens connections without asking could have all that there are (slow loris)."""
IDLE_S = 75.0
"""How long a browser may keep its connection between two requests; also how long the next one may take to be asked."""


class QuietHandler(RequestHandler):
    """Answers what is no HTTP at all without naming the software, which aiohttp does before any middleware, and sends
    away who never ends what he asks. ``unreadable`` hears from where the former came, ``gone`` that the connection has ended."""

    def __init__(self, manager: web.Server, unreadable: Callable[[str], None], gone: Gone, **options: Any) -> None:
        super().__init__(manager, **options)
        self._unreadable = unreadable
        self._gone = gone

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._patience = asyncio.get_running_loop().call_later(ASKED_WITHIN_S, self._asked_or_gone)

    def connection_lost(self, exc: BaseException | None) -> None:
        self._gone()
        self._patience.cancel()
        super().connection_lost(exc)

    def _asked_or_gone(self) -> None:
        if self._request_count == 0 and isinstance(self.transport, asyncio.Transport):
            self.transport.abort()

    def handle_error(
        self, request: BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        if request.writer.output_size > 0:
            raise ConnectionError("half of an answer is already sent")
        if isinstance(exc, ConnectionError):  # who asked has gone
            raise exc
        log.warning("error=- status=%s method=- route=- %s", status, type(exc).__name__)
        self._unreadable(request.remote or "-")
        answer = web.Response(status=status, text="この要求は読み取れません。\n", headers={"Server": "", **HEADERS})
        answer.force_close()
        return answer


@asynccontextmanager
async def serving(app: web.Application, host: str, port: int, tls: ssl.SSLContext) -> AsyncIterator[int]:
    """Serve while the context lasts; gives the port, which is chosen by the system when 0 is asked."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=FAREWELL_S)
    await runner.setup()
    # aiohttp would write every address, and with it what was searched for, into the log; `meter` counts instead.
    quiet = logging.getLogger("ctl.web.access")
    quiet.setLevel(logging.WARNING)
    loop, manager = asyncio.get_running_loop(), runner.server
    settings = app[SETTINGS]
    assert manager is not None

    noting: set[asyncio.Task[None]] = set()

    def refused(reason: str, where: str) -> None:
        task = loop.create_task(note_refused(app, where, reason), name="note")
        noting.add(task)
        task.add_done_callback(noting.discard)

    def secure_address(host: str | None) -> str:
        return f"https://{host}/" if host_is_ours(host, settings) else settings.web_url

    try:
        async with listening(
            host,
            port,
            tls,
            partial(
                QuietHandler,
                manager,
                partial(refused, "no HTTP"),
                loop=loop,
                access_log=quiet,
                keepalive_timeout=IDLE_S,
            ),
            partial(Redirect, secure_address),
            partial(refused, "too many connections"),
        ) as chosen:
            yield chosen
    finally:
        await asyncio.gather(*noting, return_exceptions=True)  # what cannot be noted keeps nothing from ending
        await runner.cleanup()


def context(files: Files) -> ssl.SSLContext:
    """TLS 1.2 and newer. Raises `BadCertificate` when key and certificate do not belong together."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.options |= ssl.OP_NO_COMPRESSION
    made.set_alpn_protocols(["http/1.1"])
    load(made, files)
    return made


def load(tls: ssl.SSLContext, files: Files) -> None:
    """Serve new connections with what lies in the files now."""
    try:
        tls.load_cert_chain(files.certificate, files.key)
    except (OSError, ssl.SSLError) as error:
        raise BadCertificate(f"{files.certificate} and {files.key} do not belong together ({error})") from None


async def _keep_fresh(settings: Settings, tls: ssl.SSLContext) -> None:
    """Take a renewed certificate into use without a restart, and renew our own in time."""
    while True:
        await asyncio.sleep(RENEW_EVERY_S)
        try:
            load(tls, await asyncio.to_thread(ensure, settings))
        except (BadCertificate, OSError) as error:
            log.error("the certificate stays as it was: %s", error)


async def serve(app: web.Application, settings: Settings) -> None:
    """Raises `BadCertificate`, or OSError when the port is taken."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    tls = context(ensure(settings))
    async with serving(app, str(settings.web_host), settings.web_port, tls):
        log.info("web at %s", settings.web_url)
        fresh = asyncio.create_task(_keep_fresh(settings, tls), name="certificate")
        try:
            await stop.wait()
        finally:
            fresh.cancel()
