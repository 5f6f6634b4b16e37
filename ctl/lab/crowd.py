"""The ward's peak day (2021-06-14, 1,242 calls, from 8 to 19 o'clock) in fast motion.

People are scaled, machines are not: talking, wrap-up and patience last a ``speed``-th of their time, the IVR's words
take as long as words take (they are shortened for the occasion). Where that makes more calls overlap than the trunk
has channels, the carrier refuses them, as it would. At the end every call is compared with its record.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from itertools import accumulate, pairwise

from ctl.lab import flows, scenes, tally
from ctl.lab.centre import Centre, Record
from ctl.lab.driver import LabError
from ctl.lab.party import Party
from ctl.lab.pulse import TooLateError, eventually
from ctl.lab.stage import Stage, Tell, deploy, stage, where_to_look
from ctl.lab.tally import Fate, Seen
from ctl.simulation.workload import calls_by_day, contacts_by_hour

PEAK_DAY = date(2021, 6, 14)
TALK_S, WRAP_UP_S, PATIENCE_S = 120.0, 60.0, 180.0
"""Means of the day that is replayed: what the contract aims at (S-5, S-6), and how long people wait."""
OPERATORS = 16
"""Offered traffic of the peak hour is 178 calls of 180 s: 8.9 operators' whole time."""
SHORT_WORDS = {"greeting": "豊島区です。", "recording-notice": "録音します。", "connecting": "お待ちください。"}


def curve(day: date = PEAK_DAY) -> dict[int, int]:
    """The calls of a day by the hour in which they begin: spread over the hours as its contacts (calls, mails, faxes)."""
    contacts, calls = contacts_by_hour(day), calls_by_day()[day]
    sums = [round(calls * so_far / sum(contacts.values())) for so_far in accumulate(contacts.values(), initial=0)]
    return {hour: after - before for hour, (before, after) in zip(contacts, pairwise(sums), strict=True)}


def arrivals(by_hour: dict[int, int], chance: random.Random) -> Iterator[tuple[float, int]]:
    """Seconds since the day's opening, in order, and the hour each belongs to: as random as callers are."""
    opening = min(by_hour)
    for hour, calls in sorted(by_hour.items()):
        for second in sorted(chance.uniform(0, 3600) for _ in range(calls)):
            yield (hour - opening) * 3600 + second, hour


async def replay(centre: Centre, speed: float, tell: Tell) -> None:
    """Replay the peak day ``speed`` times as fast, hour by hour, and compare with what the centre has recorded."""
    async with stage(centre, tell, operators=OPERATORS, listening=False) as on:
        flows.say(on.flows, SHORT_WORDS)
        await deploy(on.centre, on.flows)
        began = datetime.now(UTC).isoformat(timespec="seconds")
        day = Day(on, speed)
        await day.run()
        tell(tally.by_hour(day.seen))
        if why := tally.why_full(day.seen, on.plan.trunk.limit, speed, TALK_S):
            tell(why)
        await _compare(on.centre, began, day.seen, tell)
        await where_to_look(on.centre, tell)


async def _compare(centre: Centre, began: str, seen: Sequence[Seen], tell: Tell) -> None:
    """Call by call, what was played and what the centre has recorded. Raises `LabError` when they differ."""
    callers = {one.caller for one in seen if one.caller}

    async def ask() -> list[Record] | None:
        done = await centre.ctl("calls", "--since", began, "--json", "--limit", "100000")
        if done.status:
            raise LabError(f"ctl calls failed: {done.err or done.out}")
        ours = [call for call in done.document if call["caller"] in callers and call["ended_at"]]
        return ours if {call["caller"] for call in ours} == callers else None

    tell("Waiting until the last row is in Postgres …")
    records = await eventually(ask, f"all {len(callers)} calls are in the database", 120)
    outcomes = ", ".join(f"{n} {what}" for what, n in Counter(record["outcome"] for record in records).most_common())
    tell(f"In the centre's records: {len(records)} calls, {outcomes}.")
    if differing := tally.differences(seen, records):
        raise LabError("the records do not say what was played:\n" + "\n".join(differing))
    tell(f"Compared call by call, outcome and operator: all {len(records)} are recorded as they were played.")


