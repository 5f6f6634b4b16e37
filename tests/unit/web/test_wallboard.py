"""The wallboard: figures without people, the screens that show it without a log-in, and streams that end in time."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from aiohttp.test_utils import TestClient, TestServer

from ctl.runtime.document import FloorDocument, QueueRow, floor_document
from ctl.runtime.service import ServiceRow
from ctl.security.audit.book import MemoryBook
from ctl.security.machines import MemoryTokens, Token
from ctl.security.policy import Action, Role
from ctl.settings import Settings
from ctl.switchboard.events import AlarmFound, AlarmKind, AlarmsFound, Do
from ctl.web import entry, stream, words
from ctl.web.app import make_app
from ctl.web.board import board
from ctl.web.keys import MIRROR, SESSIONS
from ctl.web.kiosks import SCOPES, state
from ctl.web.names import NameBook, Names
from ctl.web.permission import needs_of
from ctl.web.wall import ALARMS, BAD, MOST_ALARMS, MOST_QUEUES, WARN, Face, face
from tests.plans import CIVIL, TAX
from tests.unit.web.people import signed_in
from tests.unit.web.test_floor import next_event
from tests.unit.web.test_permission import ROUTES, address
from tests.unit.web.town import PEOPLE, Browser, StubArchive, StubSwitchboard, busy_floor, ward_plan

DEADLINE_S = 10.0
BOTH = {"/wallboard", "/wallboard/events"}


@pytest.fixture
def switchboard() -> StubSwitchboard:
    return StubSwitchboard(busy_floor())


@pytest.fixture
def tokens() -> MemoryTokens:
    return MemoryTokens()


@pytest.fixture
def book() -> MemoryBook:
    return MemoryBook()


@pytest.fixture
async def browser(
    switchboard: StubSwitchboard, tokens: MemoryTokens, book: MemoryBook, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Browser]:
    monkeypatch.setattr(entry, "from_this_machine", lambda _: False)
    names = NameBook(Names.of(ward_plan()), plan=ward_plan())
    app = make_app(Settings(), switchboard, StubArchive(), names, book=book, tokens=tokens)
    async with TestClient(TestServer(app)) as client:
        await app[MIRROR].after(0, DEADLINE_S)
        yield client


async def screen(tokens: MemoryTokens, name: str = "office-3f") -> str:
    now = datetime.now(UTC)
    return await tokens.make(name, SCOPES, now + timedelta(days=365), "hanako", now)


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


# --- what it shows ----------------------------------------------------------------------------------------------------


def served(window: str, queue: str | None, offered: int, within: int, abandoned: int) -> ServiceRow:
    return {
        "name": window if queue is None else f"{window}/{queue}",
        "window": window,
        "queue": queue,
        "offered": offered,
        "answered": offered - abandoned,
        "within": within,
        "abandoned": abandoned,
        "turned_away": 0,
        "service_level": within / offered,
        "abandonment": abandoned / offered,
    }


async def test_first_paint_tells_the_centre_in_figures(browser: Browser, switchboard: StubSwitchboard) -> None:
    rows = [served("day", None, 1000, 900, 40), served("30", None, 8, 6, 1), served("day", str(TAX), 4, 1, 2)]
    floor = cast(FloorDocument, {**await switchboard.floor(), "service": rows})
    browser.app[MIRROR].sight = replace(browser.app[MIRROR].sight, floor=floor)
    await signed_in(browser, Role.OPERATOR)
    told = text_of(await (await browser.get("/wallboard")).text())
    seen = board(floor)
    assert f"待っている人 {len(seen.waiting)} うち呼出中 {seen.ringing}" in told
    assert "時間内応答率 30分 75.0 % 15分 －・60分 －" in told
    assert "時間内応答率 今日 90.0 % 15秒以内 900／1,000件" in told
    assert "放棄 今日 40 放棄率 4.0%・30分 1件" in told
    assert re.search(r"戸籍 [1-9] \d+:\d\d～ － － － 税 0 － － 25\.0% 2", told), (
        "a row for each queue, as in the plan"
    )
    for name, count in seen.states.items():
        if name != "logged_out":
            assert f"{words.STATE_SIGNS[name]} {words.STATES[name]} {count}" in told
    assert f"外線 {floor['trunk']['used']} ／{floor['trunk']['limit']} 本使用" in told


async def test_nobody_is_on_it_by_name_or_number(browser: Browser, switchboard: StubSwitchboard) -> None:
    """Not even to those who may see both elsewhere, nor in the stream."""
    await signed_in(browser, Role.OPERATOR, Role.WARD)
    found = AlarmFound(AlarmKind.TOLL_FRAUD, "2001", "dialled 0990123456")
    switchboard.town.happens(AlarmsFound((found, AlarmFound(AlarmKind.LONG_WAIT, CIVIL, "somebody waits"))))
    switchboard.tell()
    page = await (await browser.get("/wallboard")).text()
    async with browser.get("/wallboard/events") as response:
        _, told = await next_event(response)
    shown = page + str(told)
    floor = await switchboard.floor()
    private = {row["caller"] for row in floor["calls"]} | {row["id"] for row in floor["calls"]} | set(PEOPLE)
    private |= {row["extension"] for row in floor["operators"]}
    assert not [one for one in private if one and re.search(rf"(?<![\d.]){re.escape(one)}(?![\d.])", shown)]
    assert words.ALARMS[AlarmKind.LONG_WAIT] in shown
    assert words.ALARMS[AlarmKind.TOLL_FRAUD] not in shown


async def test_what_happens_is_told_as_what_is_different(browser: Browser, switchboard: StubSwitchboard) -> None:
    await signed_in(browser, Role.SUPERVISOR)
    async with browser.get("/wallboard/events") as response:
        name, told = await next_event(response)
        assert (name, told["live"]) == ("floor", True)
        assert cast(float, told["seen"]) <= cast(float, told["now"])
        switchboard.town.command(Do.NOT_READY, "2001", "break")
        switchboard.town.command(Do.LOGOUT, "2008")
        switchboard.tell()
        _, told = await next_event(response)
        assert set(cast(dict[str, str], told["pieces"])) == {"p-operators"}


async def test_it_says_since_when_it_is_not_true_any_more(browser: Browser, switchboard: StubSwitchboard) -> None:
    await signed_in(browser, Role.SUPERVISOR)
    assert '<div id="stale" hidden>' in await (await browser.get("/wallboard")).text()
    async with browser.get("/wallboard/events") as response:
        await next_event(response)
        switchboard.leave()
        _, told = await next_event(response)
    seen_at = browser.app[MIRROR].sight.seen_at
    assert seen_at is not None
    assert (told["live"], told["seen"]) == (False, seen_at.timestamp() * 1000)
    assert '<div id="stale">' in await (await browser.get("/wallboard")).text()


def row(kind: AlarmKind, queue: str | None = None) -> dict[str, object]:
    return {"alarm": f"{kind}:{queue}", "name": str(kind), "queue": queue, "since": "2026-04-01T00:00:00.000Z"}


def shown(alarms: list[dict[str, object]], queues: list[QueueRow], order: list[str]) -> Face:
    floor = floor_document(busy_floor().floor, 0) | {"alarms": alarms, "queues": queues}
    return face(board(cast(FloorDocument, floor)), order)


def test_the_worst_alarms_are_shown_and_the_others_counted() -> None:
    raised = [row(AlarmKind.LONG_WAIT, str(n)) for n in range(4)] + [row(AlarmKind.DISK_NEARLY_FULL)]
    raised += [row(AlarmKind.TRUNK_FULL)]
    seen = shown(raised, [], [])
    assert [one["name"] for one in seen.alarms] == [AlarmKind.TRUNK_FULL, AlarmKind.LONG_WAIT]
    assert (len(seen.alarms), seen.more_alarms) == (MOST_ALARMS - 1, 3)
    assert seen.level(AlarmKind.LONG_WAIT) == WARN
    assert seen.level(AlarmKind.LONG_WAIT, AlarmKind.TRUNK_FULL) == BAD
    assert seen.level(AlarmKind.PBX_AWAY) == ""


def test_queues_keep_their_places_and_the_emptiest_become_one_line() -> None:
    names = [f"q{n}" for n in range(MOST_QUEUES + 3)]
    rows = [
        QueueRow(name=name, label=name, waiting=n, ringing=0, oldest_since=None) for n, name in enumerate(sorted(names))
    ]
    waiting = {one["name"]: one["waiting"] for one in rows}
    seen = shown([], rows, list(reversed(names)))
    assert len(seen.queues) == MOST_QUEUES - 1
    assert [one["name"] for one in seen.queues] == sorted(
        (one["name"] for one in seen.queues), key=list(reversed(names)).index
    )
    assert max(waiting[one["name"]] for one in seen.rest) < min(waiting[one["name"]] for one in seen.queues)
    assert shown([], rows[:MOST_QUEUES], []).rest == []


def test_alarms_about_people_and_attacks_are_not_for_the_whole_room() -> None:
    private = {AlarmKind.TOLL_FRAUD, AlarmKind.BRUTE_FORCE, AlarmKind.ROLES_CHANGED, AlarmKind.TELEPHONE_ATTACK}
    private |= {AlarmKind.CALLER_MISUSE, AlarmKind.WEB_ATTACK}
    assert not (private | {AlarmKind.AUDIT_BROKEN}) & set(ALARMS)
    assert set(ALARMS.values()) == set(words.WALL_LEVELS)


# --- screens without a log-in -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("carried", ["in the address", "in the header"])
async def test_the_token_of_a_screen_opens_the_wallboard_its_stream_and_nothing_else(
    browser: Browser, tokens: MemoryTokens, carried: str
) -> None:
    token = await screen(tokens)
    query, headers = (f"?token={token}", {}) if "address" in carried else ("", {"Authorization": f"Bearer {token}"})
    opened = set()
    for route in ROUTES:
        word = needs_of(route)
        assert word is not None
        if word.action is None:
            continue
        path = address(route)
        async with browser.request(route.method, path + query, headers=headers, allow_redirects=False) as answer:
            if answer.status not in {303, 401, 403}:
                opened.add(path)
    assert opened == BOTH


async def test_a_token_in_the_address_counts_only_where_the_route_says_so(
    browser: Browser, tokens: MemoryTokens
) -> None:
    now = datetime.now(UTC)
    wide = await tokens.make("wide", {Action.SEE_CALLS, Action.SEE_FLOOR}, now + timedelta(days=1), "hanako", now)
    for path in ("/calls", "/floor", "/floor/events", "/api/calls", "/wallboard"):
        answer = await browser.get(f"{path}?token={wide}", allow_redirects=False)
        assert answer.status in {303, 401, 403}, path


async def test_a_wrong_token_opens_nothing_also_for_who_is_signed_in(browser: Browser) -> None:
    await signed_in(browser, Role.ADMIN)
    assert (await browser.get("/wallboard")).status == 200
    assert (await browser.get("/wallboard?token=ctl_madeup")).status == 401


async def test_a_screen_shows_no_way_to_anywhere_else(browser: Browser, tokens: MemoryTokens) -> None:
    page = await (await browser.get(f"/wallboard?token={await screen(tokens)}")).text()
    assert re.findall(r'<a [^>]*href="([^"]+)"', page) == ["#main"]
    assert "<form" not in page
    events = re.search(r'data-events="([^"]+)"', page)
    assert events is not None
    async with browser.get(events[1]) as response:
        assert (await next_event(response))[0] == "floor"


async def test_a_running_stream_ends_when_its_token_is_revoked(
    browser: Browser, tokens: MemoryTokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "BEAT_S", 0.02)
    async with browser.get(f"/wallboard/events?token={await screen(tokens)}") as response:
        assert [(await next_event(response))[0] for _ in range(3)] == ["floor", "beat", "beat"]
        await tokens.revoke("office-3f", datetime.now(UTC))
        assert (await response.content.read()).endswith(b"event: over\ndata: {}\n\n")


@pytest.mark.parametrize("path", ["/wallboard/events", "/floor/events"])
async def test_a_running_stream_ends_with_its_session(
    browser: Browser, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(stream, "BEAT_S", 0.02)
    me = await signed_in(browser, Role.SUPERVISOR)
    async with browser.get(path) as response:
        assert [(await next_event(response))[0] for _ in range(3)] == ["floor", "beat", "beat"]
        await browser.app[SESSIONS].end_all(me.account)
        assert (await response.content.read()).endswith(b"event: over\ndata: {}\n\n")


FORM = {"name": "office-3f", "days": "365"}


async def test_administrator_makes_a_screen_whose_address_is_shown_once_and_revokes_it(
    browser: Browser, tokens: MemoryTokens, book: MemoryBook
) -> None:
    await signed_in(browser, Role.ADMIN)
    assert "端末はまだありません" in await (await browser.get("/wallboard/screens")).text()
    made = await (await browser.post("/wallboard/screens", data=FORM)).text()
    shown_address = re.search(r'<code class="token">(https://[^<]+/wallboard\?token=(ctl_[^<]+))</code>', made)
    assert shown_address is not None
    assert shown_address[1].startswith(Settings().web_url)
    listed = await (await browser.get("/wallboard/screens")).text()
    assert shown_address[2] not in listed
    assert words.SCREEN_STATES["never"][2] in listed
    assert (await browser.get(f"/wallboard?token={shown_address[2]}")).status == 200
    await browser.post("/wallboard/screens/revoke", data={"name": "office-3f"})
    assert words.SCREEN_STATES["revoked"][2] in await (await browser.get("/wallboard/screens")).text()
    assert (await browser.get(f"/wallboard?token={shown_address[2]}")).status == 401
    noted = [(one.kept.action, one.kept.subject) for one in book.rows]
    assert noted[:2] == [("token.create", "office-3f"), ("token.revoke", "office-3f")]
    assert shown_address[2] not in str(book.rows)


async def test_the_menu_shows_where_one_is_once(browser: Browser) -> None:
    await signed_in(browser, Role.ADMIN)
    page = await (await browser.get("/wallboard/screens")).text()
    assert re.findall(r'href="([^"]+)" aria-current="(\w+)"', page) == [("/wallboard/screens", "page")]


@pytest.mark.parametrize(("change", "field"), [({"name": "3階"}, "name"), ({"days": "3650"}, "until")])
async def test_bad_screen_is_refused_by_its_field(
    browser: Browser, tokens: MemoryTokens, change: dict[str, str], field: str
) -> None:
    await signed_in(browser, Role.ADMIN)
    answer = await browser.post("/wallboard/screens", data=FORM | change)
    assert answer.status == 400
    assert words.TOKEN_FAULTS[field] in await answer.text()
    assert await tokens.all() == []


async def test_other_tokens_are_no_screens(browser: Browser, tokens: MemoryTokens) -> None:
    now = datetime.now(UTC)
    await tokens.make("monitoring", {Action.SEE_METRICS, Action.SEE_WALLBOARD}, now + timedelta(days=1), "x", now)
    await signed_in(browser, Role.ADMIN)
    assert "monitoring" not in await (await browser.get("/wallboard/screens")).text()


def test_a_screen_that_was_not_seen_for_some_minutes_is_dark() -> None:
    now = datetime.now(UTC)
    made = Token("a", SCOPES, now, "hanako", now + timedelta(days=10))
    assert state(made, now) == "never"
    assert state(replace(made, used_at=now - timedelta(minutes=1)), now) == "showing"
    assert state(replace(made, used_at=now - timedelta(minutes=3)), now) == "dark"
    assert state(made, now + timedelta(days=11)) == "ended"
    assert state(replace(made, revoked_at=now), now) == "revoked"
    assert {"never", "showing", "dark", "ended", "revoked"} == set(words.SCREEN_STATES)
