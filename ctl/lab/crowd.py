"""The ward's peak day (2021-06-14, 1,165 contacts from 8 to 19 o'clock) in fast motion.

People are scaled, machines are not: talking, wrap-up and patience last a ``speed``-th of their time, the IVR's words
take as long as words take (they are shortened for the occasion). Where that makes more calls overlap than the trunk
has channels, the carrier refuses them, as it would.
"""

import asyncio
import csv
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ctl.lab import flows, scenes, table
from ctl.lab.centre import Centre
from ctl.lab.driver import LabError
from ctl.lab.party import Party
from ctl.lab.pulse import eventually
from ctl.lab.stage import Stage, Tell, deploy, stage, where_to_look
from ctl.settings import Settings

HOURS = Path(__file__).parent / "data" / "hourly_contacts.csv"
PEAK_DAY = "2021-06-14"
TALK_S, WRAP_UP_S, PATIENCE_S = 120.0, 60.0, 180.0
"""Means of the day that is replayed: what the contract aims at (S-5, S-6), and how long people wait."""
OPERATORS = 16
"""Offered traffic of the peak hour is 167 calls of 180 s: 8.4 operators' whole time."""
SHORT_WORDS = {"greeting": "豊島区です。", "recording-notice": "録音します。", "connecting": "お待ちください。"}


@dataclass
class Hour:
    """What became of the calls of one hour, as the town saw it."""

    calls: int
    answered: int = 0
    gave_up: int = 0
    trunk_full: int = 0
    longest_wait_s: float = 0.0


def curve(path: Path = HOURS, day: str = PEAK_DAY) -> dict[int, int]:
    """Contacts by the hour they begin in."""
    with path.open(encoding="utf-8", newline="") as file:
        return {int(row["hour_start"]): int(row["contacts"]) for row in csv.DictReader(file) if row["date"] == day}


def arrivals(contacts: dict[int, int], chance: random.Random) -> Iterator[tuple[float, int]]:
    """Seconds since the day's opening, in order, and the hour each belongs to: as random as callers are."""
    opening = min(contacts)
    for hour, calls in sorted(contacts.items()):
        for second in sorted(chance.uniform(0, 3600) for _ in range(calls)):
            yield (hour - opening) * 3600 + second, hour


async def replay(settings: Settings, speed: float, tell: Tell) -> None:
    """Replay the peak day ``speed`` times as fast, hour by hour, and compare with what the centre has recorded."""
    async with stage(settings, tell, operators=OPERATORS, listening=False) as on:
        flows.say(on.flows, SHORT_WORDS)
        await deploy(on.centre, on.flows)
        began = datetime.now(UTC).isoformat(timespec="seconds")
        day = Day(on, speed)
        await day.run()
        tell(day.told())
        tell(await _recorded(on.centre, began, day))
        await where_to_look(on.centre, tell)


async def _recorded(centre: Centre, began: str, day: "Day") -> str:
    """What the centre's own records count of the same calls."""
    ended = sum(hour.answered + hour.gave_up for hour in day.hours.values())

    async def ask() -> Counter[str] | None:
        done = await centre.ctl("calls", "--since", began, "--json", "--limit", "100000")
        if done.status:
            raise LabError(f"ctl calls failed: {done.err or done.out}")
        outcomes = Counter(call["outcome"] for call in done.document if call["called"] == scenes.INQUIRY)
        return outcomes if outcomes.total() >= ended else None

    counted = await eventually(ask, f"all {ended} calls are in the database", 120)
    return f"In the centre's records: {counted.total()} calls, " + ", ".join(
        f"{n} {what}" for what, n in counted.items()
    )


class Day:
    """The day as it is replayed."""

    def __init__(self, on: Stage, speed: float) -> None:
        self.hours = {hour: Hour(calls) for hour, calls in curve().items()}
        self._on = on
        self._speed = speed
        self._chance = random.Random(PEAK_DAY)
        self._channels = asyncio.Semaphore(on.plan.trunk.limit)
        self._served: dict[str, asyncio.Event] = {}
        """By the caller's number: somebody has answered."""

    async def run(self) -> None:
        total = sum(hour.calls for hour in self.hours.values())
        minutes = len(self.hours) * 60 / self._speed
        self._on.tell(f"{PEAK_DAY}: {total} contacts, {self._speed:g} times as fast, about {minutes:.0f} minutes.")
        for extension in self._on.extensions:
            self._on.town.phone(extension).script = self._operator
            await self._on.centre.gets_ready(extension)
        async with asyncio.TaskGroup() as citizens:
            loop = asyncio.get_running_loop()
            opened, said = loop.time(), None
            for second, hour in arrivals({hour: told.calls for hour, told in self.hours.items()}, self._chance):
                await asyncio.sleep(max(0.0, opened + second / self._speed - loop.time()))
                if hour != said:
                    said = hour
                    self._on.tell(f"   {hour}:00, {self.hours[hour].calls} calls")
                citizens.create_task(self._citizen(self.hours[hour]))

    def told(self) -> str:
        """A table, hour by hour."""
        rows: list[tuple[str, ...]] = [("hour", "calls", "answered", "gave up", "trunk full", "longest wait")]
        for start, hour in self.hours.items():
            counts = (hour.calls, hour.answered, hour.gave_up, hour.trunk_full)
            rows.append((f"{start}:00", *map(str, counts), f"{hour.longest_wait_s:.1f} s"))
        return table.laid_out(rows)

    async def _citizen(self, hour: Hour) -> None:
        if self._channels.locked():
            hour.trunk_full += 1
            return
        async with self._channels:
            citizen = await self._on.town.citizen_calls(scenes.INQUIRY)
            served = self._served[citizen.caller] = asyncio.Event()
            try:
                await citizen.is_up(within_s=15)
                waited_s = await self._is_served(citizen, served)
                hour.answered += 1
                hour.longest_wait_s = max(hour.longest_wait_s, waited_s)
                await self._lasts(TALK_S)
            except TimeoutError:
                hour.gave_up += 1
            await citizen.hang_up()
            await citizen.is_gone()

    async def _is_served(self, citizen: Party, served: asyncio.Event) -> float:
        """Press a key, and again if it was too early, and wait until somebody answers or patience ends."""
        loop = asyncio.get_running_loop()
        came = loop.time()
        key = self._chance.choice("1234500")
        async with asyncio.timeout(max(10.0, self._chance.expovariate(self._speed / PATIENCE_S))):
            while not served.is_set():
                await citizen.press(key)
                with suppress(TimeoutError):
                    await asyncio.wait_for(served.wait(), 2.0)
        return loop.time() - came

    async def _operator(self, phone: Party) -> None:
        """Answers at once; saves the record a while after the end."""
        await phone.answer()
        if served := self._served.get(phone.caller):
            served.set()
        await phone.is_gone(within_s=600)
        await self._lasts(WRAP_UP_S)
        await self._on.centre.gets_ready(phone.called)

    async def _lasts(self, mean_s: float) -> None:
        await asyncio.sleep(max(0.5, self._chance.expovariate(self._speed / mean_s)))
