"""The list of calls and one call: pages, JSON, CSV, sound, and what they say without a database."""

import csv
import io
import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from aiohttp import ClientPayloadError
from aiohttp.test_utils import TestClient, TestServer

from ctl.cms.records import Story
from ctl.recording.vault import Vault
from ctl.recording.wav import stereo
from ctl.security.policy import Role
from ctl.settings import Settings
from ctl.web.app import make_app
from ctl.web.names import NameBook, Names
from tests.unit.web.people import signed_in
from tests.unit.web.town import Browser, StubArchive, StubSwitchboard, a_day, busy_floor, story_of, ward_plan

SOUND = b"".join(stereo(4000, [(np.arange(4000, dtype="<i2"), -np.arange(4000, dtype="<i2"))]))


@pytest.fixture(scope="module")
def stories() -> list[Story]:
    day, calls = a_day()
    return [story_of(day, call) for call in calls]


@pytest.fixture
def archive(stories: list[Story]) -> StubArchive:
    return StubArchive(*stories)


@pytest.fixture
async def browser(archive: StubArchive, stories: list[Story], tmp_path: Path) -> AsyncIterator[Browser]:
    vault = Vault(tmp_path / "recordings")
    first = stories[0].call.recordings[0]
    assert first.file is not None
    vault.write(first.file, [SOUND])
    settings = Settings(home=tmp_path)
    app = make_app(settings, StubSwitchboard(busy_floor()), archive, NameBook(Names.of(ward_plan())))
    async with TestClient(TestServer(app)) as client:
        await signed_in(client, Role.SUPERVISOR)
        yield client


async def test_list_shows_every_call_with_its_outcome_in_words(browser: Browser, stories: list[Story]) -> None:
    text = await (await browser.get("/calls")).text()
    for story in stories:
        assert f'href="/calls/{story.call.id}"' in text
    for expected in ("取次完了", "応答", "放棄（案内中）", "放棄（呼出中）", "対象外番号", "国民年金課", "5 件"):
        assert expected in text


async def test_json_list_has_the_names_of_the_command_line(browser: Browser, stories: list[Story]) -> None:
    told = await (await browser.get("/api/calls")).json()
    promised = {"id", "started_at", "ended_at", "called", "menu", "queue", "operator", "outcome"}
    promised |= {"wait_ms", "talk_ms", "hold_ms", "handoffs", "recordings"}
    assert told["total"] == len(stories)
    assert all(promised <= set(call) for call in told["calls"])
    assert {"department", "number", "result", "consult_ms", "outside_ms"} <= set(told["calls"][0]["handoffs"][0])
    assert told["calls"][0]["started_at"].endswith("Z")


async def test_a_wrong_filter_comes_back_marked_and_as_typed(browser: Browser) -> None:
    answer = await browser.get("/calls", params={"called": "03-3981-1111", "operator": "2001"})
    text = await answer.text()
    assert answer.status == 400
    assert 'value="03-3981-1111" aria-invalid="true"' in text
    assert 'value="2001"' in text
    assert "「着信番号」の値を読み取れません。使える値：電話番号（数字のみ、例 0339811111）" in text


async def test_json_names_the_field_that_is_wrong(browser: Browser) -> None:
    answer = await browser.get("/api/calls", params={"outcome": "great"})
    assert answer.status == 400
    assert (await answer.json())["error"]["field"] == "outcome"


async def test_pages_lead_on_and_back(browser: Browser) -> None:
    text = await (await browser.get("/calls", params={"size": "2", "page": "2"})).text()
    assert 'rel="prev" href="/calls?size=2"' in text
    assert 'rel="next" href="/calls?page=3&amp;size=2"' in text


async def test_csv_holds_the_same_calls_for_a_spreadsheet(browser: Browser, stories: list[Story]) -> None:
    answer = await browser.get("/calls.csv")
    text = await answer.text()
    lines = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert text.startswith("\ufeff"), "spreadsheets need the mark to read Japanese"
    assert [line["通話ID"] for line in lines] == [story.call.id for story in stories]
    assert lines[0]["取次先"] == "国民年金課（話中）；国民年金課（取次完了）"
    assert "attachment" in answer.headers["Content-Disposition"]


@pytest.mark.parametrize("number", ["=HYPERLINK(1)", "+81312345678", "@x", "-1"])
async def test_a_hostile_callers_number_is_no_formula(
    browser: Browser, archive: StubArchive, stories: list[Story], number: str
) -> None:
    hostile = replace(stories[0], call=replace(stories[0].call, caller=number))
    archive.stories = {hostile.call.id: hostile}
    text = await (await browser.get("/calls.csv")).text()
    (line,) = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    assert line["発信番号"] == f"'{number}"


async def test_one_call_shows_picture_course_handoffs_and_sound(browser: Browser, stories: list[Story]) -> None:
    call = stories[0].call
    text = await (await browser.get(f"/calls/{call.id}")).text()
    assert text.count("<audio") == len(call.recordings)
    for expected in (
        '<svg class="timeline"',
        "応対できる3人のうち最も長く待機していた",
        "<summary>ほかの2人を呼び出さなかった理由</summary>",
        "2002 池袋 太郎が取次先「国民年金課」（03-0000-0101）に確認の電話をかけた",
        "話中",
        "10:00:00",
    ):
        assert expected in text


async def test_a_call_without_talk_says_that_there_is_nothing_to_hear(browser: Browser, stories: list[Story]) -> None:
    given_up = next(story.call for story in stories if story.call.outcome == "abandoned_ivr")
    assert "会話がなかったため、録音の区間はありません。" in await (await browser.get(f"/calls/{given_up.id}")).text()


