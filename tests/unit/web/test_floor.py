"""The live floor: the page, its JSON twin, its events, and what they say when the switchboard is away."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import cast

import pytest
from aiohttp.test_utils import TestClient, TestServer

from ctl.runtime.document import FloorDocument, floor_document
from ctl.runtime.engine import Turned
from ctl.runtime.feed import changes
from ctl.runtime.service import ServiceRow
from ctl.security.policy import Role
from ctl.settings import Settings
from ctl.switchboard import core
from ctl.switchboard.events import (
    AlarmFound,
    AlarmKind,
    AlarmsFound,
    Commanded,
    Do,
    ModeAsked,
    NoticeAsked,
    PlanAdopted,
)
from ctl.switchboard.ids import CommandId, Extension, Media
from ctl.switchboard.plan import Mode
from ctl.web.app import make_app
from ctl.web.keys import MIRROR
from ctl.web.mirror import applied
from ctl.web.names import NameBook, Names
from tests.plans import CITY, CIVIL, EMERGENCY
from tests.unit.web.people import signed_in
from tests.unit.web.town import Browser, StubArchive, StubSwitchboard, busy_floor, ward_plan

DEADLINE_S = 10.0


@pytest.fixture
def switchboard() -> StubSwitchboard:
    return StubSwitchboard(busy_floor())


@pytest.fixture
async def browser(switchboard: StubSwitchboard) -> AsyncIterator[Browser]:
    app = make_app(Settings(), switchboard, StubArchive(), NameBook(Names.of(ward_plan())))
    async with TestClient(TestServer(app)) as client:
        await signed_in(client, Role.SUPERVISOR)
        async with asyncio.timeout(DEADLINE_S):
            await app[MIRROR].after(0, DEADLINE_S)
        yield client


async def test_page_shows_operators_calls_queues_and_the_trunk(browser: Browser) -> None:
    text = await (await browser.get("/floor")).text()
    for expected in ("2001</b> 豊島 花子", "保留中", "取次の確認中", "国民年金課", "戸籍", "後処理", "／40 本"):
        assert expected in text


async def test_page_shows_the_mode_in_force_and_the_messages_that_callers_hear(
    browser: Browser, switchboard: StubSwitchboard
) -> None:
    normal = await (await browser.get("/floor")).text()
    assert "運用モード「" not in normal
    assert "案内を流しています" not in normal
    for wish in (
        PlanAdopted(replace(ward_plan(), version="with-modes", modes={EMERGENCY: Mode(EMERGENCY, "緊急体制")})),
        ModeAsked(CommandId("m"), "test", EMERGENCY, "防災危機管理課", "部長", "台風のため"),
        NoticeAsked(CommandId("n"), "test", "窓口は正午までです。", Media("sound:x"), (CITY,)),
    ):
        switchboard.town.happens(wish)
    browser.app[MIRROR].sight = replace(browser.app[MIRROR].sight, floor=await switchboard.floor())
    text = await (await browser.get("/floor")).text()
    for expected in ("運用モード「緊急体制」", "台風のため", "部長", "「窓口は正午までです。」", "03-3981-1111のみ"):
        assert expected in text


async def test_page_shows_what_needs_a_look_and_who_has_looked(browser: Browser, switchboard: StubSwitchboard) -> None:
    assert "確認が必要です" not in await (await browser.get("/floor")).text()
    switchboard.town.happens(AlarmsFound((AlarmFound(AlarmKind.LONG_WAIT, CIVIL, "somebody waits"),)))
    assert switchboard.town.command(Do.ALARM_SEEN, argument=f"{AlarmKind.LONG_WAIT}:{CIVIL}").ok
    browser.app[MIRROR].sight = replace(browser.app[MIRROR].sight, floor=await switchboard.floor())
    text = await (await browser.get("/floor")).text()
    assert "長くお待ちのかたがいます" in text
    assert "somebody waits" not in text
    assert "確認中：test" in text


async def test_page_shows_the_service_of_all_queues_in_every_stretch(
    browser: Browser, switchboard: StubSwitchboard
) -> None:
    rows = [
        ServiceRow(
            name="day",
            window="day",
            queue=None,
            offered=8,
            answered=5,
            within=5,
            abandoned=1,
            turned_away=3,
            service_level=0.625,
            abandonment=0.2,
        ),
        ServiceRow(
            name="15",
            window="15",
            queue=None,
            offered=0,
            answered=0,
            within=0,
            abandoned=0,
            turned_away=0,
            service_level=None,
            abandonment=None,
        ),
        ServiceRow(
            name="day/tax",
            window="day",
            queue="tax",
            offered=1,
            answered=1,
            within=0,
            abandoned=0,
            turned_away=0,
            service_level=0.0,
            abandonment=0.0,
        ),
    ]
    floor = {**await switchboard.floor(), "service": rows}
    browser.app[MIRROR].sight = replace(browser.app[MIRROR].sight, floor=cast(FloorDocument, floor))
    section = (await (await browser.get("/floor")).text()).partition('id="service"')[2].partition("</section>")[0]
    cells = re.findall(r"<t[hd][^>]*>([^<]*)</t[hd]>", section.partition("<tbody>")[2])
    assert cells == ["直近15分", "0", "0", "0", "0", "0", "－", "－", "今日", "8", "5", "5", "1", "3", "62.5%", "20.0%"]


async def test_every_table_that_may_be_wider_than_the_window_is_reached_by_keyboard(browser: Browser) -> None:
    text = await (await browser.get("/floor")).text()
    sections = re.findall(r"<section[^>]*>(?:(?!</section>).)*<table", text, re.DOTALL)
    assert len(sections) == 4
    assert all('tabindex="0"' in section.split(">")[0] for section in sections)


async def test_json_twin_is_the_floor_document(browser: Browser, switchboard: StubSwitchboard) -> None:
    told = await (await browser.get("/api/floor")).json()
    assert told.pop("live") is True
    assert told.pop("seen_at").endswith("Z")
    assert told == floor_document(switchboard.town.floor, switchboard.town.now)


async def next_event(response: object) -> tuple[str, dict[str, object]]:
    lines: list[str] = []
    async with asyncio.timeout(DEADLINE_S):
        while True:
            line = (await response.content.readline()).decode().rstrip("\n")  # type: ignore[attr-defined]
            if line:
                lines.append(line)
            elif any(known.startswith("event:") for known in lines):
                fields = dict(known.split(": ", 1) for known in lines)
                return fields["event"], json.loads(fields["data"])


async def test_page_is_told_when_the_switchboard_goes_and_comes_back(
    browser: Browser, switchboard: StubSwitchboard
) -> None:
    async with browser.get("/floor/events") as response:
        name, told = await next_event(response)
        assert (name, told["live"]) == ("floor", True)
        switchboard.leave()
        name, told = await next_event(response)
        assert (name, told["live"]) == ("floor", False)
        pieces = cast(dict[str, str], told["pieces"])
        assert "交換制御につながりません" in pieces["p-away"]
        assert told["lists"] == {}, "the last floor stays in sight"
        switchboard.come_back()
        name, told = await next_event(response)
        assert (name, told["live"]) == ("floor", True)


async def test_without_any_floor_yet_the_page_says_so_and_json_is_503() -> None:
    switchboard = StubSwitchboard(busy_floor())
    switchboard.leave()
    app = make_app(Settings(), switchboard, StubArchive(), NameBook())
    async with TestClient(TestServer(app)) as client:
        await signed_in(client, Role.SUPERVISOR)
        assert "現在の状況はまだ読めていません" in await (await client.get("/floor")).text()
        answer = await client.get("/api/floor")
        assert answer.status == 503
        assert "ctl status" in (await answer.json())["error"]["message"]


def test_changes_of_the_feed_lead_from_one_floor_to_the_next() -> None:
    town = busy_floor()
    before = town.floor
    event = Commanded(CommandId("x"), Do.WRAP_UP_DONE, "test", Extension("2007"))
    after, _ = core.step(before, event, town.now)
    turned = Turned(before, after, town.now, ())
    assert applied(floor_document(before, town.now), changes(turned)) == floor_document(after, town.now)
