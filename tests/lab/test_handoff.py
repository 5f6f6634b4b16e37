"""The two-step handoff (1.1.3): who hears whom at every step, how each try ends, and what is kept of it."""

from collections.abc import Callable

import pytest

from ctl.lab import scenes
from ctl.lab.centre import Centre
from ctl.lab.exchange import Exchange
from ctl.lab.lines import Line
from ctl.switchboard.plan import Department, Plan


async def test_agreed_handoff_connects_the_citizen(centre: Centre, town: Exchange, department: Department) -> None:
    number = department.numbers[0]
    citizen, phone, ward = await scenes.consult_ringing(centre, town, department.code, number)
    assert await citizen.hears_music()
    assert await phone.hears_ringing()
    await ward.answer()
    await centre.phase(citizen, "consulting")
    assert await phone.hears(ward)
    assert await ward.hears(phone)
    assert await citizen.hears_music()
    await centre.do(citizen, "complete")
    assert await citizen.hears(ward)
    assert await ward.hears(citizen)
    await phone.is_gone()
    await centre.operator_is("2001", "wrap_up")
    used = (await centre.floor())["trunk"]["used"]
    assert used == 2  # the citizen's channel and the department's stay taken until one of them hangs up
    await citizen.hang_up()
    await ward.is_gone()
    record = await centre.record_of(citizen)
    assert record["outcome"] == "handed_off"
    [handoff] = record["handoffs"]
    assert (handoff["department"], handoff["number"]) == (department.code, number)
    assert handoff["result"] == "completed"
    assert handoff["consult_ms"] > 0
    assert handoff["outside_ms"] > 0


async def test_department_that_hangs_up_ends_the_handed_off_call(
    centre: Centre, town: Exchange, department: Department
) -> None:
    citizen, _, ward = await scenes.consulting(centre, town, department.code, department.numbers[0])
    await centre.do(citizen, "complete")
    assert await citizen.hears(ward)
    await centre.has_handed_over(citizen)
    await ward.hang_up()
    await citizen.is_gone()
    assert (await centre.record_of(citizen))["outcome"] == "handed_off"


@pytest.mark.parametrize(
    ("behave", "result"),
    [
        (Line.is_busy, "busy"),
        (Line.refuses, "refused"),
        (Line.is_congested, "unreachable"),
    ],
)
async def test_department_that_cannot_be_had_gives_the_citizen_back(
    centre: Centre, town: Exchange, department: Department, behave: Callable[[Line], None], result: str
) -> None:
    behave(town.line(department.numbers[0]))
    citizen, phone = await scenes.talking(centre, town)
    await centre.do(citizen, "consult", department.code)
    assert await phone.hears_speech()
    await centre.phase(citizen, "talking", within_s=20)
    assert await citizen.hears(phone)
    assert await phone.hears(citizen)
    await phone.hang_up()
    record = await centre.record_of(citizen)
    assert [handoff["result"] for handoff in record["handoffs"]] == [result]
    assert record["outcome"] == "answered"


async def test_department_that_does_not_answer_gives_the_citizen_back(
    centre: Centre, town: Exchange, department: Department, plan: Plan
) -> None:
    citizen, phone, ward = await scenes.consult_ringing(centre, town, department.code, department.numbers[0])
    patience_s = plan.trunk.ring_timeout_ms / 1000
    await ward.is_gone(within_s=patience_s + 5)
    await centre.phase(citizen, "talking", within_s=20)
    assert await citizen.hears(phone)
    await phone.hang_up()
    assert [one["result"] for one in (await centre.record_of(citizen))["handoffs"]] == ["no_answer"]


async def test_department_that_refuses_after_talking_gives_the_citizen_back(
    centre: Centre, town: Exchange, department: Department
) -> None:
    citizen, phone, ward = await scenes.consulting(centre, town, department.code, department.numbers[0])
    assert await phone.hears(ward)
    await ward.hang_up()
    await centre.phase(citizen, "talking")
    assert await citizen.hears(phone)
    assert await phone.hears(citizen)
    await phone.hang_up()
    assert [one["result"] for one in (await centre.record_of(citizen))["handoffs"]] == ["department_left"]


