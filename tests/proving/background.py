"""Running calls in every phase, again and again: what stands around a fault.

Nobody here judges: what goes wrong in a play is left to the history, and the citizen calls again, as citizens do.
"""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from ctl.lab import scenes
from ctl.lab.driver import LabError
from ctl.lab.exchange import Exchange
from ctl.lab.party import Party
from ctl.lab.pulse import TooLateError, eventually
from ctl.runtime.client import SwitchboardAway
from tests.lab.ground import EXTENSIONS
from tests.proving.place import Place

TALK_S, PATIENCE_S = (1.0, 4.0), (2.0, 8.0)
GLANCE_S = (0.2, 0.6)
"""How long somebody stays who hangs up at the first words."""
CITIZENS = 7
"""Who call at the same time; more than the operators, so that some always wait."""
BROKEN_OFF = (TooLateError, AssertionError, LabError, SwitchboardAway, OSError, TimeoutError)
"""How a play ends before its time when something is broken."""


def taker(town: Exchange, citizen: Party) -> Party | None:
    """The operator's telephone that has been answered for this citizen, while that call lasts."""
    phones = [town.phone(extension) for extension in EXTENSIONS]
    return next(
        (call for phone in phones for call in phone.calls[-3:] if call.caller == citizen.caller and call.up), None
    )


class Background:
    """Made by `flowing`."""

    def __init__(self, place: Place, seed: int) -> None:
        self._place = place
        self._chance = random.Random(seed)
        self._closing = asyncio.Event()
        self.played: Counter[str] = Counter()

    @classmethod
    @asynccontextmanager
    async def flowing(cls, place: Place, seed: int) -> AsyncIterator["Background"]:
        """Calls flow while the context lasts; at its end nobody calls any more, and who talks comes to an end."""
        background = cls(place, seed)
        place.town.line(place.department.numbers[0]).answers()
        for extension in EXTENSIONS:
            place.town.phone(extension).script = background._operator
        async with asyncio.TaskGroup() as tasks:
            kinds = [background._inquiry] * (CITIZENS - 3)
            kinds += [background._handoff, background._gives_up_waiting, background._gives_up_in_the_menu]
            playing = [tasks.create_task(background._again_and_again(kind)) for kind in kinds]
            working = [tasks.create_task(background._keeps_at_work(extension)) for extension in EXTENSIONS]
            try:
                await background._in_every_phase()
                yield background
            finally:
                background._closing.set()
                await asyncio.wait(playing, timeout=30)
                for task in (*playing, *working):
                    task.cancel()

    async def _in_every_phase(self) -> None:
        async def ask() -> bool:
            phases = {row["phase"] for row in (await self._place.centre.floor())["calls"]}
            return {"ivr", "talking", "waiting"} <= phases

        await eventually(ask, "there are calls in every phase", 60)

    async def _again_and_again(self, play: Callable[[], Awaitable[None]]) -> None:
        while not self._closing.is_set():
            try:
                await play()
                self.played["to the end"] += 1
            except BROKEN_OFF:
                self.played["broken off"] += 1

    # --- citizens -----------------------------------------------------------------------------------------------------

    async def _inquiry(self) -> None:
        citizen = await self._waits()
        try:
            await self._talks(citizen)
            await asyncio.sleep(self._chance.uniform(*TALK_S))
        finally:
            await self._ends(citizen)

    async def _handoff(self) -> None:
        citizen = await self._waits()
        try:
            await self._talks(citizen)
            department = self._place.department
            await self._place.centre.do(citizen, "consult", department.code)
            ward = await self._place.town.rings(self._place.town.line(department.numbers[0]))
            await self._place.centre.phase(citizen, "consulting")
            await asyncio.sleep(self._chance.uniform(*TALK_S))
            await self._place.centre.do(citizen, "complete")
            await asyncio.sleep(self._chance.uniform(*TALK_S))
            await ward.hang_up()
            await citizen.is_gone()
        finally:
            await self._ends(citizen)

    async def _gives_up_waiting(self) -> None:
        citizen = await self._waits()
        try:
            await asyncio.sleep(self._chance.uniform(*PATIENCE_S))
        finally:
            await self._ends(citizen)

    async def _gives_up_in_the_menu(self) -> None:
        """Also tells when new callers are answered: it calls again and again."""
        citizen = await self._place.town.citizen_calls(scenes.INQUIRY)
        try:
            await citizen.is_up(within_s=5)
            await asyncio.sleep(self._chance.uniform(*GLANCE_S))
        finally:
            await self._ends(citizen)

    async def _waits(self) -> Party:
        citizen = await self._place.town.citizen_calls(scenes.INQUIRY)
        try:
            await citizen.is_up(within_s=5)
            await scenes.choose(self._place.centre, citizen, scenes.FIRST_MENU)
        except BROKEN_OFF:
            if citizen.cause is not None or not citizen.up:
                await self._ends(citizen)
                raise
        return citizen

    async def _talks(self, citizen: Party) -> None:
        """Until an operator has lifted the receiver for this citizen, or patience ends."""

        def look() -> bool:
            return citizen.cause is not None or taker(self._place.town, citizen) is not None

        await self._place.town.until(look, f"somebody talks with {citizen}", 20)

    async def _ends(self, citizen: Party) -> None:
        await citizen.hang_up()
        await citizen.is_gone()

    # --- operators ----------------------------------------------------------------------------------------------------

    async def _operator(self, phone: Party) -> None:
        """Answers after a moment and stays until the call is over."""
        await asyncio.sleep(self._chance.uniform(0.1, 0.6))
        await phone.answer()

    async def _keeps_at_work(self, extension: str) -> None:
        """Whatever has become of an operator: gets ready again."""
        while True:
            try:
                await self._place.centre.gets_ready(extension)
            except BROKEN_OFF:
                self.played["operator not ready"] += 1
            await asyncio.sleep(0.3)
