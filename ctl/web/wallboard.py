"""The wallboard: the floor in figures for a big screen, for people who may see it and for screens with a token.

A screen opens ``/wallboard?token=…`` (`ctl.web.kiosks`) and needs no log-in; its token opens nothing else.
"""

from datetime import UTC, datetime
from urllib.parse import urlencode

from aiohttp import web

from ctl.security.policy import Action
from ctl.web.keys import MACHINE, MIRROR, TEMPLATES, WALL
from ctl.web.pages import page
from ctl.web.permission import needs_or_screen
from ctl.web.stream import head, stream

routes = web.RouteTableDef()


@routes.get("/wallboard")
@needs_or_screen(Action.SEE_WALLBOARD)
async def wallboard_page(request: web.Request) -> web.Response:
    sight = request.app[MIRROR].sight
    token = request.query.get("token")
    return page(
        request,
        "wallboard.html",
        picture=request.app[WALL].picture(sight),
        events="/wallboard/events" + (f"?{urlencode({'token': token})}" if token is not None else ""),
        head=head(sight),
        now=datetime.now(UTC),
        made=_made(request.app),
        machine=MACHINE in request,
    )


@routes.get("/wallboard/events")
@needs_or_screen(Action.SEE_WALLBOARD)
async def wallboard_events(request: web.Request) -> web.StreamResponse:
    """Server-sent events until the browser leaves or the web stops."""
    made = _made(request.app)
    return await stream(request, request.app[WALL].picture, lambda _: {"made": made})


def _made(app: web.Application) -> str:
    """Which script and style the page is made of: a screen that runs for months takes new ones when there are some."""
    asset = app[TEMPLATES].globals["asset"]
    return f"{asset('wallboard.js')} {asset('style.css')}"  # type: ignore[operator]  # globals are not typed
