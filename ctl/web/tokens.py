"""Tokens of programs, for administrators: who has which, until when, used when; making one, and ending one."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from aiohttp import web

from ctl.security.audit import Outcome
from ctl.security.machines import SCOPES, BadToken, Token, checked, givable
from ctl.security.policy import Action
from ctl.web import listing, words
from ctl.web.archive import remembered
from ctl.web.auditing import note
from ctl.web.exports import csv_file
from ctl.web.forms import several, typed
from ctl.web.keys import TOKENS
from ctl.web.listing import Asked
from ctl.web.pages import page
from ctl.web.permission import needs, who
from ctl.web.show import moment

routes = web.RouteTableDef()

DAYS = (30, 90, 180, 365)
HEAD = ("名前", "状態", "できること", "作成", "作成者", "期限", "取消", "最後の使用", "最後の使用元")


@routes.get("/tokens")
@needs(Action.MANAGE_TOKENS)
async def token_list(request: web.Request) -> web.Response:
    told = words.TOKEN_REVOKED if request.query.get("told") == "revoked" else ""
    return await _page(request, wish=listing.asked(request.query, besides=frozenset({"told"})), told=told)


@routes.get("/tokens.csv")
@needs(Action.MANAGE_TOKENS)
async def token_list_csv(request: web.Request) -> web.Response:
    """Every token that there is or was; what opens nothing any more, too."""
    wish = listing.asked(request.query)
    async with remembered():
        tokens = await request.app[TOKENS].all()
    now = datetime.now(UTC)
    rows = [cells for _, cells in listing.matching(wish, tokens, lambda one: _cells(one, now))]
    return await csv_file(request, "tokens", HEAD, rows, len(rows))


def _cells(one: Token, now: datetime) -> tuple[str, ...]:
    return (
        one.name,
        "取消済み" if one.revoked_at else "有効" if one.holds(now) else "期限切れ",
        "、".join(words.SCOPES.get(scope, scope) for scope in sorted(one.scopes)),
        moment(one.created_at),
        one.created_by,
        moment(one.expires_at),
        moment(one.revoked_at) if one.revoked_at else "",
        moment(one.used_at) if one.used_at else "",
        one.used_from or "",
    )


@routes.post("/tokens")
@needs(Action.MANAGE_TOKENS, step_up=True)
async def token_create(request: web.Request) -> web.Response:
    """The answer to this is the only time that the token is seen."""
    form, chosen = await typed(request), await several(request, "scope")
    name = form.get("name", "").strip()
    scopes = [scope for scope in SCOPES if scope in chosen]
    if beyond := sorted(set(scopes).difference(givable(who(request)))):
        reason = f"scopes beyond the rights of who gives them: {', '.join(beyond)}"
        await note(request, "token.create", name, outcome=Outcome.REFUSED, reason=reason)
        return await _page(request, 400, wrong={"scopes": words.TOKEN_BEYOND}, typed=form, chosen=chosen)
    try:
        token = await make(request, name, scopes, form.get("days", ""))
    except BadToken as bad:
        return await _page(request, 400, wrong={bad.field: words.TOKEN_FAULTS[bad.field]}, typed=form, chosen=chosen)
    return await _page(request, made=(name, token))


@routes.post("/tokens/revoke")
@needs(Action.MANAGE_TOKENS, step_up=True)
async def token_revoke(request: web.Request) -> web.StreamResponse:
    await revoke(request, (await typed(request)).get("name", ""))
    return web.Response(status=303, headers={"Location": "/tokens?told=revoked"})


async def make(request: web.Request, name: str, scopes: Iterable[Action], days: str) -> str:
    """A new token, on record. Raises `BadToken`."""
    now = datetime.now(UTC)
    until = now + timedelta(days=_days(days))
    wanted = checked(name, scopes, until, now)
    async with remembered():
        token = await request.app[TOKENS].make(name, wanted, until, who(request).login, now)
    after = {"scopes": sorted(wanted), "until": until.isoformat(timespec="seconds")}
    await note(request, "token.create", name, after=after)
    return token


async def revoke(request: web.Request, name: str) -> None:
    """End a token, on record."""
    async with remembered():
        ended = await request.app[TOKENS].revoke(name, datetime.now(UTC))
    if ended:
        await note(request, "token.revoke", name)


async def _page(request: web.Request, status: int = 200, wish: Asked | None = None, **more: object) -> web.Response:
    async with remembered():
        tokens = await request.app[TOKENS].all()
    now = datetime.now(UTC)
    found = listing.look(wish or Asked(), tokens, lambda one: _cells(one, now))
    said = {"told": "", "wrong": {}, "typed": {}, "chosen": (), "made": None} | more
    scopes = [(scope, words.SCOPES[scope]) for scope in givable(who(request))]
    return page(request, "tokens.html", status, found=found, heads=HEAD, scopes=scopes, now=now, **said)


def _days(text: str) -> int:
    if not text.isdecimal() or int(text) not in DAYS:
        raise BadToken("until", f"one of {', '.join(map(str, DAYS))} days")
    return int(text)
