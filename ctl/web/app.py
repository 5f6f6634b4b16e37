"""The web application, put together. Parts come from outside so that tests can bring their own."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from aiohttp import web

from ctl.settings import Settings
from ctl.web import call, calls, design, floor, watch
from ctl.web.archive import Archive
from ctl.web.errors import tell_errors
from ctl.web.guard import dress, only_ours
from ctl.web.keys import ARCHIVE, CLOSING, METER, MIRROR, NAMES, SETTINGS, TEMPLATES
from ctl.web.meter import Meter
from ctl.web.mirror import FloorMirror, Switchboard
from ctl.web.names import NameBook
from ctl.web.pages import STATIC, environment


def make_app(settings: Settings, switchboard: Switchboard, archive: Archive, names: NameBook) -> web.Application:
    meter = Meter()
    app = web.Application(middlewares=[meter.measure, tell_errors, only_ours])
    app[METER] = meter
    app[SETTINGS] = settings
    app[NAMES] = names
    app[ARCHIVE] = archive
    app[TEMPLATES] = environment()
    app[MIRROR] = FloorMirror(switchboard)
    app[CLOSING] = asyncio.Event()
    app.on_response_prepare.append(dress)
    app.on_shutdown.append(_end_streams)
    app.cleanup_ctx.append(_watch_floor)
    app.router.add_static("/static", STATIC)
    app.router.add_get("/", _front)
    for part in (floor, calls, call, watch, design):
        app.add_routes(part.routes)
    return app


async def _front(_: web.Request) -> web.StreamResponse:
    raise web.HTTPFound("/floor")


async def _watch_floor(app: web.Application) -> AsyncIterator[None]:
    async def watch() -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(app[MIRROR].run(), name="floor mirror")
            tasks.create_task(app[NAMES].follow(app[MIRROR]), name="names")

    watching = asyncio.create_task(watch())
    yield
    watching.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await watching


async def _end_streams(app: web.Application) -> None:
    app[CLOSING].set()
