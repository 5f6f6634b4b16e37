"""People in front of the screens, signed in without a database."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from aiohttp import ClientResponse, CookieJar, web
from aiohttp.test_utils import TestClient, TestServer

from ctl.security.policy import Role
from ctl.security.sessions import csrf_of, new_token
from ctl.security.who import Who
from ctl.web.entry import SESSION_COOKIE, VISITOR_COOKIE
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
    _carry(client, SESSION_COOKIE, token)
    return person


async def visiting(client: Browser) -> None:
    """Make every request of the client what a form of ours sends for somebody who is not signed in."""
    token = new_token()
    _carry(client, VISITOR_COOKIE, token)


def _carry(client: Browser, cookie: str, token: str) -> None:
    client.session.headers.update(
        {
            "Cookie": f"{cookie}={token}",
            "Origin": str(client.make_url("/").origin()),
            "X-CSRF-Token": csrf_of(token),
        }
    )


@asynccontextmanager
async def browsing(app: web.Application) -> AsyncIterator[Browser]:
    """A browser that keeps the cookies of a host it trusts, as it would over TLS."""
    server = TestServer(app)
    await server.start_server()
    jar = CookieJar(unsafe=True, treat_as_secure_origin=server.make_url("/"))
    async with TestClient(server, cookie_jar=jar) as client:
        yield client


def csrf_in(text: str) -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]+)"', text)
    assert found, "the page has no form"
    return found[1]


async def send(client: Browser, page: str, to: str, **fields: str) -> ClientResponse:
    """Open a page, fill in its form, send it; redirects are not followed."""
    csrf = csrf_in(await (await client.get(page)).text())
    origin = str(client.make_url("/").origin())
    return await client.post(to, data={"csrf": csrf, **fields}, headers={"Origin": origin}, allow_redirects=False)
