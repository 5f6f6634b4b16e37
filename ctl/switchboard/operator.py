"""The operator's machine: every state, every wish, one table.

Theory: an operator is in exactly one state. Wishes (``Do``) come from the operator, a screen or the command line;
calls move the operator through `offered`, `talking` and `wrap_up` (see `acd`, `conversation`); what ends a wrap-up says
`wrapping`, who is `unreachable` says `presence`. A not-ready wish during a call or a wrap-up is kept and holds at its end.
"Idle since" is the moment the operator became ready; an offer that came to nothing through no fault of the operator does
not restart it.
"""

from dataclasses import dataclass

from ctl.switchboard import wrapping
from ctl.switchboard.effects import MirrorToFallback
from ctl.switchboard.events import Do
from ctl.switchboard.facts import OperatorState as S
from ctl.switchboard.facts import ReasonKind, WrapUpEnd
from ctl.switchboard.floor import Operator
from ctl.switchboard.ids import CallId, Extension, Millis, QueueName
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
    (S.WRAP_UP, Do.RECORD_SAVED): S.READY,
    (S.WRAP_UP, Do.LOGOUT): S.LOGGED_OUT,
    (S.UNREACHABLE, Do.NOT_READY): S.NOT_READY,
    (S.UNREACHABLE, Do.LOGOUT): S.LOGGED_OUT,
}
"""What an operator may wish in each state, and where it leads. Everything else is refused with the reason."""

SWITCHBOARD = "switchboard"
LOGGED_IN = "login"
RING_TIMEOUT = "ring_timeout"
REFUSED = "refused"
UNREACHABLE = "unreachable"
"""The telephone is not registered, or could not be called."""
SILENT = "silent"
"""The telephone was called and said nothing at all."""
OF_TELEPHONES = (UNREACHABLE, SILENT)
AUTOMATIC_REASONS = (LOGGED_IN, RING_TIMEOUT, REFUSED, *OF_TELEPHONES)
"""Reasons that the switchboard gives itself; nobody can ask for them."""
WITHDRAWN_BY_ITSELF = (RING_TIMEOUT, REFUSED, *OF_TELEPHONES)
"""Reasons that say nobody was there; taking a call proves the contrary."""
ENDS_WRAP_UP = {Do.WRAP_UP_DONE: WrapUpEnd.DONE, Do.LOGOUT: WrapUpEnd.LOGGED_OUT}

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


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants of an operator. ``reason``: a supervisor's, on whose authority it is then."""

    do: Do
    by: str
    argument: str | None = None
    by_supervisor: bool = False
    reason: str | None = None


def wish(turn: Turn, operator: Operator, wanted: Wish) -> str | None:
    """Carry out a wish. Returns None, or why not and what would help. The caller withdraws a pending offer first."""
    if wanted.do is Do.RECORD_SAVED:
        _record_saved(turn, operator, wanted)
        return None
    to = TRANSITIONS.get((operator.state, wanted.do))
    if to is None:
        return f"operator {operator.extension} is {operator.state}: {_WAY_OUT[operator.state]}"
    if wanted.do is Do.NOT_READY:
        return _not_ready(turn, operator, to, wanted)
    if operator.state is S.WRAP_UP:
        return _end_wrap_up(turn, operator, to, wanted)
    if to is S.READY and not operator.endpoints:
        return f"the telephone of {operator.extension} is not reachable: register it, then try again"
    if to is S.READY:
        become_ready(turn, operator, wanted.by)
    elif wanted.do is Do.LOGIN:
        _enter(turn, operator, to, wanted.by, LOGGED_IN, ReasonKind.NONE)
    else:
        _enter(turn, operator, to, wanted.by)
    return None


def _not_ready(turn: Turn, operator: Operator, to: S, wanted: Wish) -> str | None:
    plan, reason = turn.current_plan, wanted.argument
    reasons = tuple(plan.not_ready_reasons) if plan else ()
    if reason not in reasons:
        return f"unknown reason {reason!r}; allowed: {', '.join(reasons)}"
    kind = ReasonKind.FORCED if wanted.by_supervisor else ReasonKind.ASKED
    if to is S.NOT_READY:
        _enter(turn, operator, to, wanted.by, reason, kind)
    else:  # holds when the call and the wrap-up are over
        turn.operators[operator.extension] = replace(operator, pending=reason, pending_kind=kind)
    return None


def _end_wrap_up(turn: Turn, operator: Operator, to: S, wanted: Wish) -> str | None:
    refusal = None if wanted.by_supervisor else wrapping.why_not(operator, wanted.do)
    if refusal is None:
        how = WrapUpEnd.RELEASED if wanted.by_supervisor else ENDS_WRAP_UP[wanted.do]
        wrapping.state_end(turn, operator, operator.call, how, wanted.by, wanted.reason)
        if to is S.READY:
            become_ready(turn, operator, wanted.by)
        else:
            _enter(turn, operator, to, wanted.by)
    return refusal


