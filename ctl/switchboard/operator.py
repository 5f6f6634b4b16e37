"""What becomes of operators: ready, not ready, unreachable, engaged, released. What may be wished stands in `operator_wish`.

Theory: an operator is in exactly one state. Calls move the operator through `offered`, `talking` and `wrap_up` (see `acd`,
`conversation`); what ends a wrap-up says `wrapping`, who is `unreachable` says `presence`, where calls ring `seating`.
"Idle since" is the moment the operator became ready; an offer that came to nothing through no fault of the operator does
not restart it.
"""

from collections.abc import Iterable

from ctl.switchboard import seating, wrapping
from ctl.switchboard.effects import MirrorToFallback
from ctl.switchboard.floor import Call, Operator
from ctl.switchboard.ids import CallId, Extension, Millis, QueueName
from ctl.switchboard.kinds import NOT_AT_WORK, LegRole, ReasonKind, WrapUpEnd
from ctl.switchboard.kinds import OperatorState as S
from ctl.switchboard.plan import Plan
from ctl.switchboard.records import replace
from ctl.switchboard.turn import Turn

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


def find(turn: Turn, extension: Extension | None) -> Operator | None:
    """The operator of an extension; one who is in the plan and was never seen is logged out."""
    if extension is None:
        return None
    known = turn.operators.get(extension)
    plan = turn.current_plan
    if known is None and plan is not None and extension in plan.operators:
        known = turn.operators[extension] = Operator(extension)
    return known


def in_plan(turn: Turn, extension: Extension) -> bool:
    """Whether the plan in force has the operator; one who was in an older plan may still be in a call."""
    return turn.current_plan is not None and extension in turn.current_plan.operators


def become_ready(turn: Turn, operator: Operator, by: str) -> None:
    """Ready, unless not-ready was asked for meanwhile; an operator whose telephone is dead is never ready."""
    if operator.pending in (None, *OF_TELEPHONES) and not seating.endpoints(turn.operators, operator):
        lose(turn, operator.extension, UNREACHABLE)
    elif operator.pending is not None:
        enter(turn, operator, S.NOT_READY, by, operator.pending, operator.pending_kind or ReasonKind.ASKED)
    else:
        enter(turn, operator, S.READY, by)


def force_not_ready(turn: Turn, extension: Extension, reason: str) -> None:
    """The switchboard itself takes an operator out: until he asks to be ready, or, who declined, for as long as the
    plan says.

    Who has asked not to be ready meanwhile is so for his own reason, and does not come back by himself.
    """
    if turn.operators[extension].pending is not None:
        become_ready(turn, turn.operators[extension], SWITCHBOARD)
        return
    enter(turn, turn.operators[extension], S.NOT_READY, SWITCHBOARD, reason, ReasonKind.FORCED)
    pause_ms = turn.current_plan.pause_ms if turn.current_plan is not None and reason == REFUSED else None
    if pause_ms is not None:
        turn.operators[extension] = replace(turn.operators[extension], due_at=turn.now + pause_ms)


def fell_silent(turn: Turn, extension: Extension, call: CallId) -> None:
    """The telephone was torn out of ``call``, whatever it says of itself: not ready when that, and its wrap-up, is over.

    Who is not ready anyway, or wants not to be, is so for his own reason.
    """
    known = turn.operators.get(extension)
    if known is None or known.state is not S.TALKING or known.call != call or known.pending is not None:
        return
    if known.before is None or known.before[0] in (S.READY, S.WRAP_UP):
        turn.operators[extension] = replace(known, pending=UNREACHABLE, pending_kind=ReasonKind.FORCED)


def lose(turn: Turn, extension: Extension, reason: str) -> None:
    """The operator would be ready, or is being rung, and has no telephone any more."""
    enter(turn, turn.operators[extension], S.UNREACHABLE, SWITCHBOARD, reason, ReasonKind.FORCED)


def enter(
    turn: Turn, operator: Operator, state: S, by: str, reason: str | None = None, kind: ReasonKind | None = None
) -> None:
    """Put an operator who is in no call into a state, and let the PBX's own fallback know. Who goes home leaves his seat.

    Whom the plan in force has no more goes home, whatever he would be.
    """
    if state is not S.LOGGED_OUT and not in_plan(turn, operator.extension):
        log_out(turn, operator)
        return
    turn.change(operator, state, by, reason, kind=kind)
    if state is S.LOGGED_OUT and operator.seat is not None:
        mirror(turn, seating.leave(turn, operator.extension))
    mirror(turn, operator.extension)


