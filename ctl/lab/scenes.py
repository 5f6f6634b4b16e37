"""Situations that tests and the demo start from, reached the way people reach them: by telephone."""

import asyncio
from collections.abc import Sequence

from ctl.lab.centre import Centre
from ctl.lab.exchange import Exchange
from ctl.lab.party import Party
from ctl.lab.pulse import TooLateError, eventually
from ctl.runtime.document import CallbackRow
from ctl.switchboard.expectation import ENOUGH

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


async def served(centre: Centre, town: Exchange, key: str = FIRST_MENU) -> None:
    """A citizen comes, and talks with whoever is free, until both have heard each other."""
    citizen = await waiting(centre, town, key=key)
    operator = (await centre.phase(citizen, "ringing"))["operator"]
    assert operator is not None
    phone = await town.rings(town.phone(operator))
    await phone.answer()
    assert await citizen.hears(phone)
    await citizen.hang_up()
    await phone.is_gone()
    await centre.operator_is(operator, "ready")


async def experienced(centre: Centre, town: Exchange, key: str, operators: Sequence[str]) -> None:
    """So many callers were served, without wrap-up, that it is known how long it takes; then only the first operator works."""
    await centre.gets_ready(*operators)
    for _ in range(0, ENOUGH, len(operators)):
        await asyncio.gather(*(served(centre, town, key) for _ in operators))
    for extension in operators[1:]:
        await centre.operator(extension, "logout")


async def asks_to_be_called_back(centre: Centre, town: Exchange, key: str, caller: str | None = None) -> Party:
    """A citizen waits, asks to be called back, and hears at which number, or that he should key one."""
    citizen = await town.citizen_calls(INQUIRY, caller=caller)
    await citizen.is_up()
    await choose(centre, citizen, key)

    async def ask() -> bool:
        await citizen.press("1")
        try:
            await centre.phase(citizen, "confirming", within_s=1.5)
        except TooLateError:
            return False
        return True

    await eventually(ask, f"{citizen} is asked to confirm the number", 20)
    assert await citizen.hears_speech()
    return citizen


async def callback_promised(centre: Centre, town: Exchange, key: str) -> tuple[Party, CallbackRow]:
    """A citizen waits, asks to be called back at the number that is shown, hears that it is kept, and hangs up."""
    citizen = await asks_to_be_called_back(centre, town, key)
    await citizen.press("1")
    row = await centre.owes(citizen)
    assert await citizen.hears_speech()
    await citizen.hang_up()
    return citizen, row


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
