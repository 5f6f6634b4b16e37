"""Commands: what people may ask of a call or of an operator, when, and what answers them.

The same wishes come from screens, the command line and the telephone (feature codes). ``spoken``: the wish came from
the telephone, so the operator hears that it was done.
"""

from ctl.switchboard import (
    acd,
    alarms,
    authority,
    callback,
    conversation,
    ending,
    facts,
    handoff,
    operator,
    operator_wish,
    pickup,
    steering,
    supervision,
)
from ctl.switchboard.effects import Reply
from ctl.switchboard.events import Cause, Commanded, Do
from ctl.switchboard.floor import WITH_OPERATOR, Call, Phase
from ctl.switchboard.ids import CommandId, DepartmentCode
from ctl.switchboard.kinds import CallbackResult, OfferResult, Outcome
from ctl.switchboard.plan import Say as Prompt
from ctl.switchboard.turn import Turn

ALLOWED: dict[Do, frozenset[Phase]] = {
    Do.HOLD: frozenset({Phase.TALKING}),
    Do.RESUME: frozenset({Phase.HELD}),
    Do.CONSULT: frozenset({Phase.TALKING, Phase.HELD}),
    Do.COMPLETE: frozenset({Phase.CONSULTING, Phase.THREE_WAY}),
    Do.CANCEL: frozenset({Phase.CONSULT_RINGING, Phase.CONSULTING, Phase.THREE_WAY}),
    Do.THREE_WAY: frozenset({Phase.CONSULTING}),
    Do.NEXT_NUMBER: frozenset({Phase.TALKING, Phase.HELD, Phase.CONSULT_RINGING}),
    Do.TRANSFER: frozenset({Phase.TALKING, Phase.HELD}),
    Do.HANGUP: frozenset(Phase),
    Do.CALLBACK_DIAL: frozenset({Phase.PREVIEW}),
    Do.CALLBACK_NOW: frozenset({Phase.PROMISED}),
    Do.CALLBACK_CANCEL: frozenset({Phase.PROMISED, Phase.RINGING, Phase.PREVIEW, Phase.DIALLING}),
}
"""In which phases of a call each wish has a meaning."""

OF_CALLBACK = frozenset({Do.CALLBACK_DIAL, Do.CALLBACK_NOW, Do.CALLBACK_CANCEL})
OF_OPERATOR = frozenset({Do.LOGIN, Do.LOGOUT, Do.READY, Do.NOT_READY, Do.WRAP_UP_DONE, Do.RECORD_SAVED})

OF_SUPERVISION = frozenset({*supervision.KINDS, Do.STOP_SUPERVISION})
OF_WAITING = frozenset({Do.MOVE, Do.PRIORITY, Do.PULL})


def commanded(turn: Turn, command: Commanded) -> None:
    """Carry out a command and answer it once."""
    refusal = _carry_out(turn, command)
    message = refusal or "done"
    turn.record(
        facts.CommandAnswered(
            command.command,
            turn.now,
            command.do.value,
            command.by,
            command.extension,
            command.call,
            command.argument,
            refusal is None,
            message,
            command.supervisor,
            command.reason,
        )
    )
    turn.do(Reply(command.command, refusal is None, message))


def answer(turn: Turn, command: CommandId, do: str, by: str, argument: str | None, refusal: str | None) -> None:
    """State that a wish for the whole centre was carried out, or why not, and tell whoever had it."""
    ok, message = refusal is None, refusal or "done"
    turn.record(facts.CommandAnswered(command, turn.now, do, by, None, None, argument, ok, message))
    turn.do(Reply(command, ok, message))


def _carry_out(turn: Turn, command: Commanded) -> str | None:
    if command.do in OF_OPERATOR:
        return wish_of_operator(turn, command)
    if command.do is Do.ALARM_SEEN:
        return alarms.seen(turn, command.argument, command.by)
    if command.do in OF_SUPERVISION:
        return supervision.wish(turn, command)
    if command.do is Do.TEXT:
        return steering.text(turn, command)
    if command.do is Do.PICK_UP:
        return pickup.wish(turn, command)
    call = turn.calls.get(command.call) if command.call is not None else None
    if command.extension is not None:
        known = operator.find(turn, command.extension)
        call = operator.own_call(turn, known) if known is not None else None
        if call is None:
            return f"operator {command.extension} has no call now"
        if call.offer is not None and command.do is Do.HANGUP:
            acd.offer_failed(turn, call, Cause.REFUSED)
            return None
        if call.callback is not None and command.do is Do.HANGUP:
            callback.decline(turn, call, operator.REFUSED)
            return None
    if call is None:
        return f"no call {command.call!r} is in progress; `ctl floor` shows those that are"
    if command.do in OF_WAITING:
        return steering.steer(turn, call, command)
    return act(turn, call, command.do, command.argument, spoken=False, by=command.by)


