"""What may be wished of an operator: every state, every wish, one table.

Wishes (``Do``) come from the operator, a screen or the command line. A not-ready wish during a call or a wrap-up is kept and
holds at its end. A record may be saved in every state; it is news only where a wrap-up waits for it.
"""

from dataclasses import dataclass

from ctl.switchboard import operator as duty
from ctl.switchboard import seating, wrapping
from ctl.switchboard.events import Do
from ctl.switchboard.floor import Operator
from ctl.switchboard.ids import CallId, Extension
from ctl.switchboard.kinds import OperatorState as S
from ctl.switchboard.kinds import ReasonKind, WrapUpEnd
from ctl.switchboard.records import replace
from ctl.switchboard.turn import Turn

TRANSITIONS: dict[tuple[S, Do], S] = {
    (S.LOGGED_OUT, Do.LOGIN): S.NOT_READY,
    (S.READY, Do.LOGIN): S.NOT_READY,
    (S.NOT_READY, Do.LOGIN): S.NOT_READY,
    (S.UNREACHABLE, Do.LOGIN): S.NOT_READY,
    (S.WRAP_UP, Do.LOGIN): S.WRAP_UP,
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
"""What an operator may wish in each state, and where it leads. Everything else is refused with the reason.

Who is logged in logs in again at another telephone only: he moves there.
"""

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
    if wanted.do is Do.LOGIN:
        return _log_in(turn, operator, wanted)
    if wanted.do is Do.NOT_READY:
        return _not_ready(turn, operator, to, wanted)
    if operator.state is S.WRAP_UP:
        return _end_wrap_up(turn, operator, to, wanted)
    if to is S.READY and not seating.endpoints(turn.operators, operator):
        return f"the telephone of {operator.extension} is not reachable: register it, then try again"
    if to is S.READY:
        duty.become_ready(turn, operator, wanted.by)
    else:
        duty.enter(turn, operator, to, wanted.by)
    return None


def _log_in(turn: Turn, operator: Operator, wanted: Wish) -> str | None:
    """At the telephone named as the argument, or at his own. A wrap-up goes on there."""
    if not duty.in_plan(turn, operator.extension):
        return f"operator {operator.extension} is not in the configuration any more; `ctl operators list` shows all"
    telephone = Extension(wanted.argument or operator.extension)
    there = seating.at(turn.operators, operator)
    if operator.state is not S.LOGGED_OUT and there is not None and there.extension == telephone:
        return f"operator {operator.extension} is {operator.state}: {_WAY_OUT[operator.state]}"
    duty.find(turn, telephone)
    refusal = seating.why_not(turn.operators, operator, telephone)
    if refusal is not None:
        return refusal
    before = operator.seat
    if operator.state is not S.WRAP_UP:
        turn.change(operator, S.NOT_READY, wanted.by, duty.LOGGED_IN, kind=ReasonKind.NONE)
    seating.sit(turn, operator.extension, telephone, wanted.by)
    for one in (operator.extension, before):
        if one is not None:
            duty.mirror(turn, one)
    return None


def _not_ready(turn: Turn, operator: Operator, to: S, wanted: Wish) -> str | None:
    plan, reason = turn.current_plan, wanted.argument
    reasons = tuple(plan.not_ready_reasons) if plan else ()
    if reason not in reasons:
        return f"unknown reason {reason!r}; allowed: {', '.join(reasons)}"
    kind = ReasonKind.FORCED if wanted.by_supervisor else ReasonKind.ASKED
    if to is S.NOT_READY:
        duty.enter(turn, operator, to, wanted.by, reason, kind)
    else:  # holds when the call and the wrap-up are over
        turn.operators[operator.extension] = replace(operator, pending=reason, pending_kind=kind)
    return None


def _end_wrap_up(turn: Turn, operator: Operator, to: S, wanted: Wish) -> str | None:
    refusal = None if wanted.by_supervisor else wrapping.why_not(operator, wanted.do)
    if refusal is None:
        how = WrapUpEnd.RELEASED if wanted.by_supervisor else ENDS_WRAP_UP[wanted.do]
        wrapping.state_end(turn, operator, operator.call, how, wanted.by, wanted.reason)
        if to is S.READY:
            duty.become_ready(turn, operator, wanted.by)
        else:
            duty.enter(turn, operator, to, wanted.by)
    return refusal


def _record_saved(turn: Turn, operator: Operator, wanted: Wish) -> None:
    """Records are saved in every state; it is news only where a wrap-up waits for it, now or soon."""
    if wrapping.saved(turn, operator, CallId(wanted.argument or "")):
        wrapping.state_end(turn, operator, operator.call, WrapUpEnd.SAVED, wanted.by)
        duty.become_ready(turn, turn.operators[operator.extension], wanted.by)
