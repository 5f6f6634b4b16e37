"""One's own account: password, second factor, recovery codes, sessions, and proving once more who one is."""

from aiohttp import web
from markupsafe import Markup

from ctl.security import secondfactor
from ctl.security.audit import Outcome
from ctl.security.door import Wait, Welcome
from ctl.security.passwords import SHORTEST, BadPassword
from ctl.security.policy import Action
from ctl.web import words
from ctl.web.auditing import note, note_repeated
from ctl.web.doorway import begin_session, door, now, reached, refusal, where
from ctl.web.entry import local_path
from ctl.web.forms import typed
from ctl.web.keys import SESSION, TOKEN
from ctl.web.pages import page
from ctl.web.permission import needs, who
from ctl.web.trouble import Trouble

routes = web.RouteTableDef()

TOLD = {
    "password": "パスワードを変えました。ほかの端末のログインは終わらせました。",
    "ended": "ログインを終わらせました。",
    "removed": "二段階認証を解除しました。",
}


@routes.get("/account")
@needs(Action.OWN_ACCOUNT)
async def account_page(request: web.Request) -> web.StreamResponse:
    return await _account(request, told=TOLD.get(request.query.get("told", ""), ""))


async def _account(request: web.Request, status: int = 200, error: str = "", told: str = "") -> web.Response:
    me = who(request)
    async with reached():
        person = await door(request).accounts.by_id(me.account)
        sessions = await door(request).sessions.of(me.account, now())
    if person is None:
        raise Trouble(403, "アカウントがありません。")
    return page(
        request,
        "account.html",
        status,
        person=person,
        sessions=sessions,
        here=request[SESSION].id,
        needed=bool(me.roles & door(request).second_factor),
        shortest=SHORTEST,
        error=error,
        told=told,
    )


@routes.post("/account/password")
@needs(Action.OWN_ACCOUNT)
async def change_password(request: web.Request) -> web.StreamResponse:
    form = await typed(request)
    me, there = who(request), door(request)
    async with reached():
        answer = await there.prove(me, form.get("old", ""), where(request), now(), code_will_do=False)
        if not isinstance(answer, Welcome):
            if isinstance(answer, Wait):
                await note_repeated(request, "password.set", me.login, "wait")
            else:
                await note(request, "password.set", me.login, outcome=Outcome.REFUSED)
            return await _account(request, *refusal(answer, words.WRONG_PASSWORD))
        try:
            if form.get("new", "") != form.get("again", ""):
                raise BadPassword("2回の入力が同じではありません。")
            hashed = await there.new_password(form.get("new", ""), (me.login, me.name))
        except BadPassword as bad:
            return await _account(request, 400, str(bad))
        await there.credentials.set_password(me.account, hashed, now())
        await there.sessions.end_all(me.account)
        await note(request, "password.set", me.login)
        return await begin_session(request, me, "/account?told=password")


@routes.get("/account/second-factor")
@needs(Action.OWN_ACCOUNT, step_up=True)
async def second_factor_page(request: web.Request) -> web.StreamResponse:
    return _second_factor(request, secondfactor.new_secret())


def _second_factor(request: web.Request, secret: bytes, status: int = 200, error: str = "") -> web.Response:
    """The secret travels through the form locked with our key, so that nothing is kept until it is confirmed."""
    me = who(request)
    return page(
        request,
        "second_factor.html",
        status,
        picture=Markup(secondfactor.picture(secret, me.login)),
        spelled=secondfactor.spelled(secret),
        kept=door(request).locker.shut(secret),
        owes=request[SESSION].owes_second_factor,
        error=error,
    )


@routes.post("/account/second-factor")
@needs(Action.OWN_ACCOUNT, step_up=True)
async def take_second_factor(request: web.Request) -> web.StreamResponse:
    form = await typed(request)
    me, there = who(request), door(request)
    secret = there.locker.open(form.get("kept", ""))
    if secret is None:
        raise Trouble(400, "画面の有効期限が切れました。開き直してください。")
    async with reached():
        codes = await there.keep_second_factor(me.account, secret, form.get("code", ""), now())
        if codes is None:
            await note(request, "second_factor.set", me.login, outcome=Outcome.REFUSED, reason="code")
            return _second_factor(request, secret, 400, words.WRONG_CODE)
        await there.sessions.end_all(me.account, but=request[SESSION].id)
    await note(request, "second_factor.set", me.login)
    return page(request, "recovery_codes.html", codes=codes)


@routes.post("/account/second-factor/remove")
@needs(Action.OWN_ACCOUNT, step_up=True)
async def drop_second_factor(request: web.Request) -> web.StreamResponse:
    me, there = who(request), door(request)
    if me.roles & there.second_factor:
        raise Trouble(403, "この役割には二段階認証が必要です。解除できません。")
    async with reached():
        await there.credentials.drop_second_factor(me.account)
    await note(request, "second_factor.remove", me.login)
    return web.Response(status=303, headers={"Location": "/account?told=removed"})


@routes.post("/account/recovery")
@needs(Action.OWN_ACCOUNT, step_up=True)
async def new_recovery(request: web.Request) -> web.StreamResponse:
    me = who(request)
    async with reached():
        person = await door(request).accounts.by_id(me.account)
        if person is None or not person.second_factor:
            raise Trouble(400, "二段階認証を設定すると、回復コードが使えます。")
        codes = await door(request).new_recovery(me.account)
    await note(request, "recovery.renew", me.login)
    return page(request, "recovery_codes.html", codes=codes)


@routes.post("/account/sessions/end")
@needs(Action.OWN_ACCOUNT)
async def end_sessions(request: web.Request) -> web.StreamResponse:
    """One session by its name, or all but this one."""
    me, form = who(request), await typed(request)
    async with reached():
        if chosen := form.get("session", ""):
            await door(request).sessions.end_one(me.account, chosen)
        else:
            await door(request).sessions.end_all(me.account, but=request[SESSION].id)
    await note(request, "session.end", me.login, reason="by its owner")
    return web.Response(status=303, headers={"Location": "/account?told=ended"})


@routes.get("/account/prove")
@needs(Action.OWN_ACCOUNT)
async def prove_page(request: web.Request) -> web.StreamResponse:
    return page(request, "prove.html", onward=local_path(request.query.get("next")), error="")


@routes.post("/account/prove")
@needs(Action.OWN_ACCOUNT)
async def prove(request: web.Request) -> web.StreamResponse:
    form = await typed(request)
    me, onward = who(request), local_path(form.get("next"))
    async with reached():
        answer = await door(request).prove(me, form.get("proof", ""), where(request), now())
        if isinstance(answer, Welcome):
            await door(request).sessions.proved(request[TOKEN], now())
            await note(request, "session.prove", me.login)
            return web.Response(status=303, headers={"Location": onward})
    status, error = refusal(answer, "パスワードまたは確認コードが違います。")
    if isinstance(answer, Wait):
        await note_repeated(request, "session.prove", me.login, "wait")
    else:
        await note(request, "session.prove", me.login, outcome=Outcome.REFUSED, reason="proof")
    return page(request, "prove.html", status, onward=onward, error=error)
