"""A citizen who hangs up: at each stage it is a fact of its own, and nobody's telephone goes on ringing (S-2)."""

from ctl.lab import scenes
from ctl.lab.centre import Centre
from ctl.lab.exchange import Exchange


async def test_in_the_menu(centre: Centre, town: Exchange) -> None:
    citizen = await town.citizen_calls(scenes.INQUIRY)
    assert await citizen.hears_speech()
    await citizen.hang_up()
    assert (await centre.record_of(citizen))["outcome"] == "abandoned_ivr"


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
