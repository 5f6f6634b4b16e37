"""Every part of a centre is broken under running calls, and the history of each is checked afterwards."""

import asyncio
import random
import shutil
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from matplotlib.figure import Figure

from tests.bench import wire
from tests.lab.ground import EXTENSIONS
from tests.proving import evidence
from tests.proving.background import Background
from tests.proving.checker import check
from tests.proving.fault import CannotBeTriedError, Fault
from tests.proving.faults import FAULTS, disk_of_its_own
from tests.proving.history import TOLERANCE_S, Leg, Side, Trouble, Verdict
from tests.proving.place import Place
from tests.proving.report import Case, Report, table
from tests.proving.sound import Sound, heard

ALLOWED_H = 1.5
"""Hours in a year in which the centre may be out of order (N-1)."""
BESIDE_OTHERS_S = 1.0
"""What durations may be off where four centres share two cores: a machine that full hears of everything late."""
REMEMBERED = ("journal", "log", "asterisk/log")
"""Folders of a centre that tell how a finding came about."""
PLAYED_AGAIN_S = 60.0
"""Calls of every kind come to their end within this, once the fault is over."""
JUST_S, RECOVERS_S = 0.5, 2.0
"""What happens so shortly before a fault, or after it, is felt by it, too; the second is what a restart may take (N-1)."""


