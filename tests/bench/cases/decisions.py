"""The core alone, without a PBX: what one decision costs on a full floor, and whether days on end cost memory.

Both run simulated days (`ctl.simulation`), so the decisions are those that callers and operators really lead to.
"""

import gc
import math
import os
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from ctl.runtime.switchboard import spare_the_collector
from ctl.simulation import Scenario, simulate
from ctl.simulation.scenario import Again, Arrivals, Crew, Duration, Shape, Shift
from ctl.switchboard import core
from ctl.switchboard.effects import Effect
from ctl.switchboard.events import CallArrived, Event, PlanAdopted
from ctl.switchboard.floor import Floor, Phase
from ctl.switchboard.ids import GroupName, Media, Millis, PromptName, QueueName
from ctl.switchboard.plan import (
    MINUTES,
    MOST_POSITION,
    Announce,
    Hours,
    Overflow,
    OverflowWhen,
    Plan,
    Queue,
    Routing,
    Stage,
    Surge,
    minutes_prompt,
    position_prompt,
)
from tests.bench.figures import Row, Spread

GROUPS, OPERATORS = 20, 200
WAITING = range(270, 331)
TALK, WRAP_UP, PATIENCE = Duration(180_000), Duration(30_000), Duration(600_000)
ANSWER = Duration(2_000, Shape.FIXED)
MINUTE, HOUR = 60_000, 3_600_000
CALLS = 100_000
GROWTH_MB = 4
REPEAT_MS = 30_000
TOO_LONG = Overflow(OverflowWhen.EXPECTED, wait_ms=5 * MINUTE)
BEGIN = 1_800_000_000_000 // HOUR * HOUR


class EnoughError(Exception):
    """As much was measured as is wanted: the rest of the day is not needed."""


def decide(most: int | None = None, rush: float = 1) -> list[Row]:
    """200 operators in 20 groups, 300 callers waiting in 20 queues that widen twice: as it is, and with all rules.

    ``most``: so many decisions are enough; ``rush``: as in `full_floor`.
    """
    size = f"{OPERATORS} operators in {GROUPS} groups, {WAITING.start}-{WAITING[-1]} waiting"
    rules = "; ageing, kept places, preferred operators, overflow of every queue"
    told = f"{rules} also by expected wait, place and wait told to all every {REPEAT_MS // 1000} s"
    return [
        _decisions(f"one decision, {size}", Decisions(most), full_floor(rush=rush)),
        _decisions(f"one decision, {size}{rules}", Decisions(most), ruled_floor(rush=rush)),
        _decisions(f"one decision, {size}{told}", Decisions(most, spoken), ruled_floor(TOO_LONG, rush=rush)),
    ]


def _decisions(what: str, watched: "Decisions", scenario: Scenario) -> Row:
    with suppress(EnoughError):
        simulate(scenario, watched)
    spread = Spread.of(watched.durations_s, len(watched.durations_s))
    told = f"p50 {spread.p50_ms:.2f} ms, p99 {spread.p99_ms:.2f} ms, max {spread.most_ms:.2f} ms ({spread.count})"
    return Row(what, told, goal="p99 ≤ 1 ms", met=spread.p99_ms <= 1)


