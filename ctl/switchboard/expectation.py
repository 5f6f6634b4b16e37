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
from operator import itemgetter

from ctl.switchboard import acd
from ctl.switchboard.experience import Pace
from ctl.switchboard.floor import Call, Phase
from ctl.switchboard.ids import CallId, LegId, Millis, QueueName
from ctl.switchboard.kinds import CallKind
from ctl.switchboard.plan import Queue
from ctl.switchboard.staff import Pool, Reach, Staff, share
from ctl.switchboard.turn import Turn

ENOUGH = 10
"""Callers handled before anything is said of how long one takes."""
STALE_MS = 60 * 60_000
MOST_TAKEN = 0.95
"""A line whose operators have less than the rest of their time for it does not move as far as anybody can tell."""
NEWCOMER = CallId("~")

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
        self._staff = Staff(turn)
        self._waiting_ms: defaultdict[QueueName | None, Millis] = defaultdict(int)
        self._by_queue: defaultdict[QueueName | None, list[Order]] = defaultdict(list)
        line = sorted(self._look_at_those_who_wait(), key=itemgetter(0))
        self._orders = [order for order, _ in line]
        self._waits_for = [pool for _, pool in line]
        for orders in self._by_queue.values():
            orders.sort()
        queues = list(turn.current_plan.queues.values()) if turn.current_plan is not None else []
        self._newcomers = {queue.name: acd.order(self._newcomer(queue), self._step_ms) for queue in queues}
        self._served_by = [(queue, self._staff.reach(turn.in_force or "", queue).pools[-1]) for queue in queues]

    def wait_ms(self, call: Call) -> Millis | None:
        """Of a caller who waits, counted from now; None when nobody can tell."""
        waited = self._now - (call.place or self._now)
        reach = self._staff.reach(call.plan, acd.queue_of(self._turn, call))
        ahead = self._ahead(call)
        expected: float | None = None
        for n in range(reach.stage_at(waited), len(reach.pools)):
            found = self._estimate(call, ahead, reach.pools[n])
            expected = max(found, reach.opens[n] - waited) if found is not None else None
            if n + 1 < len(reach.opens) and expected is not None and expected <= reach.opens[n + 1] - waited:
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

    # --- who is before whom ---------------------------------------------------------------------------------------

    def _ahead(self, call: Call) -> Counter[Pool]:
        """How many are served first, by who may serve them."""
        return Counter(self._waits_for[: bisect_left(self._orders, acd.order(call, self._step_ms))])

    def _look_at_those_who_wait(self) -> Iterator[tuple[Order, Pool]]:
        """When it is the turn of each, and who may serve him now. With hundreds in line this is what an outlook costs."""
        now, step_ms = self._now, self._step_ms
        reaches: dict[tuple[str, QueueName | None], Reach] = {}
        for call in acd.in_line(self._turn):
            if call.callback is not None and (call.callback.not_before or 0) > now:
                continue  # its next attempt lies in the future: it lets others pass
            where = call.plan, call.queue
            reach = reaches.get(where)
            if reach is None:
                reach = reaches[where] = self._staff.reach(call.plan, acd.queue_of(self._turn, call))
            order = acd.order(call, step_ms)
            self._by_queue[call.queue].append(order)
            if call.phase is Phase.WAITING:
                self._waiting_ms[call.queue] += now - (call.queued_at or now)
            yield order, reach.at(now - (call.place or now))

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
            if part := share(others, pool):
                yield queue, part

    # --- how long -------------------------------------------------------------------------------------------------

    def _estimate(self, call: Call, ahead: Counter[Pool], pool: Pool) -> float | None:
        operators = pool.bit_count()
        before = sum(callers * share(other, pool) for other, callers in ahead.items())
        free = (pool & self._staff.ready).bit_count()
        if before < free:
            return 0.0
        queues = list(self._queues(pool))
        seen = self._seen(queues)
        if not operators or seen.handled < max(ENOUGH, 2 * operators) or self._now - seen.handled_at > STALE_MS:
            return None
        handling_ms = seen.handling_ms / seen.handled
        own = acd.order(call, self._step_ms)
        taken = sum(
            self._pace(queue.name).arrivals_per_ms(self._now) * part * handling_ms / operators
            for queue, part in queues
            if self._newcomers[queue.name] < own
        )
        if taken > MOST_TAKEN:
            return None
        giving_up = seen.gave_up / seen.waited_ms if seen.waited_ms else 0.0
        return _wait(operators / handling_ms * (1 - taken), giving_up, before - free)

    def _seen(self, queues: list[tuple[Queue, float]]) -> _Seen:
        paces = [(self._pace(queue.name), part) for queue, part in queues]
        # Those who still wait have not given up so long: left out, a line that grows would look as if it emptied itself.
        waiting_ms = sum(self._waiting_ms[queue.name] * part for queue, part in queues)
        return _Seen(
            sum(pace.handled * part for pace, part in paces),
            sum(pace.handling_ms * part for pace, part in paces),
            max((pace.handled_at for pace, _ in paces), default=0),
            waiting_ms + sum(pace.waited_ms * part for pace, part in paces),
            sum(pace.gave_up * part for pace, part in paces),
        )

    def _pace(self, queue: QueueName) -> Pace:
        return self._turn.experience.paces.get(queue, Pace())


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
