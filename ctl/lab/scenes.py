"""Situations that tests and the demo start from, reached the way people reach them: by telephone."""

from ctl.lab.centre import Centre
from ctl.lab.exchange import Exchange
from ctl.lab.party import Party
from ctl.lab.pulse import TooLateError, eventually

INQUIRY = "0339811111"
"""The representative number of the ward."""
FIRST_MENU = "1"
"""The key of an ordinary inquiry."""


async def waiting(
    centre: Centre, town: Exchange, name: str = "citizen", key: str = FIRST_MENU, caller: str | None = None
) -> Party:
    """A citizen has called, pressed a key, and waits in the queue (or already rings somewhere)."""
    citizen = await town.citizen_calls(INQUIRY, name, caller)
    await citizen.is_up()
    await choose(centre, citizen, key)
    return citizen


async def choose(centre: Centre, citizen: Party, key: str) -> None:
    """Press a key of the menu, and again if it came too early, until the IVR is left behind."""

    async def press() -> bool:
        await citizen.press(key)
        try:
            await centre.phase(citizen, "waiting", "ringing", "talking", "reaching", "closing", within_s=1.5)
        except TooLateError:
            return False
        return True

    await eventually(press, f"{citizen} has left the menu with key {key}", 20)


async def ringing(centre: Centre, town: Exchange, extension: str = "2001") -> tuple[Party, Party]:
    """A citizen waits, and this operator's telephone rings for it."""
    await centre.gets_ready(extension)
    citizen = await waiting(centre, town)
    return citizen, await town.rings(town.phone(extension))


async def talking(centre: Centre, town: Exchange, extension: str = "2001") -> tuple[Party, Party]:
    """A citizen and this operator talk."""
    citizen, phone = await ringing(centre, town, extension)
    await phone.answer()
    await centre.phase(citizen, "talking")
    return citizen, phone


async def consult_ringing(
    centre: Centre, town: Exchange, department: str, number: str, extension: str = "2001"
) -> tuple[Party, Party, Party]:
    """The operator asks a department whose telephone rings; the citizen hears music."""
    town.line(number).lets_it_ring()
    citizen, phone = await talking(centre, town, extension)
    await centre.do(citizen, "consult", department)
    return citizen, phone, await town.rings(town.line(number))


async def consulting(
    centre: Centre, town: Exchange, department: str, number: str, extension: str = "2001"
) -> tuple[Party, Party, Party]:
    """The operator talks with the department."""
    citizen, phone, ward = await consult_ringing(centre, town, department, number, extension)
    await ward.answer()
    await centre.phase(citizen, "consulting")
    return citizen, phone, ward