def wish_of_operator(turn: Turn, command: Commanded) -> str | None:
    """Change an operator's state, or say why not. A pending offer is taken back first."""
    known = operator.find(turn, command.extension)
    if known is None:
        return f"unknown extension {command.extension!r}; `ctl operators list` shows all"
    refusal = authority.over_operator(turn, command.supervisor, known.extension) if command.supervisor else None
    if refusal is not None:
        return refusal
    call = operator.own_call(turn, known)
    if command.do is Do.NOT_READY and call is not None and call.offer is not None:
        reasons = turn.current_plan.not_ready_reasons if turn.current_plan is not None else {}
        if command.argument in reasons:
            acd.take_back(turn, call, OfferResult.WITHDRAWN)
            known = turn.operators[known.extension]
    by = f"supervisor {command.supervisor}" if command.supervisor else command.by
    wanted = operator_wish.Wish(command.do, by, command.argument, command.supervisor is not None, command.reason)
    return operator_wish.wish(turn, known, wanted)


def act(turn: Turn, call: Call, do: Do, argument: str | None, spoken: bool, by: str = "operator") -> str | None:
    """Do something with a call. Returns None, or why it cannot be done now."""
    if do is Do.HANGUP and call.callback is not None:
        do = Do.CALLBACK_CANCEL
    if do in OF_CALLBACK and call.callback is None:
        return f"call {call.id} is no call-back, or its citizen has been reached; `ctl callbacks list` shows all"
    if do is Do.HOLD and call.phase is Phase.HELD and spoken:
        do = Do.RESUME
    allowed = ALLOWED[do]
    if call.phase not in allowed:
        phases = ", ".join(sorted(phase.value for phase in allowed))
        return f"call {call.id} is {call.phase.value}; {do.value} needs one of: {phases}"
    match do:
        case Do.HOLD:
            conversation.hold(turn, call, spoken)
        case Do.RESUME if spoken:
            conversation.resume_after(turn, call, Prompt.RESUMED)
        case Do.RESUME:
            conversation.resume(turn, call)
        case Do.CONSULT | Do.TRANSFER:
            return _to_department(turn, call, do, argument, spoken)
        case Do.COMPLETE:
            consulting = call.phase is Phase.CONSULTING  # in a three-way talk citizen and department have met
            conversation.hand_over(turn, conversation.pass_on(turn, call) if consulting else call, spoken)
        case Do.CANCEL:
            handoff.cancel(turn, call, spoken)
        case Do.THREE_WAY:
            handoff.three_way(turn, call)
        case Do.NEXT_NUMBER:
            return _next_number(turn, call)
        case Do.CALLBACK_DIAL:
            callback.dial(turn, call)
        case Do.CALLBACK_NOW:
            callback.next_in_turn(turn, call)
        case Do.CALLBACK_CANCEL:
            callback.end(turn, call, CallbackResult.CANCELLED, by)
        case _:
            _hang_up(turn, call)
    return None


def _to_department(turn: Turn, call: Call, do: Do, argument: str | None, spoken: bool) -> str | None:
    if not argument:
        return f"{do.value} needs a department's code; `ctl departments list` shows all"
    department = DepartmentCode(argument)
    refusal = handoff.asked(turn, call, department, 0)
    call = turn.calls[call.id]
    if refusal is None and do is Do.CONSULT:
        handoff.consult(turn, call, department)
    elif refusal is None:
        handoff.reach(turn, call, department, spoken=spoken)
    return refusal


def _next_number(turn: Turn, call: Call) -> str | None:
    now_tried = call.handoff
    last = (now_tried.department, now_tried.index) if now_tried is not None else call.tried
    if last is None:
        return f"no department has been tried in call {call.id}; consult one first"
    refusal = handoff.asked(turn, call, last[0], last[1] + 1)
    call = turn.calls[call.id]
    if refusal is None:
        handoff.next_number(turn, call, last[0], last[1] + 1)
    return refusal


def _hang_up(turn: Turn, call: Call) -> None:
    talked = call.phase in WITH_OPERATOR or call.operator is not None
    outcome = ending.outcome_of(call) if talked or call.phase is Phase.CLOSING else Outcome.CLOSED
    ending.end(turn, call, outcome, "operator" if call.operator_leg is not None and talked else "centre")
