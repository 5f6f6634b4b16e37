"""The web application, put together. Parts come from outside so that tests can bring their own."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from aiohttp import web

from ctl.prompts.notice import voiced
from ctl.runtime.plans import flows_now
from ctl.security.audit.book import Book, MemoryBook
from ctl.security.door import Door
from ctl.security.machines import MemoryTokens, Tokens
from ctl.security.memory import MemorySessions
from ctl.security.policy import Action
from ctl.security.who import Who
from ctl.settings import Settings
from ctl.web import (
    account,
    accounts,
    audit,
    call,
    calls,
    conduct,
    design,
    floor,
    kiosks,
    login,
    openapi,
    steering,
    wallboard,
    watch,
)
from ctl.web import tokens as token_pages
from ctl.web.archive import Archive
from ctl.web.assets import keep
from ctl.web.auditing import REPEATS, note_refusals, tell_repeats
from ctl.web.editing import api, entries, prompts, review, table, text, uploads
from ctl.web.editing.office import OFFICE, Office, open_office
from ctl.web.editing.uploads import allow_uploads
from ctl.web.entry import know_who, only_permitted
from ctl.web.errors import tell_errors
from ctl.web.guard import dress, only_ours
from ctl.web.keys import (
    ARCHIVE,
    AUDIT,
    CLOSING,
    DOOR,
    METER,
    MIRROR,
    NAMES,
    PAINTER,
    SESSIONS,
    SETTINGS,
    TEMPLATES,
    TOKENS,
    VOICE,
    WALL,
)
from ctl.web.meter import Meter
from ctl.web.mirror import FloorMirror, Switchboard
from ctl.web.names import NameBook
from ctl.web.pages import STATIC, environment
from ctl.web.painter import Painter
from ctl.web.permission import check_routes, needs, who
from ctl.web.repeats import Repeats
from ctl.web.wall import Wall


def make_app(
    settings: Settings,
    switchboard: Switchboard,
    archive: Archive,
    names: NameBook,
    door: Door | None = None,
    book: Book | None = None,
    tokens: Tokens | None = None,
) -> web.Application:
    """Raises `UndeclaredRoute` when a handler does not say what it needs. Without a ``door`` nobody signs in,
    without ``book`` and ``tokens`` the audit trail and the tokens of programs end with the process.
    """
    meter = Meter()
    app = web.Application(
        middlewares=[meter.measure, tell_errors, note_refusals, only_ours, know_who, allow_uploads, only_permitted]
    )
    app[METER] = meter
    app[SETTINGS] = settings
    app[NAMES] = names
    app[ARCHIVE] = archive
    app[DOOR] = door
    app[SESSIONS] = door.sessions if door else MemorySessions()
    app[AUDIT] = book or MemoryBook()
    app[TOKENS] = tokens or MemoryTokens()
    app[REPEATS] = Repeats()
    app[TEMPLATES] = environment()
    app[VOICE] = lambda text: voiced(flows_now(settings), text)
    app[PAINTER] = Painter(app[TEMPLATES], names)
    app[WALL] = Wall(app[TEMPLATES], names)
    app[MIRROR] = FloorMirror(switchboard)
    app[CLOSING] = asyncio.Event()
    app[OFFICE] = Office(settings)
    app.on_response_prepare.extend((keep, dress))
    app.on_shutdown.append(_end_streams)
    app.cleanup_ctx.extend((_watch_floor, open_office, tell_repeats))
    app.router.add_static("/static", STATIC)
    app.router.add_get("/", _front)
    for part in (
        floor,
        wallboard,
        kiosks,
        steering,
        conduct,
        calls,
        call,
        watch,
        audit,
        design,
        login,
        account,
        accounts,
        token_pages,
        openapi,
    ):
        app.add_routes(part.routes)
    for part in (review, table, prompts, uploads, text, api, entries):
        app.add_routes(part.routes)
    check_routes(app)
    return app


@needs(Action.OWN_ACCOUNT)
async def _front(request: web.Request) -> web.StreamResponse:
    raise web.HTTPFound(front_page(who(request)))


FRONT_PAGES = ((Action.SEE_FLOOR, "/floor"), (Action.SEE_CALLS, "/calls"))


def front_page(me: Who) -> str:
    """Where the day begins: the first page that one may see."""
    return next((path for action, path in FRONT_PAGES if me.may(action)), "/account")


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
