"""Who calls again: the place held before, and the operator who knows the matter, with real telephones (1.3.1)."""

from collections.abc import AsyncIterator

import pytest_asyncio

from ctl.lab import flows, scenes
from ctl.lab.centre import Centre
from ctl.lab.exchange import Exchange


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def routing(running_centre: Centre) -> AsyncIterator[None]:
    """Callers are recognised while the tests of this module last."""
    queues = running_centre.settings.flows / "queues.yaml"
    usual = queues.read_bytes()
    flows.route(running_centre.settings.flows, ageing_seconds=60, keep_place_minutes=5, same_operator_minutes=30)
    await deploy(running_centre)
    yield
    queues.write_bytes(usual)
    await deploy(running_centre)


async def deploy(centre: Centre) -> None:
    deployed = await centre.ctl("deploy", within_s=120)
    assert deployed.status == 0, deployed.err or deployed.out


async def test_caller_who_gave_up_and_calls_again_is_served_before_who_came_in_the_meantime(
    centre: Centre, town: Exchange
) -> None:
    first = await scenes.waiting(centre, town, "first citizen")
    given_up = (await centre.call_of(first))["id"]
    second = await scenes.waiting(centre, town, "second citizen")
    await first.hang_up()
    await first.is_gone()
    again = await scenes.waiting(centre, town, "first citizen again", caller=first.caller)
    await centre.gets_ready("2001")
    phone = await town.rings(town.phone("2001"))
    assert phone.caller == first.caller
    await phone.answer()
    assert await again.hears(phone)
    assert await phone.hears(again)
    call = (await centre.phase(again, "talking"))["id"]
    told = await centre.ctl("call", call, "explain")
    assert f"keeps the place of the same caller's call {given_up}" in told.out
    assert (await centre.phase(second, "waiting"))["caller"] == second.caller


async def test_operator_who_served_the_citizen_last_is_rung_first(centre: Centre, town: Exchange) -> None:
    citizen, phone = await scenes.talking(centre, town, "2002")
    await centre.gets_ready("2001")
    await citizen.hang_up()
    await phone.is_gone()
    await centre.operator_is("2002", "wrap_up")
    await centre.gets_ready("2002")
    again = await scenes.waiting(centre, town, "citizen again", caller=citizen.caller)
    phone = await town.rings(town.phone("2002"))
    assert phone.caller == citizen.caller
    await phone.answer()
    assert await again.hears(phone)
    call = (await centre.phase(again, "talking"))["id"]
    told = await centre.ctl("call", call, "explain", "--language", "ja")
    assert "この番号に前回応対した人だった" in told.out
    assert not town.phone("2001").waiting
