"""Accounts, for those who manage them: who there is, with which roles, and the ways out when something is lost.

Nobody sees or sets another's password here: a reset gives a link for its owner, once.
"""

from collections.abc import Mapping
from dataclasses import replace

from aiohttp import web

from ctl.security.accounts import BadAccount, Person, Wanted, login_of
from ctl.security.audit import Outcome
from ctl.security.policy import Action, Role, reach
from ctl.web import words
from ctl.web.accountlist import LABELS, PersonFilter, person_filter
from ctl.web.auditing import note
from ctl.web.doorway import door, now, reached
from ctl.web.exports import MOST_LINES, csv_file
from ctl.web.forms import several, typed
from ctl.web.keys import NAMES, SETTINGS
from ctl.web.pages import document, page
from ctl.web.permission import needs, who
from ctl.web.show import moment
from ctl.web.steering import end_supervision
from ctl.web.trouble import Trouble

routes = web.RouteTableDef()

ACCOUNT = r"{account:\d{1,18}}"
SUPERVISION = (Action.LISTEN, Action.WHISPER, Action.BARGE)
TOLD = {
    "changed": "変更しました。次の操作から有効です。",
    "disabled": "アカウントを止めました。ログインはすべて終わりました。",
    "enabled": "アカウントを再び使えるようにしました。",
    "ended": "ログインをすべて終わらせました。",
}
HEARS = "hears"
STILL_HEARS = (
    "アカウントは変わりましたが、交換制御につながりません。この人の電話機で通話を聞いている場合は、続いています。"
    "つながったら、サーバーで「ctl supervise 内線番号 stop」を実行してください。"
)


@routes.get("/accounts")
@needs(Action.MANAGE_ACCOUNTS)
async def account_list(request: web.Request) -> web.Response:
    try:
        wanted, trouble = person_filter(request.query), None
    except Trouble as wrong:
        wanted, trouble = PersonFilter(), wrong
    async with reached():
        people, total = await door(request).accounts.people(wanted.asked())
    return page(
        request,
        "accounts.html",
        trouble.status if trouble else 200,
        people=people,
        total=total,
        wanted=wanted,
        typed=request.query,
        labels=LABELS,
        trouble=trouble,
    )


@routes.get("/api/accounts")
@needs(Action.MANAGE_ACCOUNTS)
async def account_list_json(request: web.Request) -> web.Response:
    wanted = person_filter(request.query)
    async with reached():
        people, total = await door(request).accounts.people(wanted.asked())
    return document({"accounts": [_plain(one) for one in people], "total": total, "page": wanted.page})


@routes.get("/accounts.csv")
@needs(Action.MANAGE_ACCOUNTS)
async def account_list_csv(request: web.Request) -> web.Response:
    """All accounts that the filter finds."""
    asked = replace(person_filter(request.query).asked(), limit=MOST_LINES, offset=0)
    async with reached():
        people, total = await door(request).accounts.people(asked)
    head = ("ログイン名", "氏名", "役割", "内線", "グループ", "状態", "二段階認証", "作成", "最後のログイン")
    return await csv_file(request, "accounts", head, (_cells(one) for one in people), total)


def _cells(one: Person) -> tuple[str, ...]:
    return (
        one.login,
        one.name,
        "、".join(words.STAFF[role] for role in words.STAFF if role in one.roles),
        one.extension or "",
        "すべて" if one.groups is None else "、".join(sorted(one.groups)),
        "停止中" if one.disabled_at else "有効" if one.has_password else "パスワード未設定",
        "あり" if one.second_factor else "なし",
        moment(one.created_at),
        moment(one.signed_in_at) if one.signed_in_at else "",
    )


def _plain(one: Person) -> dict[str, object]:
    return {
        "id": one.id,
        "login": one.login,
        "name": one.name,
        "roles": sorted(one.roles),
        "extension": one.extension,
        "groups": None if one.groups is None else sorted(one.groups),
        "second_factor": one.second_factor,
        "active": one.disabled_at is None,
        "signed_in_at": one.signed_in_at.isoformat() if one.signed_in_at else None,
    }


