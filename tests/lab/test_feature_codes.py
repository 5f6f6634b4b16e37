"""The operator's phone is enough: everything works by feature codes, spoken back, and the citizen hears no keys."""

import pytest

from ctl.lab import scenes
from ctl.lab.centre import Centre
from ctl.lab.exchange import Exchange
from ctl.lab.pulse import eventually
from ctl.switchboard.plan import Department, Plan

PHONE = "2001"


async def dial(town: Exchange, code: str) -> None:
    """Dial a code on its own line; the centre says that it was done, and hangs up."""
    call = await town.phone_dials(PHONE, code)
    assert await call.hears_speech()
    await call.is_gone()


async def test_a_working_day_by_telephone_alone(centre: Centre, town: Exchange, plan: Plan) -> None:
    codes = plan.features
    reasons = tuple(plan.not_ready_reasons)
    await dial(town, codes.login)
    await centre.operator_is(PHONE, "not_ready")
    await dial(town, codes.ready)
    await centre.operator_is(PHONE, "ready")
    await dial(town, f"{codes.not_ready}2")
    assert (await centre.operator_is(PHONE, "not_ready"))["reason"] == reasons[1]
    await dial(town, codes.ready)
    citizen = await scenes.waiting(centre, town)
    phone = await town.rings(town.phone(PHONE))
    await phone.answer()
    assert await phone.hears(citizen)
    await citizen.hang_up()
    await phone.is_gone()
    await centre.operator_is(PHONE, "wrap_up")
    await dial(town, codes.wrap_up_done)
    await centre.operator_is(PHONE, "ready")
    await dial(town, codes.logout)
    await centre.operator_is(PHONE, "logged_out")


async def test_not_ready_asked_for_during_a_call_holds_at_its_end(centre: Centre, town: Exchange, plan: Plan) -> None:
    codes, reason = plan.features, next(iter(plan.not_ready_reasons))
    citizen, phone = await scenes.talking(centre, town, PHONE)
    await phone.press(f"{codes.not_ready}1")

    async def noted() -> bool:
        return (await centre.operator_is(PHONE, "talking"))["pending"] == reason

    await eventually(noted, "the wish is noted")
    assert await citizen.hears(phone)
    assert await phone.hears(citizen)
    await citizen.hang_up()
    await phone.is_gone()
    waiting = await scenes.waiting(centre, town, "next citizen")
    await centre.operator_is(PHONE, "wrap_up")
    await dial(town, codes.wrap_up_done)
    row = await centre.operator_is(PHONE, "not_ready")
    assert (row["reason"], row["kind"]) == (reason, "asked")
    assert (await centre.phase(waiting, "waiting"))["caller"] == waiting.caller


@pytest.mark.parametrize("code", ["*99", "*8"])
async def test_code_that_is_none_is_refused_with_words(centre: Centre, town: Exchange, code: str) -> None:
    """Also *8, with which Asterisk itself would pick up others' calls."""
    await dial(town, code)


async def test_hold_and_resume_by_keys_that_the_citizen_does_not_hear(
    centre: Centre, town: Exchange, plan: Plan
) -> None:
    citizen, phone = await scenes.talking(centre, town, PHONE)
    assert await phone.hears(citizen)
    await phone.press(plan.features.hold)
    assert await phone.hears_speech()
    assert await citizen.hears_music()
    await phone.press(plan.features.hold)
    assert await citizen.hears(phone)
    assert await phone.hears(citizen)
    assert citizen.keys_heard == ""


async def test_handoff_by_keys(centre: Centre, town: Exchange, plan: Plan, department: Department) -> None:
    codes, number = plan.features, department.numbers[0]
    town.line(number).lets_it_ring()
    citizen, phone = await scenes.talking(centre, town, PHONE)
    assert await phone.hears(citizen)
    await phone.press(f"{codes.consult}{department.code}#")
    ward = await town.rings(town.line(number))
    assert await citizen.hears_music()
    await ward.answer()
    assert await ward.hears(phone)
    await phone.press(codes.cancel)
    await ward.is_gone()
    assert await citizen.hears(phone, within_s=20)
    await phone.press(f"{codes.consult}{department.code}#")
    again = await town.rings(town.line(number))
    await again.answer()
    assert await again.hears(phone)
    await phone.press(codes.three_way)
    assert await again.hears(phone, citizen)
    await phone.press(codes.complete)
    assert await citizen.hears(again)
    assert await again.hears(citizen)
    await phone.is_gone()
    assert citizen.keys_heard == ""
    assert again.keys_heard == ""


async def test_next_number_and_direct_transfer_by_keys(
    centre: Centre, town: Exchange, plan: Plan, department: Department
) -> None:
    codes = plan.features
    first, second = department.numbers[:2]
    for number in (first, second):
        town.line(number).lets_it_ring()
    citizen, phone = await scenes.talking(centre, town, PHONE)
    assert await phone.hears(citizen)
    await phone.press(f"{codes.consult}{department.code}#")
    ward = await town.rings(town.line(first))
    await phone.press(codes.next_number)
    await ward.is_gone()
    other = await town.rings(town.line(second))
    await phone.press(codes.cancel)
    await other.is_gone()
    assert await citizen.hears(phone, within_s=20)
    await phone.press(f"{codes.transfer}{department.code}#")
    direct = await town.rings(town.line(first))
    await phone.is_gone()
    await direct.answer()
    assert await citizen.hears(direct)
