"""Callers who leave us although we are there: how often the PBX is asked who they are."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

from ctl.pbx.ami import Ami
from ctl.pbx.fallback import Fallback


class SlowAmi:
    """Answers a look only when the test says so. ``there``: the calls that hear the announcement."""

    up = True

    def __init__(self) -> None:
        self.there: list[str] = []
        self.looks = 0
        self.redirected: list[str] = []
        self.answered: list[str] = []
        self.answers = asyncio.Event()

    async def ask(self, action: str, headers: dict[str, str] | None = None, *, many: bool = False) -> Any:
        if action == "Getvar":
            return [SimpleNamespace(value="1795509700000" if (headers or {})["Channel"] in self.answered else "")]
        if action == "Redirect":
            self.redirected.append((headers or {})["Channel"])
            return []
        self.looks += 1
        seen = list(self.there)
        await self.answers.wait()
        return [
            SimpleNamespace(
                event="CoreShowChannel", context="fallback-waiting", application="Playback", uniqueid=one, channel=one
            )
            for one in seen
        ]


async def test_forty_who_leave_at_once_cost_two_looks_and_all_are_taken_back_in_order() -> None:
    ami = SlowAmi()
    fallback = Fallback(cast(Ami, ami), lambda: True)
    leaving = []
    for number in range(40):
        ami.there.append(f"1795509605.{number}")
        leaving.append(asyncio.create_task(fallback.take_from_beside()))
        await asyncio.sleep(0)  # the first look is under way and has seen one
    ami.answers.set()
    await asyncio.gather(*leaving)
    assert ami.looks == 2
    assert ami.redirected == ami.there


async def test_a_look_that_was_given_up_keeps_nobody_from_being_found() -> None:
    ami = SlowAmi()
    fallback = Fallback(cast(Ami, ami), lambda: True)
    first, second = (asyncio.create_task(fallback.take_from_beside()) for _ in range(2))
    await asyncio.sleep(0)
    second.cancel()
    first.cancel()
    await asyncio.wait([first, second])
    ami.there.append("1795509605.1")
    ami.answers.set()
    await fallback.take_from_beside()
    assert ami.redirected == ["1795509605.1"]


async def test_who_is_answered_while_others_are_taken_back_talks_on() -> None:
    ami = SlowAmi()
    ami.there = [f"1795509605.{number}" for number in range(3)]
    ami.answered = ["1795509605.1"]
    ami.answers.set()
    await Fallback(cast(Ami, ami), lambda: True).take_from_beside()
    assert ami.redirected == ["1795509605.0", "1795509605.2"]
