"""What people do at the screens is noted in the audit trail: ``await note(request, "mode.switch", "typhoon")``.

What is refused is noted here for all routes (`note_refusals`), unless the handler did so itself.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta

from aiohttp import web
from aiohttp.typedefs import Handler

from ctl.security.audit import Entry, Outcome
from ctl.web.keys import AUDIT
from ctl.web.permission import needs_of, session
from ctl.web.repeats import Repeats
from ctl.web.trouble import Trouble

VISITOR = "visitor"
"""Who is not signed in."""
WITHIN = timedelta(minutes=1)
"""Refusals of somebody from one address within this time are two entries, however many there are."""
SWEEP_S = 15.0
REFUSED = frozenset({403, 421})
OF_VISITORS = REFUSED | {400, 413}
"""The same of somebody who is not signed in, who has no filter to mistype and no table to upload."""

REPEATS = web.AppKey("repeats", Repeats)
_NOTED = web.RequestKey("noted", bool)


async def note(
    request: web.Request,
    action: str,
    subject: str,
    *,
    outcome: Outcome = Outcome.DONE,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
    reason: str | None = None,
    who: str | None = None,
) -> None:
    """Keep an entry about this request, for good when this returns. Never raises. ``who``: when it is not the session's.

    ``action``: noun.verb (docs/audit.md lists them). Nothing secret belongs in here: no password, token or code.
    """
    request[_NOTED] = True
    entry = Entry(who or _who(request), request.remote or "-", action, subject, outcome, before, after, reason)
    await request.app[AUDIT].note(entry)


async def note_repeated(request: web.Request, action: str, subject: str, reason: str | None = None) -> None:
    """`note` of what was refused and may come again and again (`ctl.web.repeats`), from one address by one person."""
    request[_NOTED] = True
    entry = Entry(_who(request), request.remote or "-", action, subject, Outcome.REFUSED, reason=reason)
    if request.app[REPEATS].is_first(entry, (entry.who, entry.where, action, reason), WITHIN):
        await request.app[AUDIT].note(entry)


async def note_once(request: web.Request, action: str, subject: str, within: timedelta) -> None:
    """`note` of what is done in many requests: the first one within this time counts."""
    request[_NOTED] = True
    entry = Entry(_who(request), request.remote or "-", action, subject, Outcome.DONE)
    if request.app[REPEATS].is_first(entry, (entry.who, entry.where, action, subject), within):
        await request.app[AUDIT].note(entry)


@web.middleware
async def note_refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    """What somebody had no right to, and what no page of ours had sent."""
    try:
        return await handler(request)
    except Trouble as trouble:
        refused = REFUSED if session(request) is not None else OF_VISITORS
        if trouble.status in refused and _NOTED not in request:
            word = needs_of(request.match_info.route)
            action = word.action if word is not None else None
            await note_repeated(
                request,
                "access.refused",
                f"{request.method} {request.path}",
                trouble.field or action or trouble.message,
            )
        raise


async def note_refused(app: web.Application, where: str, reason: str) -> None:
    """Somebody came to no route: what he sent is no HTTP at all, or he was not let in."""
    entry = Entry(VISITOR, where, "access.refused", "-", Outcome.REFUSED, reason=reason)
    if app[REPEATS].is_first(entry, (entry.who, entry.where, entry.action, entry.reason), WITHIN):
        await app[AUDIT].note(entry)


async def tell_repeats(app: web.Application) -> AsyncIterator[None]:
    """For as long as the application runs: note what was counted, when its time is over."""

    async def tell(*, everything: bool = False) -> None:
        for entry in app[REPEATS].over(datetime.now(UTC), everything=everything):
            await app[AUDIT].note(entry)

    async def sweep() -> None:
        while True:
            await asyncio.sleep(SWEEP_S)
            await tell()

    sweeping = asyncio.create_task(sweep(), name="repeats")
    yield
    sweeping.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await sweeping
    await tell(everything=True)


def _who(request: web.Request) -> str:
    signed_in = session(request)
    return signed_in.who.login if signed_in is not None else VISITOR
