"""The control plane dies (kill -9): talking calls go on, waiting callers keep their place, new ones are answered."""

import asyncio
import json
from datetime import UTC, datetime

from ctl.lab import scenes
from ctl.lab.centre import Centre
from ctl.lab.exchange import Exchange
from ctl.lab.pulse import eventually
from ctl.runtime.sentinel import state_path
from ctl.switchboard.plan import Department


async def test_killed_with_calls_in_every_phase(centre: Centre, town: Exchange, department: Department) -> None:
    number = department.numbers[0]
    talker, talker_phone = await scenes.talking(centre, town, "2001")
    consulter, consulter_phone, ward = await scenes.consulting(centre, town, department.code, number, "2002")
    moved, _, moved_ward = await scenes.consulting(centre, town, department.code, number, "2003")
    await centre.do(moved, "complete")
    assert await moved.hears(moved_ward)
    rung, ringing_phone = await scenes.ringing(centre, town, "2004")
    waiting = [await scenes.waiting(centre, town, f"waiting citizen {n}") for n in range(2)]
    chooser = await town.citizen_calls(scenes.INQUIRY, "citizen in the menu")
    assert await chooser.hears_speech()

    with centre.asleep("sentinel"):  # to whom a restart on a busy machine may be an absence
        centre.kill("switchboard")
        assert await talker.hears(talker_phone)
        assert await talker_phone.hears(talker)
        assert await moved.hears(moved_ward)
        assert await moved_ward.hears(moved)
        assert await consulter_phone.hears(ward)
        assert await consulter.hears_music()
        await centre.is_connected(True, within_s=30)

    assert await talker.hears(talker_phone)
    assert await moved.hears(moved_ward)
    await centre.do(consulter, "complete")
    assert await consulter.hears(ward)
    assert await ward.hears(consulter)
    if ringing_phone.cause is not None:  # the offer was made anew: it is still the caller at the head
        await centre.gets_ready("2004")
        ringing_phone = await town.rings(town.phone("2004"))
    assert ringing_phone.caller == rung.caller
    await ringing_phone.answer()
    assert await rung.hears(ringing_phone)
    await scenes.choose(centre, chooser, scenes.FIRST_MENU)
    await consulter_phone.is_gone()
    await centre.gets_ready("2002")
    first = await town.rings(town.phone("2002"))
    assert first.caller == waiting[0].caller
    await first.answer()
    assert await waiting[0].hears(first)
    await talker.hang_up()
    await talker_phone.is_gone()
    await centre.gets_ready("2001")
    second = await town.rings(town.phone("2001"))
    assert second.caller == waiting[1].caller

    await chooser.hang_up()
    assert (await centre.record_of(chooser))["outcome"] == "abandoned_queue"  # known before the next hangs up
    await waiting[1].hang_up()
    await waiting[1].is_gone()
    await centre.has_handed_over(consulter)
    await town.everybody_hangs_up()
    outcomes = [(await centre.record_of(citizen))["outcome"] for citizen in (talker, consulter, moved, rung, *waiting)]
    assert outcomes == [
        "answered",
        "handed_off",
        "handed_off",
        "answered",
        "answered",
        "abandoned_ringing",
    ]


async def test_operator_who_picks_up_while_it_is_away_talks_when_it_is_back(centre: Centre, town: Exchange) -> None:
    citizen, phone = await scenes.ringing(centre, town)
    with centre.asleep("sentinel"):
        async with centre.without("switchboard"):
            await phone.answer()
        assert await citizen.hears(phone, within_s=20)
    assert await phone.hears(citizen)
    await citizen.hang_up()
    await phone.is_gone()
    assert (await centre.record_of(citizen))["outcome"] == "answered"


