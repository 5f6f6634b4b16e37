"""How long a caller who waits has still to wait, as far as anybody can know.

The caller at place k of a line (0: next) that s operators serve, each taking h for a caller, while every waiting caller
gives up at the rate θ, has still to wait, on average,

    Σ 1 / (s/h + i θ)   for i = 0 … k

(the queue-length estimator QL_m of Ibrahim, R. and Whitt, W. (2009), "Real-time delay estimation in overloaded
multiserver queues with abandonments", Management Science 55(10), pp. 1729-1742, §3).

Rules
-----
* s: operators at work (logged in and not set not ready) whom a stage of the queue admits that is open, or will be.
* Operators whom several queues share serve callers ahead in all of them: a caller ahead counts for the share of those
  operators who could serve him that could serve this one.
* Callers who would come and go first slow the line down by the share of the operators' time that they take.
* h, θ and the arrivals are what was seen lately (`experience`), of all queues that these operators serve.
* Nothing is said when too little is known: nobody at work, fewer handled callers than `ENOUGH` and than two for each
  operator, nobody handled within `STALE_MS`, or a line that those who go first would fill for ever.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from math import log

from ctl.switchboard import acd, seating
from ctl.switchboard.experience import NOT_AT_WORK, Pace
from ctl.switchboard.facts import CallKind, OperatorState
from ctl.switchboard.floor import Call, Phase
from ctl.switchboard.ids import CallId, GroupName, LegId, Millis, QueueName
from ctl.switchboard.plan import Queue, Stage
from ctl.switchboard.turn import Turn

ENOUGH = 10
"""Callers handled before anything is said of how long one takes."""
STALE_MS = 60 * 60_000
MOST_TAKEN = 0.95
"""A line whose operators have less than the rest of their time for it does not move as far as anybody can tell."""
NEWCOMER = CallId("~")
FOREVER = 2**62
"""A wait after which every stage is open."""

Pool = int
"""Operators at work, one bit each."""
Order = tuple[int, Millis, str]
"""Of two callers the one with the smaller goes first (`acd.order`)."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """Of several queues together, each with the weight it has for the operators in question."""

    handled: float
    handling_ms: float
    handled_at: Millis
    waited_ms: float
    gave_up: float


def outlook(turn: Turn) -> "Outlook":
    """Of this turn: made when it is first wanted, and good enough for all who are told something in it."""
    if turn.outlook is None:
        turn.outlook = Outlook(turn)
    return turn.outlook


class Outlook:
    """The floor at one instant, as far as waits depend on it. Made once, asked for any number of callers."""

    def __init__(self, turn: Turn) -> None:
        self._turn = turn
        self._now = turn.now
        self._step_ms = acd.ageing_ms(turn)
        self._skilled: dict[tuple[GroupName, int], Pool] = {}
        self._ready: Pool = 0
        self._pools: dict[tuple[str, QueueName, int], Pool] = {}
        self._gather_operators()
        line = [call for call in acd.in_order(turn, acd.in_line(turn)) if _can_be_next(call, turn.now)]
        self._orders = [acd.order(call, self._step_ms) for call in line]
        self._waits_for = [self._pool_now(call) for call in line]
        self._by_queue: defaultdict[QueueName | None, list[Order]] = defaultdict(list)
        self._waiting_ms: Counter[QueueName | None] = Counter()
        for call, order in zip(line, self._orders, strict=True):
            self._by_queue[call.queue].append(order)
            if call.phase is Phase.WAITING:
                self._waiting_ms[call.queue] += turn.now - (call.queued_at or turn.now)
        queues = list(turn.current_plan.queues.values()) if turn.current_plan is not None else []
        self._newcomers = {queue.name: acd.order(self._newcomer(queue), self._step_ms) for queue in queues}
        self._served_by = [(queue, self._pool(turn.in_force or "", queue, FOREVER)) for queue in queues]

    def wait_ms(self, call: Call) -> Millis | None:
        """Of a caller who waits, counted from now; None when nobody can tell."""
        queue = acd.queue_of(self._turn, call)
        waited = self._now - (call.place or self._now)
        openings = sorted({0, *(stage.after_ms - waited for stage in queue.stages if stage.after_ms > waited)})
        ahead = self._ahead(call)
        expected: float | None = None
        for opens_in, next_in in zip(openings, (*openings[1:], None), strict=True):
            found = self._estimate(call, ahead, self._pool(call.plan, queue, waited + opens_in))
            expected = max(found, opens_in) if found is not None else None
            if next_in is None or (expected is not None and expected <= next_in):
                break
        return round(expected) if expected is not None else None

    def position(self, call: Call) -> int:
        """Where a caller who waits stands among those of the same queue; 1 is served next."""
        return bisect_left(self._by_queue[call.queue], acd.order(call, self._step_ms)) + 1

    def length(self, queue: QueueName) -> int:
        """How many wait in a queue."""
        return len(self._by_queue[queue])

    def of_newcomer(self, queue: Queue) -> Millis | None:
        """Of a caller who would come to a queue of the plan in force now."""
        return self.wait_ms(self._newcomer(queue))

    # --- who serves -----------------------------------------------------------------------------------------------

    def _gather_operators(self) -> None:
        plan = self._turn.current_plan
        bit = 1
        for known in self._turn.operators.values():
            profile = plan.operators.get(known.extension) if plan is not None else None
            if profile is None or known.state in NOT_AT_WORK:
                continue
            for skill in profile.skills.items():
                self._skilled[skill] = self._skilled.get(skill, 0) | bit
            if known.state is OperatorState.READY and seating.has_free_telephone(self._turn.operators, known):
                self._ready |= bit
            bit <<= 1

    def _pool(self, plan: str, queue: Queue, waited: Millis) -> Pool:
        """Who may serve a caller of the queue who has waited so long."""
        stages = acd.open_stages(queue, waited)
        key = plan, queue.name, len(stages)
        known = self._pools.get(key)
        if known is None:
            known = self._pools[key] = self._admitted(stages)
        return known

    def _admitted(self, stages: tuple[Stage, ...]) -> Pool:
        pool = 0
        for stage in stages:
            for level in range(1, stage.max_level + 1):
                pool |= self._skilled.get((stage.group, level), 0)
        return pool

    # --- who is before whom ---------------------------------------------------------------------------------------

    def _ahead(self, call: Call) -> Counter[Pool]:
        """How many are served first, by who may serve them."""
        return Counter(self._waits_for[: bisect_left(self._orders, acd.order(call, self._step_ms))])

    def _pool_now(self, call: Call) -> Pool:
        return self._pool(call.plan, acd.queue_of(self._turn, call), self._now - (call.place or self._now))

    def _newcomer(self, queue: Queue) -> Call:
        plan = self._turn.in_force or ""
        return Call(
            NEWCOMER,
            CallKind.INBOUND,
            Phase.WAITING,
            LegId(NEWCOMER),
            "",
            "",
            plan,
            self._now,
            queue=queue.name,
            priority=queue.priority,
            place=self._now,
        )

    def _queues(self, pool: Pool) -> Iterator[tuple[Queue, float]]:
        """Queues of the plan in force that these operators serve, and how much of each is theirs to serve."""
        for queue, others in self._served_by:
            if share := _share(others, pool):
                yield queue, share

    # --- how long -------------------------------------------------------------------------------------------------

    def _estimate(self, call: Call, ahead: Counter[Pool], pool: Pool) -> float | None:
        operators = pool.bit_count()
        before = sum(callers * _share(other, pool) for other, callers in ahead.items())
        free = (pool & self._ready).bit_count()
        if before < free:
            return 0.0
        queues = list(self._queues(pool))
        seen = self._seen(queues)
        if not operators or seen.handled < max(ENOUGH, 2 * operators) or self._now - seen.handled_at > STALE_MS:
            return None
        handling_ms = seen.handling_ms / seen.handled
        own = acd.order(call, self._step_ms)
        taken = sum(
            self._pace(queue.name).arrivals_per_ms(self._now) * share * handling_ms / operators
            for queue, share in queues
            if self._newcomers[queue.name] < own
        )
        if taken > MOST_TAKEN:
            return None
        giving_up = seen.gave_up / seen.waited_ms if seen.waited_ms else 0.0
        return _wait(operators / handling_ms * (1 - taken), giving_up, before - free)

    def _seen(self, queues: list[tuple[Queue, float]]) -> _Seen:
        paces = [(self._pace(queue.name), share) for queue, share in queues]
        # Those who still wait have not given up so long: left out, a line that grows would look as if it emptied itself.
        waiting_ms = sum(self._waiting_ms[queue.name] * share for queue, share in queues)
        return _Seen(
            sum(pace.handled * share for pace, share in paces),
            sum(pace.handling_ms * share for pace, share in paces),
            max((pace.handled_at for pace, _ in paces), default=0),
            waiting_ms + sum(pace.waited_ms * share for pace, share in paces),
            sum(pace.gave_up * share for pace, share in paces),
        )

    def _pace(self, queue: QueueName) -> Pace:
        return self._turn.experience.paces.get(queue, Pace())


def _can_be_next(call: Call, now: Millis) -> bool:
    """A call-back whose next attempt lies in the future lets others pass."""
    not_before = call.callback.not_before if call.callback is not None else None
    return not_before is None or not_before <= now


def _share(theirs: Pool, ours: Pool) -> float:
    """Of those who could serve them the part that is ours."""
    return (theirs & ours).bit_count() / theirs.bit_count() if theirs else 0.0


def _wait(served_per_ms: float, giving_up_per_ms: float, before: float) -> float:
    """The sum on top of this module for k = ``before``, which may lie between two whole numbers.

    From the second term on it is taken as the integral over the middle of the steps.
    """
    first = 1 / served_per_ms
    if giving_up_per_ms == 0:
        return first * (before + 1)
    half = giving_up_per_ms / 2
    begin, end = served_per_ms + half, served_per_ms + half + before * giving_up_per_ms
    return first + log(end / begin) / giving_up_per_ms
