"""Overflow: callers whom a queue cannot take, or has kept waiting too long, and where they go instead.

| rule | asked | applies |
|---|---|---|
| `closed` | at entry | the queue's hours are over; who waits already is served |
| `full` | at entry | as many wait as the queue may hold |
| `expected` | at entry | the caller would have to wait longer than is thought right (`expectation`) |
| `crowd` | at entry | with this caller more would wait for each operator at work than may |
| `nobody` | at entry, and while waiting | nobody who could ever serve the queue is logged in |
| `waited` | while waiting | the caller has waited long enough in this queue |

Rules
-----
* Of a queue's rules the first that applies decides. One that would lead nowhere (no channel of the trunk is free, the
  department was tried before, a caller who waits would be turned away by the other queue, no call-back could be made
  any more) is passed over, and asked again after the next event.
* A call-back is offered once. Who would rather wait is let in, whatever the rules say.
* A new caller comes to the other queue under that queue's own rules. The place is kept.
* A caller who has been with an operator and waits again is never sent away; nor is one for whom an operator is free.
* A caller who keeps a place from before is in the queue already as far as `full`, `expected` and `crowd` are concerned.
"""

from collections.abc import Collection, Container, Mapping

from ctl.switchboard import acd, callback_wish, ending, facts, handoff
from ctl.switchboard.callback_rule import could_be_made
from ctl.switchboard.expectation import outlook
from ctl.switchboard.floor import Call, Phase
from ctl.switchboard.hours import is_open
from ctl.switchboard.ids import DepartmentCode, Millis, QueueName
from ctl.switchboard.kinds import NOT_AT_WORK, CallKind, OperatorState, Outcome
from ctl.switchboard.plan import OVERFLOW_OF_WAITING, NumberedOverflow, Overflow, OverflowWhen, Queue
from ctl.switchboard.records import replace
from ctl.switchboard.staff import AWAY, present, roster
from ctl.switchboard.turn import Turn


def at_entry(turn: Turn, call: Call, queue: Queue, passed: Collection[QueueName], kept: bool) -> bool:
    """Send a new caller elsewhere if a rule says so. False: the queue takes the caller.

    ``passed``: queues that have sent the caller on already. ``kept``: the caller keeps a place from before.
    """
    for n, rule in enumerate(queue.overflow, 1):
        if rule.queue in passed or not _turns_away(turn, call, queue, rule, kept):
            continue
        if rule.queue is not None:
            _record(turn, call, queue, n, rule)
            acd.enqueue(turn, turn.calls[call.id], rule.queue, (*passed, queue.name))
            return True
        if rule.department is not None or rule.callback:
            if _reachable(turn, call, rule) or _may_be_called_back(turn, call, queue, rule):
                acd.enter(turn, call, queue)
                _go(turn, turn.calls[call.id], queue, n, rule)
                return True
            continue
        _tell(turn, call, queue, n, rule)
        return True
    return False


def send_waiting(turn: Turn) -> bool:
    """Send those away who wait and for whom a rule applies by now, in the order in which they would be served.

    Runs after every event, so it looks closer only at those who have waited as long as a rule asks. True: somebody has
    gone to another queue, where an operator may be free.
    """
    asked = _asked(turn)
    if not asked:
        return False
    least = min(rule.after_ms for rules in asked.values() for _, rule in rules)
    late = [call for call in acd.waiting(turn) if call.operator is None and _waited(turn, call) >= least]
    nowhere: set[tuple[str, QueueName | None, DepartmentCode | None]] = set()
    moved = False
    for call in acd.in_order(turn, late):
        for n, rule in asked.get((call.plan, call.queue), ()):
            home = acd.home(turn, call, rule.queue) if rule.queue is not None else None
            to = call.plan, home, rule.department
            if _waited(turn, call) < rule.after_ms or to in nowhere:
                continue
            if _send(turn, call, acd.queue_of(turn, call), n, rule):
                moved = moved or rule.queue is not None
                break
            # One caller for whom there is no room is enough to know it: hundreds may wait.
            if rule.queue is not None or (rule.department is not None and not call.forwarded):
                nowhere.add(to)
    return moved


def _asked(turn: Turn) -> Mapping[tuple[str, QueueName | None], NumberedOverflow]:
    """The rules, with their numbers, that may send somebody away who waits; by plan and queue."""
    ruled = [plan for plan in turn.plans.values() if plan.overflow_of_waiting]
    if not ruled:
        return {}
    staffed = acd.queues_of(turn, present(turn, AWAY))
    asked = {
        (plan.version, name): rules[(plan.version, name) in staffed]
        for plan in ruled
        for name, rules in plan.overflow_of_waiting.items()
    }
    return {key: rules for key, rules in asked.items() if rules}


