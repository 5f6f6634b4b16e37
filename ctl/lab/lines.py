"""Telephones that can be called: how they ring, and what somebody does about it."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from ctl.lab.party import BUSY, CONGESTED, DECLINED, Party
from ctl.lab.tap import Address


class Listener(Protocol):
    """A telephone whose sound arrives at a known address."""

    @property
    def name(self) -> str: ...
    @property
    def ear(self) -> Address: ...


Script = Callable[[Party], Awaitable[None]]
"""What somebody does when the telephone rings."""


async def _lets_it_ring(party: Party) -> None:
    """The default: ring until the test decides, or the centre gives up."""


@dataclass(eq=False)
class Line:
    """A telephone number of the town outside the centre: a department, a citizen who is called back."""

    number: str
    script: Script = _lets_it_ring
    waiting: deque[Party] = field(default_factory=deque)
    calls: list[Party] = field(default_factory=list)

    def answers(self, after_s: float = 0.0) -> None:
        async def script(party: Party) -> None:
            await asyncio.sleep(after_s)
            await party.answer()

        self.script = script

    def refuses_with(self, cause: int) -> None:
        async def script(party: Party) -> None:
            await party.decline(cause)

        self.script = script

    def is_busy(self) -> None:
        self.refuses_with(BUSY)  # 486

    def is_congested(self) -> None:
        self.refuses_with(CONGESTED)  # 503

    def refuses(self) -> None:
        self.refuses_with(DECLINED)  # 603

    def lets_it_ring(self) -> None:
        self.script = _lets_it_ring


@dataclass(eq=False)
class Phone(Line):
    """An operator's telephone. ``number`` is the extension."""

    plugged_in: bool = False
