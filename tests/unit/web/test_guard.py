"""Who may ask, and what every answer carries."""

from collections.abc import AsyncIterator

import pytest
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given
from hypothesis import strategies as st

from ctl.security.policy import Role
from ctl.settings import Settings
from ctl.web.app import make_app
from ctl.web.guard import HEADERS, host_is_ours
from ctl.web.names import NameBook
from tests.unit.web.people import signed_in
from tests.unit.web.town import Browser, StubArchive, StubSwitchboard, busy_floor


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with TestClient(
        TestServer(make_app(Settings(), StubSwitchboard(busy_floor()), StubArchive(), NameBook()))
    ) as client:
        await signed_in(client, Role.SUPERVISOR)
        yield client


PATHS = ["/floor", "/api/floor", "/static/style.css", "/nothing", "/"]


@pytest.mark.parametrize("path", PATHS)
async def test_every_answer_is_dressed_and_names_no_software(browser: Browser, path: str) -> None:
    answer = await browser.get(path, allow_redirects=False)
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert "Server" not in answer.headers
    assert "aiohttp" not in await answer.text()


def test_policy_allows_no_inline_script_or_style() -> None:
    policy = HEADERS["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none'")


async def test_pages_hold_no_inline_script_or_style(browser: Browser) -> None:
    text = await (await browser.get("/floor")).text()
    assert " style=" not in text
    assert "<style" not in text
    assert text.count("<script") == text.count("<script src=")


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost", "LOCALHOST:80", "[::1]:8080", "[::1]", "127.26.0.1:1"])
def test_addresses_of_this_machine_are_ours(host: str) -> None:
    assert host_is_ours(host, Settings())


@pytest.mark.parametrize(
    "host", [None, "", "evil.example", "127.0.0.1.evil.example", "192.0.2.7:8080", "localhost.evil"]
)
def test_other_names_are_not(host: str | None) -> None:
    assert not host_is_ours(host, Settings())


@given(st.text())
def test_no_host_whatever_makes_the_check_stumble(host: str) -> None:
    assert host_is_ours(host, Settings()) in {True, False}


async def test_a_name_pointed_at_us_by_others_is_refused(browser: Browser) -> None:
    answer = await browser.get("/api/floor", headers={"Host": "evil.example"})
    assert answer.status == 421
    assert (await answer.json())["error"]["field"] == "Host"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_what_only_shows_can_only_be_read(browser: Browser, method: str) -> None:
    answer = await browser.request(method, "/floor")
    assert answer.status == 405
    assert answer.headers["Allow"] == "GET,HEAD"


async def test_other_sites_cannot_read_but_may_link(browser: Browser) -> None:
    read = await browser.get("/api/floor", headers={"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"})
    link = await browser.get("/floor", headers={"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"})
    assert (read.status, link.status) == (403, 200)


async def test_an_error_page_has_a_number_that_is_in_the_log(
    browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await browser.get("/api/nothing")
    number = (await answer.json())["error"]["id"]
    assert f"error={number} status=404" in caplog.text


async def test_a_fault_inside_tells_nothing_of_the_inside(
    browser: Browser, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("ctl.web.painter.board", fail)
    monkeypatch.setattr("ctl.web.floor.page", fail)
    answer = await browser.get("/floor")
    text = await answer.text()
    assert answer.status == 500
    assert "secret detail" not in text
    assert "secret detail" in caplog.text
