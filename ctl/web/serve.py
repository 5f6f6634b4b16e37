"""Serve an application on this centre's loopback address until SIGTERM or SIGINT."""

import asyncio
import logging
import signal

from aiohttp import web

from ctl.settings import Settings

log = logging.getLogger(__name__)

FAREWELL_S = 5.0
"""How long running answers may take when the web is asked to stop."""


class NotLoopbackError(Exception):
    """There are no accounts yet, so the screens must not be reachable from other machines."""


async def serve(app: web.Application, settings: Settings) -> None:
    if not settings.address.is_loopback:
        raise NotLoopbackError(
            f"CTL_ADDRESS is {settings.address}: the web has no accounts yet and serves loopback addresses (127.x.x.x) only"
        )
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=FAREWELL_S)
    await runner.setup()
    try:
        await web.TCPSite(runner, str(settings.address), settings.web_port).start()
        log.info("web at http://%s:%s/", settings.address, settings.web_port)
        await stop.wait()
    finally:
        await runner.cleanup()
