"""Wrap-up: the time after a citizen's call in which the operator is offered nothing, and what ends it (2.1.4).

| kind | ends by |
|---|---|
| none | there is none |
| fixed | its time |
| limited | the operator, or its time |
| until_done | the operator |
| until_saved | the record of the call is saved |

A supervisor may end every kind, with a reason. A gate that waits for a record is not passed by logging out either. A
call of the operator's own interrupts the wrap-up; its time goes on meanwhile.
"""

from ctl.switchboard import facts
from ctl.switchboard.events import Do
from ctl.switchboard.floor import Operator
from ctl.switchboard.ids import CallId
from ctl.switchboard.kinds import OperatorState, WrapUpEnd
from ctl.switchboard.plan import WrapUp, WrapUpKind
from ctl.switchboard.records import replace
from ctl.switchboard.turn import Turn

TIMED = frozenset({WrapUpKind.FIXED, WrapUpKind.LIMITED})


def rule_for(turn: Turn, name: CallId) -> WrapUp:
    """What holds after a call: the word of its queue on the plan that the call keeps, or else that of the centre."""
    call = turn.calls.get(name)
    plan = turn.plan_of(call) if call is not None else turn.current_plan
    queue = plan.queues.get(call.queue) if plan is not None and call is not None and call.queue is not None else None
    if queue is not None and queue.wrap_up is not None:
        return queue.wrap_up
    return WrapUp(WrapUpKind.UNTIL_DONE if plan is None or plan.wrap_up else WrapUpKind.NONE)


def begin(turn: Turn, operator: Operator, call: CallId, by: str) -> bool:
    """Put the operator into the wrap-up after ``call``. False if there is nothing to wait for."""
    rule = rule_for(turn, call)
    if rule.kind is WrapUpKind.NONE or (rule.kind is WrapUpKind.UNTIL_SAVED and operator.saved == call):
        return False
    changed = turn.change(operator, OperatorState.WRAP_UP, by, None, call, operator.pending)
    due_at = turn.now + rule.after_ms if rule.kind in TIMED else None
    turn.operators[operator.extension] = replace(
        changed, wrap_up=rule.kind, wrapping_since=turn.now, due_at=due_at, saved=None
    )
    return True


def go_on(turn: Turn, operator: Operator, call: CallId | None, by: str) -> bool:
    """Put the operator back into a wrap-up that a call of his own interrupted. False if it is over meanwhile."""
    if operator.due_at is not None and operator.due_at <= turn.now:
        state_end(turn, operator, call, WrapUpEnd.OVER, by)
        return False
    if operator.wrap_up is WrapUpKind.UNTIL_SAVED and operator.saved == call:
        state_end(turn, operator, call, WrapUpEnd.SAVED, by)
        return False
    changed = turn.change(operator, OperatorState.WRAP_UP, by, None, call, operator.pending)
    turn.operators[operator.extension] = keeping(changed, operator)
    return True


def keeping(changed: Operator, before: Operator) -> Operator:
    """The operator in a new state, with the wrap-up or the pause that the state interrupts."""
    return replace(changed, wrap_up=before.wrap_up, wrapping_since=before.wrapping_since, due_at=before.due_at)


def why_not(operator: Operator, do: Do) -> str | None:
    """Why the operator may not end the wrap-up so by himself, or None."""
    who = f"operator {operator.extension} is wrap_up"
    way_out = "or have a supervisor end it: ctl operator EXT wrap-up-done --as EXT --reason TEXT"
    if operator.wrap_up is WrapUpKind.UNTIL_SAVED:
        return f"{who} until the record of call {operator.call} is saved: save it, {way_out}"
    if operator.wrap_up is WrapUpKind.FIXED and do is Do.WRAP_UP_DONE:
        return f"{who} for a fixed time: wait until it is over, {way_out}"
    return None


def saved(turn: Turn, operator: Operator, call: CallId) -> bool:
    """The record of ``call`` is saved. True if that ends the wrap-up now; a save during the call counts at its end."""
    interrupted = operator.before[2] if operator.before is not None else None
    if call not in (operator.call, interrupted):
        return False  # of an earlier call: nothing waits for it
    turn.operators[operator.extension] = replace(operator, saved=call)
    waits_for_it = operator.wrap_up is WrapUpKind.UNTIL_SAVED and operator.call == call
    return waits_for_it and operator.state is OperatorState.WRAP_UP


def state_end(
    turn: Turn, operator: Operator, call: CallId | None, how: WrapUpEnd, by: str, reason: str | None = None
) -> None:
    """State that a wrap-up is over; the operator's next change is the one that ends it."""
    if call is not None:
        kind = operator.wrap_up or WrapUpKind.UNTIL_DONE  # what every wrap-up was before there were kinds
        began = operator.wrapping_since or operator.since
        n = operator.changes + 1
        turn.record(facts.WrapUpEnded(call, operator.extension, n, turn.now, began, kind, how, by, reason))
