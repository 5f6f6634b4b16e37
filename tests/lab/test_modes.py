"""Bad days, heard by telephone: another mode, a second site, and short messages to every caller (B-1, B-2, B-3)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest_asyncio

from ctl.lab import flows, scenes
from ctl.lab.centre import Centre
from ctl.lab.exchange import Exchange
from ctl.lab.pulse import eventually
from ctl.switchboard.ids import DepartmentCode
from ctl.switchboard.plan import Plan

WHO = ("--requested-by", "区民相談課", "--approved-by", "統括SV", "--reason", "台風")
LEAVE = ("--permitted-by", "区民相談課長", "--permitted-until", "6h")
MINUTE_S = 60
COVID = "0345662466"
"""The number whose callers go to the second site when nobody is at work here."""
NOBODY_FOR_S = 3


@dataclass(frozen=True)
class Guidance:
    """An announcement that is a tone here, so that it is recognised like a voice."""

    name: str
    voice: int


GREETING = Guidance("greeting", 2000)
EMERGENCY = Guidance("emergency-greeting", 2600)
STILL = Guidance("please-wait", 2300)
FALLBACK = Guidance("system-fallback", 2900)
SITE_DOWN = Guidance("site-down", 1100)


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def guidance(running_centre: Centre) -> AsyncIterator[None]:
    """Announcements as tones, and a second site for one call at once, also for when nobody is here, while the tests of this
    module last."""
    copy = running_centre.settings.flows
    usual = {name: (copy / name).read_bytes() for name in ("announcements.yaml", "modes.yaml")}
    flows.sound(copy, {one.name: one.voice for one in (GREETING, EMERGENCY, STILL, FALLBACK, SITE_DOWN)})
    flows.shelter(copy, COVID, "backup", NOBODY_FOR_S)
    flows.limit_site(copy, "backup", 1)
    await deploy(running_centre)
    yield
    for name, before in usual.items():
        (copy / name).write_bytes(before)
    await deploy(running_centre)


async def deploy(centre: Centre) -> None:
    deployed = await centre.ctl("deploy", within_s=120)
    assert deployed.status == 0, deployed.err or deployed.out


@asynccontextmanager
async def mode(centre: Centre, name: str, *options: str) -> AsyncIterator[None]:
    """A mode is in force as long as the context lasts."""
    switched = await centre.ctl("mode", "switch", name, *WHO, *options)
    assert switched.status == 0, switched.err
    try:
        yield
    finally:
        back = await centre.ctl("mode", "back", *WHO)
        assert back.status == 0, back.err


@asynccontextmanager
async def message(centre: Centre) -> AsyncIterator[None]:
    """Every caller hears a short message as long as the context lasts."""
    said = await centre.ctl("announce", "say", "台風のため、本日は区役所の窓口を閉めています。外出をお控えください。")
    assert said.status == 0, said.err
    try:
        yield
    finally:
        stopped = await centre.ctl("announce", "stop")
        assert stopped.status == 0, stopped.err


async def test_the_next_caller_hears_the_emergency_guidance_and_afterwards_the_usual_one(
    centre: Centre, town: Exchange
) -> None:
    early = await town.citizen_calls(scenes.INQUIRY)
    assert await early.hears(GREETING)
    async with mode(centre, "emergency"):
        during = await town.citizen_calls(scenes.INQUIRY)
        assert await during.hears(EMERGENCY)
        assert (await centre.phase(early, "ivr"))["called"] == scenes.INQUIRY
    after = await town.citizen_calls(scenes.INQUIRY)
    assert await after.hears(GREETING)


async def test_a_mode_comes_and_goes_by_its_schedule(centre: Centre, town: Exchange) -> None:
    planned = await centre.ctl("mode", "switch", "emergency", *WHO, "--from", "3s", "--until", "20s")
    assert planned.status == 0, planned.err

    async def in_force() -> str:
        return str((await centre.floor())["centre"]["mode"])

    async def begun() -> bool:
        return await in_force() == "emergency"

    async def over() -> bool:
        return await in_force() == "normal"

    await eventually(begun, "the mode is in force", 10)
    during = await town.citizen_calls(scenes.INQUIRY)
    assert await during.hears(EMERGENCY)
    await eventually(over, "the normal mode is back", 25)
    after = await town.citizen_calls(scenes.INQUIRY)
    assert await after.hears(GREETING)


async def test_without_the_centre_calls_are_answered_at_the_second_site_while_it_has_room(
    centre: Centre, town: Exchange, plan: Plan
) -> None:
    first, second = plan.sites[DepartmentCode("backup")].numbers
    town.line(first).is_busy()
    town.line(second).lets_it_ring()
    async with mode(centre, "site-down", *LEAVE):
        citizen = await town.citizen_calls(scenes.INQUIRY)
        there = await town.rings(town.line(second))
        await there.answer()
        assert await citizen.hears(there)
        assert await there.hears(citizen)
        [site] = (await centre.floor())["centre"]["sites"]
        assert (site["used"], site["limit"]) == (1, 1)
        rung = [len(town.line(number).calls) for number in (first, second)]
        beyond = await town.citizen_calls(scenes.INQUIRY, "citizen beyond")
        assert await beyond.hears(SITE_DOWN)
        assert [len(town.line(number).calls) for number in (first, second)] == rung
        assert await citizen.hears(there)
        await citizen.hang_up()
        await there.is_gone()
    record = await centre.record_of(citizen)
    assert record["outcome"] == "forwarded"
    assert [(one["number"], one["result"]) for one in record["handoffs"]] == [(first, "busy"), (second, "completed")]
    told = await centre.ctl("call", record["id"], "explain", "--language", "ja")
    assert "運用モードにより別拠点「予備拠点」へ転送した（許可：区民相談課長）" in told.out


async def test_when_nobody_is_here_who_waits_is_answered_at_the_second_site(
    centre: Centre, town: Exchange, plan: Plan
) -> None:
    first, second = plan.sites[DepartmentCode("backup")].numbers
    town.line(first).is_busy()
    town.line(second).lets_it_ring()
    citizen = await town.citizen_calls(COVID)
    there = await town.rings(town.line(second), within_s=NOBODY_FOR_S + 20)
    assert await citizen.hears_music()
    await there.answer()
    assert await citizen.hears(there)
    assert await there.hears(citizen)
    await there.hang_up()
    await citizen.is_gone()
    record = await centre.record_of(citizen)
    assert record["outcome"] == "forwarded"
    told = await centre.ctl("call", record["id"], "explain", "--language", "ja")
    assert "誰もログインしていなかったため、別拠点「予備拠点」へ転送した（許可：区民相談課長）" in told.out


async def test_when_somebody_is_here_who_waits_is_served_here(centre: Centre, town: Exchange, plan: Plan) -> None:
    site = town.line(plan.sites[DepartmentCode("backup")].numbers[0])
    site.lets_it_ring()
    rung_before = len(site.calls)
    other, phone = await scenes.talking(centre, town)
    citizen = await town.citizen_calls(COVID)
    assert await citizen.hears_music(within_s=20)
    await other.hang_up()
    await phone.is_gone()
    await centre.gets_ready("2001")
    phone = await town.rings(town.phone("2001"))
    assert phone.caller == citizen.caller
    await phone.answer()
    assert await citizen.hears(phone)
    assert await phone.hears(citizen)
    assert len(site.calls) == rung_before


async def test_a_short_message_is_heard_by_new_callers_and_by_those_who_wait(centre: Centre, town: Exchange) -> None:
    waiting = await scenes.waiting(centre, town, "waiting citizen")
    assert await waiting.hears_music(within_s=20)
    async with message(centre):
        assert await waiting.hears_speech(within_s=MINUTE_S)
        late = await town.citizen_calls(scenes.INQUIRY)
        assert await late.hears_speech()
        assert await late.hears(GREETING, within_s=20)
        assert await waiting.hears_music(within_s=30)
    after = await town.citizen_calls(scenes.INQUIRY)
    assert await after.hears(GREETING)


async def test_the_mode_and_the_message_hold_while_the_switchboard_is_away(centre: Centre, town: Exchange) -> None:
    async with mode(centre, "site-down", *LEAVE), message(centre):
        async with centre.without("switchboard"):
            citizen = await town.citizen_calls(scenes.INQUIRY)
            assert await citizen.hears_speech(within_s=20)
            assert await citizen.hears(SITE_DOWN, within_s=20)
            await citizen.is_gone(within_s=20)
        await centre.is_connected(True, within_s=40)
        assert (await centre.floor())["centre"]["mode"] == "site-down"