def full_floor(again: float = 0, tenths: int = 10, rush: float = 1) -> Scenario:
    """In balance with 300 waiting: as many come as are served and lose patience. ``again``: how many of these call again.

    ``tenths``: of the operators, groups, queues and callers waiting. ``rush``: so many times as many come, and the balance
    is soon lost.
    """
    handling_ms = ANSWER.mean_ms + TALK.mean_ms + WRAP_UP.mean_ms
    served, lost = OPERATORS / handling_ms, sum(WAITING) / len(WAITING) / PATIENCE.mean_ms
    per_hour = (served + lost * (1 - again)) * HOUR * tenths / 10 * rush
    scenario = _centre(GROUPS * tenths // 10, OPERATORS * tenths // 10, per_hour, 45 * MINUTE)
    return replace(scenario, again=Again(again, Duration(MINUTE)))


def ruled_floor(*also: Overflow, rush: float = 1) -> Scenario:
    """The same with every rule that routing knows in every queue; half of those who give up call again.

    ``also``: further rules of overflow for every queue.
    """
    scenario = full_floor(again=0.5, rush=rush)
    nexts = dict(pairwise(scenario.plan.queues))  # a circle would be refused: the last one says so, and hangs up
    queues = {
        name: replace(queue, overflow=_overflows(nexts.get(name), also)) for name, queue in scenario.plan.queues.items()
    }
    routing = Routing(ageing_ms=2 * MINUTE, keep_place_ms=5 * MINUTE, same_operator_ms=30 * MINUTE)
    return replace(scenario, plan=replace(scenario.plan, queues=queues, routing=routing))


def spoken(plan: Plan) -> Plan:
    """The plan of a simulated day, with what the simulation leaves out: callers are told their place and wait."""
    announce = Announce(
        position=True, expected_wait=True, surge=Surge((PromptName("surge"),), wait_ms=TOO_LONG.wait_ms)
    )
    queues = {name: replace(queue, announce=announce, repeat_ms=REPEAT_MS) for name, queue in plan.queues.items()}
    names = {
        "surge",
        *map(position_prompt, range(1, MOST_POSITION + 2)),
        *map(minutes_prompt, (*MINUTES, MINUTES[-1] + 1)),
    }
    return replace(plan, queues=queues, prompts={PromptName(name): Media(name) for name in names})


def _overflows(other: QueueName | None, also: tuple[Overflow, ...]) -> tuple[Overflow, ...]:
    rules = (
        *also,
        Overflow(OverflowWhen.CLOSED, hours="always"),
        Overflow(OverflowWhen.FULL, callers=60),
        Overflow(OverflowWhen.CROWD, callers=10),
        Overflow(OverflowWhen.NOBODY, after_ms=MINUTE // 2),
        Overflow(OverflowWhen.WAITED, after_ms=8 * MINUTE),
    )
    say = (PromptName("busy"),) if other is None else ()
    return tuple(replace(rule, queue=other, say=say) for rule in rules)


def is_full(floor: Floor) -> bool:
    return waiting(floor) in WAITING


def waiting(floor: Floor) -> int:
    return sum(call.phase is Phase.WAITING for call in floor.calls.values())


def memory(calls: int = CALLS) -> list[Row]:
    """A centre of 20 operators that is busy for as long as it takes."""
    early = calls // 10
    looks = Looks((early, calls))
    simulate(busy_centre(round(1.02 * calls)), looks)
    first, last = looks.resident_mb[early], looks.resident_mb[calls]
    told = f"{first:.1f} MB after {early:,} calls, {last:.1f} MB after {calls:,}"
    goal = f"grows by ≤ {GROWTH_MB} MB"
    return [Row(f"memory of {calls:,} simulated calls", told, goal=goal, met=last - first <= GROWTH_MB)]


def busy_centre(calls: int) -> Scenario:
    """Twenty operators, busy for as long as so many calls take."""
    per_hour = 400.0
    return _centre(2, 20, per_hour, math.ceil(calls / per_hour) * HOUR)


class Decisions:
    """Processor time of each decision while so many wait as are wanted: the machine is shared, the thread is not.

    A decision is what stands between an event and its effects: `core.step`, and the look for the next due instant. It
    has no effect but its result, so it is taken twice, and the faster one counts. ``adopted``: what is made of the plan
    of the day.
    """

    def __init__(self, most: int | None = None, adopted: Callable[[Plan], Plan] = lambda plan: plan) -> None:
        self.durations_s: list[float] = []
        self._most = most
        self._adopted = adopted
        self._calm = False

    def __call__(self, floor: Floor, event: Event, now: Millis) -> tuple[Floor, tuple[Effect, ...]]:
        if isinstance(event, PlanAdopted):
            event = PlanAdopted(self._adopted(event.plan))
        took_s, after, effects = decided(floor, event, now)
        if is_full(after):
            if not self._calm:  # as the switchboard does when it begins to serve
                spare_the_collector()
                self._calm = True
            again_s, _, _ = decided(floor, event, now)
            self.durations_s.append(min(took_s, again_s))
            if len(self.durations_s) == self._most:
                raise EnoughError
        return after, effects


def decided(floor: Floor, event: Event, now: Millis) -> tuple[float, Floor, tuple[Effect, ...]]:
    """A decision, and the processor time it took."""
    began = time.thread_time()
    after, effects = core.step(floor, event, now)
    core.next_due(after)
    return time.thread_time() - began, after, effects


class Looks:
    """Resident memory at the arrival of certain calls, counted from one."""

    def __init__(self, at: Collection[int]) -> None:
        self.resident_mb: dict[int, float] = {}
        self._at = at
        self._calls = 0

    def __call__(self, floor: Floor, event: Event, now: Millis) -> tuple[Floor, tuple[Effect, ...]]:
        if isinstance(event, CallArrived):
            self._calls += 1
            if self._calls in self._at:
                gc.collect()
                self.resident_mb[self._calls] = resident_mb()
        return core.step(floor, event, now)


def resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _centre(groups: int, operators: int, calls_per_hour: float, lasts_ms: Millis) -> Scenario:
    """Each group has a queue of its own, which after 20 s takes in who is weaker, and after 60 s the next group."""
    names = [f"group-{n}" for n in range(groups)]
    after = dict(zip(names, names[1:] + names[:1], strict=True))
    begin, end = BEGIN, BEGIN + lasts_ms
    shift = (Shift(begin, end, operators // groups // 2),)
    return Scenario(
        plan=Plan(
            version="bench",
            services={},
            flows={},
            hours={"always": Hours(dict.fromkeys(range(7), ((0, 1440),)))},
            holidays=frozenset(),
            queues={QueueName(name): _queue(name, after[name]) for name in names},
            operators={},
            departments={},
            prompts={},
            not_ready_reasons={},
        ),
        arrivals=(Arrivals(begin, end, calls_per_hour * lasts_ms / HOUR),),
        crews=tuple(
            Crew({GroupName(name): level, GroupName(after[name]): 5}, shift) for name in names for level in (1, 4)
        ),
        wants={QueueName(name): 1.0 for name in names},
        talk=TALK,
        wrap_up=WRAP_UP,
        patience=PATIENCE,
        answer=ANSWER,
    )


def _queue(name: str, other: str) -> Queue:
    own, next_one = GroupName(name), GroupName(other)
    stages = (Stage(own, max_level=3), Stage(own, after_ms=20_000), Stage(next_one, after_ms=60_000))
    return Queue(QueueName(name), name, stages)
