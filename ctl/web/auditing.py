"""What people do at the screens is noted in the audit trail: ``await note(request, "mode.switch", "typhoon")``."""

from collections.abc import Mapping

from aiohttp import web

from ctl.security.audit import Entry, Outcome
from ctl.web.keys import AUDIT
from ctl.web.permission import session

VISITOR = "visitor"
"""Who is not signed in."""


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
    signed_in = session(request)
    login = who or (signed_in.who.login if signed_in is not None else VISITOR)
    entry = Entry(login, request.remote or "-", action, subject, outcome, before, after, reason)
    await request.app[AUDIT].note(entry)
