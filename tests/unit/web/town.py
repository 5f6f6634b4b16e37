"""A small town for the screens: the pure core decides about real events, so what is shown could have happened."""

import asyncio
from collections.abc import AsyncIterator, Mapping

from aiohttp import web
from aiohttp.test_utils import TestClient

from ctl.runtime.client import SwitchboardAway
from ctl.runtime.document import FloorDocument, floor_document
from ctl.switchboard.events import Cause, Do, LegAnswered
from ctl.switchboard.ids import Extension, GroupName
from ctl.switchboard.plan import OperatorProfile, Plan
from tests.floor_driver import Driver
from tests.plans import PENSIONS, plan_with

Browser = TestClient[web.Request, web.Application]

PEOPLE = ("豊島 花子", "池袋 太郎", "目白 さくら", "駒込 健一", "大塚 由美", "巣鴨 誠", "要町 葵", "千川 翔")


def ward_plan() -> Plan:
    """The small plan with people of Japanese names."""
    skills = ({"civil": 1, "tax": 5}, {"civil": 1}, {"tax": 1})
    operators = {}
    for n, name in enumerate(PEOPLE):
        extension = Extension(str(2001 + n))
        groups = {GroupName(group): level for group, level in skills[n % 3].items()}
        operators[extension] = OperatorProfile(extension, name, groups)
    return plan_with(operators=operators)


def busy_floor() -> Driver:
    """Calls in most phases, operators in most states, callers waiting."""
    town = Driver(ward_plan())
    town.ready("2001", "2002", "2004", "2005", "2007", "2008")
    town.passes(40_000)
    for n in range(6):
        town.waits_in_civil(f"1781485240.{n}")
        town.passes(1300)
    answer = [town.rings_at(f"1781485240.{n}") for n in range(5)]
    for leg in answer:
        town.happens(LegAnswered(leg))
        town.passes(900)
    town.command(Do.HOLD, call="1781485240.1")
    town.command(Do.CONSULT, call="1781485240.2", argument=PENSIONS)
    town.command(Do.CONSULT, call="1781485240.3", argument=PENSIONS)
    town.happens(LegAnswered(town.department_leg("1781485240.3")))
    town.passes(12_000)
    town.hangs_up("1781485240.4", Cause.NORMAL)
    town.command(Do.NOT_READY, "2007", "break")
    town.passes(8_000)
    for n in range(6, 9):
        town.waits_in_civil(f"1781485240.{n}")
        town.passes(2_000)
    town.calls_in("1781485240.9")
    town.passes(2_500)
    return town


class StubSwitchboard:
    """A switchboard that tells one floor, and may go away and come back."""

    def __init__(self, town: Driver) -> None:
        self.town = town
        self._away = asyncio.Event()

    def leave(self) -> None:
        self._away.set()

    def come_back(self) -> None:
        self._away.clear()

    async def floor(self) -> FloorDocument:
        if self._away.is_set():
            raise SwitchboardAway("gone")
        return floor_document(self.town.floor, self.town.now)

    async def watch(self) -> AsyncIterator[Mapping[str, object]]:
        yield {"n": 0, "snapshot": await self.floor()}
        await self._away.wait()
        raise SwitchboardAway("closed")
