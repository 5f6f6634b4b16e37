"""Running calls in every phase, again and again: what stands around a fault.

Nobody here judges: what goes wrong in a play is left to the history, and the citizen calls again, as citizens do. What the
history cannot tell is noted: who was not heard, and what was played to its end.
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import aiohttp

from ctl.lab import scenes
from ctl.lab.driver import LabError
from ctl.lab.exchange import Exchange
from ctl.lab.party import LISTEN_S, Party
from ctl.lab.pulse import TooLateError, eventually
from ctl.lab.tones import Heard
from ctl.runtime.client import SwitchboardAway
from ctl.switchboard.ending import TOGETHER_MS
from tests.lab.ground import EXTENSIONS
from tests.proving.place import Place

TALK_S, PATIENCE_S = (1.0, 4.0), (2.0, 8.0)
HEARD_WITHIN_S = 4.0
"""Two who talk hear each other within this, when they have talked for a while already."""
GLANCE_S = (0.2, 0.6)
"""How long somebody stays who hangs up at the first words."""
CITIZENS = 7
"""Who call at the same time; more than the operators, so that some always wait."""
BROKEN_OFF = (TooLateError, AssertionError, LabError, SwitchboardAway, aiohttp.ClientError, OSError, TimeoutError)
"""How a play ends before its time when something is broken."""


def taker(town: Exchange, citizen: Party) -> Party | None:
    """The operator's telephone that has been answered for this citizen, while that call lasts."""
    phones = [town.phone(extension) for extension in EXTENSIONS]
    return next(
        (call for phone in phones for call in phone.calls[-3:] if call.caller == citizen.caller and call.up), None
    )


@dataclass(frozen=True, slots=True)
class Unheard:
    """Somebody did not hear the other, and him alone, all this time. Instants are seconds since the epoch.

    ``garbled``: each did hear the other, and something else with him. ``came_s``: when the citizen called.
    """

    came_s: float
    since_s: float
    until_s: float
    what: str
    garbled: bool


class Background:
    """Made by `flowing`. ``ended`` and ``broken_off`` count plays by their kind."""

    def __init__(self, place: Place, seed: int) -> None:
        self._place = place
        self._chance = random.Random(seed)
        self._closing = asyncio.Event()
        self._plays: dict[str, Callable[[], Awaitable[None]]] = {
            "inquiry": self._inquiry,
            "handoff": self._handoff,
            "caller who gives up waiting": self._gives_up_waiting,
            "caller who gives up in the menu": self._gives_up_in_the_menu,
        }
        self.ended: Counter[str] = Counter()
        self.broken_off: Counter[str] = Counter()
        self.heard: list[str] = []
        """The citizens who talked with somebody, and both heard each other; each as often as that was listened to."""
        self.unheard: list[Unheard] = []

    @classmethod
    @asynccontextmanager
    async def flowing(cls, place: Place, seed: int) -> AsyncIterator["Background"]:
        """Calls flow while the context lasts; at its end nobody calls any more, and who talks comes to an end."""
        background = cls(place, seed)
        place.town.line(place.department.numbers[0]).answers()
        for extension in EXTENSIONS:
            place.town.phone(extension).script = background._operator
        async with asyncio.TaskGroup() as tasks:
            kinds = ["inquiry"] * (CITIZENS - len(background._plays)) + list(background._plays)
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

    async def all_play_again(self, within_s: float) -> list[str]:
        """Wait until every kind of call has come to its end once more; the kinds that have not, in this time."""
        before = self.ended.copy()

        def missing() -> list[str]:
            return [kind for kind in self._plays if self.ended[kind] == before[kind]]

        async def ask() -> bool:
            return not missing()

        with suppress(TooLateError):
            await eventually(ask, "calls of every kind come to their end", within_s)
        return missing()

    async def _again_and_again(self, kind: str) -> None:
        while not self._closing.is_set():
            try:
                await self._plays[kind]()
                self.ended[kind] += 1
            except BROKEN_OFF:
                self.broken_off[kind] += 1

    # --- citizens -----------------------------------------------------------------------------------------------------

    async def _inquiry(self) -> None:
        came_s = time.time()
        citizen = await self._waits()
        try:
            phone = await self._talks(citizen)
            await asyncio.sleep(self._chance.uniform(*TALK_S))
            await self._listens(citizen, phone, came_s)
        finally:
            await self._ends(citizen)

    async def _handoff(self) -> None:
        came_s = time.time()
        citizen = await self._waits()
        try:
            await self._listens(citizen, await self._talks(citizen), came_s)
            department = self._place.department
            self._place.town.line(department.numbers[0]).waiting.clear()  # of those whose handoff came to nothing
            await self._place.centre.do(citizen, "consult", department.code)
            ward = await self._place.town.rings(self._place.town.line(department.numbers[0]))
            await self._place.centre.phase(citizen, "consulting")
            await asyncio.sleep(self._chance.uniform(*TALK_S))
            await self._place.centre.do(citizen, "complete")
            # who is left sooner by the department has not been taken by it
            await asyncio.sleep(TOGETHER_MS / 1000 + self._chance.uniform(*TALK_S))
            await self._listens(citizen, ward, came_s)
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

    async def _talks(self, citizen: Party) -> Party:
        """Until an operator has lifted the receiver for this citizen, or patience ends; the operator's telephone."""

        def look() -> bool:
            return citizen.cause is not None or taker(self._place.town, citizen) is not None

        await self._place.town.until(look, f"somebody talks with {citizen}", 20)
        phone = taker(self._place.town, citizen)
        if phone is None:
            raise LabError(f"{citizen} came to an end before anybody talked")
        return phone

    async def _listens(self, citizen: Party, other: Party, came_s: float) -> None:
        """Two who talk hear each other, and nobody else; looked at now and then, since it costs time to listen."""
        began_s = time.time()
        while citizen.up and other.up:
            told = ((citizen.heard_now(), other), (other.heard_now(), citizen))
            amiss = [(heard, voice) for heard, voice in told if heard != Heard(frozenset({voice.voice}), other=False)]
            if not amiss:
                self.heard.append(citizen.caller)
                return
            if time.time() - began_s > HEARD_WITHIN_S:
                what = " and ".join(f"{voice} not heard alone, but {heard}" for heard, voice in amiss)
                garbled = all(heard is not None and heard.tones == {voice.voice} for heard, voice in amiss)
                who = f"{citizen.caller} and {other.name}"
                self.unheard.append(Unheard(came_s, began_s, time.time(), f"{who}: {what}", garbled))
                return
            await asyncio.sleep(LISTEN_S)

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
                self.broken_off["operator gets ready"] += 1
            await asyncio.sleep(0.3)
