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

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from math import fsum, log
from operator import attrgetter, itemgetter

from ctl.switchboard import acd
from ctl.switchboard.experience import Pace
from ctl.switchboard.floor import Call, Phase
from ctl.switchboard.ids import CallId, Millis, QueueName
from ctl.switchboard.plan import Queue
from ctl.switchboard.roster import Pool, share
from ctl.switchboard.staff import Staff
from ctl.switchboard.turn import Turn

ENOUGH = 10
"""Callers handled before anything is said of how long one takes."""
STALE_MS = 60 * 60_000
MOST_TAKEN = 0.95
"""A line whose operators have less than the rest of their time for it does not move as far as anybody can tell."""
NEWCOMER = CallId("~")
PLACE_AND_ID = attrgetter("place", "id")
PLACE = itemgetter(0)


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


class _Line:
    """Who waits in one queue of one plan with the same priority: they go in the order of their places.

    ``widest``: of those at work all who will ever serve it. The rest is looked at when it is first wanted.
    """

    def __init__(self, turn: Turn, callers: list[Call], staff: Staff) -> None:
        self._turn = turn
        self._callers = callers
        self._staff = staff
        self._queue = acd.queue_of(turn, callers[0])
        self._places: list[tuple[Millis, CallId]] = []
        self._waiting_ms: Millis | None = None
        self.widest = staff.widest(self._queue)

    def __len__(self) -> int:
        return len(self._callers)

    def before(self, own: "acd.Order") -> int:
        """How many go first."""
        priority, step_ms = self._callers[0].priority, acd.ageing_ms(self._turn)
        if not self._places:
            self._places = sorted(map(PLACE_AND_ID, self._callers))
        return bisect_left(self._places, own, key=lambda one: acd.rank(priority, one[0], one[1], step_ms))

    def ahead(self, own: "acd.Order") -> Iterator[tuple[Pool, int]]:
        """How many go first, by who may serve them now."""
        reach = self._staff.reach(self._queue)
        left, done = self.before(own), 0
        for opens, pool in zip(reversed(reach.opens), reversed(reach.pools), strict=True):
            # The places of those who have waited so long are in front.
            late = bisect_right(self._places, self._turn.now - opens, hi=left, key=PLACE) if opens else left
            yield pool, late - done
            done = late

    def waiting_ms(self) -> Millis:
        """How long all of them have waited in this queue, call-backs left out."""
        if self._waiting_ms is None:
            now, waiting = self._turn.now, Phase.WAITING
            waits = [now - (call.queued_at or now) for call in self._callers if call.phase is waiting]
            self._waiting_ms = sum(waits)
        return self._waiting_ms