@routes.get("/accounts/new")
@needs(Action.MANAGE_ACCOUNTS, step_up=True)
async def new_account(request: web.Request) -> web.Response:
    return _form(request, {}, frozenset())


@routes.post("/accounts/new")
@needs(Action.MANAGE_ACCOUNTS, step_up=True)
async def create(request: web.Request) -> web.Response:
    form, roles = await typed(request), await several(request, "roles")
    me, there = who(request), door(request)
    async with reached():
        try:
            wanted = await _wanted(request, form, roles)
            account = await there.accounts.create(form.get("login", ""), wanted, me.login, now())
        except BadAccount as bad:
            return _form(request, form, frozenset(roles), bad)
        token = await there.credentials.make_link(account, me.login, now())
    login = login_of(form.get("login", ""))
    await note(request, "account.create", login, after=_said(wanted))
    return _link(request, login, wanted.name, token)


@routes.get(f"/accounts/{ACCOUNT}")
@needs(Action.MANAGE_ACCOUNTS)
async def account_page(request: web.Request) -> web.Response:
    told = request.query.get("told", "")
    return await _person(request, told=TOLD.get(told, ""), trouble=STILL_HEARS if told == HEARS else "")


@routes.post(f"/accounts/{ACCOUNT}")
@needs(Action.MANAGE_ACCOUNTS, step_up=True)
async def change(request: web.Request) -> web.Response:
    form, roles = await typed(request), await several(request, "roles")
    person = await _known(request)
    async with reached():
        try:
            wanted = await _wanted(request, form, roles)
            if person.id == who(request).account:
                _gain_nothing(person, wanted)
            await door(request).accounts.change(person.id, wanted)
        except BadAccount as bad:
            await note(request, "account.roles", person.login, outcome=Outcome.REFUSED, reason=bad.english)
            return await _person(request, 400, typed_in=form, roles=frozenset(roles), bad=bad)
    before = Wanted(person.name, person.roles, person.extension, person.groups)
    action = "account.change" if wanted == replace(before, name=wanted.name) else "account.roles"
    await note(request, action, person.login, before=_said(before), after=_said(wanted))
    deaf = not _supervises_less(person, wanted) or await _end_supervision(request, person)
    return _back(person, "changed" if deaf else HEARS)


@routes.post(f"/accounts/{ACCOUNT}/link")
@needs(Action.MANAGE_ACCOUNTS, step_up=True)
async def reset(request: web.Request) -> web.Response:
    person, form = await _known(request), await typed(request)
    lost = bool(form.get("second_factor"))
    async with reached():
        token = await door(request).credentials.make_link(person.id, who(request).login, now(), second_factor=lost)
    await note(request, "account.reset", person.login, after={"second_factor": lost})
    return _link(request, person.login, person.name, token)


@routes.post(f"/accounts/{ACCOUNT}/disable")
@needs(Action.MANAGE_ACCOUNTS, step_up=True)
async def disable(request: web.Request) -> web.Response:
    person = await _known(request)
    async with reached():
        try:
            await door(request).accounts.disable(person.id, now())
        except BadAccount as bad:
            await note(request, "account.disable", person.login, outcome=Outcome.REFUSED, reason=bad.english)
            return await _person(request, 400, bad=bad)
        await door(request).sessions.end_all(person.id)
    await note(request, "account.disable", person.login)
    deaf = await _end_supervision(request, person)
    return _back(person, "disabled" if deaf else HEARS)


@routes.post(f"/accounts/{ACCOUNT}/enable")
@needs(Action.MANAGE_ACCOUNTS, step_up=True)
async def enable(request: web.Request) -> web.Response:
    person = await _known(request)
    async with reached():
        await door(request).accounts.enable(person.id)
    await note(request, "account.enable", person.login)
    return _back(person, "enabled")


