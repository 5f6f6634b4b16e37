"""Hours on end: calls that end in every way, and nothing that grows, stands still or is left over."""

import asyncio
import math
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from statistics import median

from matplotlib.figure import Figure
from scipy.stats import theilslopes

from ctl.house.supervision import Supervisor
from ctl.lab import crowd
from ctl.lab.driver import LabError
from ctl.lab.pulse import TooLateError
from ctl.settings import Settings
from tests.bench.drive import Driven, drive
from tests.bench.meanwhile import meanwhile
from tests.bench.place import FIRST, NOBODY, OURS, Place
from tests.bench.reading import longest_pause
from tests.bench.traffic import telephones
from tests.bench.usage import Held, held
from tests.proving.kept import kept
from tests.proving.report import Case, Report

PER_S, TALK_S = 2, 3.0
"""120 calls a minute: more than the 100 at which a deadlock was reported (asterisk#1962). The talk is the scenario's."""
LAP_S, LEAST_LAPS = 300, 12
"""A run that is too short for so many laps has shorter ones."""
SHIFT = 6
"""So many laps the same operators are at work; then they go home, and their telephones register anew (for an hour)."""
SHORT_LAP_S, SHORT_LAPS, SHORT_PER_S = 5, 3, 4
WARM = 0.2
"""This part of the laps is for caches and pools to fill; at least one lap."""
OPERATORS = 20
"""Half of them hang up, half leave that to the citizen."""
DESERTED_EVERY = 6
"""Each so manieth citizen waits where nobody works, and gives up."""
LONGEST_PAUSE_S = 5.0
FAILED = "calls failed"
QUARTER_S = 900.0
"""How often on a day in fast motion, in its own time, it is looked at what every service holds."""
ROOM = Held(private_mb=8, descriptors=4, threads=2)
"""So much a service may have grown from the warm state to the end."""
ROOM_PART = 0.05
"""The same of its memory as a part of what it holds."""
ROOM_OF = {"postgres": replace(ROOM, descriptors=400), "asterisk": replace(ROOM, threads=ROOM.descriptors)}
"""Each backend of Postgres keeps the files of every table open that it ever looked into; each connection to Asterisk has a
descriptor and a thread there."""
HELD: Mapping[str, Callable[[Held], float]] = {
    "private MB": lambda one: one.private_mb,
    "descriptors": lambda one: one.descriptors,
    "threads": lambda one: one.threads,
}


@dataclass(frozen=True, slots=True)
class Lap:
    """A few minutes of calls, and what is there when they are over and nobody calls. ``at_s``: since the first lap's begin."""

    at_s: float
    calls: int
    failed: int
    wrong: int
    """Calls without exactly one row, or with one that says something else."""
    unrecorded: int
    channels: int
    longest_pause_s: float
    """Between two calls that ended."""
    services: Mapping[str, Held]
    since: Mapping[str, int]
    """When each service was started, seconds since the epoch."""
    failures: Sequence[str] = ()
    """What the calls that failed lack."""

    def __str__(self) -> str:
        return (
            f"{self.calls} calls, {self.failed} failed, {self.wrong} without exactly one true row, "
            f"{self.unrecorded} without a recording; {self.channels} channels left; "
            f"longest pause {self.longest_pause_s:.1f} s" + "".join(f"; {one}" for one in self.failures)
        )


