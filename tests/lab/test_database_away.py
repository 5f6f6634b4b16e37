"""Postgres away: for minutes under calls, and killed in the middle of a batch. Calls go on, no row is lost or doubled."""

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence

import pytest
import pytest_asyncio
from aiohttp import ClientSession
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from ctl.database.engine import engine_of
from ctl.journal.reader import Reader
from ctl.lab import scenes
from ctl.lab.centre import Centre, Record
from ctl.lab.exchange import Exchange
from ctl.lab.pulse import eventually
from ctl.lab.webuser import signed_in
from ctl.switchboard.ids import CallId
from ctl.switchboard.plan import Department, Plan
from ctl.web.archive import AWAY
from ctl.web.words import OUTCOMES
from tests.lab.ground import EXTENSIONS
from tests.lab.traffic import Traffic

HALF_S = 60.0
"""Postgres is away for twice as long, full of calls."""


@pytest_asyncio.fixture(loop_scope="session")
async def web(centre: Centre) -> AsyncIterator[ClientSession]:
    async with signed_in(centre, "manager") as browser:
        yield browser


@pytest.mark.timeout(600)  # four minutes of calls, and before them a centre that may have to be made from nothing
async def test_postgres_away_for_minutes_under_calls(
    centre: Centre, town: Exchange, plan: Plan, web: ClientSession
) -> None:
    agreeing, refusing = list(plan.departments.values())[:2]
    traffic = Traffic(centre, town, agreeing, refusing)
    await traffic.open(*EXTENSIONS)
    into, its_phone = await traffic.talk()
    async with centre.without("postgres", signal.SIGINT):
        away = asyncio.get_running_loop().time()
        await screens_say_so(web, into.caller)
        await traffic.flows(HALF_S)
        assert await into.hears(its_phone)
        await into.hang_up()
        traffic.note(into, "answered")
        out_of, its_phone = await traffic.talk()
        await traffic.flows(HALF_S)
        await screens_say_so(web, out_of.caller)
        assert asyncio.get_running_loop().time() - away >= 2 * HALF_S
    assert await out_of.hears(its_phone)
    await out_of.hang_up()
    await its_phone.is_gone()
    traffic.note(out_of, "answered")

    assert {one.outcome for one in traffic.played} == {"answered", "handed_off", "abandoned_ivr"}
    await everything_is_shipped(centre)
    records = await records_by_caller(centre, traffic)
    for played in traffic.played:
        record = records[played.citizen.caller]
        assert record["outcome"] == played.outcome
        assert [handoff["result"] for handoff in record["handoffs"]] == list(played.handoffs)
        await page_tells_all(centre, web, record)
    await recordings_are_whole(web, [record["id"] for record in records.values() if record["talk_ms"]])


async def test_postgres_killed_in_the_middle_of_a_batch(
    centre: Centre, town: Exchange, department: Department, web: ClientSession
) -> None:
    citizen, phone, ward = await scenes.consulting(centre, town, department.code, department.numbers[0])
    engine = engine_of(centre.settings)
    async with engine.connect() as holder:
        # The facts of the batch are already written when it comes to the calls: there it waits for us.
        await holder.execute(text("LOCK TABLE calls IN EXCLUSIVE MODE"))
        await centre.do(citizen, "complete")
        await citizen.hang_up()
        await asyncio.gather(phone.is_gone(), ward.is_gone())
        await eventually(lambda: batch_is_held(engine), "a batch has begun and cannot end", 30)
        centre.kill("postgres")
        await holder.invalidate()
    await engine.dispose()
    await everything_is_shipped(centre)
    record = await centre.record_of(citizen)
    assert record["outcome"] == "handed_off"
    await page_tells_all(centre, web, record)


# --- what must be so --------------------------------------------------------------------------------------------------


async def screens_say_so(web: ClientSession, caller: str) -> None:
    """What needs the records says in plain words that it cannot; the floor goes on."""
    for path in ("/calls", "/calls/1234.5", "/calls.csv"):
        async with web.get(path) as page:
            assert (page.status, page.content_type) == (503, "text/html")
            shown = await page.text()
            assert AWAY in shown
            assert "Traceback" not in shown
    async with web.get("/api/calls") as answer:
        assert (answer.status, (await answer.json())["error"]["message"]) == (503, AWAY)
    async with web.get("/floor") as page:
        assert page.status == 200
    async with web.get("/api/floor") as answer:
        floor = await answer.json()
        assert floor["live"]
        assert caller in {call["caller"] for call in floor["calls"]}
    async with web.get("/healthz") as answer:
        health = await answer.json()
        assert (health["parts"]["switchboard"], health["parts"]["database"]) == ("ok", "away")


async def everything_is_shipped(centre: Centre) -> None:
    async def ask() -> bool:
        done = await centre.ctl("journal", "status", "--json")
        return done.status == 0 and done.document["behind"] == 0

    await eventually(ask, "all of the journal is in Postgres", 60)


async def records_by_caller(centre: Centre, traffic: Traffic) -> Mapping[str, Record]:
    """The record of every call that was played, and no second one of any."""
    callers = {played.citizen.caller for played in traffic.played}
    records = [one for one in (await centre.ctl("calls", "--json")).document if one["caller"] in callers]
    assert Counter(one["caller"] for one in records) == Counter(callers)
    return {one["caller"]: one for one in records}


async def page_tells_all(centre: Centre, web: ClientSession, record: Record) -> None:
    """The page of a call shows its outcome, and every fact of the journal once."""
    async with web.get(f"/calls/{record['id']}") as page:
        assert page.status == 200
        assert OUTCOMES[record["outcome"]] in await page.text()
    async with web.get(f"/api/calls/{record['id']}") as answer:
        told = (await answer.json())["facts"]
    reader = Reader(centre.settings.journal_path)
    entries = [entry for entry in reader.of_call(CallId(record["id"])) if entry.kind == "fact"]
    written = [(entry.type, reader.fact(entry).at) for entry in entries]
    reader.close()
    assert Counter((fact["type"], fact["at"]) for fact in told) == Counter(written)


async def recordings_are_whole(web: ClientSession, talked: Sequence[str]) -> None:
    """Cut after the return, in the index, and to be played."""

    async def ask() -> list[Record] | None:
        calls = [(await (await web.get(f"/api/calls/{call}")).json())["call"] for call in talked]
        return calls if all(call["recordings"] for call in calls) else None

    calls = await eventually(ask, f"the recordings of {len(talked)} calls are in the index", 60)
    assert [one for call in calls for one in call["recordings"] if one["verdict"] != "complete"] == []
    for call in calls:
        for one in call["recordings"]:
            async with web.get(f"/calls/{call['id']}/recordings/{one['segment']}.wav") as sound:
                assert (sound.status, sound.content_type) == (200, "audio/wav")
                assert len(await sound.read()) == one["bytes"]


async def batch_is_held(engine: AsyncEngine) -> bool:
    """Somebody stands before the lock on the calls, whatever his statement looks like."""
    waiting = "SELECT count(*) FROM pg_locks WHERE relation = 'calls'::regclass AND NOT granted"
    async with engine.connect() as connection:
        return bool(await connection.scalar(text(waiting)))
