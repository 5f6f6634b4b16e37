"""What supervisors do about callers who wait and about operators, with real telephones (1.3.1, 1.1.1)."""

import asyncio
from collections.abc import Mapping
from contextlib import aclosing
from typing import cast

from ctl.lab import scenes
from ctl.lab.centre import Centre, Done
from ctl.lab.exchange import Exchange
from ctl.lab.party import Party

SUPERVISOR = ("--as", "2004", "--reason", "急ぎの用件")


async def steer(centre: Centre, citizen: Party, wish: str, argument: str) -> Done:
    return await centre.ctl("call", (await centre.call_of(citizen))["id"], wish, argument, *SUPERVISOR)


async def explained(centre: Centre, citizen: Party) -> str:
    return (await centre.ctl("call", (await centre.call_of(citizen))["id"], "explain")).out


async def test_caller_who_is_put_first_is_served_before_those_who_waited_longer(centre: Centre, town: Exchange) -> None:
    longer = await scenes.waiting(centre, town, "citizen who waits longer")
    urgent = await scenes.waiting(centre, town, "urgent citizen")
    done = await steer(centre, urgent, "priority", "1")
    assert done.status == 0, done.err
    await centre.gets_ready("2001")
    phone = await town.rings(town.phone("2001"))
    assert phone.caller == urgent.caller
    await centre.gets_ready("2002")
    assert (await town.rings(town.phone("2002"))).caller == longer.caller
    await phone.answer()
    assert await urgent.hears(phone)
    assert await phone.hears(urgent)
    assert "2004" in await explained(centre, urgent)


async def test_caller_who_is_moved_is_served_by_the_rules_of_the_other_queue(centre: Centre, town: Exchange) -> None:
    citizen = await scenes.waiting(centre, town)
    done = await steer(centre, citizen, "move", "tax")
    assert done.status == 0, done.err
    assert (await centre.call_of(citizen))["queue"] == "tax"
    await centre.gets_ready("2001")
    phone = await town.rings(town.phone("2001"))
    await phone.answer()
    assert await citizen.hears(phone)
    await citizen.hang_up()
    await centre.operator_is("2001", "wrap_up")
    await centre.operator_is("2001", "ready")  # by itself: in this queue wrap-up lasts three seconds
    assert (await centre.record_of(citizen))["queue"] == "tax"


async def test_caller_who_is_moved_nowhere_stays_and_the_supervisor_is_told_what_is_allowed(
    centre: Centre, town: Exchange
) -> None:
    citizen = await scenes.waiting(centre, town)
    before = (await centre.call_of(citizen))["queue"]
    done = await steer(centre, citizen, "move", "nowhere")
    assert done.status == 1
    assert "there is no queue 'nowhere'; allowed: " in done.err
    assert (await centre.call_of(citizen))["queue"] == before


async def test_caller_is_pulled_from_one_telephone_to_another(centre: Centre, town: Exchange) -> None:
    citizen, phone = await scenes.ringing(centre, town, "2001")
    await centre.gets_ready("2002")
    done = await steer(centre, citizen, "pull", "2002")
    assert done.status == 0, done.err
    await phone.is_gone()
    other = await town.rings(town.phone("2002"))
    await other.answer()
    assert await citizen.hears(other)
    assert await other.hears(citizen)
    await centre.operator_is("2001", "ready")  # it was not for the operator's fault
    assert (await centre.record_of(await gone(citizen)))["operator"] == "2002"


async def gone(citizen: Party) -> Party:
    await citizen.hang_up()
    await citizen.is_gone()
    return citizen


async def test_operator_is_set_not_ready_and_logged_out_by_a_supervisor(centre: Centre, town: Exchange) -> None:
    citizen, phone = await scenes.ringing(centre, town, "2001")
    await centre.gets_ready("2002")
    done = await centre.ctl("operator", "2001", "not-ready", "meeting", *SUPERVISOR)
    assert done.status == 0, done.err
    await phone.is_gone()
    other = await town.rings(town.phone("2002"))
    await other.answer()
    assert await citizen.hears(other)
    await centre.operator_is("2001", "not_ready")
    done = await centre.ctl("operator", "2001", "logout", *SUPERVISOR)
    assert done.status == 0, done.err
    await centre.operator_is("2001", "logged_out")


async def test_text_of_a_supervisor_is_in_the_feed_of_the_floor(centre: Centre, town: Exchange) -> None:
    await centre.gets_ready("2001", "2002")
    async with aclosing(centre.client.watch()) as feed:
        await anext(feed)  # the floor as it was
        done = await centre.ctl("text", "窓口は正午までです。", "--group", "general", "--as", "2004")
        assert done.status == 0, done.err
        async with asyncio.timeout(10):
            told = await anext(change async for change in feed if "texts" in change)
    (text,) = cast(list[Mapping[str, object]], told["texts"])
    assert (text["to"], text["text"], text["from"]) == (["2001", "2002"], "窓口は正午までです。", "2004")
