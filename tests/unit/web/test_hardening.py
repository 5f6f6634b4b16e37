"""Whatever is sent to whatever address: never an error of ours, nothing of the inside told, every answer dressed."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import ClientResponse
from aiohttp.web_urldispatcher import AbstractRoute
from argon2 import PasswordHasher
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine

from ctl.cms.queries import Records
from ctl.secrets import Secrets
from ctl.security.accounts import Wanted
from ctl.security.door import Door
from ctl.security.passwords import Passwords
from ctl.security.policy import Role
from ctl.security.sessions import csrf_of
from ctl.security.who import Who
from ctl.settings import Settings
from ctl.web.app import make_app
from ctl.web.entry import SESSION_COOKIE
from ctl.web.guard import HEADERS
from ctl.web.names import NameBook
from ctl.web.permission import needs_of
from tests.examples import examples
from tests.unit.web.people import browsing, visiting
from tests.unit.web.test_permission import ROUTES, address
from tests.unit.web.town import Browser, StubSwitchboard, busy_floor, ward_plan

TRIED = [route for route in ROUTES if "/events" not in address(route)]
"""Streams end only when their reader leaves; that they ask who reads is tested elsewhere."""
LEAKS = re.compile(r"Traceback|File \"/|sqlalchemy|asyncpg|aiohttp|jinja2|site-packages|RuntimeError|ValueError")
BAD = [
    "' OR 1=1 --",
    "'; DROP TABLE accounts; --",
    "{{7*7}}",
    "<script>alert(1)</script>",
    "../../../etc/passwd",
    "a\0b",
    "\r\nSet-Cookie: a=b",
    "\u202e",
    "１２３",
    "9" * 400,
    "x" * 5000,
    "\ud800",
]
TEXTS = st.one_of(st.sampled_from(BAD), st.text(max_size=40))
NAMES = [
    *("login", "password", "code", "next", "link", "again", "old", "new", "kept", "proof", "session", "name", "roles"),
    *("groups", "extension", "all_groups", "text", "role", "active", "sort", "order", "page", "size", "since", "until"),
    *("operator", "called", "queue", "outcome", "kind", "who", "action", "told", "csrf", "second_factor", "unheard_of"),
]
"""What some form or address knows, and one name that none does."""


@dataclass
class Castle:
    """Everything that answers, in front of a real Postgres, with somebody signed in who may do everything."""

    browser: Browser
    door: Door
    everybody: Who
    cookies: dict[str, str] = field(default_factory=dict)

    async def sign_in(self) -> None:
        """A session of this moment: what is tried may end every one there is."""
        token = await self.door.sessions.begin(self.everybody, datetime.now(UTC), "127.0.0.1", "")
        origin = str(self.browser.make_url("/").origin())
        self.cookies = {"Cookie": f"{SESSION_COOKIE}={token}", "Origin": origin, "X-CSRF-Token": csrf_of(token)}

    async def ask(self, method: str, path: str, **what: object) -> ClientResponse:
        headers = {**self.cookies, **what.pop("headers", {})}  # type: ignore[dict-item]
        return await self.browser.request(method, path, headers=headers, allow_redirects=False, **what)  # type: ignore[arg-type]


@pytest.fixture
async def castle(engine: AsyncEngine, tmp_path: Path) -> AsyncIterator[Castle]:
    door = Door.of(engine, Secrets(tmp_path / "secrets.json"), frozenset())
    door.passwords = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    names = NameBook()
    names.plan = ward_plan()
    app = make_app(Settings(home=tmp_path), StubSwitchboard(busy_floor()), Records(engine), names, door)
    now = datetime.now(UTC)
    account = await door.accounts.create("all", Wanted("全部", frozenset(Role)), "test", now)
    person = await door.accounts.by_id(account)
    assert person is not None
    async with browsing(app) as client:
        made = Castle(client, door, person.who)
        await made.sign_in()
        yield made


def fine(answer: ClientResponse, text: str) -> None:
    """An answer for people: not ours to blame, well dressed, telling nothing of the inside."""
    what = f"{answer.method} {answer.url}: {answer.status}"
    assert answer.status < 500 or answer.status == 503, what
    assert {name: answer.headers.get(name) for name in HEADERS if name != "Cache-Control"} == {
        name: value for name, value in HEADERS.items() if name != "Cache-Control"
    }, what
    assert "Server" not in answer.headers, what
    assert "a" not in answer.cookies, what
    found = LEAKS.search(text)
    assert found is None, f"{what} tells {found}"


@pytest.mark.parametrize("signed_in", [False, True], ids=["visitor", "everybody"])
async def test_every_answer_of_every_route_is_dressed(castle: Castle, signed_in: bool) -> None:
    for route in TRIED:
        await castle.sign_in()
        headers = {} if signed_in else {"Cookie": "", "X-CSRF-Token": ""}
        async with await castle.ask(route.method, address(route), headers=headers) as answer:
            fine(answer, await answer.text(errors="replace"))
            if not answer.url.path.startswith("/static"):
                assert answer.headers["Cache-Control"] == "no-store"


@settings(max_examples=examples(200, 25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from([route for route in TRIED if needs_of(route) is not None]),
    st.dictionaries(st.sampled_from(NAMES), TEXTS.map(lambda text: text[:300]), max_size=4),
    st.dictionaries(st.sampled_from(NAMES), TEXTS, max_size=6),
    st.sampled_from(["form", "multipart", "json", "bytes"]),
    st.binary(max_size=60),
)
async def test_nothing_that_is_sent_makes_a_route_stumble(
    castle: Castle, route: AbstractRoute, query: dict[str, str], fields: dict[str, str], kind: str, raw: bytes
) -> None:
    method, path = route.method, address(route)
    await castle.sign_in()
    asked = {name: value.encode("utf-8", "replace").decode() for name, value in query.items()}
    sent = {name: value.encode("utf-8", "replace").decode() for name, value in fields.items()}
    what: dict[str, object] = {"params": asked}
    if method not in {"GET", "HEAD"}:
        match kind:
            case "form":
                what["data"] = sent
            case "multipart":
                what["data"] = raw
                what["headers"] = {"Content-Type": "multipart/form-data; boundary=x"}
            case "json":
                what["json"] = sent
            case _:
                what["data"] = raw
                what["headers"] = {"Content-Type": "application/x-www-form-urlencoded; charset=none-such"}
    async with await castle.ask(method, path, **what) as answer:
        fine(answer, await answer.text(errors="replace"))


@pytest.mark.parametrize("path", ["/login", "/password", "/account/password", "/accounts/new"])
async def test_a_flood_of_bytes_is_refused_and_not_kept(castle: Castle, path: str) -> None:
    async with await castle.ask("POST", path, data={"login": "x" * 3_000_000}) as answer:
        fine(answer, await answer.text())
        assert answer.status == 413


async def test_a_field_without_end_is_refused(castle: Castle) -> None:
    async with await castle.ask("POST", "/login", data={"login": "x" * 100_000, "password": "y"}) as answer:
        fine(answer, await answer.text())
        assert answer.status == 400


@pytest.mark.parametrize("header", ["Cookie", "Origin", "X-CSRF-Token", "Referer", "Accept", "User-Agent", "Range"])
@pytest.mark.parametrize("value", ["\udcff\udcfe", "x" * 7000, "http://[", "=;=;=", "bytes=9-1"])
async def test_no_header_makes_the_door_stumble(castle: Castle, header: str, value: str) -> None:
    await visiting(castle.browser)
    for method, path in (("GET", "/floor"), ("POST", "/login"), ("POST", "/account/recovery")):
        raw = value.encode("utf-8", "surrogateescape").decode("latin-1") if "\udcff" in value else value
        async with await castle.ask(method, path, headers={header: raw}) as answer:
            fine(answer, await answer.text())