def next_at(queue: Queue, queued_at: Millis, now: Millis) -> Millis | None:
    """When the time of a rule comes for a caller who entered the queue at ``queued_at``."""
    times = [queued_at + rule.after_ms for rule in queue.overflow if rule.when in OVERFLOW_OF_WAITING]
    return min((at for at in times if at > now), default=None)


def _send(turn: Turn, call: Call, queue: Queue, n: int, rule: Overflow) -> bool:
    if rule.queue is not None:
        name = acd.home(turn, call, rule.queue)
        other = acd.plan_with(turn, call, name).queues[name]
        if other.name == queue.name or any(_turns_away(turn, call, other, its, kept=False) for its in other.overflow):
            return False
        _record(turn, call, queue, n, replace(rule, queue=other.name))
        acd.enter(turn, acd.follow(turn, turn.calls[call.id], other.name), other)
    elif rule.department is not None or rule.callback:
        if not _reachable(turn, call, rule) and not _may_be_called_back(turn, call, queue, rule):
            return False
        _go(turn, call, queue, n, rule)
    else:
        _tell(turn, call, queue, n, rule)
    return True


def _turns_away(turn: Turn, call: Call, queue: Queue, rule: Overflow, kept: bool) -> bool:
    """Whether the rule applies to a caller who comes to the queue now."""
    match rule.when:
        case OverflowWhen.CLOSED:
            plan = acd.plan_with(turn, call, queue.name)
            hours = plan.hours.get(rule.hours or "")
            return hours is not None and not is_open(hours, plan.holidays, turn.now)
        case OverflowWhen.FULL:
            return not kept and _waiting(turn, queue) >= rule.callers
        case OverflowWhen.EXPECTED:
            return not kept and (outlook(turn).of_newcomer(queue) or 0) > rule.wait_ms
        case OverflowWhen.CROWD:
            return not kept and _is_crowd(turn, queue, rule.callers)
        case OverflowWhen.NOBODY:
            return rule.after_ms == 0 and not _present(turn, queue, AWAY)
        case OverflowWhen.WAITED:
            return False


def _is_crowd(turn: Turn, queue: Queue, callers: int) -> bool:
    """Whether with one more caller there would be more than ``callers`` for each operator at work."""
    return _waiting(turn, queue) + 1 > callers * _present(turn, queue, NOT_AT_WORK)


def _go(turn: Turn, call: Call, queue: Queue, n: int, rule: Overflow) -> None:
    """A caller who is in the queue leaves it for a while, for a department or for the arrangement of a call-back."""
    _record(turn, call, queue, n, rule)
    call = turn.calls[call.id]
    if rule.department is not None:
        handoff.reach(turn, turn.put(replace(call, forwarded=True)), rule.department)
    else:
        callback_wish.begin(turn, turn.put(replace(call, offered_callback=True)), rule.say)


def _may_be_called_back(turn: Turn, call: Call, queue: Queue, rule: Overflow) -> bool:
    inbound = call.kind is CallKind.INBOUND
    return rule.callback and inbound and not call.offered_callback and could_be_made(turn, call, queue)


def _reachable(turn: Turn, call: Call, rule: Overflow) -> bool:
    """A caller is sent over the trunk once: one for whom nobody answered waits on at the place held before."""
    return (
        rule.department is not None
        and not call.forwarded
        and call.kind is CallKind.INBOUND
        and handoff.why_not(turn, call, rule.department, 0) is None
    )


def _tell(turn: Turn, call: Call, queue: Queue, n: int, rule: Overflow) -> None:
    _record(turn, call, queue, n, rule)
    outcome = Outcome.CLOSED if rule.when is OverflowWhen.CLOSED else Outcome.OVERFLOWED
    ending.close(turn, turn.calls[call.id], rule.say, outcome)


def _record(turn: Turn, call: Call, queue: Queue, rule_number: int, rule: Overflow) -> None:
    call, n = turn.number(call)
    turn.record(
        facts.QueueOverflowed(
            call.id,
            n,
            turn.now,
            queue.name,
            rule_number,
            rule.when,
            _waited(turn, call) if call.queue == queue.name else 0,
            _waiting(turn, queue) - (call.queue == queue.name),
            _present(turn, queue, NOT_AT_WORK),
            rule.queue,
            rule.department,
            rule.callback,
            outlook(turn).of_newcomer(queue) if rule.when is OverflowWhen.EXPECTED else None,
        )
    )


def _waited(turn: Turn, call: Call) -> Millis:
    return turn.now - (call.queued_at if call.queued_at is not None else turn.now)


def _waiting(turn: Turn, queue: Queue) -> int:
    return sum(1 for call in turn.calls.values() if call.queue == queue.name and call.phase is Phase.WAITING)


def _present(turn: Turn, queue: Queue, without: Container[OperatorState]) -> int:
    """How many of those in none of these states some stage of the queue admits, open yet or not."""
    return (present(turn, without) & roster(turn).reach(queue).widest).bit_count()
