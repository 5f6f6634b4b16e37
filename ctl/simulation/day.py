"""Runs a day: a line of what is going to happen, and the production core that decides about each of it.

The PBX of this world does at once what it is told; what is said takes no time, and whoever is called outside answers as
operators do and talks as long. Time goes from one happening to the next.
"""

from collections.abc import Callable
from functools import partial
from heapq import heappop, heappush
from itertools import count
from random import Random

from ctl.kpi.waits import Waits
from ctl.simulation.result import Observer, Result
from ctl.simulation.scenario import Scenario
from ctl.simulation.staff import HOME, changes, number_of, plan_of
from ctl.switchboard import core
from ctl.switchboard.effects import Connect, DialOutside, Effect, HangUp, Record, RingPhone, Say
from ctl.switchboard.events import (
    CallArrived,
    Cause,
    Commanded,
    Do,
    Event,
    LegAnswered,
    LegEnded,
    PhoneReachable,
    PlanAdopted,
    PlaybackEnded,
    TimePassed,
)
from ctl.switchboard.facts import OperatorChanged
from ctl.switchboard.floor import Floor, Phase, empty
from ctl.switchboard.ids import CallId, CommandId, Endpoint, Extension, LegId, Millis, Number
from ctl.switchboard.kinds import OperatorState as S

BUSY = frozenset({S.OFFERED, S.TALKING, S.WRAP_UP})
THERE = BUSY | {S.READY}
STILL_WAITING = frozenset({Phase.WAITING, Phase.RINGING, Phase.REACHING})

Step = Callable[[Floor, Event, Millis], tuple[Floor, tuple[Effect, ...]]]


def simulate(scenario: Scenario, step: Step = core.step) -> Result:
    """Run the scenario until its last caller is served or gone. ``step``: the core, or one who watches it."""
    return _Day(scenario, step).run()


