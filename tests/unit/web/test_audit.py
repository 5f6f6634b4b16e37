"""The audit trail on screen: what was done is shown, found, exported, and whether it is sound is said."""

import csv
import io
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer

from ctl.security.audit import Outcome
from ctl.security.audit.book import MemoryBook
from ctl.security.audit.keeping import publish, verdict_path
from ctl.security.audit.verifying import Fault, Finding, Verdict
from ctl.security.policy import Role
from ctl.settings import Settings
from ctl.web import words
from ctl.web.app import make_app
from ctl.web.names import NameBook
from tests.unit.security.audit.trails import entry
from tests.unit.web.people import signed_in
from tests.unit.web.town import Browser, StubArchive, StubSwitchboard, busy_floor


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


@pytest.fixture
async def book() -> MemoryBook:
    made = MemoryBook()
    for n in range(1, 8):
        await made.note(entry(n))
    await made.note(entry(8, action="account.roles", before={"roles": "<b>"}, after={"roles": "admin"}))
    await made.note(entry(9, action="session.refused", outcome=Outcome.REFUSED, who="=cmd()"))
    return made


@pytest.fixture
async def browser(settings: Settings, book: MemoryBook) -> AsyncIterator[Browser]:
    app = make_app(settings, StubSwitchboard(busy_floor()), StubArchive(), NameBook(), book=book)
    async with TestClient(TestServer(app)) as client:
        await signed_in(client, Role.SECURITY)
        yield client


async def test_page_shows_who_did_what_and_escapes_it(browser: Browser) -> None:
    shown = await (await browser.get("/audit")).text()
    assert "9 件" in shown
    assert "体制の切替" in shown
    assert "<del>&lt;b&gt;</del> → <ins>admin</ins>" in shown
    assert "09:00:05" in shown


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"who": "hanako"}, [8, 6, 4, 2]),
        ({"action": "mode.switch"}, [6, 3]),
        ({"outcome": "refused"}, [9]),
        ({"since": "2026-06-16"}, []),
        ({"until": "2026-06-15", "size": "2", "page": "2"}, [7, 6]),
        ({"sort": "at", "order": "asc", "size": "2"}, [1, 2]),
    ],
)
async def test_filter_sort_and_page(browser: Browser, asked: dict[str, str], found: list[int]) -> None:
    told = await (await browser.get("/api/audit", params=asked)).json()
    assert [one["seq"] for one in told["entries"]] == found
    assert (await browser.get("/audit", params=asked)).status == 200


@pytest.mark.parametrize(
    ("field", "value"),
    [("since", "yesterday"), ("until", "x"), ("outcome", "maybe"), ("sort", "hash"), ("page", "0"), ("color", "red")],
)
async def test_bad_filter_names_the_field_and_what_is_allowed(browser: Browser, field: str, value: str) -> None:
    told = await browser.get("/api/audit", params={field: value})
    assert told.status == 400
    error = (await told.json())["error"]
    assert error["field"] == field
    page = await browser.get("/audit", params={field: value})
    assert page.status == 400
    assert error["message"] in await page.text()


async def test_export_holds_all_with_seals_harmless_for_spreadsheets_and_is_noted(
    browser: Browser, book: MemoryBook
) -> None:
    answer = await browser.get("/audit.csv", params={"since": "2026-06-15", "page": "1"})
    rows = list(csv.DictReader(io.StringIO((await answer.text()).removeprefix("\ufeff"))))
    assert [row["seq"] for row in rows] == [str(n) for n in range(1, 10)]
    assert [row["previous"] for row in rows[1:]] == [row["hash"] for row in rows[:-1]]
    assert rows[-1]["who"] == "'=cmd()"
    kept = book.rows[-1].kept
    assert (kept.who, kept.action, kept.subject) == ("hanako", "audit.export", "9 rows")
    assert json.loads(kept.after or "")["since"] == "2026-06-15"


async def test_who_may_see_but_not_export_gets_no_button_and_no_file(settings: Settings, book: MemoryBook) -> None:
    app = make_app(settings, StubSwitchboard(busy_floor()), StubArchive(), NameBook(), book=book)
    async with TestClient(TestServer(app)) as client:
        await signed_in(client, Role.ADMIN)
        assert "/audit.csv" not in await (await client.get("/audit")).text()
        assert (await client.get("/audit.csv")).status == 403
    assert [row.kept.action for row in book.rows[9:]] == ["access.refused"]


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        (Verdict(9, 9, None), "改ざんはありません"),
        (Verdict(2, 9, Finding(Fault.TAKEN_OUT, 3)), "3番が削除されています"),
        (None, "検査はまだ行われていません"),
    ],
)
async def test_page_says_whether_the_trail_is_sound(
    browser: Browser, settings: Settings, verdict: Verdict | None, said: str
) -> None:
    if verdict is not None:
        publish(verdict_path(settings), verdict, datetime.now(UTC))
    assert said in await (await browser.get("/audit")).text()


def test_every_fault_and_outcome_has_a_word() -> None:
    assert set(words.AUDIT_FAULTS) == set(Fault)
    assert set(words.AUDIT_OUTCOMES) == set(words.AUDIT_OUTCOME_SIGNS) == set(Outcome)


async def test_empty_trail_says_so(settings: Settings) -> None:
    app = make_app(settings, StubSwitchboard(busy_floor()), StubArchive(), NameBook())
    async with TestClient(TestServer(app)) as client:
        await signed_in(client, Role.MANAGER)
        assert "まだありません" in await (await client.get("/audit")).text()
