"""The screens and the recordings over a real Postgres: from the journal's facts to what a browser shows."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy.ext.asyncio import AsyncEngine

from ctl.cms.ingest import Ingest
from ctl.cms.queries import Records
from ctl.journal.codec import FACTS
from ctl.journal.shipper import Shipped
from ctl.recording.vault import Vault
from ctl.recording.work import SETTLE_MS, Cutting, PostgresIndex
from ctl.security.policy import Role
from ctl.settings import Settings
from ctl.switchboard.facts import Fact
from ctl.web.app import make_app
from ctl.web.names import NameBook, Names
from tests.postgres import Cluster
from tests.stories import CALL, at, handed_off, leg
from tests.unit.recording.test_cutter import counting, write
from tests.unit.web.people import signed_in
from tests.unit.web.town import Browser, StubSwitchboard, a_day, busy_floor, facts_of, story_of, ward_plan

CALL_S = 160
"""How long the call of `tests.stories` lasts."""
PATIENCE_S = 20
"""Whoever looks at a page while Postgres is away is told so; this is far longer than that takes."""


async def take(engine: AsyncEngine, facts: list[Fact]) -> None:
    shipped = [Shipped(n, fact, FACTS.encode_fact(fact)) for n, fact in enumerate(facts)]
    await Ingest(engine).take("j", 0, len(facts), shipped, now=0)


@pytest.fixture
async def browser(engine: AsyncEngine, tmp_path: Path) -> AsyncIterator[Browser]:
    names = NameBook(Names.of(ward_plan()))
    app = make_app(Settings(home=tmp_path), StubSwitchboard(busy_floor()), Records(engine), names)
    async with TestClient(TestServer(app)) as client:
        await signed_in(client, Role.SUPERVISOR)
        yield client


async def test_list_and_pages_show_what_the_switchboard_stated(engine: AsyncEngine, browser: Browser) -> None:
    day, calls = a_day()
    await take(engine, [fact for call in calls for fact in facts_of(day, call)])
    told = await (await browser.get("/api/calls", params={"order": "asc"})).json()
    assert [(call["id"], call["outcome"]) for call in told["calls"]] == [
        (call, story_of(day, call).call.outcome) for call in calls
    ]
    for call in calls:
        assert (await browser.get(f"/calls/{call}")).status == 200
        facts = (await (await browser.get(f"/api/calls/{call}")).json())["facts"]
        assert len(facts) == len(facts_of(day, call))


@pytest.mark.parametrize(
    ("field", "value", "found"),
    [
        ("outcome", "handed_off", 1),
        ("outcome", "lost", 0),
        ("operator", "2002", 1),
        ("queue", "civil", 3),
        ("called", "0399999999", 1),
        ("since", "2026-06-15", 5),
        ("since", "2026-06-16", 0),
        ("until", "2026-06-14", 0),
        ("kind", "internal", 0),
    ],
)
async def test_every_filter_finds_what_it_says(
    engine: AsyncEngine, browser: Browser, field: str, value: str, found: int
) -> None:
    day, calls = a_day()
    await take(engine, [fact for call in calls for fact in facts_of(day, call)])
    told = await (await browser.get("/api/calls", params={field: value})).json()
    assert told["total"] == len(told["calls"]) == found


async def test_recordings_of_an_ended_call_are_cut_indexed_and_played(
    engine: AsyncEngine, browser: Browser, tmp_path: Path
) -> None:
    root = tmp_path / "recordings"
    root.mkdir()
    for side, base in (("rx", 1000), ("tx", -2000)):
        write(root / f"{CALL}-{side}.wav", counting(base, CALL_S), at(CALL_S))
        write(root / f"{leg(16)}-{side}.wav", counting(base, 12), at(100))
    await take(engine, handed_off())
    cutting = Cutting(PostgresIndex(engine), Vault(root), lambda: at(CALL_S) + SETTLE_MS + 1)
    assert await cutting.once() == 1
    assert await cutting.once() == 0
    call = (await (await browser.get(f"/api/calls/{CALL}")).json())["call"]
    assert [one["kind"] for one in call["recordings"]] == ["talk", "talk", "consult", "handed_off"]
    assert all(one["verdict"] == "complete" for one in call["recordings"])
    assert sum(one["seconds"] for one in call["recordings"]) * 1000 >= call["talk_ms"]
    for one in call["recordings"]:
        answer = await browser.get(f"/calls/{CALL}/recordings/{one['segment']}.wav")
        assert (answer.status, len(await answer.read())) == (200, one["bytes"])


async def test_postgres_stopped_and_back_needs_no_restart_of_the_web(
    engine: AsyncEngine, browser: Browser, cluster: Cluster
) -> None:
    assert (await browser.get("/calls")).status == 200
    cluster.stop()
    try:
        async with asyncio.timeout(PATIENCE_S):
            away = await browser.get("/calls")
            floor = await browser.get("/floor")
        assert (away.status, floor.status) == (503, 200)
    finally:
        cluster.start()
    assert (await browser.get("/calls")).status == 200