def log_out(turn: Turn, operator: Operator) -> None:
    """The switchboard sends an operator home."""
    enter(turn, operator, S.LOGGED_OUT, SWITCHBOARD)


def time_passed(turn: Turn, extension: Extension) -> None:
    """The time of a wrap-up, or of the pause after a call that was declined, is over."""
    operator = turn.operators[extension]
    if operator.state is S.WRAP_UP:
        wrapping.state_end(turn, operator, operator.call, WrapUpEnd.OVER, SWITCHBOARD)
    become_ready(turn, operator, SWITCHBOARD)


ENDS_BY_ITSELF = frozenset({S.WRAP_UP, S.NOT_READY})
"""States that may have a time; a call of the operator's own comes first."""


def due_at(operator: Operator) -> Millis | None:
    """When the operator's state ends by itself."""
    return operator.due_at if operator.state in ENDS_BY_ITSELF else None


def dues(operators: Iterable[Operator]) -> list[Millis]:
    """When their states end by themselves. Asked after every event: nearly nobody has one, so that is looked at first."""
    return [one.due_at for one in operators if one.due_at is not None and one.state in ENDS_BY_ITSELF]


def own_call(turn: Turn, operator: Operator) -> Call | None:
    """The call that the operator is in, or that rings at his telephone.

    The one that he wraps up is not: it may live on with a colleague or a department, or wait for somebody else.
    """
    if operator.call is None or operator.state not in (S.OFFERED, S.TALKING):
        return None
    return turn.calls.get(operator.call)


def talks(turn: Turn, operator: Operator, call: CallId, by: str, pending: str | None = None) -> None:
    """The operator has a citizen's call from here on. What was saved of it before tells nothing of this talk (2.1.4)."""
    changed = turn.change(operator, S.TALKING, by, None, call, pending)
    turn.operators[operator.extension] = replace(changed, saved=None)


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
    goes_home = not in_plan(turn, operator.extension)
    if state is S.WRAP_UP:
        ready = not wrapping.go_on(turn, operator, wrapped, SWITCHBOARD)
    else:
        ready = state is S.READY or (paused and (operator.due_at or 0) <= turn.now)
    if ready:
        become_ready(turn, operator, SWITCHBOARD)
    elif state in (S.NOT_READY, S.UNREACHABLE) and (operator.pending is not None or goes_home):
        become_ready(turn, operator, SWITCHBOARD)  # which he is not, for the reason asked for last or for good
    elif state is not S.WRAP_UP:
        changed = turn.change(operator, state, SWITCHBOARD, reason, wrapped, kind=operator.kind)
        turn.operators[operator.extension] = wrapping.keeping(changed, operator)
        mirror(turn, operator.extension)


def engage(turn: Turn, operator: Operator, call: CallId) -> None:
    """The operator's telephone is taken by a call of his own or to him; he will be put back afterwards."""
    before = (operator.state, operator.reason, operator.call)
    changed = turn.change(operator, S.TALKING, SWITCHBOARD, None, call, operator.pending)
    turn.operators[operator.extension] = replace(wrapping.keeping(changed, operator), before=before, kind=operator.kind)


def occupied(turn: Turn) -> set[str]:
    """Extensions with a leg of ours still alive on the telephone."""
    return {leg.party for leg in turn.legs.values() if leg.role is LegRole.OPERATOR}


def can_be_rung(turn: Turn, operator: Operator) -> bool:
    """May take a call beside the queues, at a telephone that is on the hook."""
    return can_be_engaged(turn, operator) and operator.extension not in occupied(turn)


def can_be_engaged(turn: Turn, operator: Operator) -> bool:
    """Neither rung nor talking: may make or take a call beside the queues, on the line that he has dialled on."""
    idle = operator.state not in (S.OFFERED, S.TALKING)
    return idle and seating.has_free_telephone(turn.operators, operator)


def mirror(turn: Turn, extension: Extension) -> None:
    """Keep the PBX's own fallback queue as we would have it, should we go: it rings telephones, whoever sits there."""
    telephone = turn.operators[extension].seat or extension
    sitter = seating.sitter(turn.operators, telephone)
    away = sitter is None or sitter.state in NOT_AT_WORK
    plan = turn.current_plan
    queues = memberships(plan, sitter.extension) if plan is not None and sitter is not None and not away else ()
    turn.do(MirrorToFallback(telephone, not away, queues))


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
