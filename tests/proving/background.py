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
from tests.proving import rules
from tests.proving.place import Place

TALK_S, PATIENCE_S = (1.0, 4.0), (2.0, 8.0)
HEARD_WITHIN_S = 4.0
"""Two who talk hear each other within this, when they have talked for a while already."""
KEPT_S = 2.5
"""Who is hung up on with the other is so within this."""
GLANCE_S = (0.2, 0.6)
"""How long somebody stays who hangs up at the first words."""
INQUIRIES = 3
"""Ordinary ones at the same time; with the other plays more than the operators serve, so that some always wait."""
SENT_ON_WITHIN_S = 15
"""Who has waited as long as the rule asks is with the department."""
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
    """Somebody did not hear the other, and him alone, all this time, or was not kept on the line. Instants are seconds since
    the epoch.

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
            "caller on hold": self._on_hold,
            "caller who gives up waiting": self._gives_up_waiting,
            "caller who gives up in the menu": self._gives_up_in_the_menu,
        }
        if place.sends_on is not None:
            self._plays["caller who is sent on"] = self._sent_on
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
        for department in (place.department, place.sends_on):
            if department is not None:
                place.town.line(department.numbers[0]).answers()
        for extension in EXTENSIONS:
            place.town.phone(extension).script = background._operator
        async with asyncio.TaskGroup() as tasks:
            kinds = ["inquiry"] * (INQUIRIES - 1) + list(background._plays)
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
            rows = (await self._place.centre.floor())["calls"]
            phases = {row["phase"] for row in rows if row["queue"] != rules.SENT_ON_QUEUE}  # where nobody is waited for
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

    async def _on_hold(self) -> None:
        """The operator presses the telephone's own key twice; the second time hangs up, and somebody else serves the citizen."""
        came_s = time.time()
        citizen = await self._waits()
        try:
            phone = await self._talks(citizen)
            await self._listens(citizen, phone, came_s)
            await phone.hold()
            await asyncio.sleep(self._chance.uniform(*GLANCE_S))
            await phone.resume()
            await self._listens(citizen, phone, came_s)
            connections = await self._connections()
            await phone.hold()
            await asyncio.sleep(self._chance.uniform(*TALK_S))
            await phone.hang_up()
            await phone.is_gone()
            await self._is_kept(citizen, came_s, connections)
            await self._listens(citizen, await self._talks(citizen), came_s)
        finally:
            await self._ends(citizen)

    async def _is_kept(self, citizen: Party, came_s: float, connections: int | None) -> None:
        """Who was on hold is not hung up on with the operator: to the history it looks like any end of a talk.

        A switchboard that has connected anew since then cannot know of the hold.
        """
        with suppress(TooLateError):
            cause = await citizen.is_gone(within_s=KEPT_S)
            if connections is not None and connections == await self._connections():
                what = f"{citizen.caller} was on hold, and was hung up on ({cause}) with the operator"
                self.unheard.append(Unheard(came_s, came_s, time.time(), what, garbled=False))

    async def _connections(self) -> int | None:
        """How often this switchboard has connected to its PBX; None when it is not."""
        link = (await self._place.centre.client.health())["link"]
        return link["connections"] if isinstance(link, dict) else None

    async def _sent_on(self) -> None:
        """Nobody serves the queue; after a while it sends the citizen to a department."""
        town, department = self._place.town, self._place.sends_on
        assert department is not None
        line = town.line(department.numbers[0])
        came_s = time.time()
        line.waiting.clear()  # of those who were sent on and had no patience
        citizen = await self._waits(rules.SENT_ON)
        try:

            def look() -> bool:
                return bool(line.waiting) or citizen.cause is not None or taker(town, citizen) is not None

            await town.until(look, f"{citizen} is sent on", SENT_ON_WITHIN_S)
            if not line.waiting:
                raise LabError(f"{citizen} was served by an operator, or came to an end")
            ward = line.waiting.popleft()
            await ward.is_up()
            await self._place.centre.phase(citizen, "handed_off")
            await self._listens(citizen, ward, came_s)
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

    async def _waits(self, key: str = scenes.FIRST_MENU) -> Party:
        citizen = await self._place.town.citizen_calls(scenes.INQUIRY)
        try:
            await citizen.is_up(within_s=5)
            await scenes.choose(self._place.centre, citizen, key)
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
