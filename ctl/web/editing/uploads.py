"""Recordings from the browser: for an announcement, and music for those who wait."""

import asyncio
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from aiohttp import web
from aiohttp.typedefs import Handler

from ctl.editing import sounds
from ctl.editing.checking import value_of
from ctl.editing.desk import changing
from ctl.security.policy import Action
from ctl.web import words
from ctl.web.editing.office import OFFICE, owner
from ctl.web.editing.prompts import kept, texts_of
from ctl.web.forms import read as sent
from ctl.web.keys import SESSION
from ctl.web.permission import needs, who
from ctl.web.trouble import Trouble

routes = web.RouteTableDef()

RECORDING, MUSIC = "/settings/prompts/upload", "/settings/music/upload"
MOST_BYTES = 40_000_000
"""Three minutes of the best sound that is allowed, on the disk while it is read."""
ONE_AT_A_TIME = asyncio.Semaphore(1)
"""Unpacked, a recording takes some hundred megabytes."""


@web.middleware
async def allow_uploads(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A recording is larger than any form: people who may change settings may send one, to these addresses."""
    session = request.get(SESSION)
    if request.path in (RECORDING, MUSIC) and session is not None and session.who.may(Action.EDIT_SETTINGS):
        request = request.clone(client_max_size=MOST_BYTES)
    return await handler(request)


@routes.post(RECORDING)
@needs(Action.EDIT_SETTINGS)
async def upload(request: web.Request) -> web.StreamResponse:
    """A recording for an announcement; its text is what people read."""
    data = await sent(request)
    name, texts = str(data.get("name", "")), texts_of(request)
    if name not in texts:
        raise Trouble(400, words.sound_refused("announcement"), "name")
    content = await _content(data.get("file"))
    office, me = request.app[OFFICE], who(request)
    async with office.locks[owner(me)]:
        draft = office.begin(me)

        def change() -> None:
            path = sounds.upload(draft.flows, name, content)
            with changing(draft.flows) as desk:
                sounds.use(desk, name, texts[name], path)

        await _taken(change)
    raise web.HTTPSeeOther(f"/settings/announcements?saved={quote(name)}")


@routes.post(MUSIC)
@needs(Action.EDIT_SETTINGS)
async def upload_music(request: web.Request) -> web.StreamResponse:
    """A piece of music for those who wait: in place of what the music was, or with ``add`` after it."""
    data = await sent(request)
    name, content = str(data.get("name", "")).strip(), await _content(data.get("file"))
    office, me = request.app[OFFICE], who(request)
    async with office.locks[owner(me)]:
        draft = office.begin(me)
        before = _files(value_of(draft.flows / sounds.MUSIC_FILE, sounds.MUSIC_FILE), name) if "add" in data else []

        def change() -> None:
            piece = sounds.next_piece(draft.flows, name, len(before)) if before else name
            path = sounds.upload_music(draft.flows, piece, content)
            with changing(draft.flows) as desk:
                sounds.play(desk, name, [*(one for one in before if one != path), path])

        await _taken(change)
    raise web.HTTPSeeOther(f"/settings/queues?saved={quote(name)}")


@routes.get("/settings/music/{piece:[A-Za-z0-9_-]{1,60}}.wav")
@needs(Action.SEE_SETTINGS)
async def music_sound(request: web.Request) -> web.StreamResponse:
    """A piece of the draft's music, as those who wait hear it."""
    file = request.app[OFFICE].flows(who(request)) / sounds.MUSIC_FOLDER / f"{request.match_info['piece']}.wav"
    if not file.is_file():
        raise Trouble(404, "その曲はありません。")
    return web.FileResponse(file, headers={"Content-Type": "audio/wav"})


def _files(queues: Any, name: str) -> list[str]:
    written = (queues.get("music") or {}).get(name, []) if isinstance(queues, dict) else []
    return [str(written)] if isinstance(written, str) else [str(one) for one in written]


async def _content(file: object) -> bytes:
    if not isinstance(file, web.FileField):
        raise Trouble(400, words.sound_refused("missing"), "file")
    return await asyncio.to_thread(file.file.read)


async def _taken(change: Callable[[], None]) -> None:
    """Raises `Trouble` (400)."""
    try:
        async with ONE_AT_A_TIME:
            await kept(asyncio.to_thread(change))
    except sounds.BadSound as error:
        raise Trouble(
            400, words.sound_refused(error.fault), "name" if error.fault is sounds.Fault.NAME else "file"
        ) from None
