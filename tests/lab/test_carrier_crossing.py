"""The carrier's 200 OK and our CANCEL cross on the way: the late answer is ended at once, the citizen has the operator."""

from ctl.lab import processes, scenes
from ctl.lab.centre import Centre
from ctl.lab.exchange import Exchange
from ctl.lab.lateanswer import SipWire
from ctl.switchboard.plan import Department


async def test_answer_after_cancel_is_ended_and_the_citizen_is_back(
    centre: Centre, town: Exchange, department: Department
) -> None:
    number = department.numbers[0]
    async with SipWire.watching(town.town.carrier, town.centre) as wire:
        citizen, phone, _ = await scenes.consult_ringing(centre, town, department.code, number)
        ringing = await wire.seen("SIP/2.0 180", f"{number}@")
        with processes.frozen([town.town.pid]):
            await centre.do(citizen, "cancel")
            await wire.seen("CANCEL ", f"{number}@")
            wire.answer(ringing)
            await wire.seen("ACK ", f"{number}@")
            await wire.seen("BYE ", "")
    await centre.phase(citizen, "talking")
    assert await citizen.hears(phone)
    assert await phone.hears(citizen)
    assert (await centre.floor())["trunk"]["used"] == 1
    await phone.hang_up()
    assert [one["result"] for one in (await centre.record_of(citizen))["handoffs"]] == ["cancelled"]
