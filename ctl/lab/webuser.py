"""Somebody with an account, signed in to the screens of a centre as people are: link, password, log-in."""

import re
import secrets
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import ClientSession, CookieJar, TCPConnector

from ctl.lab.centre import Centre
from ctl.security.certificates import ensure
from ctl.settings import Settings

CSRF = re.compile(r'name="csrf" value="([0-9a-f]+)"')


@asynccontextmanager
async def signed_in(centre: Centre, roles: str, *options: str) -> AsyncIterator[ClientSession]:
    """A new account's browser. ``roles`` that need no second factor, separated by commas; ``options``: more of those
    that ``ctl admin create`` takes."""
    login = f"lab-{secrets.token_hex(4)}"
    made = await centre.ctl("admin", "create", login, "--name", "豊島 花子", "--role", roles, *options)
    assert made.status == 0, made.err
    async with welcomed(centre.settings, login, made.out.strip().partition("link=")[2]) as browser:
        yield browser


@asynccontextmanager
async def welcomed(settings: Settings, login: str, link: str) -> AsyncIterator[ClientSession]:
    """The browser of somebody who was given this one-time link, sets a password with it and signs in."""
    password = secrets.token_urlsafe(24)
    trusting = ssl.create_default_context(cafile=ensure(settings).authority)
    base = f"https://{settings.web_host}:{settings.web_port}"
    async with ClientSession(
        base,
        connector=TCPConnector(ssl=trusting),
        cookie_jar=CookieJar(unsafe=True),  # which for aiohttp means: of an address without a name, too
        headers={"Origin": base},
    ) as browser:
        await _send(browser, f"/password?link={link}", "/password", link=link, password=password, again=password)
        await _send(browser, "/login", "/login", login=login, password=password, next="/account")
        yield browser


async def _send(browser: ClientSession, page: str, to: str, **fields: str) -> None:
    async with browser.get(page) as shown:
        csrf = CSRF.search(await shown.text())
        assert csrf, f"{page} has no form ({shown.status})"
    async with browser.post(to, data={"csrf": csrf[1], **fields}) as answer:
        assert answer.status == 200, f"{to}: {answer.status}"