@dataclass(frozen=True, slots=True)
class Answers:
    """How telephones of one side were answered: the longest time without, an upper bound of the outage, since new calls
    come more than once a second; and how many were answered after everything was whole again."""

    longest_without_s: float
    afterwards: int

    @classmethod
    def of(cls, legs: Sequence[Leg], side: Side, since_s: float, back_s: float, until_s: float) -> "Answers":
        answers = [leg.answered_s for leg in legs if leg.side is side and leg.answered_s is not None]
        return cls(longest_without(answers, since_s, until_s), sum(at > back_s for at in answers))

    def wrong(self, who: str, within_s: float) -> list[str]:
        late = self.longest_without_s > within_s
        return [
            *([f"{who} answered within {self.longest_without_s:.1f} s, not {within_s:g}"] if late else []),
            *([f"no {who} answered afterwards"] if not self.afterwards else []),
        ]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one fault did. ``answered``, ``rung``: how new callers were answered, and operators answered, from the fault on.

    ``wrong``: what was found beside the history. ``broken_off``: calls that did not come to their end, by kind.
    """

    fault: Fault
    verdict: Verdict
    wrong: Sequence[str]
    calls: int
    answered: Answers
    rung: Answers
    sound: Sound
    broken_off: Counter[str]

    @property
    def broken(self) -> list[str]:
        """Everything that ought to be otherwise, in words."""
        return [
            *(f"{one.kind}: {one.what}" for one in self.verdict.findings),
            *self.wrong,
            *(f"not heard: {one}" for one in self.sound.wrong),
            *self.answered.wrong("new callers", self.fault.within_s),
            *self.rung.wrong("operators", self.fault.operators_s),
        ]

    @property
    def case(self) -> Case:
        fault, broken = self.fault, self.broken
        excused = ", ".join(f"{n} {kind}" for kind, n in self.verdict.excused.items() if n)
        unheard = f"{self.sound.excused} not heard" if self.sound.excused else ""
        excused = ", ".join(one for one in (excused, unheard) if one)
        off = ", ".join(f"{n} × {kind}" for kind, n in self.broken_off.items())
        told = [
            f"{self.calls} calls; new callers answered within {self.answered.longest_without_s:.1f} s, "
            f"operators within {self.rung.longest_without_s:.1f} s; {self.sound.heard} heard, {self.sound.recorded} recorded",
            f"accounted for by the fault: {excused}" if excused else "",
            f"broken off: {off}" if off else "",
            *(broken or ["history in order, nothing left over"]),
        ]
        expected = f"{fault.expected}; within {fault.within_s:g} s, operators {fault.operators_s:g} s"
        return Case(fault.name, expected, "; ".join(one for one in told if one), not broken)


async def chaos(
    place: Place, faults: Sequence[Fault] = FAULTS, within_s: float = TOLERANCE_S, *, allow_untried: bool = False
) -> Report:
    """Try one fault after the other; each has calls of its own, in every phase, and a history of its own.

    ``within_s``: of durations in the records. ``allow_untried``: as `Report`.
    """
    seed = random.randrange(1 << 32)
    began = time.monotonic()
    outcomes: list[Outcome] = []
    cases: list[Case] = []
    for fault in faults:
        try:
            async with fault.around(place):
                outcomes.append(outcome := await broken(place, fault, seed, within_s))
            cases.append(outcome.case)
        except (AssertionError, CannotBeTriedError, BaseExceptionGroup) as error:
            cases.append(_failed(fault, error))
        print(table(cases[-1:]).splitlines()[-1], file=sys.stderr, flush=True)
        try:
            await place.sweep()
        except AssertionError:
            cases.append(
                Case("what follows", "calls come to an end", "not tried, since the centre does not rest", False)
            )
            break
    away_s = sum(one.answered.longest_without_s for one in outcomes)
    off_ms = sorted(abs(off) * 1000 for one in outcomes for off in one.verdict.off_s)
    told = [
        Case("all faults of this run together", f"{ALLOWED_H} h a year", f"new callers waited {away_s:.0f} s", None),
        Case(
            "durations in the records against the wire",
            "within 100 ms",
            f"{len(off_ms)} compared; half within {off_ms[len(off_ms) // 2]:.0f} ms, all within {off_ms[-1]:.0f} ms"
            if off_ms
            else "none",
            None,
        ),
    ]
    notes = [f"Seed {seed}; {time.monotonic() - began:.0f} s."]
    return Report([*cases, *told], {"recovery": _plot(outcomes)}, notes, allow_untried)


def _failed(fault: Fault, error: AssertionError | CannotBeTriedError | BaseExceptionGroup[BaseException]) -> Case:
    """A fault that could not be tried is told; one that never ended well is a finding. What is neither goes on."""
    errors = error.exceptions if isinstance(error, BaseExceptionGroup) else (error,)
    if not all(isinstance(one, AssertionError | CannotBeTriedError) for one in errors):
        raise error
    seen = "; ".join(str(one) for one in errors)[:500]
    tried = any(isinstance(one, AssertionError) for one in errors)
    return Case(fault.name, fault.expected, seen, False if tried else None, tried)


@asynccontextmanager
async def place_to_break(folder: Path) -> AsyncIterator[Place]:
    """On a disk of its own, and with wires between its parts. What was remembered of it is in the folder afterwards."""
    with disk_of_its_own(folder / "run"):
        try:
            async with Place.opened(folder, wired=True, ruled=True) as place:
                yield place
        finally:
            for what in (one for one in REMEMBERED if (folder / "run" / one).exists()):  # it may never have begun
                shutil.copytree(folder / "run" / what, folder / "kept" / what, dirs_exist_ok=True)


async def broken(place: Place, fault: Fault, seed: int, within_s: float = TOLERANCE_S) -> Outcome:
    """One fault under calls, from the first of them until the last has ended and its rows are there."""
    capture = place.folder / f"{fault.name.replace(' ', '-')}.pcap"
    before = await evidence.standing(place.centre)
    began_s = time.time()
    async with wire.captured(capture, f"udp port 5060 and net {place.net}.0/24"):
        async with Background.flowing(place, seed) as background:
            since_s = time.time()
            await fault.strike(place)
            await back(place)
            back_s = time.time()
            missing = await background.all_play_again(PLAYED_AGAIN_S)
            until_s = max(back_s + fault.settles_s, since_s + fault.missed_after_s, time.time())
            await asyncio.sleep(until_s - time.time())
        await place.sweep()
        left_over = await evidence.left_over(place.centre, before)
    seen = await evidence.history(place.centre, capture, began_s)
    trouble = Trouble(since_s - JUST_S, back_s + RECOVERS_S, fault.loses)
    troubles = [trouble] if fault.troubles else []
    deaf = [trouble] if fault.troubles or fault.silences else []
    noisy = [trouble] if fault.garbles else []
    return Outcome(
        fault,
        check(seen, troubles, within_s),
        [*(f"no {kind} came to its end within {PLAYED_AGAIN_S:g} s" for kind in missing), *left_over],
        sum(leg.side is Side.CITIZEN for leg in seen.legs),
        Answers.of(seen.legs, Side.CITIZEN, since_s, back_s, until_s),
        Answers.of(seen.legs, Side.OPERATOR, since_s, back_s, until_s),
        await heard(place.centre, background, seen, began_s, deaf, noisy),
        background.broken_off,
    )


async def back(place: Place) -> None:
    """The switchboard serves, and every telephone can be rung."""
    await place.centre.is_connected(True, within_s=60)
    for extension in EXTENSIONS:
        await place.centre.reaches(extension)


def longest_without(answers: Iterable[float], since_s: float, until_s: float) -> float:
    """The longest stretch of this time in which nobody answered."""
    marks = [since_s, *(at for at in sorted(answers) if since_s < at < until_s), until_s]
    return max(after - before for before, after in pairwise(marks))


def _plot(outcomes: Sequence[Outcome]) -> Figure:
    figure = Figure(figsize=(9, 1 + 0.35 * len(outcomes)))
    axes = figure.add_subplot()
    names = [one.fault.name for one in outcomes]
    axes.barh(names, [one.answered.longest_without_s for one in outcomes], label="no new caller was answered")
    axes.barh(names, [one.rung.longest_without_s for one in outcomes], height=0.3, label="no operator was reached")
    axes.invert_yaxis()
    axes.set_xlabel("longest time, seconds")
    axes.legend()
    return figure
