"""A citizen who hangs up: at each stage it is a fact of its own, and nobody's telephone goes on ringing (S-2)."""

import json

from ctl.lab import scenes
from ctl.lab.centre import Centre
from ctl.lab.exchange import Exchange
from ctl.pbx.names import FALLBACK_LOG


async def test_in_the_menu(centre: Centre, town: Exchange) -> None:
    citizen = await town.citizen_calls(scenes.INQUIRY)
    assert await citizen.hears_speech()
    await citizen.hang_up()
    assert (await centre.record_of(citizen))["outcome"] == "abandoned_ivr"


async def test_in_the_moment_of_the_answer(centre: Centre, town: Exchange) -> None:
    """The PBX tells of it by itself, for the case that the switchboard has not heard of the call; it is one all the same."""
    citizens = [await town.citizen_calls(scenes.INQUIRY, f"citizen {n}") for n in range(5)]
    for citizen in citizens:
        await citizen.is_up()
        await citizen.hang_up()
    for citizen in citizens:
        assert (await centre.record_of(citizen))["outcome"] == "abandoned_ivr"
    everybody = (await centre.ctl("calls", "--json")).document
    log = centre.settings.under(*FALLBACK_LOG).read_text(encoding="utf-8")
    told = [line["caller"] for line in map(json.loads, log.splitlines()) if line["unheard"]]
    for citizen in citizens:
        assert [call["caller"] for call in everybody].count(citizen.caller) == 1
        assert citizen.caller in told


async def test_in_the_queue(centre: Centre, town: Exchange) -> None:
    citizen = await scenes.waiting(centre, town)
    await centre.phase(citizen, "waiting")
    await citizen.hang_up()
    record = await centre.record_of(citizen)
    assert record["outcome"] == "abandoned_queue"
    assert record["wait_ms"] > 0
    assert record["operator"] is None


async def test_while_an_operator_is_rung(centre: Centre, town: Exchange) -> None:
    citizen, phone = await scenes.ringing(centre, town)
    await citizen.hang_up()
    await phone.is_gone()
    await centre.operator_is("2001", "ready")
    assert (await centre.record_of(citizen))["outcome"] == "abandoned_ringing"
