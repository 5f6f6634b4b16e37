"""At the door: whose request this is, whether it was meant, and whether it is allowed.

A request that changes something must come from a page of ours: its Origin is ours and it carries the token that the
page was given (form field ``csrf`` or header ``X-CSRF-Token``). Streams and sockets are held to the same Origin. The
token of somebody who is not signed in yet belongs to a cookie of its own, so that a log-in cannot be forged either.
"""

import hmac
import re
from datetime import UTC, datetime
from ipaddress import ip_address
from urllib.parse import urlencode, urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler

from ctl.database.engine import DatabaseAway, DatabaseUnprepared
from ctl.security.policy import Action
from ctl.security.sessions import Session, csrf_of, new_token
from ctl.web.forms import read
from ctl.web.keys import MACHINE, SESSION, SESSIONS, TOKEN, TOKENS
from ctl.web.machines import bearer, machine, machine_session
from ctl.web.pages import wants_json
from ctl.web.permission import Needs, needs_of
from ctl.web.trouble import Trouble

SESSION_COOKIE = "__Host-session"
VISITOR_COOKIE = "__Host-visitor"
"""`__Host-`: browsers keep it for this very host, over TLS only, and let no neighbour set it."""

_LOCAL = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*")
"""Starts with one slash: a second one, or a backslash, would name another host."""

READING = frozenset({"GET", "HEAD", "OPTIONS"})


@web.middleware
async def know_who(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Find the session of the request. Who has none is a visitor, and keeps the cookie that goes with our forms."""
    if (brought := _brought(request)) is not None:
        request[TOKEN], request[SESSION] = brought, await machine_session(request, brought)
        request[MACHINE] = True
        return await handler(request)
    token = request.cookies.get(SESSION_COOKIE)
    found = await request.app[SESSIONS].find(token, datetime.now(UTC)) if token else None
    if token and found:
        request[TOKEN], request[SESSION] = token, found
        return await handler(request)
    known = request.cookies.get(VISITOR_COOKIE)
    request[TOKEN] = known or new_token()
    answer = await handler(request)
    if not known and answer.content_type == "text/html" and not answer.prepared:
        put_cookie(answer, VISITOR_COOKIE, request[TOKEN])
    return answer


def _brought(request: web.Request) -> str | None:
    """The token of a program: in its header, or of a screen without a keyboard in the address that it opens."""
    word = needs_of(request.match_info.route)
    in_address = request.query.get("token") if word is not None and word.token_in_address else None
    return in_address if (in_header := bearer(request)) is None else in_header


async def still_permitted(request: web.Request) -> bool:
    """Whether who reads a stream may go on: sessions and tokens end while it runs, and roles change.

    Reading on counts as use. What cannot be looked up holds on.
    """
    try:
        found = await _found_again(request)
    except (DatabaseAway, DatabaseUnprepared):
        return True
    before = request[SESSION]
    return found is not None and (found.who, found.owes_second_factor) == (before.who, before.owes_second_factor)


async def _found_again(request: web.Request) -> Session | None:
    now, token = datetime.now(UTC), request[TOKEN]
    if MACHINE not in request:
        return await request.app[SESSIONS].find(token, now)
    found = await request.app[TOKENS].find(token, request.remote or "-", now)
    return machine(found, request, now) if found is not None else None


@web.middleware
async def only_permitted(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let through what the handler's own word allows. An address that does not exist says so to everybody."""
    if request.match_info.http_exception is not None:
        return await handler(request)
    word = needs_of(request.match_info.route) or Needs(Action.MANAGE_ACCOUNTS, step_up=True)
    _allowed(request, word)
    if MACHINE in request:
        return await handler(request)
    if _streams(request):
        _from_here(request, silent_if_same_site=True)
    if request.method not in READING:
        _from_here(request)
        await _meant(request)
    return await handler(request)


def _allowed(request: web.Request, word: Needs) -> None:
    """Raises what to answer when it is not."""
    if word.action is None or (word.here and from_this_machine(request)):
        return
    session = request.get(SESSION)
    if session is None:
        raise _to(request, "/login", "ログインしてください。")
    if not session.who.may(word.action):
        raise Trouble(403, "この操作をする権限がありません。必要なときは管理者に申し出てください。")
    if session.owes_second_factor and word.action is not Action.OWN_ACCOUNT:
        raise _to(request, "/account/second-factor", "二段階認証の設定が必要です。")
    if word.step_up and not session.proved(datetime.now(UTC)):
        raise _to(request, "/account/prove", "本人確認が必要です。")


def from_this_machine(request: web.Request) -> bool:
    """Whether the other end of the connection is here, and speaks for itself and not for others."""
    if "Forwarded" in request.headers or "X-Forwarded-For" in request.headers:
        return False
    line = request.transport
    here, there = (line.get_extra_info("sockname"), line.get_extra_info("peername")) if line else (None, None)
    return bool(here and there and (here[0] == there[0] or ip_address(there[0]).is_loopback))


def _to(request: web.Request, path: str, message: str) -> Exception:
    """A page sends people where they can go on; a program is told."""
    if wants_json(request) or _streams(request):
        return Trouble(401, message)
    wanted = request.path_qs if request.method in READING else _page_before(request)
    return web.HTTPSeeOther(f"{path}?{urlencode({'next': wanted})}")


def _page_before(request: web.Request) -> str:
    try:
        before = urlsplit(request.headers.get("Referer", ""))
    except ValueError:
        return "/"
    return local_path(before.path) if before.netloc == request.host else "/"


def local_path(wanted: str | None) -> str:
    """Where to go on after log-in: a page of ours, whatever was asked."""
    return wanted if wanted and _LOCAL.fullmatch(wanted) else "/"


def _streams(request: web.Request) -> bool:
    """What a browser reads on for long: told by what browsers must send, so that no handler can forget to say it."""
    return "Upgrade" in request.headers or "text/event-stream" in request.headers.get("Accept", "")


def _from_here(request: web.Request, *, silent_if_same_site: bool = False) -> None:
    """Browsers say no Origin when they read from the same one; Sec-Fetch-Site then says so."""
    origin = request.headers.get("Origin")
    if origin is None and silent_if_same_site and request.headers.get("Sec-Fetch-Site") == "same-origin":
        return
    if origin != f"{request.scheme}://{request.host}":
        raise Trouble(403, "ほかのサイトからの操作はできません。この画面を開き直してください。", "Origin")


async def _meant(request: web.Request) -> None:
    given = request.headers.get("X-CSRF-Token") or await _field(request, "csrf")
    if not hmac.compare_digest(given.encode("utf-8", "replace"), csrf_of(request[TOKEN]).encode()):
        raise Trouble(403, "画面の有効期限が切れました。開き直して、もう一度操作してください。", "csrf")


async def _field(request: web.Request, name: str) -> str:
    if request.content_type not in ("application/x-www-form-urlencoded", "multipart/form-data"):
        return ""
    found = (await read(request)).get(name)
    return found if isinstance(found, str) else ""


def put_cookie(response: web.StreamResponse, name: str, value: str) -> None:
    response.set_cookie(name, value, path="/", secure=True, httponly=True, samesite="Lax")