async def test_new_callers_reach_an_operator_while_it_is_away(centre: Centre, town: Exchange) -> None:
    talker, talker_phone = await scenes.talking(centre, town, "2002")
    await centre.gets_ready("2001")
    await centre.is_covered_by("2001")
    async with centre.without("switchboard"):
        citizen = await town.citizen_calls(scenes.INQUIRY)
        phone = await town.rings(town.phone("2001"), within_s=40)
        await phone.answer()
        assert await citizen.hears(phone)
        assert await phone.hears(citizen)
        assert await talker.hears(talker_phone)
    await centre.is_connected(True, within_s=40)
    assert await citizen.hears(phone)
    assert await talker.hears(talker_phone)
    await citizen.hang_up()
    await phone.is_gone()
    record = await centre.record_of(citizen)
    assert (record["outcome"], record["operator"]) == ("fallback", "2001")


async def test_waiting_callers_are_rescued_by_the_sentinel_and_their_records_are_true(
    centre: Centre, town: Exchange
) -> None:
    """One is still talking in the fallback when the switchboard is back; of the other it hears when he is long gone."""
    talkers = [await scenes.talking(centre, town, extension) for extension in ("2001", "2002")]
    stays = await scenes.waiting(centre, town, "citizen who stays")
    goes = await scenes.waiting(centre, town, "citizen who goes")
    assert await goes.hears_music(within_s=25)
    async with centre.without("switchboard"):
        for talker, phone in talkers:
            await talker.hang_up()
            await phone.hang_up()
        phones = [await town.rings(town.phone(extension), within_s=60) for extension in ("2001", "2002")]
        by_caller = {phone.caller: phone for phone in phones}
        for citizen in (stays, goes):
            await by_caller[citizen.caller].answer()
            assert await citizen.hears(by_caller[citizen.caller])
            assert await by_caller[citizen.caller].hears(citizen)
        await by_caller[goes.caller].hang_up()
        await goes.is_gone()
        gone_at = datetime.now(UTC)
    await centre.is_connected(True, within_s=40)
    assert await stays.hears(by_caller[stays.caller])
    await stays.hang_up()
    await by_caller[stays.caller].is_gone()
    for citizen in (stays, goes):
        record = await centre.record_of(citizen)
        (extension,) = (
            one for one, phone in zip(("2001", "2002"), phones, strict=True) if phone.caller == citizen.caller
        )
        assert (record["outcome"], record["operator"]) == ("fallback", extension)
        assert record["talk_ms"] > 0
        assert (datetime.fromisoformat(record["ended_at"]) <= gone_at) is (citizen is goes)


async def rescued(centre: Centre) -> int:
    """How many callers the sentinel has rescued since it was started."""
    return int(json.loads(await asyncio.to_thread(state_path(centre.settings).read_text))["rescued"])


async def test_caller_who_was_rescued_and_came_back_is_rescued_again(centre: Centre, town: Exchange) -> None:
    talker, phone = await scenes.talking(centre, town, "2001")
    citizen = await scenes.waiting(centre, town)
    before = await rescued(centre)
    async with centre.without("switchboard"):

        async def is_rescued() -> bool:
            return await rescued(centre) > before

        await eventually(is_rescued, f"{citizen} is rescued", 40)
    await centre.is_connected(True, within_s=40)
    await centre.phase(citizen, "waiting")
    async with centre.without("switchboard"):
        await talker.hang_up()
        await phone.hang_up()
        rung = await town.rings(town.phone("2001"), within_s=60)
        assert rung.caller == citizen.caller
        await rung.answer()
        assert await citizen.hears(rung)
        assert await rung.hears(citizen)
        await rung.hang_up()
        await citizen.is_gone()
    await centre.is_connected(True, within_s=40)
    record = await centre.record_of(citizen)
    assert (record["outcome"], record["operator"]) == ("fallback", "2001")


async def test_calls_of_one_moment_while_it_restarts_are_all_answered(centre: Centre, town: Exchange) -> None:
    await centre.gets_ready("2001", "2002", "2003", "2004")
    centre.kill("switchboard")
    citizens = [await town.citizen_calls(scenes.INQUIRY, f"citizen {n}") for n in range(4)]
    await asyncio.gather(*(citizen.is_up(within_s=20) for citizen in citizens))
    await centre.is_connected(True, within_s=40)
    assert all(citizen.cause is None for citizen in citizens)
