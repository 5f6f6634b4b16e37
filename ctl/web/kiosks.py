"""Screens that show the wallboard without a log-in, for administrators: which there are, a new one, an end to one.

Such a screen is a program whose token is for the wallboard and nothing else (`ctl.security.machines`); the token comes
with its address.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from aiohttp import web

from ctl.security.machines import BadToken, Token
from ctl.security.policy import Action
from ctl.web import words
from ctl.web.archive import remembered
from ctl.web.forms import typed
from ctl.web.keys import SETTINGS, TOKENS
from ctl.web.pages import page
from ctl.web.permission import needs
from ctl.web.tokens import make, revoke

routes = web.RouteTableDef()

SCOPES = frozenset({Action.SEE_WALLBOARD})
SEEN_LATELY = timedelta(minutes=2)
"""A screen that shows the wallboard is noted once a minute."""
ENDS_SOON = timedelta(days=30)


@routes.get("/wallboard/screens")
@needs(Action.MANAGE_TOKENS)
async def screen_list(request: web.Request) -> web.Response:
    return await _page(request, told=words.SCREEN_REVOKED if request.query.get("told") == "revoked" else "")


@routes.post("/wallboard/screens")
@needs(Action.MANAGE_TOKENS, step_up=True)
async def screen_create(request: web.Request) -> web.Response:
    """The answer to this is the only time that the address is seen."""
    form = await typed(request)
    name = form.get("name", "").strip()
    try:
        token = await make(request, name, SCOPES, form.get("days", ""))
    except BadToken as bad:
        return await _page(request, 400, wrong={bad.field: words.TOKEN_FAULTS[bad.field]}, typed=form)
    address = f"{request.app[SETTINGS].web_url}wallboard?{urlencode({'token': token})}"
    return await _page(request, made=(name, address))


@routes.post("/wallboard/screens/revoke")
@needs(Action.MANAGE_TOKENS, step_up=True)
async def screen_revoke(request: web.Request) -> web.Response:
    await revoke(request, (await typed(request)).get("name", ""))
    return web.Response(status=303, headers={"Location": "/wallboard/screens?told=revoked"})


async def _page(
    request: web.Request,
    status: int = 200,
    *,
    told: str = "",
    made: tuple[str, str] | None = None,
    wrong: Mapping[str, str] | None = None,
    typed: Mapping[str, str] | None = None,
) -> web.Response:
    async with remembered():
        tokens = await request.app[TOKENS].all()
    now = datetime.now(UTC)
    screens = [(one, state(one, now)) for one in tokens if one.scopes == SCOPES]
    more = {"told": told, "made": made, "wrong": wrong or {}, "typed": typed or {}}
    return page(request, "wallboard_screens.html", status, screens=screens, soon=now + ENDS_SOON, **more)


def state(screen: Token, now: datetime) -> str:
    """One of `words.SCREEN_STATES`."""
    if screen.revoked_at is not None:
        return "revoked"
    if not screen.holds(now):
        return "ended"
    if screen.used_at is None:
        return "never"
    return "showing" if now - screen.used_at < SEEN_LATELY else "dark"
