"""Programs at the door: ``Authorization: Bearer ctl_…`` in place of a session.

A browser never sends this header by itself, so what it brings needs no proof that it was meant (CSRF, Origin).
"""

import logging
from datetime import UTC, datetime

from aiohttp import web

from ctl.database.engine import DatabaseAway, DatabaseUnprepared
from ctl.security.machines import Token
from ctl.security.sessions import Session
from ctl.web.auditing import note_repeated
from ctl.web.keys import TOKENS
from ctl.web.trouble import Trouble

log = logging.getLogger(__name__)

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""A program proves nothing beyond its token."""

WRONG = "アクセストークンが正しくないか、期限切れか、取り消されています。"
AWAY = "データベースにつながらないため、アクセストークンを確かめられません。"


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
        await note_repeated(request, "token.refused", "unknown")
        raise Trouble(401, WRONG)
    return machine(found, request, now)


def machine(found: Token, request: web.Request, now: datetime) -> Session:
    return Session(found.name, found.machine, now, now, NEVER, request.remote or "-")
