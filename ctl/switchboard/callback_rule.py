"""What a queue's rule says about call-backs: who may have one, until when, and when its turn can come. Changes nothing."""

from collections.abc import Set

from ctl.switchboard.floor import Call
from ctl.switchboard.hours import closes_at
from ctl.switchboard.ids import Millis
from ctl.switchboard.kinds import CallKind
from ctl.switchboard.plan import CallbackRule, Queue
from ctl.switchboard.turn import Turn


def rule_of(turn: Turn, call: Call) -> CallbackRule | None:
    """The rule of the caller's queue; of a call-back the one under which it was promised."""
    if call.callback is not None and call.callback.rule is not None:
        return call.callback.rule
    queue = turn.plan_of(call).queues.get(call.queue) if call.queue is not None else None
    return queue.callback if queue is not None else None


def holds_until(turn: Turn, call: Call) -> Millis | None:
    """Until when a promise made now would hold; None when the queue makes none, or not at this hour."""
    return _holds_until(turn, call, rule_of(turn, call))


def could_be_made(turn: Turn, call: Call, queue: Queue) -> bool:
    """Whether ``queue``, which the caller may not have entered yet, makes promises at this hour."""
    return _holds_until(turn, call, queue.callback) is not None


def _holds_until(turn: Turn, call: Call, rule: CallbackRule | None) -> Millis | None:
    plan = turn.plan_of(call)
    return closes_at(plan.hours[rule.hours], plan.holidays, turn.now) if rule is not None else None


def is_offered(turn: Turn, call: Call, position: int) -> bool:
    """Whether a caller who stands at ``position`` (1: next) may have a call-back instead of waiting."""
    rule = rule_of(turn, call)
    if rule is None or call.kind is not CallKind.INBOUND or holds_until(turn, call) is None:
        return False
    long_enough = rule.after_ms is not None and turn.now - (call.place or turn.now) >= rule.after_ms
    return long_enough or (rule.from_position is not None and position >= rule.from_position)


def announced_at(turn: Turn, call: Call, queue: Queue, repeats_at: Millis | None) -> Millis | None:
    """When a waiting caller is to be told something next: at ``repeats_at``, or sooner to offer the call-back."""
    rule = queue.callback
    if rule is None or call.kind is not CallKind.INBOUND:
        return repeats_at
    if repeats_at is None:
        repeats_at = turn.now + max(queue.repeat_ms, 1000)
    offered_at = (call.place or turn.now) + rule.after_ms if rule.after_ms is not None else turn.now
    return min(repeats_at, offered_at) if offered_at > turn.now else repeats_at


def shown(call: Call, queue: Queue) -> tuple[str, str]:
    """The number and the name that an operator's telephone shows when it rings for this call."""
    return (call.callback.number, f"折返 {queue.label}") if call.callback is not None else (call.caller, queue.label)


def on_the_line(turn: Turn) -> frozenset[str]:
    """The numbers of citizens who are in a call with the centre that they made."""
    return frozenset(call.caller for call in turn.calls.values() if call.kind is CallKind.INBOUND)


def is_due(turn: Turn, call: Call, busy: Set[str]) -> bool:
    """Whether an operator may be rung for this call, given a channel of the trunk: a call-back may have to wait.

    It waits for the caller to have hung up (``busy``: `on_the_line`), and for the spacing of attempts.
    """
    promised = call.callback
    if promised is None:
        return True
    spaced = promised.not_before is None or promised.not_before <= turn.now
    return spaced and promised.origin not in turn.calls and promised.number not in busy