async def test_an_empty_list_tells_no_calls_at_all_from_none_that_fit(browser: Browser, archive: StubArchive) -> None:
    archive.stories = {}
    assert "通話の記録はまだありません。" in await (await browser.get("/calls")).text()
    text = await (await browser.get("/calls?operator=2001")).text()
    assert "当てはまる通話はありません。" in text
    assert '<a href="/calls">すべての通話</a>' in text


async def test_one_call_as_json_has_its_facts(browser: Browser, stories: list[Story]) -> None:
    told = await (await browser.get(f"/api/calls/{stories[0].call.id}")).json()
    assert told["call"]["outcome"] == "handed_off"
    assert [fact["type"] for fact in told["facts"]] == [type(fact).__name__ for fact in stories[0].facts]


async def test_an_unknown_call_is_404_and_says_what_may_be(browser: Browser) -> None:
    answer = await browser.get("/calls/1.1")
    assert answer.status == 404
    assert "少し待ってから" in await answer.text()


def sound_of(stories: list[Story], place: int = 0) -> str:
    call = stories[0].call
    return f"/calls/{call.id}/recordings/{call.recordings[place].segment}.wav"


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.MANAGER, Role.QA, Role.WARD, Role.ADMIN])
async def test_only_what_one_may_do_is_offered(browser: Browser, stories: list[Story], role: Role) -> None:
    await signed_in(browser, role)
    for page, offer, address in (
        (f"/calls/{stories[0].call.id}", "<audio", sound_of(stories)),
        ("/calls", 'href="/calls.csv', "/calls.csv"),
    ):
        offered = offer in await (await browser.get(page)).text()
        assert offered == ((await browser.get(address)).status == 200), page


@pytest.fixture(autouse=True)
def pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every sound here is sent in several."""
    monkeypatch.setattr("ctl.web.call.PIECE_BYTES", 999)


async def test_sound_is_played_whole(browser: Browser, stories: list[Story]) -> None:
    answer = await browser.get(sound_of(stories))
    assert (answer.status, answer.content_type, await answer.read()) == (200, "audio/wav", SOUND)
    assert answer.headers["Accept-Ranges"] == "bytes"
    looked = await browser.head(sound_of(stories))
    assert (looked.status, looked.content_length, await looked.read()) == (200, len(SOUND), b"")


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=0-99", slice(0, 100)),
        ("bytes=100-", slice(100, None)),
        ("bytes=-50", slice(-50, None)),
        ("bytes=100-99999999", slice(100, None)),
    ],
)
async def test_a_player_can_jump_within_the_sound(
    browser: Browser, stories: list[Story], asked: str, part: slice
) -> None:
    answer = await browser.get(sound_of(stories), headers={"Range": asked})
    first = len(SOUND[: part.start]) if part.start is not None and part.start < 0 else part.start or 0
    expected = SOUND[part]
    assert (answer.status, await answer.read()) == (206, expected)
    assert answer.headers["Content-Range"] == f"bytes {first}-{first + len(expected) - 1}/{len(SOUND)}"


@pytest.mark.parametrize("asked", ["bytes=99999999-", "bytes=5-2", "lines=1-2"])
async def test_a_range_that_is_none_is_refused(browser: Browser, stories: list[Story], asked: str) -> None:
    assert (await browser.get(sound_of(stories), headers={"Range": asked})).status == 416


@pytest.mark.parametrize("how", ["is gone", "is shorter"])
async def test_a_sound_that_vanishes_while_it_is_played_is_broken_off_and_followed_by_nothing(
    browser: Browser, stories: list[Story], monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    read = Vault.read

    def vanishing(vault: Vault, name: str, first: int = 0, length: int | None = None) -> bytes:
        if first and how == "is gone":
            raise FileNotFoundError(name)
        return read(vault, name, first, length if not first else 1)

    monkeypatch.setattr(Vault, "read", vanishing)
    answer = await browser.get(sound_of(stories))
    assert answer.status == 200
    heard = bytearray()

    async def listen() -> None:
        async for piece in answer.content.iter_any():
            heard.extend(piece)

    with pytest.raises(ClientPayloadError):
        await listen()
    assert heard == SOUND[:999]


async def test_sound_that_is_in_the_index_only_is_said_to_be_lost(browser: Browser, stories: list[Story]) -> None:
    answer = await browser.get(sound_of(stories, 1))
    assert answer.status == 404
    assert "索引にはあります" in await answer.text()


@pytest.mark.parametrize(
    "path", ["/calls", "/calls.csv", "/calls/1781485200.1", "/api/calls", "/api/calls/1781485200.1"]
)
async def test_without_a_database_the_records_say_so_and_the_floor_lives(
    browser: Browser, archive: StubArchive, path: str
) -> None:
    archive.away = True
    answer = await browser.get(path)
    assert answer.status == 503
    assert "データベースにつながりません" in await answer.text()
    assert (await browser.get("/floor")).status == 200


async def test_health_and_figures_answer_when_all_else_is_away(browser: Browser, archive: StubArchive) -> None:
    archive.away = True
    health = json.loads(await (await browser.get("/healthz")).text())
    assert health["status"] == "degraded"
    assert health["parts"] == {"switchboard": "ok", "database": "away", "worker": "away"}
    assert 'ctl_up{part="database"} 0.0' in await (await browser.get("/metrics")).text()


async def test_requests_are_counted_by_route_never_by_address(browser: Browser, stories: list[Story]) -> None:
    await browser.get(f"/calls/{stories[0].call.id}")
    await browser.get("/nothing")
    text = await (await browser.get("/metrics")).text()
    assert re.search(r'ctl_web_request_seconds_count\{route="/calls/\{call\}",status="200"\} 1.0', text)
    assert stories[0].call.id not in text
    assert "nothing" not in text
