"""What the pages of accounts share: the door itself, its troubles in words, and cookies."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from aiohttp import web

from ctl.database.engine import DatabaseAway, DatabaseUnprepared
from ctl.security.door import Answer, Door, Wait
from ctl.security.passwords import Busy
from ctl.security.who import Who
from ctl.web import words
from ctl.web.entry import SESSION_COOKIE, put_cookie
from ctl.web.keys import DOOR, SESSION, TOKEN
from ctl.web.trouble import Trouble


def door(request: web.Request) -> Door:
    """`Trouble` (503) in a web without accounts."""
    found = request.app[DOOR]
    if found is None:
        raise Trouble(503, words.NO_LOGIN_NOW)
    return found


@asynccontextmanager
async def reached() -> AsyncIterator[None]:
    """Turn an absent database, or too many at the door, into an answer for people."""
    try:
        yield
    except (DatabaseAway, DatabaseUnprepared):
        raise Trouble(503, words.NO_LOGIN_NOW) from None
    except Busy:
        raise Trouble(503, words.TOO_BUSY) from None


def where(request: web.Request) -> str:
    return request.remote or "-"


def now() -> datetime:
    return datetime.now(UTC)


async def begin_session(request: web.Request, who: Who, to: str) -> web.Response:
    """Go on, with a session that nobody can have known before; one that there was in this browser ends."""
    if SESSION in request:
        await door(request).sessions.end(request[TOKEN])
    agent = request.headers.get("User-Agent", "").encode("utf-8", "replace").decode()
    token = await door(request).sessions.begin(who, now(), where(request), agent)
    answer = web.Response(status=303, headers={"Location": to})
    put_cookie(answer, SESSION_COOKIE, token)
    return answer


def refusal(answer: Answer, wrong: str) -> tuple[int, str]:
    """Status and sentence for what did not open the door."""
    return (429, words.wait_sentence(answer.seconds)) if isinstance(answer, Wait) else (403, wrong)
