"""Somebody with an account, signed in to the screens of a centre as people are: link, password, log-in."""

import base64
import re
import secrets
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from aiohttp import ClientSession, CookieJar, TCPConnector

from ctl.lab.centre import Centre
from ctl.security.certificates import ensure
from ctl.security.secondfactor import code_at
from ctl.settings import Settings

CSRF = re.compile(r'name="csrf" value="([0-9a-f]+)"')
TOKEN = re.compile(r'name="csrf-token" content="([0-9a-f]+)"')
SECRET = re.compile(r'<code class="key">([A-Z2-7=]+)</code>')
KEPT = re.compile(r'name="kept" value="([^"]+)"')


@asynccontextmanager
async def signed_in(centre: Centre, roles: str, *options: str) -> AsyncIterator[ClientSession]:
    """A new account's browser. ``roles`` are separated by commas (`adds_second_factor` for those that need one); ``options``: more of those
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


async def adds_second_factor(browser: ClientSession) -> None:
    """What a role that must have one does first: type the secret into an authenticator, and its code into the page."""
    async with browser.get("/account/second-factor") as shown:
        page = await shown.text()
    secret, kept = SECRET.search(page), KEPT.search(page)
    assert secret, "the page shows no secret"
    assert kept, "the page shows no secret"
    code = code_at(base64.b32decode(secret[1]), datetime.now(UTC))
    await _send(browser, "/account/second-factor", "/account/second-factor", kept=kept[1], code=code)


async def acts(browser: ClientSession, **form: str) -> str:
    """Press a button of the live floor; gives the sentence with which it is answered, and fails when it is refused."""
    async with browser.get("/floor") as shown:
        token = TOKEN.search(await shown.text())
        assert token, f"the floor does not open ({shown.status})"
    headers = {"X-CSRF-Token": token[1], "Accept": "application/json"}
    async with browser.post("/floor/act", data=form, headers=headers) as answer:
        told = await answer.json()
    assert told.get("ok"), told
    return str(told["message"])


async def _send(browser: ClientSession, page: str, to: str, **fields: str) -> None:
    async with browser.get(page) as shown:
        csrf = CSRF.search(await shown.text())
        assert csrf, f"{page} has no form ({shown.status})"
    async with browser.post(to, data={"csrf": csrf[1], **fields}) as answer:
        assert answer.status == 200, f"{to}: {answer.status}"
