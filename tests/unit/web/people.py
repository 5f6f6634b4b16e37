"""People in front of the screens, signed in without a database."""

from datetime import UTC, datetime

from ctl.security.policy import Role
from ctl.security.sessions import csrf_of
from ctl.security.who import Who
from ctl.web.entry import SESSION_COOKIE
from ctl.web.keys import SESSIONS
from tests.unit.web.town import Browser


async def signed_in(
    client: Browser,
    *roles: Role,
    extension: str | None = None,
    groups: frozenset[str] | None = None,
    account: int = 7,
    login: str = "hanako",
) -> Who:
    """Make every request of the client carry a session of somebody with these roles, as a page of ours would send it."""
    person = Who(account, login, "豊島 花子", frozenset(roles), extension, groups)
    app = client.server.app  # type: ignore[attr-defined]  # a TestServer that was given an application has it
    token = await app[SESSIONS].begin(person, datetime.now(UTC), "192.0.2.7", "Firefox")
    client.session.headers.update(
        {
            "Cookie": f"{SESSION_COOKIE}={token}",
            "Origin": str(client.make_url("/").origin()),
            "X-CSRF-Token": csrf_of(token),
        }
    )
    return person
