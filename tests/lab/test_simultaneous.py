"""Two things in the same moment: whichever comes first, the end is defined and nobody is left over."""

import asyncio

import pytest

from ctl.lab import scenes
from ctl.lab.centre import Centre
from ctl.lab.exchange import Exchange
from ctl.switchboard.plan import Department, Plan

EXCHANGE = "6"
"""The key that leads to the queue of the exchange, whose callers go before those of an inquiry."""


async def test_two_operators_answer_in_the_same_moment(centre: Centre, town: Exchange) -> None:
    await centre.gets_ready("2001", "2002")
    first = await scenes.waiting(centre, town, "first citizen")
    second = await scenes.waiting(centre, town, "second citizen")
    one = await town.rings(town.phone("2001"))
    two = await town.rings(town.phone("2002"))
    await asyncio.gather(one.answer(), two.answer())
    await asyncio.gather(first.hears(one), second.hears(two))
    await asyncio.gather(one.hears(first), two.hears(second))


@pytest.mark.parametrize("round_", range(3))
async def test_citizen_hangs_up_while_the_operator_answers(centre: Centre, town: Exchange, round_: int) -> None:
    citizen, phone = await scenes.ringing(centre, town)
    await asyncio.gather(citizen.hang_up(), phone.answer())
    await phone.is_gone()
    await centre.operator_is("2001", "ready", "wrap_up")
    assert (await centre.record_of(citizen))["outcome"] in ("answered", "abandoned_ringing")


@pytest.mark.parametrize("round_", range(3))
async def test_operator_answers_and_hangs_up_before_they_are_joined(
    centre: Centre, town: Exchange, round_: int
) -> None:
    citizen, phone = await scenes.ringing(centre, town)
    await phone.answer()
    await phone.hang_up()
    await phone.is_gone()
    row = await centre.operator_is("2001", "wrap_up", "not_ready")
    if row["state"] == "wrap_up":  # they were joined, if only for a moment, and the talk is over
        await citizen.is_gone()
        assert (await centre.record_of(citizen))["outcome"] == "answered"
    else:  # it was no answer: the citizen has kept the place
        await centre.gets_ready("2002")
        other = await town.rings(town.phone("2002"))
        await other.answer()
        assert await citizen.hears(other)


@pytest.mark.parametrize("round_", range(3))
async def test_operator_answers_as_he_is_set_not_ready(centre: Centre, town: Exchange, plan: Plan, round_: int) -> None:
    citizen, phone = await scenes.ringing(centre, town)
    await centre.gets_ready("2002")
    reason = next(iter(plan.not_ready_reasons))
    await asyncio.gather(phone.answer(), centre.operator("2001", "not_ready", reason))
    row = await centre.operator_is("2001", "talking", "not_ready")
    if row["state"] == "not_ready":  # that came first: the citizen is with the next one
        await phone.is_gone()
        phone = await town.rings(town.phone("2002"))
        await phone.answer()
    assert await citizen.hears(phone)
    assert await phone.hears(citizen)


@pytest.mark.parametrize("round_", range(3))
async def test_caller_of_higher_priority_comes_as_the_shared_operator_gets_ready(
    centre: Centre, town: Exchange, round_: int
) -> None:
    ordinary = await scenes.waiting(centre, town, "ordinary citizen")
    urgent = await town.citizen_calls(scenes.INQUIRY, "citizen of the exchange")
    assert await urgent.hears_speech()
    await asyncio.gather(scenes.choose(centre, urgent, EXCHANGE), centre.gets_ready("2001"))
    phone = await town.rings(town.phone("2001"))
    first, second = (urgent, ordinary) if phone.caller == urgent.caller else (ordinary, urgent)
    await phone.answer()
    assert await phone.hears(first)
    assert (await centre.phase(second, "waiting"))["caller"] == second.caller
    await first.hang_up()
    await centre.operator_is("2001", "wrap_up")
    await centre.gets_ready("2001")
    phone = await town.rings(town.phone("2001"))
    await phone.answer()
    assert await phone.hears(second)


async def test_caller_of_higher_priority_is_put_before_those_who_wait_for_the_shared_operator(
    centre: Centre, town: Exchange
) -> None:
    await scenes.waiting(centre, town, "ordinary citizen")
    urgent = await scenes.waiting(centre, town, "citizen of the exchange", EXCHANGE)
    await centre.gets_ready("2001")
    assert (await town.rings(town.phone("2001"))).caller == urgent.caller


@pytest.mark.parametrize("round_", range(3))
async def test_department_answers_as_the_operator_cancels(
    centre: Centre, town: Exchange, department: Department, round_: int
) -> None:
    citizen, phone, ward = await scenes.consult_ringing(centre, town, department.code, department.numbers[0])
    await asyncio.gather(ward.answer(), centre.do(citizen, "cancel"))
    await ward.is_gone()
    assert await citizen.hears(phone)
    assert await phone.hears(citizen)
    assert (await centre.floor())["trunk"]["used"] == 1


@pytest.mark.parametrize("round_", range(3))
async def test_both_legs_hang_up_at_once(centre: Centre, town: Exchange, round_: int) -> None:
    citizen, phone = await scenes.talking(centre, town)
    await asyncio.gather(citizen.hang_up(), phone.hang_up())
    await centre.operator_is("2001", "wrap_up")
    assert (await centre.record_of(citizen))["outcome"] == "answered"


@pytest.mark.parametrize("round_", range(3))
async def test_everybody_hangs_up_while_consulting(
    centre: Centre, town: Exchange, department: Department, round_: int
) -> None:
    parties = await scenes.consulting(centre, town, department.code, department.numbers[0])
    await asyncio.gather(*(party.hang_up() for party in parties))
    await centre.operator_is("2001", "wrap_up")
    record = await centre.record_of(parties[0])
    assert record["outcome"] in ("answered", "handed_off")
    assert len(record["handoffs"]) == 1


async def test_completion_as_the_department_hangs_up(centre: Centre, town: Exchange, department: Department) -> None:
    citizen, phone, ward = await scenes.consulting(centre, town, department.code, department.numbers[0])
    call = (await centre.call_of(citizen))["id"]
    _, answer = await asyncio.gather(
        ward.hang_up(), centre.client.command("complete", by="lab", call=call), return_exceptions=False
    )
    if answer.ok:
        await phone.is_gone()  # it was completed first, and then the department left: it has not taken the citizen
        await centre.phase(citizen, "waiting")
        await citizen.hang_up()
        [handoff] = (await centre.record_of(citizen))["handoffs"]
        assert handoff["result"] == "department_left"
    else:
        assert await citizen.hears(phone)