async def soak(place: Place, *, hours: float, short: bool = False) -> Report:
    """Lap by lap; ``short``: three of five seconds, whatever ``hours`` says."""
    wanted_s = hours * 3600
    lap_s, per_s = (SHORT_LAP_S, SHORT_PER_S) if short else (min(LAP_S, math.ceil(wanted_s / LEAST_LAPS)), PER_S)
    count = SHORT_LAPS if short else math.ceil(wanted_s / lap_s)
    laps: list[Lap] = []
    stays, leaves = f"{place.net}.46", f"{place.net}.47"
    patient, brisk = range(FIRST, FIRST + OPERATORS // 2), range(FIRST + OPERATORS // 2, FIRST + OPERATORS)
    numbers = [NOBODY if n % DESERTED_EVERY == 0 else OURS for n in range(per_s * lap_s)]
    began = time.monotonic()
    for first in range(0, count, SHIFT):
        async with (
            telephones(place, "operator", stays, patient, "-rtp_echo"),
            telephones(place, "operator_hangs_up", leaves, brisk, "-rtp_echo"),
            place.at_work([*patient, *brisk]),
        ):
            for n in range(first, min(first + SHIFT, count)):
                driven = await drive(place, "caller_either", [stays, leaves], numbers, per_s, TALK_S)
                laps.append(lap := await _lap(place, driven, time.monotonic() - began))
                print(f"lap {n + 1} of {count}: {lap}", file=sys.stderr, flush=True)
    notes = (f"{count} laps of {lap_s} s, {per_s} calls a second, all through ARI",)
    return Report(
        [*cases_of(laps), *growth(laps)], {"held": _held([(lap.at_s / 3600, lap.services) for lap in laps])}, notes
    )


async def days(place: Place, *, days: int, speed: float) -> Report:
    """The ward's peak day in fast motion, one after the other, as ``ctl demo --speed`` replays it and compares it with
    the records call by call. One day's growth shows only beside another."""
    settings, contacts = place.centre.settings, sum(crowd.curve().values())
    cases: list[Case] = []
    seen: list[Quarters] = []
    since = [started(settings)]
    for day in range(1, days + 1):
        async with watched(settings, QUARTER_S / speed) as quarters:
            try:
                await crowd.replay(place.centre, speed, partial(print, file=sys.stderr, flush=True))
                differing = ""
            except (LabError, TooLateError) as error:
                differing = str(error)
        seen.append(quarters)
        since.append(started(settings))
        channels = await place.empties()
        cases += [
            Case(
                f"day {day}: {contacts} calls, as played and as kept",
                "the same",
                differing or "the same",
                not differing,
            ),
            Case(f"day {day}: channels left", "0", str(channels), channels == 0),
        ]
    hours = [(n * QUARTER_S / 3600, held) for n, held in enumerate(held for quarters in seen for held in quarters)]
    notes = (f"{crowd.PEAK_DAY}, {speed:g} times as fast",)
    return Report([*cases, restarts(since), *from_day_to_day(seen)], {"held": _held(hours)}, notes)


Quarters = list[Mapping[str, Held]]
"""What every service held at each quarter of an hour of a day."""


@asynccontextmanager
async def watched(settings: Settings, every_s: float) -> AsyncIterator[Quarters]:
    """What every service holds while the context lasts, looked at so often."""
    seen: Quarters = []

    async def look() -> None:
        while True:
            seen.append(await asyncio.to_thread(held, settings))
            await asyncio.sleep(every_s)

    async with meanwhile(look()):
        yield seen


def started(settings: Settings) -> dict[str, int]:
    """When each service was started, seconds since the epoch."""
    return {process["name"]: int(process["start"]) for process in Supervisor(settings).processes()}


async def _lap(place: Place, driven: Driven, at_s: float) -> Lap:
    channels = await place.empties()
    found = await kept(place.centre.settings, driven)
    return Lap(
        at_s,
        driven.wanted,
        driven.failed,
        len(found.wrong(driven)),
        len(found.unrecorded(driven)),
        channels,
        longest_pause(call.ended_s for call in driven.calls.values() if call.ended_s is not None),
        held(place.centre.settings),
        started(place.centre.settings),
        driven.failures(),
    )


def cases_of(laps: Sequence[Lap]) -> list[Case]:
    """Whether calls were lost, untold or left over, and whether anything stood still."""
    calls = sum(lap.calls for lap in laps)
    why = "".join(f"; {one}" for lap in laps for one in lap.failures)
    sums = {
        FAILED: sum(lap.failed for lap in laps),
        "calls without exactly one true row": sum(lap.wrong for lap in laps),
        "calls served without a recording": sum(lap.unrecorded for lap in laps),
        "channels left after a lap": max(lap.channels for lap in laps),
    }
    pause_s = max(lap.longest_pause_s for lap in laps)
    return [
        *(
            Case(
                name,
                f"0 of {calls}" if "call" in name else "0",
                f"{seen}{why if name == FAILED else ''}",
                seen == 0,
            )
            for name, seen in sums.items()
        ),
        Case(
            "longest time without the end of a call",
            f"≤ {LONGEST_PAUSE_S:g} s",
            f"{pause_s:.1f} s",
            pause_s <= LONGEST_PAUSE_S,
        ),
        restarts([lap.since for lap in laps]),
    ]


def restarts(since: Sequence[Mapping[str, int]]) -> Case:
    """Whether a service died, or was ended by the sentinel, and came again: what it had lost would not be seen as growth."""
    again = sorted({name for before, after in pairwise(since) for name in before if before[name] != after.get(name)})
    return Case("services started again", "none", ", ".join(again) or "none", not again)


def growth(laps: Sequence[Lap]) -> list[Case]:
    """What each service held at rest, lap by lap after the warm ones, along the line through it (Theil and Sen's, which
    an outlier does not bend)."""
    warm = laps[max(1, round(len(laps) * WARM)) :]
    times = [lap.at_s for lap in warm]
    cases = []
    for service in sorted(set().union(*(lap.services for lap in warm))):
        of = {name: [what(lap.services.get(service, Held())) for lap in warm] for name, what in HELD.items()}
        room = room_of(service, of["private MB"][0])
        risen = {name: rise(times, values) for name, values in of.items()}
        seen = ", ".join(
            f"{name} {values[0]:.0f} → {values[-1]:.0f} (line {risen[name]:+.1f})" for name, values in of.items()
        )
        expected = ", ".join(f"{name} +{most:.0f}" for name, most in room.items())
        flat = all(risen[name] <= room[name] for name in of)
        cases.append(Case(f"{service} holds, at rest", f"at most {expected}", seen, flat))
    return cases


def from_day_to_day(days: Sequence[Quarters]) -> list[Case]:
    """What each service held beyond the day before. Memory at the same quarter of an hour, by the median of a day, all days
    together; descriptors and threads by the quarter of a day in which it held fewest, since each call that is just up has
    some of its own. The first fifth of a day is left out: on the first of them, caches and pools fill. Nothing is said of one day."""
    if len(days) < 2:
        return []
    count = min(len(day) for day in days)
    warm = [day[round(count * WARM) : count] for day in days]
    cases = []
    for service in sorted(set().union(*(quarter for day in warm for quarter in day))):
        of = {
            name: [[what(quarter.get(service, Held())) for quarter in day] for day in warm]
            for name, what in HELD.items()
        }
        room = room_of(service, of["private MB"][0][0])
        more = {name: min(of_days[-1]) - min(of_days[0]) for name, of_days in of.items()}
        steps = [
            later - earlier
            for before, after in pairwise(of["private MB"])
            for earlier, later in zip(before, after, strict=True)
        ]
        more["private MB"] = (len(days) - 1) * median(steps)
        seen = ", ".join(f"{name} {more[name]:+.1f} (at the end {of_days[-1][-1]:.0f})" for name, of_days in of.items())
        expected = ", ".join(f"{name} +{most:.0f}" for name, most in room.items())
        flat = all(more[name] <= room[name] for name in of)
        cases.append(Case(f"{service} holds more from day to day", f"at most {expected}", seen, flat))
    return cases


def room_of(service: str, private_mb: float) -> dict[str, float]:
    """By how much a service that held so much memory may grow."""
    room = {name: what(ROOM_OF.get(service, ROOM)) for name, what in HELD.items()}
    return room | {"private MB": max(room["private MB"], ROOM_PART * private_mb)}


def rise(times: Sequence[float], values: Sequence[float]) -> float:
    """By how much the line through these values rises from the first to the last; 0 of a single one."""
    if len(times) < 2:
        return 0.0
    return float(theilslopes(values, times).slope) * (times[-1] - times[0])


def _held(seen: Sequence[tuple[float, Mapping[str, Held]]]) -> Figure:
    """``seen``: after so many hours, what every service held."""
    figure = Figure(figsize=(8, 9), layout="constrained")
    hours = [at_h for at_h, _ in seen]
    for row, (name, what) in enumerate(HELD.items(), 1):
        axes = figure.add_subplot(3, 1, row, xlabel="h", ylabel=name, yscale="log")
        for service in sorted(set().union(*(services for _, services in seen))):
            axes.plot(hours, [what(services.get(service, Held())) for _, services in seen], marker=".", label=service)
        axes.legend(fontsize="small")
    return figure