class _Day:
    def __init__(self, scenario: Scenario, step: Step) -> None:
        self._scenario = scenario
        self._step = step
        self._plan = plan_of(scenario)
        self._random = Random(scenario.seed)
        self._floor = empty()
        self._now: Millis = 0
        self._line: list[tuple[Millis, int, Callable[[], None]]] = []
        self._order = count()
        self._legs: set[LegId] = set()
        self._names = count(1)
        self._callers = count(1)
        self._calls_made = count(1)
        self._waits = Waits()
        self._observer = Observer()
        self._stays: dict[Extension, tuple[S, Millis]] = {}
        self._there: set[Extension] = set()

    def run(self) -> Result:
        self._open()
        while self._line:
            due = core.next_due(self._floor)
            if due is not None and due <= self._line[0][0]:  # what follows from it may come before what stands in line
                self._now = max(self._now, due)
                self._happens(TimePassed())
                continue
            self._now, _, happening = heappop(self._line)
            happening()
        for extension, (state, since) in self._stays.items():
            self._stayed(extension, state, since)
        return self._observer.result()

    # --- what is going to happen --------------------------------------------------------------------------------------

    def _later(self, ms: Millis, happening: Callable[[], None]) -> None:
        heappush(self._line, (self._now + ms, next(self._order), happening))

    def _open(self) -> None:
        staff = list(changes(self._scenario.crews))
        begin = min([*(one.at for one in staff), *(one.begin for one in self._scenario.arrivals)], default=0)
        self._now = begin
        self._happens(PlanAdopted(self._plan))
        for extension in self._plan.operators:
            self._happens(PhoneReachable(extension, Endpoint(extension)))
            self._wish(extension, Do.LOGIN)
        for one in staff:
            self._later(one.at - begin, partial(self._comes if one.comes else self._goes, one.extension))
        for n, arrivals in enumerate(self._scenario.arrivals):
            if arrivals.expected > 0:
                self._later(arrivals.begin - begin, partial(self._next_caller, n))

    def _next_caller(self, n: int) -> None:
        """Callers come one by one, as a Poisson stream does, for as long as this stretch lasts."""
        arrivals = self._scenario.arrivals[n]
        pause = round(self._random.expovariate(arrivals.expected / (arrivals.end - arrivals.begin)))
        if self._now + pause < arrivals.end:
            self._later(pause, self._calls)
            self._later(pause, partial(self._next_caller, n))

    def _calls(self) -> None:
        wants = self._scenario.wants
        (queue,) = self._random.choices(range(len(wants)), list(wants.values()))
        self._dials(number_of(queue), f"090{next(self._callers):08}")

    def _dials(self, wanted: Number, caller: str) -> None:
        name = f"{next(self._calls_made)}.1"
        leg = LegId(name)
        self._legs.add(leg)
        patience = self._scenario.patience.draw(self._random)
        self._later(patience, partial(self._loses_patience, leg, wanted, caller))
        self._happens(CallArrived(CallId(name), leg, wanted, caller))

    def _loses_patience(self, leg: LegId, wanted: Number, caller: str) -> None:
        call, again = self._floor.calls.get(CallId(leg)), self._scenario.again
        if call is None or call.operator is not None or call.phase not in STILL_WAITING:
            return
        self._ends(leg)
        if again is not None and self._random.random() < again.share:
            self._later(again.pause.draw(self._random), partial(self._dials, wanted, caller))

    # --- operators ----------------------------------------------------------------------------------------------------

    def _comes(self, extension: Extension) -> None:
        self._there.add(extension)
        if self._floor.operators[extension].state is S.NOT_READY:
            self._wish(extension, Do.READY)

    def _goes(self, extension: Extension) -> None:
        """Whoever is rung, talks or wraps up does that first."""
        self._there.discard(extension)
        if self._floor.operators[extension].state in (S.READY, S.TALKING, S.WRAP_UP):
            self._wish(extension, Do.NOT_READY)

    def _wish(self, extension: Extension, do: Do) -> None:
        name = CommandId(f"c{next(self._names)}")
        self._happens(Commanded(name, do, "simulation", extension, argument=HOME if do is Do.NOT_READY else None))

    # --- the PBX ------------------------------------------------------------------------------------------------------

    def _happens(self, event: Event) -> None:
        self._floor, effects = self._step(self._floor, event, self._now)
        for effect in effects:
            match effect:
                case Say(playback=playback):
                    self._later(0, partial(self._happens, PlaybackEnded(playback)))
                case RingPhone(_, leg) | DialOutside(_, leg):
                    self._legs.add(leg)
                    self._later(self._scenario.answer.draw(self._random), partial(self._answers, leg))
                case Connect(_, legs):
                    talk = self._scenario.talk.draw(self._random)
                    self._later(talk, partial(self._ends, legs[0]))
                case HangUp(leg):
                    self._later(0, partial(self._ends, leg))
                case Record(OperatorChanged() as changed):
                    self._changed(changed)
                case Record(fact):
                    if (wait := self._waits.note(fact)) is not None:
                        self._observer.waited(wait)
                case _:
                    pass

    def _answers(self, leg: LegId) -> None:
        if leg in self._legs:
            self._happens(LegAnswered(leg))

    def _ends(self, leg: LegId) -> None:
        if leg in self._legs:
            self._legs.remove(leg)
            self._happens(LegEnded(leg, Cause.NORMAL))

    def _changed(self, changed: OperatorChanged) -> None:
        extension = changed.extension
        if extension in self._stays:
            self._stayed(extension, *self._stays[extension])
        self._stays[extension] = changed.state, self._now
        if changed.state is S.WRAP_UP and self._scenario.wrap_up is not None:
            wrap_up = self._scenario.wrap_up.draw(self._random)
            self._later(wrap_up, partial(self._wish, extension, Do.WRAP_UP_DONE))
        there = extension in self._there
        if there and changed.state is S.NOT_READY:  # came back during the last call, or rang in vain
            self._later(0, partial(self._comes, extension))
        elif not there and changed.state in (S.READY, S.TALKING):  # was rung when the shift ended
            self._later(0, partial(self._goes, extension))

    def _stayed(self, extension: Extension, state: S, since: Millis) -> None:
        if state in THERE:
            self._observer.worked(since, self._now, state in BUSY)
