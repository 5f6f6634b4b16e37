"""The web application, put together. Parts come from outside so that tests can bring their own."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from aiohttp import web

from ctl.settings import Settings
from ctl.web import floor
from ctl.web.errors import tell_errors
from ctl.web.guard import dress, only_ours
from ctl.web.keys import CLOSING, MIRROR, NAMES, SETTINGS, TEMPLATES
from ctl.web.mirror import FloorMirror, Switchboard
from ctl.web.names import Names
from ctl.web.pages import STATIC, environment


def make_app(settings: Settings, switchboard: Switchboard, names: Names) -> web.Application:
    app = web.Application(middlewares=[tell_errors, only_ours])
    app[SETTINGS] = settings
    app[NAMES] = names
    app[TEMPLATES] = environment()
    app[MIRROR] = FloorMirror(switchboard)
    app[CLOSING] = asyncio.Event()
    app.on_response_prepare.append(dress)
    app.on_shutdown.append(_end_streams)
    app.cleanup_ctx.append(_watch_floor)
    app.router.add_static("/static", STATIC)
    app.router.add_get("/", _front)
    app.add_routes(floor.routes)
    return app


async def _front(_: web.Request) -> web.StreamResponse:
    raise web.HTTPFound("/floor")


async def _watch_floor(app: web.Application) -> AsyncIterator[None]:
    watching = asyncio.create_task(app[MIRROR].run(), name="floor mirror")
    yield
    watching.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await watching


async def _end_streams(app: web.Application) -> None:
    app[CLOSING].set()
