"""The operator's machine: every state, every wish, one table.

Theory: an operator is in exactly one state. Wishes (``Do``) come from the operator, a screen or the command line;
calls move the operator through `offered`, `talking` and `wrap_up` (see `acd`, `conversation`). Wrap-up ends only by a
wish (2.1.4: no new call is offered until the record is saved). A not-ready wish during a call is kept and holds at its
end. "Idle since" is the moment the operator became ready; an offer that came to nothing through no fault of the
operator does not restart it.
"""

from ctl.switchboard.effects import MirrorToFallback
from ctl.switchboard.events import Do
from ctl.switchboard.facts import OperatorState as S
from ctl.switchboard.floor import Operator
from ctl.switchboard.ids import CallId, Extension, QueueName
from ctl.switchboard.plan import Plan
from ctl.switchboard.records import replace
from ctl.switchboard.turn import Turn

TRANSITIONS: dict[tuple[S, Do], S] = {
    (S.LOGGED_OUT, Do.LOGIN): S.NOT_READY,
    (S.NOT_READY, Do.READY): S.READY,
    (S.NOT_READY, Do.NOT_READY): S.NOT_READY,
    (S.NOT_READY, Do.LOGOUT): S.LOGGED_OUT,
    (S.READY, Do.NOT_READY): S.NOT_READY,
    (S.READY, Do.LOGOUT): S.LOGGED_OUT,
    (S.OFFERED, Do.NOT_READY): S.NOT_READY,
    (S.TALKING, Do.NOT_READY): S.TALKING,
    (S.WRAP_UP, Do.NOT_READY): S.WRAP_UP,
    (S.WRAP_UP, Do.WRAP_UP_DONE): S.READY,
    (S.WRAP_UP, Do.LOGOUT): S.LOGGED_OUT,
}
"""What an operator may wish in each state, and where it leads. Everything else is refused with the reason."""

SWITCHBOARD = "switchboard"
LOGGED_IN = "login"
RING_TIMEOUT = "ring_timeout"
REFUSED = "refused"
UNREACHABLE = "unreachable"
AUTOMATIC_REASONS = (LOGGED_IN, RING_TIMEOUT, REFUSED, UNREACHABLE)
"""Reasons for not ready that the switchboard gives itself; nobody can ask for them."""

_WAY_OUT = {
    S.LOGGED_OUT: "log in first",
    S.WRAP_UP: "finish the wrap-up first",
    S.TALKING: "the call must end first",
    S.OFFERED: "a call is ringing: answer it or go not-ready",
    S.READY: "the operator is ready already",
    S.NOT_READY: "the operator is logged in and not ready",
    S.UNREACHABLE: "the telephone must be back first",
}


def find(turn: Turn, extension: Extension | None) -> Operator | None:
    """The operator of an extension; one who is in the plan and was never seen is logged out."""
    if extension is None:
        return None
    known = turn.operators.get(extension)
    plan = turn.current_plan
    if known is None and plan is not None and extension in plan.operators:
        known = turn.operators[extension] = Operator(extension)
    return known


def wish(turn: Turn, operator: Operator, do: Do, by: str, reason: str | None) -> str | None:
    """Carry out a wish. Returns None, or why not and what would help. The caller withdraws a pending offer first."""
    to = TRANSITIONS.get((operator.state, do))
    if to is None:
        return f"operator {operator.extension} is {operator.state}: {_WAY_OUT[operator.state]}"
    if do is Do.NOT_READY:
        plan = turn.current_plan
        reasons = tuple(plan.not_ready_reasons) if plan else ()
        if reason not in reasons:
            return f"unknown reason {reason!r}; allowed: {', '.join(reasons)}"
        if to in (S.TALKING, S.WRAP_UP):
            turn.operators[operator.extension] = replace(operator, pending=reason)
            return None  # holds when the call and the wrap-up are over
    if do is Do.READY and not operator.endpoints:
        return f"the telephone of {operator.extension} is not reachable: register it, then try again"
    if to is S.READY:
        become_ready(turn, operator, by)
        return None
    reason = LOGGED_IN if do is Do.LOGIN else reason if do is Do.NOT_READY else None
    turn.change(operator, to, by, reason)
    mirror(turn, operator.extension)
    return None


def become_ready(turn: Turn, operator: Operator, by: str) -> None:
    """Ready, unless not-ready was asked for meanwhile; an operator whose telephone is dead is never ready."""
    reason = operator.pending or (None if operator.endpoints else UNREACHABLE)
    turn.change(operator, S.NOT_READY if reason else S.READY, by, reason)
    mirror(turn, operator.extension)


def force_not_ready(turn: Turn, extension: Extension, reason: str) -> None:
    """The switchboard itself takes an operator out: rang in vain, declined, lost the telephone."""
    turn.change(turn.operators[extension], S.NOT_READY, SWITCHBOARD, reason)
    mirror(turn, extension)


def release(turn: Turn, extension: Extension, call: CallId) -> None:
    """The operator's part in ``call`` is over: wrap-up after a citizen's call, otherwise back to where he was."""
    operator = turn.operators.get(extension)
    if operator is None or operator.call != call or operator.state is S.WRAP_UP:
        return
    plan = turn.current_plan
    state, reason, wrapped = operator.before or (S.READY, None, None)
    if state is not S.READY:
        turn.change(operator, state, SWITCHBOARD, reason, wrapped, operator.pending)
        mirror(turn, extension)
    elif operator.before is None and operator.state is S.TALKING and (plan is None or plan.wrap_up):
        turn.change(operator, S.WRAP_UP, SWITCHBOARD, None, call, operator.pending)
    else:
        become_ready(turn, operator, SWITCHBOARD)


def engage(turn: Turn, operator: Operator, call: CallId) -> None:
    """The operator's telephone is taken by a call of his own or to him; he will be put back afterwards."""
    before = (operator.state, operator.reason, operator.call)
    changed = turn.change(operator, S.TALKING, SWITCHBOARD, None, call, operator.pending)
    turn.operators[operator.extension] = replace(changed, before=before)


def can_be_engaged(operator: Operator) -> bool:
    """Neither rung nor talking: may make or take a call beside the queues."""
    return operator.state not in (S.OFFERED, S.TALKING) and bool(operator.endpoints) and not operator.occupied


def mirror(turn: Turn, extension: Extension) -> None:
    """Keep the PBX's own fallback queue as we would have it, should we go."""
    available = turn.operators[extension].state not in (S.LOGGED_OUT, S.NOT_READY)
    plan = turn.current_plan
    turn.do(MirrorToFallback(extension, available, memberships(plan, extension) if plan and available else ()))


def memberships(plan: Plan, extension: Extension) -> tuple[tuple[QueueName, int], ...]:
    """The queues that an operator may serve, each with the best skill level that a stage of it admits.

    An operator whom only a later stage would admit is a member too: when the control plane is away, any who can is
    better than none. Empty for an extension that the plan does not know.
    """
    profile = plan.operators.get(extension)
    if profile is None:
        return ()
    found: list[tuple[QueueName, int]] = []
    for queue in plan.queues.values():
        levels = [(profile.skills.get(stage.group), stage.max_level) for stage in queue.stages]
        fitting = [level for level, most in levels if level is not None and level <= most]
        if fitting:
            found.append((queue.name, min(fitting)))
    return tuple(found)
