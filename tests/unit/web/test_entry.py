"""At the door: sessions, forged requests, and where people are sent."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import example, given
from hypothesis import strategies as st
from yarl import URL

from ctl.security.policy import Action, Role
from ctl.settings import Settings
from ctl.web.app import make_app
from ctl.web.entry import SESSION_COOKIE, VISITOR_COOKIE, local_path
from ctl.web.keys import SESSIONS
from ctl.web.names import NameBook
from ctl.web.permission import needs, open_to_all, who
from tests.unit.web.people import signed_in
from tests.unit.web.town import Browser, StubArchive, StubSwitchboard, busy_floor


@needs(Action.OWN_ACCOUNT)
async def change(request: web.Request) -> web.Response:
    return web.Response(text=who(request).login)


@open_to_all("a form for visitors")
async def visit(_: web.Request) -> web.Response:
    return web.Response(text="<p>", content_type="text/html")


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    app = make_app(Settings(), StubSwitchboard(busy_floor()), StubArchive(), NameBook())
    app.router.add_post("/change", change)
    app.router.add_get("/visit", visit)
    app.router.add_post("/visit", visit)
    async with TestClient(TestServer(app)) as client:
        yield client


async def test_a_page_sends_to_the_log_in_and_back_and_data_is_refused(browser: Browser) -> None:
    page = await browser.get("/calls?page=2", allow_redirects=False)
    data = await browser.get("/api/calls")
    stream = await browser.get(
        "/floor/events", headers={"Accept": "text/event-stream", "Sec-Fetch-Site": "same-origin"}
    )
    went = URL(page.headers["Location"])
    assert (page.status, went.path, went.query["next"]) == (303, "/login", "/calls?page=2")
    assert (data.status, stream.status) == (401, 401)


async def test_a_made_up_session_is_no_session(browser: Browser) -> None:
    await signed_in(browser, Role.SUPERVISOR)
    browser.session.headers["Cookie"] = f"{SESSION_COOKIE}=made-up"
    assert (await browser.get("/floor", allow_redirects=False)).status == 303


async def test_a_session_that_was_ended_opens_nothing_from_that_moment(browser: Browser) -> None:
    me = await signed_in(browser, Role.SUPERVISOR)
    assert (await browser.get("/floor")).status == 200
    await browser.server.app[SESSIONS].end_all(me.account)  # type: ignore[attr-defined]
    assert (await browser.get("/floor", allow_redirects=False)).status == 303


async def test_what_is_meant_is_done(browser: Browser) -> None:
    await signed_in(browser, Role.OPERATOR)
    by_header = await browser.post("/change")
    token = browser.session.headers.pop("X-CSRF-Token")
    by_field = await browser.post("/change", data={"csrf": token})
    assert [(one.status, await one.text()) for one in (by_header, by_field)] == [(200, "hanako")] * 2


@pytest.mark.parametrize("token", ["", "x", "é", "0" * 64])
async def test_a_request_that_no_page_of_ours_made_is_refused(browser: Browser, token: str) -> None:
    await signed_in(browser, Role.OPERATOR)
    del browser.session.headers["X-CSRF-Token"]
    answer = await browser.post("/change", data={"csrf": token})
    assert answer.status == 403


async def test_anothers_csrf_token_does_not_help(browser: Browser) -> None:
    await signed_in(browser, Role.OPERATOR)
    another = browser.session.headers["X-CSRF-Token"]
    await signed_in(browser, Role.OPERATOR, account=8)
    assert (await browser.post("/change", headers={"X-CSRF-Token": another})).status == 403


@pytest.mark.parametrize("origin", [None, "null", "https://evil.example", "http://127.0.0.1:1", "http://127.0.0.1"])
async def test_a_request_from_elsewhere_is_refused_even_with_the_token(browser: Browser, origin: str | None) -> None:
    await signed_in(browser, Role.OPERATOR)
    del browser.session.headers["Origin"]
    answer = await browser.post("/change", headers={"Origin": origin} if origin else {})
    assert answer.status == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Accept": "text/event-stream"},
        {"Accept": "text/event-stream", "Origin": "https://evil.example"},
        {"Upgrade": "websocket", "Connection": "Upgrade"},
        {"Upgrade": "websocket", "Connection": "Upgrade", "Origin": "https://evil.example"},
    ],
)
async def test_streams_and_sockets_from_nowhere_or_elsewhere_are_refused(
    browser: Browser, headers: dict[str, str]
) -> None:
    await signed_in(browser, Role.SUPERVISOR)
    del browser.session.headers["Origin"]
    assert (await browser.get("/floor/events", headers=headers)).status == 403


async def test_a_visitor_keeps_a_cookie_for_forms_that_is_no_session(browser: Browser) -> None:
    answer = await browser.get("/visit")
    cookie = answer.cookies[VISITOR_COOKIE]
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, True, "Lax", "/")
    assert cookie["domain"] == ""
    stolen = {"Cookie": f"{SESSION_COOKIE}={cookie.value}"}
    assert (await browser.get("/floor", headers=stolen, allow_redirects=False)).status == 303


async def test_a_visitors_form_cannot_be_forged_either(browser: Browser) -> None:
    origin = str(browser.make_url("/").origin())
    answer = await browser.post("/visit", headers={"Origin": origin}, data={"csrf": "x"})
    assert answer.status == 403


@given(st.text())
@example("/\\evil.example")
@example("//evil.example/")
@example("/%5cevil")
@example("https://evil.example/")
@example("/calls?page=2")
@example("//[")
def test_log_in_leads_to_no_other_site(wanted: str) -> None:
    went = local_path(wanted)
    assert went.startswith("/")
    assert went[1:2] not in {"/", "\\"}
    assert went in {wanted, "/"}