async def test_cancelled_consultation_gives_the_citizen_back(
    centre: Centre, town: Exchange, department: Department
) -> None:
    citizen, phone, ward = await scenes.consulting(centre, town, department.code, department.numbers[0])
    await centre.do(citizen, "cancel")
    await ward.is_gone()
    assert await citizen.hears(phone)
    assert await phone.hears(citizen)
    await citizen.hang_up()
    assert [one["result"] for one in (await centre.record_of(citizen))["handoffs"]] == ["cancelled"]


async def test_cancelled_ringing_stops_the_departments_telephone(
    centre: Centre, town: Exchange, department: Department
) -> None:
    citizen, phone, ward = await scenes.consult_ringing(centre, town, department.code, department.numbers[0])
    await centre.do(citizen, "cancel")
    await ward.is_gone()
    assert await citizen.hears(phone)


async def test_three_way_lets_all_hear_all(centre: Centre, town: Exchange, department: Department) -> None:
    citizen, phone, ward = await scenes.consulting(centre, town, department.code, department.numbers[0])
    await centre.do(citizen, "three-way")
    assert await citizen.hears(phone, ward)
    assert await phone.hears(citizen, ward)
    assert await ward.hears(citizen, phone)
    await centre.do(citizen, "complete")
    assert await citizen.hears(ward)
    assert await ward.hears(citizen)
    await phone.is_gone()


async def test_next_number_of_the_department_is_tried(centre: Centre, town: Exchange, department: Department) -> None:
    first, second = department.numbers[:2]
    town.line(second).lets_it_ring()
    citizen, phone, ward = await scenes.consult_ringing(centre, town, department.code, first)
    await centre.do(citizen, "next-number")
    await ward.is_gone()
    other = await town.rings(town.line(second))
    await other.answer()
    assert await phone.hears(other)
    assert await citizen.hears_music()
    await centre.do(citizen, "complete")
    assert await citizen.hears(other)
    await citizen.hang_up()
    record = await centre.record_of(citizen)
    assert [(one["number"], one["result"]) for one in record["handoffs"]] == [
        (first, "cancelled"),
        (second, "completed"),
    ]


async def test_direct_transfer_lets_the_operator_go_at_once(
    centre: Centre, town: Exchange, department: Department
) -> None:
    town.line(department.numbers[0]).lets_it_ring()
    citizen, phone = await scenes.talking(centre, town)
    await centre.do(citizen, "transfer", department.code)
    await phone.is_gone()
    ward = await town.rings(town.line(department.numbers[0]))
    assert await citizen.hears_music()
    await ward.answer()
    assert await citizen.hears(ward)
    assert await ward.hears(citizen)
    await citizen.hang_up()
    assert (await centre.record_of(citizen))["outcome"] == "handed_off"


async def test_operator_who_hangs_up_while_consulting_hands_over(
    centre: Centre, town: Exchange, department: Department
) -> None:
    citizen, phone, ward = await scenes.consulting(centre, town, department.code, department.numbers[0])
    await phone.hang_up()
    assert await citizen.hears(ward)
    assert await ward.hears(citizen)


async def test_operator_who_hangs_up_while_it_rings_leaves_the_citizen_to_a_colleague(
    centre: Centre, town: Exchange, department: Department
) -> None:
    citizen, phone, ward = await scenes.consult_ringing(centre, town, department.code, department.numbers[0])
    await centre.gets_ready("2002")
    await phone.hang_up()
    await ward.is_gone()
    colleague = await town.rings(town.phone("2002"))
    assert await citizen.hears_music()
    await colleague.answer()
    assert await citizen.hears(colleague)


async def test_citizen_who_hangs_up_while_consulting_ends_it_for_all(
    centre: Centre, town: Exchange, department: Department
) -> None:
    citizen, phone, ward = await scenes.consulting(centre, town, department.code, department.numbers[0])
    await citizen.hang_up()
    await phone.is_gone()
    await ward.is_gone()
    record = await centre.record_of(citizen)
    assert [one["result"] for one in record["handoffs"]] == ["citizen_left"]