@routes.post(f"/accounts/{ACCOUNT}/sessions/end")
@needs(Action.MANAGE_ACCOUNTS)
async def end_sessions(request: web.Request) -> web.Response:
    person = await _known(request)
    async with reached():
        ended = await door(request).sessions.end_all(person.id)
    await note(request, "session.end", person.login, reason=f"{ended} by who manages accounts")
    return _back(person, "ended")


async def _wanted(request: web.Request, form: Mapping[str, str], roles: list[str]) -> Wanted:
    """What the form asks for. Raises `BadAccount`."""
    if unknown := set(roles) - set(Role):
        raise BadAccount("roles", "知らない役割です。", f"no role {sorted(unknown)[0]!r}")
    groups: frozenset[str] | None = None
    if form.get("all_groups") != "1":
        known = request.app[NAMES].groups
        groups = frozenset(await several(request, "groups"))
        if strange := groups - set(known):
            raise BadAccount("groups", "知らないグループです。", f"no group {sorted(strange)[0]!r}")
    extension = form.get("extension", "").strip() or None
    return Wanted(form.get("name", ""), frozenset(Role(role) for role in roles), extension, groups)


def _gain_nothing(person: Person, wanted: Wanted) -> None:
    """Raises `BadAccount` when the account would get a role, a group or an extension, and its calls, that it has not."""
    groups = person.groups is not None and (wanted.groups is None or not wanted.groups <= person.groups)
    if groups or not wanted.roles <= person.roles:
        raise BadAccount("roles", words.OWN_RIGHTS, "nobody gives rights to himself")
    if wanted.extension not in (None, person.extension):
        raise BadAccount("extension", words.OWN_EXTENSION, "nobody gives himself an extension")


def _supervises_less(person: Person, wanted: Wanted) -> bool:
    """Whether some supervision that runs now might be none that the account may begin."""
    less = any(reach(wanted.roles, action) < reach(person.roles, action) for action in SUPERVISION)
    groups = wanted.groups is not None and (person.groups is None or not person.groups <= wanted.groups)
    return less or groups or wanted.extension != person.extension


async def _end_supervision(request: web.Request, person: Person) -> bool:
    """Whoever hears calls on this person's telephone hears none any more; False without a switchboard, when he may go on."""
    return person.extension is None or await end_supervision(request, person.extension, f"rights of {person.login}")


def _said(wanted: Wanted) -> dict[str, object]:
    groups = None if wanted.groups is None else sorted(wanted.groups)
    return {"name": wanted.name, "roles": sorted(wanted.roles), "extension": wanted.extension, "groups": groups}


async def _known(request: web.Request) -> Person:
    async with reached():
        person = await door(request).accounts.by_id(int(request.match_info["account"]))
    if person is None:
        raise Trouble(404, "このアカウントはありません。")
    return person


async def _person(
    request: web.Request,
    status: int = 200,
    told: str = "",
    trouble: str = "",
    typed_in: Mapping[str, str] | None = None,
    roles: frozenset[str] | None = None,
    bad: BadAccount | None = None,
) -> web.Response:
    person = await _known(request)
    async with reached():
        sessions = await door(request).sessions.of(person.id, now())
    values = typed_in or {"name": person.name, "extension": person.extension or ""}
    return page(
        request,
        "account_of.html",
        status,
        person=person,
        sessions=sessions,
        values=values,
        roles=person.roles if roles is None else roles,
        groups=request.app[NAMES].groups,
        told=told,
        trouble=trouble,
        bad=bad,
    )


def _form(
    request: web.Request, values: Mapping[str, str], roles: frozenset[str], bad: BadAccount | None = None
) -> web.Response:
    groups = request.app[NAMES].groups
    status = 400 if bad else 200
    return page(request, "account_new.html", status, values=values, roles=roles, groups=groups, bad=bad)


def _link(request: web.Request, login: str, name: str, token: str) -> web.Response:
    link = f"{request.app[SETTINGS].web_url}password?link={token}"
    return page(request, "account_link.html", login=login, name=name, link=link)


def _back(person: Person, told: str) -> web.Response:
    return web.Response(status=303, headers={"Location": f"/accounts/{person.id}?told={told}"})