def _record_saved(turn: Turn, operator: Operator, wanted: Wish) -> None:
    """Records are saved in every state; it is news only where a wrap-up waits for it, now or soon."""
    if wrapping.saved(turn, operator, CallId(wanted.argument or "")):
        wrapping.state_end(turn, operator, operator.call, WrapUpEnd.SAVED, wanted.by)
        become_ready(turn, turn.operators[operator.extension], wanted.by)


def become_ready(turn: Turn, operator: Operator, by: str) -> None:
    """Ready, unless not-ready was asked for meanwhile; an operator whose telephone is dead is never ready."""
    if operator.pending is not None:
        _enter(turn, operator, S.NOT_READY, by, operator.pending, operator.pending_kind or ReasonKind.ASKED)
    elif not operator.endpoints:
        lose(turn, operator.extension, UNREACHABLE)
    else:
        _enter(turn, operator, S.READY, by)


def force_not_ready(turn: Turn, extension: Extension, reason: str, until: Millis | None = None) -> None:
    """The switchboard itself takes an operator out: rang in vain, declined. ``until``: for so long only."""
    _enter(turn, turn.operators[extension], S.NOT_READY, SWITCHBOARD, reason, ReasonKind.FORCED)
    turn.operators[extension] = replace(turn.operators[extension], due_at=until)


def lose(turn: Turn, extension: Extension, reason: str) -> None:
    """The operator would be ready, or is being rung, and has no telephone any more."""
    _enter(turn, turn.operators[extension], S.UNREACHABLE, SWITCHBOARD, reason, ReasonKind.FORCED)


def _enter(
    turn: Turn, operator: Operator, state: S, by: str, reason: str | None = None, kind: ReasonKind | None = None
) -> None:
    turn.change(operator, state, by, reason, kind=kind)
    mirror(turn, operator.extension)


def time_passed(turn: Turn, extension: Extension) -> None:
    """The time of a wrap-up, or of the pause after a call that was declined, is over."""
    operator = turn.operators[extension]
    if operator.state is S.WRAP_UP:
        wrapping.state_end(turn, operator, operator.call, WrapUpEnd.OVER, SWITCHBOARD)
    become_ready(turn, operator, SWITCHBOARD)


def due_at(operator: Operator) -> Millis | None:
    """When the operator's state ends by itself; a call of his own comes first."""
    return operator.due_at if operator.state in (S.WRAP_UP, S.NOT_READY) else None


def release(turn: Turn, extension: Extension, call: CallId) -> None:
    """The operator's part in ``call`` is over: wrap-up after a citizen's call, otherwise back to where he was."""
    operator = turn.operators.get(extension)
    if operator is None or operator.call != call or operator.state is S.WRAP_UP:
        return
    if operator.before is not None:
        _go_back(turn, operator, *operator.before)
    elif operator.state is not S.TALKING or not wrapping.begin(turn, operator, call, SWITCHBOARD):
        become_ready(turn, operator, SWITCHBOARD)


def _go_back(turn: Turn, operator: Operator, state: S, reason: str | None, wrapped: CallId | None) -> None:
    """After a call of the operator's own."""
    paused = state is S.NOT_READY and operator.due_at is not None
    if state is S.WRAP_UP:
        ready = not wrapping.go_on(turn, operator, wrapped, SWITCHBOARD)
    else:
        ready = state is S.READY or (paused and (operator.due_at or 0) <= turn.now)
    if ready:
        become_ready(turn, operator, SWITCHBOARD)
    elif state is not S.WRAP_UP:
        changed = turn.change(operator, state, SWITCHBOARD, reason, wrapped, operator.pending, operator.kind)
        turn.operators[operator.extension] = wrapping.keeping(changed, operator)
        mirror(turn, operator.extension)


def engage(turn: Turn, operator: Operator, call: CallId) -> None:
    """The operator's telephone is taken by a call of his own or to him; he will be put back afterwards."""
    before = (operator.state, operator.reason, operator.call)
    changed = turn.change(operator, S.TALKING, SWITCHBOARD, None, call, operator.pending)
    turn.operators[operator.extension] = replace(wrapping.keeping(changed, operator), before=before, kind=operator.kind)


def can_be_engaged(operator: Operator) -> bool:
    """Neither rung nor talking: may make or take a call beside the queues."""
    return operator.state not in (S.OFFERED, S.TALKING) and bool(operator.endpoints) and not operator.occupied


def mirror(turn: Turn, extension: Extension) -> None:
    """Keep the PBX's own fallback queue as we would have it, should we go."""
    available = turn.operators[extension].state not in (S.LOGGED_OUT, S.NOT_READY, S.UNREACHABLE)
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
