"""As many calls as are wanted, all through the switchboard and recorded; or ever more of them, until the first fails."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from ctl.lab.pulse import TooLateError
from tests.bench.cases.load import cpu_parts
from tests.bench.drive import Driven, drive
from tests.bench.figures import Spread, plain
from tests.bench.place import FIRST, OURS, Place
from tests.bench.rival import THEIRS
from tests.bench.traffic import telephones
from tests.bench.usage import used_s
from tests.proving.kept import cases_of, kept
from tests.proving.report import Case, Report

TALK_S = 4.0
RUNGS, RUNG_S, RUNG_TALK_S = (40, 100, 200, 400), 20, 10.0
"""Conversations at once. Each rung lasts that long after it is reached."""
OWED = 40
"""Conversations at once that the centre has to carry on any machine (2.2.5)."""
RATES, RATE_S, RATE_TALK_S = (20, 30, 40, 50, 60, 80, 100), 10, 2.0
CPU_RATIO = 2.0


def operators_for(per_s: int, talk_s: float) -> int:
    """So many that one is always free: those who talk, a fifth more, and some."""
    return math.ceil(per_s * talk_s * 1.2) + 10


LAST_OF_LADDER = FIRST + max(
    operators_for(max(RUNGS) // round(RUNG_TALK_S), RUNG_TALK_S), operators_for(max(RATES), RATE_TALK_S)
)


async def load(place: Place, *, cps: int, calls: int) -> Report:
    """So many calls, so many of them a second, each four seconds long."""
    host = f"{place.net}.45"
    operators = range(FIRST, FIRST + operators_for(cps, TALK_S))
    async with telephones(place, "operator", host, operators, "-rtp_echo"), place.at_work(operators):
        driven = await drive(place, "caller_talks", [host], [OURS] * calls, cps, TALK_S)
        cases = await cases_of(place, driven)
    cases += [
        Case("talk at once", "", str(driven.most_talking), None),
        Case("INVITE → answer of the line", "", _spread(driven.answers_s()), None),
        Case("INVITE → answer of an operator", "", _spread(driven.served_s()), None),
        Case("processor time of a call", "", cpu_parts(driven.cpu_ms()), None),
    ]
    notes = (f"{calls} calls, {cps} a second, {TALK_S:g} s of talk, {len(operators)} operators",)
    return Report(cases, plots_of(driven), notes)


async def ladder(place: Place) -> Report:
    """More and more talk at once, each rung beside ``Queue()``; then more and more a second. Each ends at its first failure."""
    host = f"{place.net}.45"
    cases: list[Case] = []
    cpu: dict[int, tuple[Mapping[str, float], Mapping[str, float]]] = {}
    plots: dict[str, Figure] = {}
    async with telephones(place, "operator", host, range(FIRST, LAST_OF_LADDER + 1), "-rtp_echo"):
        for rung in RUNGS:
            try:
                ours, theirs, afterwards = await _rung(place, host, rung)
            except (TooLateError, RuntimeError) as error:  # the machine is at its end: not even the capture keeps up
                cases.append(_beyond(f"{rung} talk at once", str(error), rung <= OWED))
                break
            cases += [*_cases_of_rung(rung, ours, theirs), afterwards]
            cpu[rung] = ours.cpu_ms(), theirs.cpu_ms()
            plots |= {f"{name}-{rung}": figure for name, figure in plots_of(ours).items()}
            if ours.failed:
                break
        best = None
        for rate in RATES:
            try:
                driven, afterwards = await _at_rate(place, host, rate)
            except (TooLateError, RuntimeError) as error:
                cases.append(_beyond(f"{rate} calls a second", str(error), rate <= RATES[0]))
                break
            cases.append(afterwards)
            if not fulfilled(driven):
                cases.append(Case("first failure", "", str(driven), None))
                break
            best = driven
    cases.append(
        Case("most calls a second", f"≥ {RATES[0]}", str(best) if best else "none of these rates", best is not None)
    )
    plots["processor-time"] = _beside(cpu)
    return Report(cases, plots, (f"rungs of {RUNG_S} s with {RUNG_TALK_S:g} s of talk",))


def fulfilled(driven: Driven) -> bool:
    """Nothing failed, and the calls came as fast as they should."""
    return driven.failed == 0 and driven.came_per_s >= 0.95 * driven.per_s


async def _rung(place: Place, host: str, talking: int) -> tuple[Driven, Driven, Case]:
    per_s = round(talking / RUNG_TALK_S)
    count = round(per_s * (RUNG_TALK_S + RUNG_S))
    operators = range(FIRST, FIRST + operators_for(per_s, RUNG_TALK_S))
    async with place.at_work(operators):
        ours = await drive(place, "caller_talks", [host], [OURS] * count, per_s, RUNG_TALK_S)
        afterwards = await _afterwards(place, f"{talking} talk at once", ours)
    async with place.rival.members(operators):
        theirs = await drive(place, "caller_talks", [host], [THEIRS] * count, per_s, RUNG_TALK_S)
        await place.empties()
    return ours, theirs, afterwards


async def _at_rate(place: Place, host: str, per_s: int) -> tuple[Driven, Case]:
    operators = range(FIRST, FIRST + operators_for(per_s, RATE_TALK_S))
    async with place.at_work(operators):
        driven = await drive(place, "caller_talks", [host], [OURS] * per_s * RATE_S, per_s, RATE_TALK_S)
        return driven, await _afterwards(place, f"{per_s} calls a second", driven)


async def _afterwards(place: Place, what: str, driven: Driven) -> Case:
    """However much it was: of every call one true row, and a recording where somebody was served; nothing left over.

    A call that failed on a machine at its end may have a row of another outcome, and is passed over.
    """
    channels = await place.empties()
    found = await kept(place.centre.settings, driven)
    fine = {caller for caller, call in driven.calls.items() if call.in_order and caller in driven.heard}
    wrong, unrecorded = fine & set(found.wrong(driven)), fine & set(found.unrecorded(driven))
    seen = f"{len(wrong)} without one true row, {len(unrecorded)} without a recording, {channels} channels left"
    return Case(
        f"{what}: kept, and put away",
        "0, 0 and 0",
        f"of {len(fine)} calls {seen}",
        not wrong and not unrecorded and not channels,
    )


def _cases_of_rung(talking: int, ours: Driven, theirs: Driven) -> list[Case]:
    """Where ``Queue()`` fails as well, the machine is at its end, and nothing is held against us beyond what is owed."""
    owed = talking <= OWED or fulfilled(theirs)
    mine, other = ours.cpu_ms(), theirs.cpu_ms()
    ratio = sum(mine.values()) / sum(other.values())
    beside = f"{ratio:.2f}×: {cpu_parts(mine)}; Queue(): {cpu_parts(other)}"
    expected = "none fails" if talking <= OWED else "none fails where none of Queue()'s does"
    return [
        Case(f"{talking} talk at once", expected, f"{ours}; Queue(): {theirs}", fulfilled(ours) if owed else None),
        Case(
            f"processor time of a call, {talking} talk at once",
            f"≤ {CPU_RATIO:g}×",
            beside,
            ratio <= CPU_RATIO if fulfilled(ours) and fulfilled(theirs) else None,
        ),
    ]


def _beyond(what: str, error: str, owed: bool) -> Case:
    return Case(what, "can be measured", error.splitlines()[0], False if owed else None)


def _spread(durations_s: Sequence[float]) -> str:
    return str(Spread.of(durations_s, len(durations_s))) if durations_s else "none"


# --- plots ------------------------------------------------------------------------------------------------------------


def plots_of(driven: Driven) -> dict[str, Figure]:
    """Calls a second and conversations at once, processor time of each service, and how long answers take."""
    return {"calls": _calls(driven), "processors": _processors(driven), "answers": _answers(driven)}


def _calls(driven: Driven) -> Figure:
    figure = Figure(figsize=(8, 4), layout="constrained")
    left = figure.add_subplot(xlabel="s", ylabel="calls a second")
    right = left.twinx()
    right.set_ylabel("conversations at once")
    began = np.asarray(sorted(call.began_s for call in driven.calls.values()))
    if began.size:
        zero = began[0]
        seconds = np.arange(0, math.ceil(began[-1] - zero) + 1)
        counts, _ = np.histogram(began - zero, bins=[*seconds, seconds[-1] + 1])
        left.step(seconds, counts, where="post", color="tab:blue", label="calls that began in this second")
        talking = driven.talking()
        at_s, count = [at - zero for at, _ in talking], [number for _, number in talking]
        right.step(at_s, count, where="post", color="tab:orange", label="conversations at once")
        for axes in (left, right):
            axes.set_ylim(bottom=0)
        figure.legend(loc="outside upper center", ncols=2)
    return figure


def _processors(driven: Driven) -> Figure:
    figure = Figure(figsize=(8, 4), layout="constrained")
    axes = figure.add_subplot(xlabel="s", ylabel="processors used")
    zero = driven.watched[0][0]
    spans = [
        (after[0] - zero, {name: s / (after[0] - before[0]) for name, s in used_s(before[1], after[1]).items()})
        for before, after in zip(driven.watched, driven.watched[1:], strict=False)
        if after[0] > before[0]
    ]
    for name in sorted({name for _, used in spans for name in used}):
        axes.plot([at for at, _ in spans], [used.get(name, 0.0) for _, used in spans], label=name)
    axes.legend()
    return figure


def _answers(driven: Driven) -> Figure:
    figure = Figure(figsize=(8, 4), layout="constrained")
    axes = figure.add_subplot(xlabel="ms", ylabel="% of the calls are faster", xscale="log")
    for name, times in (("line", driven.answers_s()), ("operator", driven.served_s())):
        ms = np.sort(np.asarray(times)) * 1000
        axes.plot(ms, np.arange(1, ms.size + 1) / max(ms.size, 1) * 100, label=f"INVITE → answer of the {name}")
    plain(axes.xaxis)
    axes.legend()
    return figure


def _beside(cpu: Mapping[int, tuple[Mapping[str, float], Mapping[str, float]]]) -> Figure:
    figure = Figure(figsize=(8, 4), layout="constrained")
    axes = figure.add_subplot(xlabel="conversations at once", ylabel="ms of processor time a call")
    for side, name in enumerate(("ours", "Queue()")):
        axes.plot(list(cpu), [sum(both[side].values()) for both in cpu.values()], marker="o", label=name)
    axes.set_ylim(bottom=0)
    axes.legend()
    return figure
