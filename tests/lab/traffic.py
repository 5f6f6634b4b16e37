"""Calls of several kinds one after the other, each remembered with how the records must tell it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from ctl.lab import scenes
from ctl.lab.centre import Centre
from ctl.lab.exchange import Exchange
from ctl.lab.party import Party
from ctl.switchboard.plan import Department


@dataclass(frozen=True)
class Played:
    """A call as it was played. ``handoffs``: the result of each."""

    citizen: Party
    outcome: str
    handoffs: Sequence[str] = ()


@dataclass
class Traffic:
    """Operators answer by themselves and are ready again by themselves; citizens do what each kind of call says.

    ``agreeing`` says yes to every handoff, ``refusing`` no.
    """

    centre: Centre
    town: Exchange
    agreeing: Department
    refusing: Department
    played: list[Played] = field(default_factory=list)

    async def open(self, *extensions: str) -> None:
        """Bring the operators and the departments to their telephones."""
        self.town.line(self.agreeing.numbers[0]).answers()
        self.town.line(self.refusing.numbers[0]).refuses()
        for extension in extensions:
            self.town.phone(extension).script = self._works
            await self.centre.gets_ready(extension)

    async def flows(self, seconds: float) -> None:
        """Each kind of call again and again, beside each other; none begins later than ``seconds`` from now."""
        async with asyncio.TaskGroup() as kinds:
            for kind in (self.inquiry, self.agreed_handoff, self.refused_handoff, self.abandoned):
                kinds.create_task(self._again_and_again(kind, asyncio.get_running_loop().time() + seconds))

    async def _again_and_again(self, kind: Callable[[], Awaitable[None]], until: float) -> None:
        while asyncio.get_running_loop().time() < until:
            await kind()

    # --- kinds of calls -----------------------------------------------------------------------------------------------

    async def inquiry(self) -> None:
        citizen, phone = await self.talk()
        await citizen.hang_up()
        await phone.is_gone()
        self.note(citizen, "answered")

    async def agreed_handoff(self) -> None:
        citizen, phone = await self.talk()
        await self.centre.do(citizen, "consult", self.agreeing.code)
        ward = await self.town.rings(self.town.line(self.agreeing.numbers[0]))
        await self.centre.phase(citizen, "consulting")
        assert await ward.hears(phone)
        await self.centre.do(citizen, "complete")
        assert await citizen.hears(ward)
        await self.centre.has_handed_over(citizen)
        await ward.hang_up()
        await citizen.is_gone()
        self.note(citizen, "handed_off", "completed")

    async def refused_handoff(self) -> None:
        citizen, phone = await self.talk()
        await self.centre.do(citizen, "consult", self.refusing.code)
        ward = await self.town.rings(self.town.line(self.refusing.numbers[0]))
        await ward.is_gone()
        await self.centre.phase(citizen, "talking")
        assert await citizen.hears(phone)
        await phone.hang_up()
        await citizen.is_gone()
        self.note(citizen, "answered", "refused")

    async def abandoned(self) -> None:
        citizen = await self.town.citizen_calls(scenes.INQUIRY)
        assert await citizen.hears_speech()
        await citizen.hang_up()
        await citizen.is_gone()
        self.note(citizen, "abandoned_ivr")

    async def talk(self) -> tuple[Party, Party]:
        """A citizen and whoever answers hear each other."""
        citizen = await scenes.waiting(self.centre, self.town)
        call = await self.centre.phase(citizen, "talking", within_s=30)
        phone = next(one for one in self.town.phone(call["operator"] or "").calls[::-1] if one.cause is None)
        assert await citizen.hears(phone)
        assert await phone.hears(citizen)
        return citizen, phone

    def note(self, citizen: Party, outcome: str, *handoffs: str) -> None:
        self.played.append(Played(citizen, outcome, handoffs))

    async def _works(self, phone: Party) -> None:
        await phone.answer()
        await phone.is_gone(within_s=600)
        await self.centre.operator_is(phone.called, "wrap_up")
        await self.centre.gets_ready(phone.called)
