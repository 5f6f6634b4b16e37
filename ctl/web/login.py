"""Log-in (password, then code where there is a second factor), log-out, and the one-time link for a new password."""

from urllib.parse import urlencode

from aiohttp import web

from ctl.security.accounts import login_of
from ctl.security.audit import Outcome
from ctl.security.door import Answer, CodeWanted, Wait, Welcome
from ctl.security.passwords import SHORTEST, BadPassword
from ctl.security.policy import Action
from ctl.web import words
from ctl.web.auditing import note, note_repeated
from ctl.web.doorway import begin_session, door, now, reached, refusal, where
from ctl.web.entry import SESSION_COOKIE, local_path
from ctl.web.forms import typed
from ctl.web.keys import SESSION, TOKEN
from ctl.web.pages import page
from ctl.web.permission import needs, open_to_all
from ctl.web.trouble import Trouble

routes = web.RouteTableDef()

TOLD = {"password": "パスワードを設定しました。ログインしてください。", "bye": "ログアウトしました。"}


@routes.get("/login")
@open_to_all("who signs in is not signed in yet")
async def login_page(request: web.Request) -> web.StreamResponse:
    onward = local_path(request.query.get("next"))
    if request.get(SESSION) is not None:
        raise web.HTTPSeeOther(onward)
    return _login(request, onward, told=TOLD.get(request.query.get("told", ""), ""))


@routes.post("/login")
@open_to_all("who signs in is not signed in yet")
async def login(request: web.Request) -> web.StreamResponse:
    form = await typed(request)
    name, onward = login_of(form.get("login", "")), local_path(form.get("next"))
    async with reached():
        answer = await door(request).knock(name, form.get("password", ""), where(request), request[TOKEN], now())
        if isinstance(answer, CodeWanted):
            return web.Response(status=303, headers={"Location": f"/login/code?{urlencode({'next': onward})}"})
        if isinstance(answer, Welcome):
            await note(request, "session.begin", name, who=name)
            return await begin_session(request, answer.who, onward)
        known = await door(request).accounts.by_login(name) is not None  # asked of every name: time tells nothing
    status, error = refusal(answer, words.WRONG_LOGIN)
    if known:
        await _refused(request, name, answer, "password")
    else:  # whatever was typed, perhaps a password: the audit trail would keep it for ever
        await _refused(request, where(request), answer, "no such account")
    return _login(request, onward, status, name, error)


async def _refused(request: web.Request, name: str, answer: Answer, what: str) -> None:
    """Each look at something wrong is noted; who does not wait is told in one entry a minute."""
    if isinstance(answer, Wait):
        await note_repeated(request, "session.refused", name, "wait")
    else:
        await note(request, "session.refused", name, outcome=Outcome.REFUSED, reason=what)


def _login(
    request: web.Request, onward: str, status: int = 200, name: str = "", error: str = "", told: str = ""
) -> web.Response:
    return page(request, "login.html", status, onward=onward, login=name, error=error, told=told)


@routes.get("/login/code")
@open_to_all("who signs in is not signed in yet")
async def code_page(request: web.Request) -> web.StreamResponse:
    onward = local_path(request.query.get("next"))
    if door(request).pending(request[TOKEN], now()) is None:
        raise web.HTTPSeeOther(f"/login?{urlencode({'next': onward})}")
    return page(request, "login_code.html", onward=onward, error="")


@routes.post("/login/code")
@open_to_all("who signs in is not signed in yet")
async def code(request: web.Request) -> web.StreamResponse:
    form = await typed(request)
    onward = local_path(form.get("next"))
    name = door(request).pending(request[TOKEN], now())
    if name is None:
        raise web.HTTPSeeOther(f"/login?{urlencode({'next': onward})}")
    async with reached():
        answer = await door(request).show_code(form.get("code", ""), where(request), request[TOKEN], now())
        if isinstance(answer, Welcome):
            await note(request, "session.begin", name, who=name, reason="second factor")
            return await begin_session(request, answer.who, onward)
    status, error = refusal(answer, words.WRONG_CODE)
    await _refused(request, name, answer, "code")
    return page(request, "login_code.html", status, onward=onward, error=error)


@routes.post("/logout")
@needs(Action.OWN_ACCOUNT)
async def logout(request: web.Request) -> web.StreamResponse:
    async with reached():
        await door(request).sessions.end(request[TOKEN])
    await note(request, "session.end", request[SESSION].who.login)
    answer = web.Response(status=303, headers={"Location": "/login?told=bye"})
    answer.del_cookie(SESSION_COOKIE, path="/", secure=True, httponly=True, samesite="Lax")
    return answer


@routes.get("/password")
@open_to_all("who holds the one-time link has no password yet")
async def password_page(request: web.Request) -> web.StreamResponse:
    token = request.query.get("link", "")
    async with reached():
        link = await door(request).credentials.link(token, now())
    if link is None:
        raise Trouble(403, words.LINK_VOID)
    return page(request, "password.html", link=link, token=token, shortest=SHORTEST, error="")


@routes.post("/password")
@open_to_all("who holds the one-time link has no password yet")
async def password(request: web.Request) -> web.StreamResponse:
    form = await typed(request)
    token, given = form.get("link", ""), form.get("password", "")
    async with reached():
        link = await door(request).credentials.link(token, now())
        if link is None:
            raise Trouble(403, words.LINK_VOID)
        try:
            if given != form.get("again", ""):
                raise BadPassword("2回の入力が同じではありません。")
            hashed = await door(request).new_password(given, (link.login, link.name))
        except BadPassword as bad:
            return page(request, "password.html", 400, link=link, token=token, shortest=SHORTEST, error=str(bad))
        if not await door(request).credentials.use_link(token, hashed, now()):
            raise Trouble(403, words.LINK_VOID)
    await note(request, "password.set", link.login, who=link.login, reason="one-time link")
    return web.Response(status=303, headers={"Location": "/login?told=password"})
