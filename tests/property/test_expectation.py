"""The expected wait and the place of a caller are those of the plain definition, whatever is on the floor.

The definition is that on top of `ctl.switchboard.expectation`, caller by caller and with sets of operators, in as many
steps as it takes. What is told must be equal to it to the millisecond.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from math import fsum, log

from hypothesis import given, settings
from hypothesis import strategies as st

from ctl.switchboard import core
from ctl.switchboard import floor as floors
from ctl.switchboard.events import PlanAdopted
from ctl.switchboard.expectation import ENOUGH, MOST_TAKEN, NEWCOMER, STALE_MS, Outlook
from ctl.switchboard.experience import WINDOW_MS, Experience, Pace
from ctl.switchboard.floor import Call, Callback, Floor, Operator, Phase
from ctl.switchboard.ids import CallId, Endpoint, Extension, GroupName, LegId, Millis, Private, QueueName
from ctl.switchboard.kinds import CallKind, OperatorState
from ctl.switchboard.plan import OperatorProfile, Plan, Queue, Routing, Stage
from ctl.switchboard.turn import Turn
from tests.examples import examples
from tests.floor_driver import MONDAY_TEN
from tests.plans import plan_with

NOW = MONDAY_TEN
AWAY = {OperatorState.LOGGED_OUT, OperatorState.NOT_READY, OperatorState.UNREACHABLE}
GROUPS = [GroupName(name) for name in ("a", "b", "c")]
QUEUES = [QueueName(name) for name in ("p", "q", "r")]
OPENINGS = [0, 0, 20_000, 60_000, 120_000]
WAITS = st.one_of(st.sampled_from(OPENINGS), st.integers(0, 400_000))
Team = frozenset[Extension]


# --- the plain definition ---------------------------------------------------------------------------------------------


class Plainly:
    def __init__(self, turn: Turn) -> None:
        assert turn.current_plan is not None
        self.turn, self.plan = turn, turn.current_plan
        self.at_work = [one for one in turn.operators.values() if one.state not in AWAY]
        due = (call for call in turn.calls.values() if call.phase in (Phase.WAITING, Phase.PROMISED))
        self.line = [call for call in due if call.callback is None or (call.callback.not_before or 0) <= turn.now]

    def wait_ms(self, call: Call) -> Millis | None:
        queue, waited = self.queue_of(call), self.turn.now - (call.place or 0)
        openings = sorted({0, *(stage.after_ms for stage in queue.stages)})
        expected = None
        for n, opening in enumerate(openings):
            if n + 1 < len(openings) and openings[n + 1] <= waited:
                continue  # the next stage is open, too
            found = self.estimate(call, self.team(queue, max(opening, 0)))
            expected = max(found, opening - waited) if found is not None else None
            if n + 1 < len(openings) and expected is not None and expected <= openings[n + 1] - waited:
                break
        return round(expected) if expected is not None else None

    def estimate(self, call: Call, team: Team) -> float | None:
        ahead = [other for other in self.line if self.rank(other) < self.rank(call)]
        teams = Counter(self.team(self.queue_of(one), self.turn.now - (one.place or 0)) for one in ahead)
        before = fsum(count * part(theirs, team) for theirs, count in teams.items())
        free = sum(one.extension in team and one.state is OperatorState.READY for one in self.at_work if rings(one))
        if before < free:
            return 0.0
        queues = [(queue, part(self.team(queue, None), team)) for queue in self.plan.queues.values()]
        paces = [(self.turn.experience.paces.get(queue.name, Pace()), share) for queue, share in queues]
        handled = fsum(pace.handled * share for pace, share in paces)
        handled_at = max((pace.handled_at for pace, share in paces if share), default=0)
        if not team or handled < max(ENOUGH, 2 * len(team)) or self.turn.now - handled_at > STALE_MS:
            return None
        handling_ms = fsum(pace.handling_ms * share for pace, share in paces) / handled
        waited_ms = fsum(pace.waited_ms * share for pace, share in paces)
        waiting_ms = fsum(self.waiting_ms(queue.name) * share for queue, share in queues)
        gave_up = fsum(pace.gave_up * share for pace, share in paces)
        taken = fsum(
            pace.arrivals_per_ms(self.turn.now) * share * handling_ms / len(team)
            for (queue, share), (pace, _) in zip(queues, paces, strict=True)
            if self.rank(self.newcomer(queue)) < self.rank(call)
        )
        if taken > MOST_TAKEN:
            return None
        rate = len(team) / handling_ms * (1 - taken)
        impatience = gave_up / (waiting_ms + waited_ms) if waiting_ms + waited_ms else 0.0
        if not impatience:
            return 1 / rate * (before - free + 1)
        middle = rate + impatience / 2
        return 1 / rate + log((middle + (before - free) * impatience) / middle) / impatience

    def position(self, call: Call) -> int:
        return 1 + sum(other.queue == call.queue and self.rank(other) < self.rank(call) for other in self.line)

    def length(self, queue: QueueName) -> int:
        return sum(call.queue == queue for call in self.line)

    def newcomer(self, queue: Queue) -> Call:
        return caller(NEWCOMER, self.plan.version, queue.name, queue.priority, 0)

    def rank(self, call: Call) -> tuple[int, int, str]:
        step_ms, place = self.plan.routing.ageing_ms, call.place or 0
        if step_ms is None or call.priority == 0:
            return call.priority, place, call.id
        return place + call.priority * step_ms, place, call.id

    def waiting_ms(self, queue: QueueName) -> Millis:
        waiting = [call for call in self.line if call.phase is Phase.WAITING and call.queue == queue]
        return sum(self.turn.now - (call.queued_at or self.turn.now) for call in waiting)

    def queue_of(self, call: Call) -> Queue:
        assert call.queue is not None
        return self.turn.plans[call.plan].queues[call.queue]

    def team(self, queue: Queue, waited: Millis | None) -> Team:
        """Who may serve after such a wait; None: ever."""
        stages = [stage for stage in queue.stages if waited is None or stage.after_ms <= waited]
        return frozenset(one.extension for one in self.at_work if self.admits(stages, one.extension))

    def admits(self, stages: Iterable[Stage], extension: Extension) -> bool:
        skills = self.plan.operators[extension].skills if extension in self.plan.operators else {}
        return any(stage.group in skills and skills[stage.group] <= stage.max_level for stage in stages)


def part(theirs: Team, ours: Team) -> float:
    return len(theirs & ours) / len(theirs) if theirs else 0.0


def rings(known: Operator) -> bool:
    return bool(known.endpoints) and not known.occupied


# --- floors -----------------------------------------------------------------------------------------------------------


def caller(name: str, plan: str, queue: QueueName, priority: int, waited: Millis, queued_ms: Millis = 0) -> Call:
    call = Call(CallId(name), CallKind.INBOUND, Phase.WAITING, LegId(name), "", "", plan, NOW - waited)
    return replace(call, queue=queue, priority=priority, place=NOW - waited, queued_at=NOW - min(waited, queued_ms))


@st.composite
def plans(draw: st.DrawFn, version: str) -> Plan:
    levels, openings = st.integers(2, 9), st.sampled_from(OPENINGS)
    stages = st.lists(st.builds(Stage, st.sampled_from(GROUPS), levels, openings), min_size=1, max_size=3).map(tuple)
    queues = {name: Queue(name, name, draw(stages), draw(st.integers(1, 3))) for name in QUEUES}
    names = [Extension(str(2000 + n)) for n in range(draw(st.integers(0, 6) | st.just(5)))]
    skills = st.dictionaries(st.sampled_from(GROUPS), st.integers(1, 4), min_size=1, max_size=2)
    profiles = {name: OperatorProfile(name, name, draw(skills)) for name in names}
    routing = Routing(ageing_ms=draw(st.sampled_from([None, None, 1_000, 120_000])))
    return plan_with(version=version, queues=queues, operators=profiles, routing=routing)


@st.composite
def full_floors(draw: st.DrawFn) -> Floor:
    """Callers of two plans, who came in any order to any queue, before operators in any state."""
    plan, old = draw(plans("now")), draw(plans("before"))
    calls = {}
    for n in range(draw(st.integers(0, 12))):
        version = draw(st.sampled_from(["now", "now", "now", "before"]))
        call = caller(str(n), version, draw(st.sampled_from(QUEUES)), draw(st.integers(0, 3)), draw(WAITS), draw(WAITS))
        match draw(st.sampled_from(["waits", "waits", "waits", "talks", "promised", "due later"])):
            case "talks":
                call = replace(call, phase=Phase.TALKING)
            case "promised" | "due later" as kind:
                not_before = NOW + 1 if kind == "due later" else draw(st.sampled_from([None, NOW]))
                promised = Callback(CallId("x"), Private("03"), NOW + 9_000_000, not_before=not_before)
                call = replace(call, phase=Phase.PROMISED, callback=promised)
        calls[call.id] = call
    states = st.sampled_from([*OperatorState, *[OperatorState.TALKING] * 10])
    operators = {
        name: Operator(name, draw(states), endpoints=(Endpoint(name),) * draw(st.integers(0, 1)))
        for name in (*plan.operators, Extension("unknown"))
    }
    paces = {name: draw(PACES) for name in QUEUES if draw(st.integers(0, 8))}
    known, _ = core.step(floors.empty(), PlanAdopted(plan), NOW)
    plans_of_floor = {"now": plan, "before": old}
    return replace(known, plans=plans_of_floor, calls=calls, operators=operators, experience=Experience(paces))


PACES = st.builds(
    Pace,
    handled=st.integers(9, 100),
    handling_ms=st.integers(100_000, 20_000_000),
    handled_at=st.sampled_from([*[NOW - 60_000] * 5, NOW - STALE_MS - 1]),
    waits=st.integers(0, 100),
    waited_ms=st.integers(0, 20_000_000),
    gave_up=st.integers(0, 50),
    window=st.sampled_from([NOW // WINDOW_MS, NOW // WINDOW_MS, NOW // WINDOW_MS - 1]),
    came=st.integers(0, 30),
    came_before=st.integers(0, 30),
)


@settings(max_examples=examples(1000, quick=100))
@given(full_floors())
def test_what_is_told_is_what_the_plain_definition_says(floor: Floor) -> None:
    turn = Turn(floor, NOW)
    outlook, plainly = Outlook(turn), Plainly(turn)
    for call in plainly.line:
        assert outlook.wait_ms(call) == plainly.wait_ms(call), call
        assert outlook.position(call) == plainly.position(call), call
    for name, queue in plainly.plan.queues.items():
        assert outlook.of_newcomer(queue) == plainly.wait_ms(plainly.newcomer(queue)), queue
        assert outlook.length(name) == plainly.length(name), name
