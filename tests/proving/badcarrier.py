"""A carrier who does not want us for a while, or does not say that he is there: no call may notice."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ctl.lab.pulse import eventually
from tests.proving.badline import NONE, Treatment, conversation, hear_each_other, treated
from tests.proving.place import Place
from tests.registrar import Registrar, alarm_of_the_trunk, is_registered, registering

OPTIONS = "@th,64,32 0x4f505449"
"""nftables: UDP packets that begin with ``OPTI``."""


class Register:
    """One fault: `kept` is what must be there before, `forgets` what happens."""

    def __init__(self) -> None:
        self._registrar: Registrar | None = None

    @asynccontextmanager
    async def kept(self, place: Place) -> AsyncIterator[None]:
        """The centre registers with a password."""
        async with registering(place.centre) as self._registrar:
            yield

    async def forgets(self, place: Place) -> None:
        """Refused for different reasons, and not answered, again and again, with some seconds between."""
        registrar = self._registrar
        assert registrar is not None
        async with conversation(place) as talking:
            for refusal in (503, 403, 401, 404):
                registrar.refusal = refusal
                await is_registered(place.centre, False)
                await asyncio.sleep(2)
                registrar.refusal = None
                await is_registered(place.centre, True)
                registrar.silent = True
                await asyncio.sleep(4)
                registrar.silent = False
            await is_registered(place.centre, True)
            await hear_each_other(*talking)


async def answers_no_options(place: Place) -> None:
    """The alarm is raised, and departments are called all the same."""
    line = place.town.line(place.department.numbers[0])
    async with conversation(place) as talking:
        with treated(place, Treatment(NONE, f"{OPTIONS} drop")):
            assert "OPTIONS" in await alarm_of_the_trunk(place.centre)
            before = len(line.calls)

            async def asked() -> bool:
                return any(call.up for call in line.calls[before:])

            await eventually(asked, "a department is called, and answers", 30)
        await hear_each_other(*talking)
