"""Programs at the door: a token opens what its scopes name, until it ends, and nothing else."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from ctl.database.engine import DatabaseAway
from ctl.security.audit.book import MemoryBook
from ctl.security.machines import SCOPES, Machine, MemoryTokens, Token, givable
from ctl.security.policy import Action, Role
from ctl.security.who import Who
from ctl.settings import Settings
from ctl.web import entry, words
from ctl.web.app import make_app
from ctl.web.names import NameBook
from ctl.web.permission import needs, needs_of
from tests.unit.web.people import signed_in
from tests.unit.web.test_permission import address
from tests.unit.web.town import Browser, StubArchive, StubSwitchboard, busy_floor

DAY = timedelta(days=1)


class Tokens(MemoryTokens):
    """May be away."""

    away = False

    async def find(self, token: str, where: str, now: datetime) -> Token | None:
        if self.away:
            raise DatabaseAway("Postgres does not answer")
        return await super().find(token, where, now)


@pytest.fixture
def tokens() -> Tokens:
    return Tokens()


@pytest.fixture
def book() -> MemoryBook:
    return MemoryBook()


@pytest.fixture
async def browser(tokens: Tokens, book: MemoryBook, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Browser]:
    monkeypatch.setattr(entry, "from_this_machine", lambda _: False)
    app = make_app(Settings(), StubSwitchboard(busy_floor()), StubArchive(), NameBook(), book=book, tokens=tokens)

    @needs(Action.SWITCH_MODE)
    async def switch(request: web.Request) -> web.Response:
        return web.Response(text="switched")

    app.router.add_post("/api/switch", switch)
    async with TestClient(TestServer(app)) as client:
        yield client


async def made(tokens: Tokens, *scopes: Action, name: str = "monitoring") -> dict[str, str]:
    """The headers of a program with such a token."""
    now = datetime.now(UTC)
    return {"Authorization": f"Bearer {await tokens.make(name, scopes, now + DAY, 'hanako', now)}"}


@pytest.mark.parametrize("scope", SCOPES)
async def test_token_opens_exactly_the_routes_of_its_scope(browser: Browser, tokens: Tokens, scope: Action) -> None:
    headers = await made(tokens, scope)
    app = browser.server.app  # type: ignore[attr-defined]
    for route in app.router.routes():
        word = needs_of(route)
        assert word is not None
        if route.method not in {"GET", "HEAD"} or word.action is None or "events" in address(route):
            continue
        async with browser.request(route.method, address(route), headers=headers, allow_redirects=False) as answer:
            opened = answer.status not in {303, 401, 403}
        assert opened == (word.action is scope), f"{address(route)} with {scope}: {answer.status}"


async def test_what_a_program_does_needs_no_page_of_ours(browser: Browser, tokens: Tokens) -> None:
    headers = await made(tokens, Action.SWITCH_MODE)
    assert (await browser.post("/api/switch", headers=headers)).status == 200
    assert (await browser.post("/api/switch", headers=await made(tokens, Action.SEE_CALLS, name="other"))).status == 403


async def test_tokens_are_exported_without_what_opens(browser: Browser, tokens: Tokens, book: MemoryBook) -> None:
    headers = await made(tokens, Action.SEE_CALLS)
    await signed_in(browser, Role.SECURITY)
    text = await (await browser.get("/tokens.csv")).text()
    (row,) = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    assert (row["名前"], row["状態"], row["作成者"]) == ("monitoring", "有効", "hanako")
    assert headers["Authorization"].split("_", 1)[1] not in text
    assert [(one.kept.who, one.kept.action, one.kept.subject) for one in book.rows] == [
        ("hanako", "tokens.export", "1 rows")
    ]


@pytest.mark.parametrize("header", ["Bearer ctl_madeup", "Bearer ", "Bearer", "bearer ctl_\xe9"])
async def test_a_wrong_token_opens_nothing_also_beside_a_session(browser: Browser, header: str) -> None:
    await signed_in(browser, Role.ADMIN, Role.SUPERVISOR)
    assert (await browser.get("/api/calls")).status == 200
    assert (await browser.get("/api/calls", headers={"Authorization": header})).status == 401


async def test_token_ends_by_itself_and_by_being_revoked(browser: Browser, tokens: Tokens) -> None:
    first = await made(tokens, Action.SEE_CALLS)
    yesterday = datetime.now(UTC) - DAY
    short = await tokens.make("short", [Action.SEE_CALLS], yesterday + timedelta(hours=23), "hanako", yesterday)
    assert (await browser.get("/api/calls", headers=first)).status == 200
    assert (await browser.get("/api/calls", headers={"Authorization": f"Bearer {short}"})).status == 401
    assert await tokens.revoke("monitoring", datetime.now(UTC))
    assert (await browser.get("/api/calls", headers=first)).status == 401


async def test_without_a_database_a_token_is_not_wrong_but_unknown(browser: Browser, tokens: Tokens) -> None:
    headers = await made(tokens, Action.SEE_CALLS)
    tokens.away = True
    assert (await browser.get("/api/calls", headers=headers)).status == 503


async def test_wrong_tokens_are_noted_once_a_minute_without_the_token(browser: Browser, book: MemoryBook) -> None:
    for _ in range(5):
        await browser.get("/api/calls", headers={"Authorization": "Bearer ctl_madeup"})
    (row,) = book.rows
    assert (row.kept.action, row.kept.outcome) == ("token.refused", "refused")
    assert "madeup" not in str(row)


# --- the page ---------------------------------------------------------------------------------------------------------

FORM = {"name": "monitoring", "scope": "see_metrics", "days": "90"}


async def test_administrator_makes_a_token_that_is_shown_once_and_revokes_it(
    browser: Browser, tokens: Tokens, book: MemoryBook
) -> None:
    await signed_in(browser, Role.ADMIN)
    assert "まだありません" in await (await browser.get("/tokens")).text()
    shown = await (await browser.post("/tokens", data=FORM)).text()
    token = shown.partition('<code class="token">')[2].partition("<")[0]
    assert token.startswith("ctl_")
    listed = await (await browser.get("/tokens")).text()
    assert token not in listed
    assert words.SCOPES[Action.SEE_METRICS] in listed
    found = await tokens.find(token, "::1", datetime.now(UTC))
    assert found is not None
    assert found.scopes == {Action.SEE_METRICS}
    assert (await browser.post("/tokens/revoke", data={"name": "monitoring"})).status == 200
    assert await tokens.find(token, "::1", datetime.now(UTC)) is None
    assert [row.kept.action for row in book.rows] == ["token.create", "token.revoke"]
    assert token not in str(book.rows)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "名前"}, "name"),
        ({"scope": "manage_accounts"}, "scopes"),
        ({"scope": ""}, "scopes"),
        ({"days": "10000"}, "until"),
        ({"days": "-1"}, "until"),
    ],
)
async def test_bad_token_is_refused_by_its_field(
    browser: Browser, tokens: Tokens, change: dict[str, str], field: str
) -> None:
    await signed_in(browser, Role.ADMIN)
    answer = await browser.post("/tokens", data=FORM | change)
    assert answer.status == 400
    assert words.TOKEN_FAULTS[field] in await answer.text()
    assert await tokens.all() == []


@pytest.mark.parametrize(
    ("roles", "scope"),
    [
        ([Role.ADMIN], Action.SEE_NUMBERS),
        ([Role.ADMIN], Action.HEAR_RECORDINGS),
        ([Role.SECURITY], Action.EDIT_SETTINGS),
        ([Role.SECURITY], Action.SWITCH_MODE),
        ([Role.ADMIN, Role.OPERATOR], Action.SEE_NUMBERS),  # only of the own calls; a token sees all
    ],
)
async def test_nobody_gives_himself_rights_by_a_token(
    browser: Browser, tokens: Tokens, book: MemoryBook, roles: list[Role], scope: Action
) -> None:
    await signed_in(browser, *roles)
    assert f'value="{scope}"' not in await (await browser.get("/tokens")).text()
    form = [("name", "monitoring"), ("days", "90"), ("scope", "see_metrics"), ("scope", str(scope))]
    answer = await browser.post("/tokens", data=form)
    assert (answer.status, words.TOKEN_BEYOND in await answer.text()) == (400, True)
    assert await tokens.all() == []
    (row,) = book.rows
    assert (row.kept.action, row.kept.outcome) == ("token.create", "refused")
    assert str(scope) in (row.kept.reason or "")


@pytest.mark.parametrize("role", list(Role))
def test_a_token_never_sees_more_than_who_gives_it(role: Role) -> None:
    maker = Who(7, "hanako", "豊島 花子", frozenset({role}))
    given = givable(maker)
    assert set(given) <= set(SCOPES)
    program = Machine(0, "token:x", "x", frozenset(), scopes=frozenset(given))
    assert all(program.reach(action) <= maker.reach(action) for action in Action)


async def test_who_manages_tokens_makes_a_big_screen_also_when_he_sees_none_himself(
    browser: Browser, tokens: Tokens
) -> None:
    await signed_in(browser, Role.SECURITY)
    assert (await browser.post("/wallboard/screens", data={"name": "lobby", "days": "365"})).status == 200
    assert [one.scopes for one in await tokens.all()] == [{Action.SEE_WALLBOARD}]


async def test_a_name_is_used_once(browser: Browser, tokens: Tokens) -> None:
    await signed_in(browser, Role.ADMIN)
    await browser.post("/tokens", data=FORM)
    assert (await browser.post("/tokens", data=FORM)).status == 400
    assert len(await tokens.all()) == 1


def test_every_scope_has_a_word_and_none_opens_what_belongs_to_people() -> None:
    assert set(words.SCOPES) == set(SCOPES)
    people = {Action.MANAGE_ACCOUNTS, Action.MANAGE_TOKENS, Action.OWN_ACCOUNT, Action.ROLL_BACK, Action.LISTEN}
    assert not people & set(SCOPES)
