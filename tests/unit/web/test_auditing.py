"""What is noted about requests: exports, recordings, refusals; and how a flood of them is held back."""

import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from aiohttp.test_utils import TestClient, TestServer

import ctl.web
from ctl.recording.vault import Vault
from ctl.recording.wav import stereo
from ctl.security.audit import Entry, Outcome
from ctl.security.audit.book import MemoryBook
from ctl.security.policy import Role
from ctl.settings import Settings
from ctl.web import words
from ctl.web.app import make_app
from ctl.web.auditing import REPEATS, WITHIN
from ctl.web.names import NameBook, Names
from ctl.web.repeats import MOST, SUBJECTS, Repeats
from tests.unit.security.audit.trails import MORNING
from tests.unit.web.people import signed_in, visiting
from tests.unit.web.town import Browser, StubArchive, StubSwitchboard, a_day, busy_floor, story_of, ward_plan

SOUND = b"".join(stereo(4000, [(np.arange(4000, dtype="<i2"), np.arange(4000, dtype="<i2"))]))


@pytest.fixture
def book() -> MemoryBook:
    return MemoryBook()


@pytest.fixture
async def browser(book: MemoryBook, tmp_path: Path) -> AsyncIterator[Browser]:
    day, calls = a_day()
    stories = [story_of(day, call) for call in calls]
    file = stories[0].call.recordings[0].file
    assert file is not None
    Vault(tmp_path / "recordings").write(file, [SOUND])
    app = make_app(
        Settings(home=tmp_path),
        StubSwitchboard(busy_floor()),
        StubArchive(*stories),
        NameBook(Names.of(ward_plan())),
        book=book,
    )
    async with TestClient(TestServer(app)) as client:
        yield client


def noted(book: MemoryBook) -> list[tuple[str, str, str, str | None]]:
    return [(row.kept.who, row.kept.action, row.kept.subject, row.kept.reason) for row in book.rows]


async def test_an_export_of_calls_is_noted_with_its_filter(browser: Browser, book: MemoryBook) -> None:
    await signed_in(browser, Role.SUPERVISOR)
    assert (await browser.get("/calls.csv", params={"queue": "civil", "since": "2026-06-15"})).status == 200
    assert noted(book) == [("hanako", "calls.export", "5 rows", None)]
    assert json.loads(book.rows[0].kept.after or "") == {"queue": "civil", "since": "2026-06-15"}


async def test_a_citizens_number_that_was_sought_is_masked_in_the_trail(browser: Browser, book: MemoryBook) -> None:
    await signed_in(browser, Role.SUPERVISOR)
    assert (await browser.get("/calls.csv", params={"kind": "outbound", "called": "0312345678"})).status == 200
    assert (await browser.get("/calls.csv", params={"called": "0339811111"})).status == 200
    sought = [json.loads(row.kept.after or "")["called"] for row in book.rows]
    assert sought == ["0312******", "0339811111"]


async def test_a_recording_is_noted_once_however_often_the_player_jumps(browser: Browser, book: MemoryBook) -> None:
    await signed_in(browser, Role.SUPERVISOR)
    call = "1781485200.1"
    segment = (await (await browser.get(f"/api/calls/{call}")).json())["call"]["recordings"][0]["segment"]
    path = f"/calls/{call}/recordings/{segment}.wav"
    assert (await browser.head(path)).status == 200
    assert noted(book) == []
    for start in ("0-", "8000-", "1-"):
        assert (await browser.get(path, headers={"Range": f"bytes={start}"})).status == 206
    assert noted(book) == [("hanako", "recording.hear", f"{call}.{segment}", None)]
    await signed_in(browser, Role.QA, account=8, login="jiro")
    await browser.get(path)
    assert noted(book)[1:] == [("jiro", "recording.hear", f"{call}.{segment}", None)]


@pytest.mark.parametrize("path", ["/accounts", "/api/audit", "/calls.csv"])
async def test_who_has_no_right_is_noted_on_pages_and_on_the_api(browser: Browser, book: MemoryBook, path: str) -> None:
    await signed_in(browser, Role.OPERATOR, extension="2001")
    assert (await browser.get(path)).status == 403
    ((who, action, subject, reason),) = noted(book)
    assert (who, action, subject) == ("hanako", "access.refused", f"GET {path}")
    assert reason in {"manage_accounts", "see_audit", "export_calls"}
    assert book.rows[0].kept.outcome == Outcome.REFUSED


async def test_a_call_of_others_and_a_forged_request_are_noted(browser: Browser, book: MemoryBook) -> None:
    await signed_in(browser, Role.OPERATOR, extension="2007")
    assert (await browser.get("/calls/1781485200.1")).status == 403
    assert (await browser.post("/logout", headers={"Origin": "https://evil.example"})).status == 403
    assert (await browser.post("/logout", headers={"X-CSRF-Token": "guessed"})).status == 403
    assert [(row[2], row[3]) for row in noted(book)] == [
        ("GET /calls/1781485200.1", "see_calls"),
        ("POST /logout", "Origin"),
        ("POST /logout", "csrf"),
    ]


