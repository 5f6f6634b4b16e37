"""The demonstration: a few calls of a day at the centre, told in plain words as they happen.

It uses the centre as people do: it is started if it is not up, and what operations would change for a special day
(open now, closed now) is deployed like any change of theirs, and taken back at the end.
"""

import asyncio
from collections.abc import Sequence

from ctl.lab import flows, scenes, table
from ctl.lab.centre import Centre
from ctl.lab.party import Party
from ctl.lab.stage import Stage, Tell, deploy, stage, where_to_look
from ctl.switchboard.plan import Department, Plan


async def tell_story(centre: Centre, tell: Tell) -> None:
    """Play the scenes, then print the table of the calls. Raises `LabError` when this machine cannot play them."""
    async with stage(centre, tell, operators=2) as on:
        citizens = [
            await _inquiry(on),
            await _agreed(on, _departments(on.plan)[0]),
            await _refused(on, _departments(on.plan)[1]),
            await _abandoned(on),
            await _night(on),
        ]
        tell("Waiting until the last row is in Postgres …")
        records = [await on.centre.record_of(citizen, within_s=120) for citizen in citizens]
        tell("")
        tell(table.of_calls(records))
        await where_to_look(on.centre, tell)


# --- scenes -----------------------------------------------------------------------------------------------------------


async def _inquiry(on: Stage) -> Party:
    on.tell("\n1. An inquiry")
    await _at_work(on, on.first, on.second)
    citizen = await on.town.citizen_calls(scenes.INQUIRY)
    await citizen.hears_speech()
    on.tell(f"   A citizen ({citizen.caller}) dials 03-3981-1111 and hears the greeting in Japanese.")
    await scenes.choose(on.centre, citizen, scenes.FIRST_MENU)
    row = await on.centre.call_of(citizen)
    on.tell(f"   The citizen presses 1 ({row['menu']}) and enters the queue {row['queue']}.")
    phone = await on.town.rings(on.town.phone(on.first))
    on.tell(f"   The telephone of {on.operator(on.first)} rings: idle longest of all who fit.")
    await phone.answer()
    await citizen.hears(phone)
    await phone.hears(citizen)
    on.tell("   They talk: each hears the other (measured on the wire).")
    await _a_while()
    await citizen.hang_up()
    await phone.is_gone()
    await on.centre.operator_is(on.first, "wrap_up")
    on.tell("   The citizen hangs up; the operator is in wrap-up, and gets no call before it is done.")
    await on.centre.operator(on.first, "wrap_up_done")
    return citizen


async def _agreed(on: Stage, department: Department) -> Party:
    on.tell("\n2. A handoff in two steps, agreed")
    citizen, phone, ward = await _asks(on, department)
    await ward.answer()
    await phone.hears(ward)
    on.tell(f"   {department.name} answers; operator and department talk, the citizen hears music.")
    await _a_while()
    await on.centre.do(citizen, "complete")
    await citizen.hears(ward)
    await ward.hears(citizen)
    on.tell("   The department agrees: citizen and department are connected over the outside line.")
    await _a_while()
    await phone.is_gone()
    await on.centre.operator(on.second, "wrap_up_done")
    await on.centre.has_handed_over(citizen)
    await ward.hang_up()
    await citizen.is_gone()
    return citizen


async def _refused(on: Stage, department: Department) -> Party:
    on.tell("\n3. A handoff in two steps, refused")
    citizen, phone, ward = await _asks(on, department)
    await ward.decline(21)  # 603
    on.tell(f"   {department.name} refuses the call; the operator is told so in words.")
    await on.centre.phase(citizen, "talking", within_s=20)
    await citizen.hears(phone)
    on.tell("   The operator has the citizen back.")
    await phone.hang_up()
    await citizen.is_gone()
    await on.centre.operator(on.first, "wrap_up_done")
    return citizen


async def _asks(on: Stage, department: Department) -> tuple[Party, Party, Party]:
    line = on.town.line(department.numbers[0])
    line.lets_it_ring()
    citizen = await scenes.waiting(on.centre, on.town)
    row = await on.centre.phase(citizen, "ringing")
    extension = row["operator"] or on.first
    phone = await on.town.rings(on.town.phone(extension))
    await phone.answer()
    await citizen.hears(phone)
    on.tell(f"   A citizen ({citizen.caller}) talks with {on.operator(extension)}.")
    await _a_while()
    await on.centre.do(citizen, "consult", department.code)
    ward = await on.town.rings(line)
    await citizen.hears_music_of_any_kind()
    on.tell(f"   The operator asks {department.name} ({department.numbers[0]}); the citizen hears music.")
    return citizen, phone, ward


async def _abandoned(on: Stage) -> Party:
    on.tell("\n4. An abandoned call")
    reason = next(iter(on.plan.not_ready_reasons))
    for extension in (on.first, on.second):
        await on.centre.operator(extension, "not_ready", reason)
    on.tell("   Both operators are at a break.")
    citizen = await scenes.waiting(on.centre, on.town)
    await citizen.hears_music_of_any_kind(within_s=30)
    await _a_while()
    on.tell(f"   A citizen ({citizen.caller}) waits: announcement, then music; and hangs up.")
    await citizen.hang_up()
    await citizen.is_gone()
    return citizen


async def _night(on: Stage) -> Party:
    on.tell("\n5. A night call")
    flows.set_today(on.flows, flows.CLOSED)
    await deploy(on.centre, on.flows)
    on.tell("   Operations deploys a calendar in which today is closed; it holds for the next call at once.")
    citizen = await on.town.citizen_calls(scenes.INQUIRY)
    await citizen.hears_speech()
    on.tell(f"   A citizen ({citizen.caller}) hears the message for the night.")
    await citizen.is_gone(within_s=90)
    on.tell("   When it has been said, the centre hangs up.")
    return citizen


async def _a_while() -> None:
    """People talk, and recordings shall have something in them."""
    await asyncio.sleep(2)


async def _at_work(on: Stage, *extensions: str) -> None:
    for extension in extensions:
        for code, what in ((on.plan.features.login, "logs in"), (on.plan.features.ready, "is ready")):
            call = await on.town.phone_dials(extension, code)
            await call.is_gone(within_s=20)
            on.tell(f"   {on.operator(extension)} dials {code} and {what}.")
        await on.centre.operator_is(extension, "ready")


def _departments(plan: Plan) -> Sequence[Department]:
    return list(plan.departments.values())
