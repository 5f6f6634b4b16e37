"""The floor as it is now: a page that keeps itself up to date (`ctl.web.stream`), and the same as JSON."""

from aiohttp import web

from ctl.runtime.document import FloorDocument
from ctl.security.policy import Action
from ctl.security.who import Who
from ctl.switchboard.numbering import masked
from ctl.web import words
from ctl.web.answers import FloorAnswer
from ctl.web.charge import charge
from ctl.web.deeds import DEEDS
from ctl.web.keys import MIRROR, NAMES, PAINTER
from ctl.web.mirror import Sight
from ctl.web.names import NameBook
from ctl.web.openapi import answers
from ctl.web.pages import document, page, render
from ctl.web.painter import View
from ctl.web.permission import needs, who
from ctl.web.scope import row_without_number
from ctl.web.stream import stream
from ctl.web.trouble import Trouble

routes = web.RouteTableDef()


def view(request: web.Request) -> View:
    """How the person who asks sees the floor."""
    me = who(request)
    book = request.app[NAMES]
    return View(
        charge(me, Action.SEE_FLOOR, book).groups,
        numbers=charge(me, Action.SEE_NUMBERS, book).groups,
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
    return document({**_told(sight.floor, who(request), request.app[NAMES]), "live": sight.live, "seen_at": seen_at})


def _told(floor: FloorDocument, me: Who, book: NameBook) -> FloorDocument:
    floor, numbers = charge(me, Action.SEE_FLOOR, book).part_of(floor), charge(me, Action.SEE_NUMBERS, book)
    return {
        **floor,
        "alarms": floor["alarms"] if me.may(Action.SEE_ALARMS) else [],
        "calls": [row if numbers.call(row) else row_without_number(row) for row in floor["calls"]],
        "callbacks": [
            row if numbers.queue(row["queue"]) else {**row, "number": masked(row["number"])}
            for row in floor["callbacks"]
        ],
    }


@routes.get("/floor/events")
@needs(Action.SEE_FLOOR)
async def floor_events(request: web.Request) -> web.StreamResponse:
    """Server-sent events until the browser leaves or the web stops."""
    painter, seeing = request.app[PAINTER], view(request)
    return await stream(
        request,
        lambda sight: painter.picture(seeing, sight),
        lambda sight: {"own": own_supervision(request, sight)},
    )


def own_supervision(request: web.Request, sight: Sight) -> str:
    """What the person who asks hears at the moment, and how to change or end it; empty for nothing."""
    me = who(request)
    if sight.floor is None or me.extension is None:
        return ""
    mine = (row for row in sight.floor["calls"] if row["supervision"] and row["operator"] == me.extension)
    call = next(mine, None)
    return render(request, "floor_own.html", call=call, kinds=words.SUPERVISIONS).strip() if call else ""