async def test_what_no_page_sends_is_noted_of_who_is_not_signed_in(browser: Browser, book: MemoryBook) -> None:
    await visiting(browser)
    assert (await browser.get("/login", headers={"Host": "evil.example"})).status == 421
    assert (await browser.post("/login", data={"login": "a" * 2000})).status == 400
    assert [(row[:3]) for row in noted(book)] == [
        ("visitor", "access.refused", "GET /login"),
        ("visitor", "access.refused", "POST /login"),
    ]


async def test_a_mistyped_filter_of_who_is_signed_in_is_no_refusal(browser: Browser, book: MemoryBook) -> None:
    await signed_in(browser, Role.SUPERVISOR)
    assert (await browser.get("/api/calls", params={"since": "yesterday"})).status == 400
    assert noted(book) == []


async def test_a_flood_of_refusals_is_two_entries_and_none_is_lost(browser: Browser, book: MemoryBook) -> None:
    await visiting(browser)
    for n in range(30):
        assert (await browser.get("/", headers={"Authorization": f"Bearer wrong-{n}"})).status == 401
        assert (await browser.post("/login", headers={"X-CSRF-Token": f"guess {n}"})).status == 403
    assert [row[1] for row in noted(book)] == ["token.refused", "access.refused"]
    app = browser.server.app  # type: ignore[attr-defined]
    assert [json.dumps(entry.after) for entry in app[REPEATS].over(datetime.now(UTC), everything=True)] == [
        '{"times": 29, "within_s": 60, "of": ["unknown"]}',
        '{"times": 29, "within_s": 60, "of": ["POST /login"]}',
    ]


async def test_what_was_counted_is_noted_when_the_web_stops(book: MemoryBook, tmp_path: Path) -> None:
    app = make_app(Settings(home=tmp_path), StubSwitchboard(busy_floor()), StubArchive(), NameBook(), book=book)
    async with TestClient(TestServer(app)) as client:
        await signed_in(client, Role.OPERATOR, extension="2001")
        for _ in range(3):
            await client.get("/accounts")
        assert len(book.rows) == 1
    assert json.loads(book.rows[1].kept.after or "") == {"times": 2, "within_s": 60, "of": ["GET /accounts"]}


def refusal(n: int, after: timedelta) -> Entry:
    return Entry("visitor", "192.0.2.7", "session.refused", f"user{n}", Outcome.REFUSED, at=MORNING + after)


def test_a_window_closes_and_the_next_begins() -> None:
    repeats = Repeats()
    said = [repeats.is_first(refusal(n, timedelta(seconds=n)), "x", WITHIN) for n in range(12)]
    assert said == [True] + [False] * 11
    assert repeats.over(MORNING + WITHIN - timedelta(seconds=1)) == []
    (told,) = repeats.over(MORNING + WITHIN)
    assert told.after == {"times": 11, "within_s": 60, "of": [f"user{n}" for n in range(1, 1 + SUBJECTS)]}
    assert (told.subject, told.at) == ("user0", MORNING + WITHIN)
    assert repeats.is_first(refusal(0, WITHIN), "x", WITHIN)


def test_who_comes_from_everywhere_is_counted_together_and_memory_stays_bounded() -> None:
    repeats = Repeats()
    first = [repeats.is_first(refusal(n, timedelta()), n, WITHIN) for n in range(3 * MOST)]
    assert sum(first) == MOST + 1
    told = repeats.over(MORNING, everything=True)
    assert [entry.after and entry.after["times"] for entry in told] == [2 * MOST - 1]
    full = Repeats()
    for n in range(MOST):
        full.is_first(refusal(n, timedelta()), n, WITHIN)
    heard = Entry("hanako", "192.0.2.7", "recording.hear", "1.1", Outcome.DONE)
    assert full.is_first(heard, "heard", WITHIN)
    assert full.is_first(heard, "heard", WITHIN), "what was done is noted twice rather than not at all"


def test_every_action_of_the_screens_has_a_word() -> None:
    sources = "".join(path.read_text() for path in Path(ctl.web.__file__).parent.rglob("*.py"))
    used = set(re.findall(r'\bnote(?:_repeated|_once)?\(\s*request,\s*"([a-z_.]+)"', sources))
    used |= {f"{name}.export" for name in re.findall(r'\bcsv_file\(\s*request,\s*"(\w+)"', sources)}
    assert {"calls.export", "access.refused", "session.refused", "recording.hear"} <= used
    assert used <= set(words.AUDIT_ACTIONS)
