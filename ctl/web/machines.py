"""Programs at the door: ``Authorization: Bearer ctl_…`` in place of a session.

A browser never sends this header by itself, so what it brings needs no proof that it was meant (CSRF, Origin).
"""

import logging
from collections import OrderedDict
from datetime import UTC, datetime, timedelta

from aiohttp import web

from ctl.database.engine import DatabaseAway, DatabaseUnprepared
from ctl.security.audit import Outcome
from ctl.security.machines import Token
from ctl.security.sessions import Session
from ctl.web.auditing import note
from ctl.web.keys import TOKENS
from ctl.web.trouble import Trouble

log = logging.getLogger(__name__)

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""A program proves nothing beyond its token."""
NOTED_EVERY = timedelta(minutes=1)
"""A wrong token is noted once a minute for each address: a program that is wrong is wrong all the time."""
REMEMBERED = 1000

WRONG = "アクセストークンが正しくないか、期限切れか、取り消されています。"
AWAY = "データベースにつながらないため、アクセストークンを確かめられません。"


class Refusals:
    """When a wrong token was noted last, by address."""

    def __init__(self) -> None:
        self._noted: OrderedDict[str, datetime] = OrderedDict()

    def worth_noting(self, where: str, now: datetime) -> bool:
        last = self._noted.get(where)
        if last is not None and now - last < NOTED_EVERY:
            return False
        self._noted[where] = now
        self._noted.move_to_end(where)
        while len(self._noted) > REMEMBERED:
            self._noted.popitem(last=False)
        return True


REFUSALS = web.AppKey("refusals", Refusals)


def bearer(request: web.Request) -> str | None:
    """The token that the request brings; None when it brings none."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else None


async def machine_session(request: web.Request, token: str) -> Session:
    """What stands for a session. Raises `Trouble` (401, 503)."""
    now, where = datetime.now(UTC), request.remote or "-"
    try:
        found = await request.app[TOKENS].find(token, where, now)
    except (DatabaseAway, DatabaseUnprepared) as error:
        log.warning("a token cannot be checked: %s", error)
        raise Trouble(503, AWAY) from None
    if found is None:
        if request.app[REFUSALS].worth_noting(where, now):
            await note(request, "token.refused", "unknown", outcome=Outcome.REFUSED)
        raise Trouble(401, WRONG)
    return machine(found, request, now)


def machine(found: Token, request: web.Request, now: datetime) -> Session:
    return Session(found.name, found.machine, now, now, NEVER, request.remote or "-")