class Outlook:
    """The floor at one instant, as far as waits depend on it. Made once, asked for any number of callers.

    With hundreds in line it counts what an outlook costs: only the lines that matter to a question are looked into.
    """

    def __init__(self, turn: Turn) -> None:
        self._turn = turn
        self._now = turn.now
        self._step_ms = acd.ageing_ms(turn)
        self._staff = Staff(turn)
        queues = turn.current_plan.queues.values() if turn.current_plan is not None else ()
        self._served_by = [(queue, self._staff.widest(queue)) for queue in queues]
        self._lines: defaultdict[QueueName | None, list[_Line]] = defaultdict(list)
        for (_, queue, _), callers in self._by_line().items():
            self._lines[queue].append(_Line(turn, callers, self._staff))

    def wait_ms(self, call: Call) -> Millis | None:
        """Of a caller who waits, counted from now; None when nobody can tell."""
        place = call.place or self._now
        return self._wait_ms(acd.queue_of(self._turn, call), acd.order(call, self._step_ms), self._now - place)

    def of_newcomer(self, queue: Queue) -> Millis | None:
        """Of a caller who would come to a queue of the plan in force now."""
        return self._wait_ms(queue, self._newcomer(queue), 0)

    def position(self, call: Call) -> int:
        """Where a caller who waits stands among those of the same queue; 1 is served next."""
        own = acd.order(call, self._step_ms)
        return sum(line.before(own) for line in self._lines[call.queue]) + 1

    def length(self, queue: QueueName) -> int:
        """How many wait in a queue."""
        return sum(map(len, self._lines[queue]))

    # --- who is before whom ---------------------------------------------------------------------------------------

    def _by_line(self) -> dict[tuple[str, QueueName | None, int], list[Call]]:
        lines: dict[tuple[str, QueueName | None, int], list[Call]] = {}
        for call in acd.in_line(self._turn):
            if call.callback is not None and (call.callback.not_before or 0) > self._now:
                continue  # its next attempt lies in the future: it lets others pass
            key = call.plan, call.queue, call.priority
            try:
                lines[key].append(call)
            except KeyError:
                lines[key] = [call]
        return lines

    def _newcomer(self, queue: Queue) -> "acd.Order":
        return acd.rank(queue.priority, self._now, NEWCOMER, self._step_ms)

    def _ahead(self, own: "acd.Order", ours: Pool) -> dict[Pool, int]:
        """How many of those whom ``ours`` may ever serve are served first, by who may serve them now."""
        ahead: dict[Pool, int] = {}
        for line in (line for lines in self._lines.values() for line in lines if line.widest & ours):
            for pool, callers in line.ahead(own):
                ahead[pool] = ahead.get(pool, 0) + callers
        return ahead

    # --- how long -------------------------------------------------------------------------------------------------

    def _wait_ms(self, queue: Queue, own: "acd.Order", waited: Millis) -> Millis | None:
        reach = self._staff.reach(queue)
        ahead = self._ahead(own, reach.widest)
        expected: float | None = None
        for n in range(reach.stage_at(waited), len(reach.pools)):
            found = self._estimate(own, ahead, reach.pools[n])
            expected = max(found, reach.opens[n] - waited) if found is not None else None
            if n + 1 < len(reach.opens) and expected is not None and expected <= reach.opens[n + 1] - waited:
                break
        return round(expected) if expected is not None else None

    def _estimate(self, own: "acd.Order", ahead: dict[Pool, int], pool: Pool) -> float | None:
        operators = pool.bit_count()
        before = fsum([callers * share(other, pool) for other, callers in ahead.items()])
        free = (pool & self._staff.ready).bit_count()
        if before < free:
            return 0.0
        queues = [(queue, share(others, pool)) for queue, others in self._served_by if others & pool]
        seen = self._seen(queues)
        if not operators or seen.handled < max(ENOUGH, 2 * operators) or self._now - seen.handled_at > STALE_MS:
            return None
        handling_ms = seen.handling_ms / seen.handled
        taken = fsum(
            self._pace(queue.name).arrivals_per_ms(self._now) * part * handling_ms / operators
            for queue, part in queues
            if self._newcomer(queue) < own
        )
        if taken > MOST_TAKEN:
            return None
        giving_up = seen.gave_up / seen.waited_ms if seen.waited_ms else 0.0
        return _wait(operators / handling_ms * (1 - taken), giving_up, before - free)

    def _seen(self, queues: list[tuple[Queue, float]]) -> _Seen:
        paces = [(self._pace(queue.name), part) for queue, part in queues]
        # Those who still wait have not given up so long: left out, a line that grows would look as if it emptied itself.
        lines = [(self._lines.get(queue.name, ()), part) for queue, part in queues]
        waiting_ms = fsum([sum([line.waiting_ms() for line in several]) * part for several, part in lines])
        return _Seen(
            fsum([pace.handled * part for pace, part in paces]),
            fsum([pace.handling_ms * part for pace, part in paces]),
            max([pace.handled_at for pace, _ in paces], default=0),
            waiting_ms + fsum([pace.waited_ms * part for pace, part in paces]),
            fsum([pace.gave_up * part for pace, part in paces]),
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