class Day:
    """The day as it is replayed."""

    def __init__(self, on: Stage, speed: float) -> None:
        self.seen: list[Seen] = []
        self._on = on
        self._speed = speed
        self._chance = random.Random(str(PEAK_DAY))
        self._limit = on.plan.trunk.limit
        self._used = 0
        self._served: dict[str, asyncio.Event] = {}
        """By the caller's number: somebody has answered."""
        self._lifted: dict[str, str] = {}
        """By the caller's number: who lifted the receiver, perhaps in vain."""

    async def run(self) -> None:
        calls = curve()
        minutes = len(calls) * 60 / self._speed
        self._on.tell(
            f"{PEAK_DAY}: {sum(calls.values())} calls, {self._speed:g} times as fast, about {minutes:.0f} minutes."
        )
        for extension in self._on.extensions:
            self._on.town.phone(extension).script = self._operator
            await self._on.centre.gets_ready(extension)
        try:
            await self._everybody_calls(calls)
        except BaseExceptionGroup as failed:
            raise failed.exceptions[0] from failed
        for one in self.seen:
            one.operator = self._lifted.get(one.caller)

    async def _everybody_calls(self, calls: dict[int, int]) -> None:
        async with asyncio.TaskGroup() as citizens:
            loop = asyncio.get_running_loop()
            opened, said = loop.time(), None
            for second, hour in arrivals(calls, self._chance):
                await asyncio.sleep(max(0.0, opened + second / self._speed - loop.time()))
                if hour != said:
                    said = hour
                    self._on.tell(f"   {hour}:00, {calls[hour]} calls")
                citizens.create_task(self._citizen(hour))

    async def _citizen(self, hour: int) -> None:
        full = self._used >= self._limit
        self.seen.append(seen := Seen(hour, min(self._used + 1, self._limit)))
        if full:
            seen.fate = Fate.TRUNK_FULL
            return
        self._used += 1
        loop = asyncio.get_running_loop()
        came = loop.time()
        try:
            await self._calls(seen)
        finally:
            self._used -= 1
            seen.lasted_s = loop.time() - came

    async def _calls(self, seen: Seen) -> None:
        """Dial, press a key, wait until somebody answers or patience ends, talk, hang up."""
        citizen = await self._on.town.citizen_calls(scenes.INQUIRY)
        seen.caller = citizen.caller
        served = self._served[citizen.caller] = asyncio.Event()
        with suppress(TooLateError):
            await citizen.is_up(within_s=15)
            seen.fate, seen.waited_s = await self._waits(citizen, served)
            if seen.fate is Fate.ANSWERED:
                await self._lasts(TALK_S)
        await citizen.hang_up()
        await citizen.is_gone()

    async def _waits(self, citizen: Party, served: asyncio.Event) -> tuple[Fate, float]:
        """Press a key, and again if it was too early. What came of it, and after how many seconds."""
        loop = asyncio.get_running_loop()
        came = loop.time()
        gives_up = came + max(10.0, self._chance.expovariate(self._speed / PATIENCE_S))
        key = self._chance.choice("1234500")
        while loop.time() < gives_up and citizen.cause is None:
            await citizen.press(key)
            with suppress(TimeoutError):
                await asyncio.wait_for(served.wait(), min(2.0, gives_up - loop.time()))
                return Fate.ANSWERED, loop.time() - came
        return Fate.GAVE_UP if citizen.cause is None else Fate.TURNED_AWAY, loop.time() - came

    async def _operator(self, phone: Party) -> None:
        """Answers at once; saves the record a while after the end."""
        self._lifted[phone.caller] = phone.called
        await phone.answer()
        if served := self._served.get(phone.caller):
            served.set()
        await phone.is_gone(within_s=600)
        await self._lasts(WRAP_UP_S)
        await self._on.centre.gets_ready(phone.called)

    async def _lasts(self, mean_s: float) -> None:
        await asyncio.sleep(max(0.5, self._chance.expovariate(self._speed / mean_s)))
