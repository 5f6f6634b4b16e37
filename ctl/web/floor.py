"""The floor as it is now: a page that keeps itself up to date, and the same as JSON.

The page is told by server-sent events: ``floor`` with the pieces that are different (all of them at first), and
``beat`` when nothing changed, so that the page can tell silence from a lost connection.
"""

import asyncio
import contextlib
import json
from datetime import UTC, datetime

from aiohttp import web

from ctl.runtime.document import FloorDocument
from ctl.security.policy import Action
from ctl.security.who import Who
from ctl.switchboard.numbering import masked
from ctl.web import words
from ctl.web.answers import FloorAnswer
from ctl.web.charge import charge
from ctl.web.deeds import DEEDS
from ctl.web.keys import CLOSING, MIRROR, NAMES, PAINTER
from ctl.web.mirror import Sight
from ctl.web.openapi import answers
from ctl.web.pages import document, page, render
from ctl.web.painter import Picture, View
from ctl.web.permission import needs, who
from ctl.web.trouble import Trouble

BEAT_S = 5.0
SETTLE_S = 0.2
"""Changes within this time reach a browser as one: a busy floor changes more often than eyes can follow."""

routes = web.RouteTableDef()


def view(request: web.Request) -> View:
    """How the person who asks sees the floor."""
    me = who(request)
    return View(
        charge(me, Action.SEE_FLOOR, request.app[NAMES]).groups,
        numbers=me.may(Action.SEE_NUMBERS),
        alarms=me.may(Action.SEE_ALARMS),
        takes_alarms=me.may(Action.TAKE_ALARMS),
        steers=any(me.may(deed.action) for deed in DEEDS.values()),
    )


@routes.get("/floor")
@needs(Action.SEE_FLOOR)
async def floor_page(request: web.Request) -> web.Response:
    sight = request.app[MIRROR].sight
    picture = request.app[PAINTER].picture(view(request), sight)
    return page(request, "floor.html", picture=picture, own=own_supervision(request, sight), floor=sight.floor)


@routes.get("/api/floor")
@needs(Action.SEE_FLOOR)
@answers(FloorAnswer)
async def floor_json(request: web.Request) -> web.Response:
    """The floor document of `ctl floor --json` as far as it is in one's charge, with ``live`` and ``seen_at`` beside it."""
    sight = request.app[MIRROR].sight
    if sight.floor is None:
        raise Trouble(
            503, "交換制御につながらず、現在の状況がまだ一度も読めていません。ctl status で確かめてください。"
        )
    seen_at = sight.seen_at.isoformat(timespec="milliseconds").replace("+00:00", "Z") if sight.seen_at else None
    floor = charge(who(request), Action.SEE_FLOOR, request.app[NAMES]).part_of(sight.floor)
    return document({**_told(floor, who(request)), "live": sight.live, "seen_at": seen_at})


def _told(floor: FloorDocument, me: Who) -> FloorDocument:
    if not me.may(Action.SEE_ALARMS):
        floor = {**floor, "alarms": []}
    if me.may(Action.SEE_NUMBERS):
        return floor
    return {
        **floor,
        "calls": [{**row, "caller": masked(row["caller"])} for row in floor["calls"]],
        "callbacks": [{**row, "number": masked(row["number"])} for row in floor["callbacks"]],
    }


@routes.get("/floor/events")
@needs(Action.SEE_FLOOR)
async def floor_events(request: web.Request) -> web.StreamResponse:
    """Server-sent events until the browser leaves or the web stops."""
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8"})
    await response.prepare(request)
    with contextlib.suppress(ConnectionError):
        await response.write(b"retry: 2000\n\n")
        await _tell(request, response)
    return response


async def _tell(request: web.Request, response: web.StreamResponse) -> None:
    mirror, painter, closing = request.app[MIRROR], request.app[PAINTER], request.app[CLOSING]
    seeing = view(request)
    shown: Picture | None = None
    version = -1
    while not closing.is_set():
        sight = await mirror.after(version, BEAT_S)
        head = json.dumps({"live": sight.live, "now": datetime.now(UTC).timestamp() * 1000})[:-1]
        if sight.version == version:
            await response.write(f"event: beat\ndata: {head}}}\n\n".encode())
            continue
        picture = painter.picture(seeing, sight)
        own = json.dumps(own_supervision(request, sight), ensure_ascii=False)
        data = f'{head}, "own": {own}, {picture.since(shown)}}}'
        shown, version = picture, sight.version
        await response.write(f"event: floor\ndata: {data}\n\n".encode())
        await asyncio.sleep(SETTLE_S)


def own_supervision(request: web.Request, sight: Sight) -> str:
    """What the person who asks hears at the moment, and how to change or end it; empty for nothing."""
    me = who(request)
    if sight.floor is None or me.extension is None:
        return ""
    mine = (row for row in sight.floor["calls"] if row["supervision"] and row["operator"] == me.extension)
    call = next(mine, None)
    return render(request, "floor_own.html", call=call, kinds=words.SUPERVISIONS).strip() if call else ""
