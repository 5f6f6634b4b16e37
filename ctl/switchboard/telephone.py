"""What operators do with their telephones: dial codes and numbers, key codes during a call."""

from ctl.switchboard import (
    codes,
    commands,
    conversation,
    ending,
    facts,
    media,
    operator,
    operator_wish,
    outside,
    pickup,
    seating,
    supervision,
)
from ctl.switchboard.effects import Answer, DialOutside, HangUp, RingPhone
from ctl.switchboard.events import Commanded, Do, OperatorDialled
from ctl.switchboard.floor import Call, Operator, Phase
from ctl.switchboard.ids import CommandId, DepartmentCode, Extension, LegId, Number, PromptName
from ctl.switchboard.kinds import CallKind, LegRole, Outcome, Purpose
from ctl.switchboard.plan import Plan
from ctl.switchboard.plan import Say as Prompt
from ctl.switchboard.records import replace
from ctl.switchboard.turn import Turn

CONFIRMATIONS = {
    Do.LOGIN: Prompt.LOGGED_IN,
    Do.LOGOUT: Prompt.LOGGED_OUT,
    Do.READY: Prompt.READY,
    Do.NOT_READY: Prompt.NOT_READY,
    Do.WRAP_UP_DONE: Prompt.WRAP_UP_DONE,
    Do.HOLD: Prompt.HELD,
    Do.RESUME: Prompt.RESUMED,
    Do.CANCEL: Prompt.CONSULT_CANCELLED,
    Do.COMPLETE: Prompt.HANDOFF_DONE,
    Do.TRANSFER: Prompt.HANDOFF_DONE,
}


def dialled(turn: Turn, news: OperatorDialled) -> None:
    """An operator picked up and dialled."""
    if news.call in turn.calls or news.leg in turn.legs:
        return
    plan = turn.current_plan
    if plan is None or news.call in turn.over or operator.find(turn, news.extension) is None:
        turn.do(HangUp(news.leg))
        return
    known, called = seating.sitter(turn.operators, news.extension), news.dialled
    coded = codes.parse(called, plan, dialled=True) if called.startswith("*") else None
    if isinstance(coded, codes.Coded) and coded.do is Do.LOGIN:
        _log_in(turn, _started(turn, news, plan, CallKind.FEATURE), news, coded.argument)
        return
    if known is None:  # its operator sits elsewhere, and nobody here
        _refuse(turn, _started(turn, news, plan, CallKind.FEATURE))
        return
    news = replace(news, extension=known.extension)
    if called.startswith("*"):
        supervises = isinstance(coded, codes.Coded) and coded.do in supervision.KINDS
        kind = CallKind.SUPERVISION if supervises else CallKind.FEATURE
        _feature(turn, _started(turn, news, plan, kind), known, coded)
    elif called in plan.operators:
        _internal(turn, _started(turn, news, plan, CallKind.INTERNAL), known, plan, Extension(called))
    else:
        department = plan.departments.get(DepartmentCode(called))
        number = department.numbers[0] if department is not None else Number(called)
        _outbound(turn, _started(turn, news, plan, CallKind.OUTBOUND), known, plan, number)


def _started(turn: Turn, news: OperatorDialled, plan: Plan, kind: CallKind) -> Call:
    call = turn.put(
        Call(
            news.call,
            kind,
            Phase.DIALLING,
            news.leg,
            news.dialled,
            news.extension,
            plan.version,
            turn.now,
            operator_leg=news.leg,
        )
    )
    turn.record(facts.CallStarted(call.id, turn.now, kind, call.called, news.extension, None, extension=news.extension))
    turn.note_leg(call.id, news.leg, LegRole.OPERATOR, news.extension, outside=False)
    turn.establish(turn.legs[news.leg])
    turn.do(Answer(news.leg))
    return call


def _refuse(turn: Turn, call: Call) -> None:
    ending.close(turn, call, (PromptName(Prompt.REFUSED),), Outcome.REFUSED)


def _log_in(turn: Turn, call: Call, news: OperatorDialled, whom: str | None) -> None:
    """At this telephone: its own operator, who needs no PIN there, or the one who has proved to be ``whom``."""
    known = operator.find(turn, Extension(whom or news.extension))
    by = f"telephone {news.extension}"
    wanted = operator_wish.Wish(Do.LOGIN, by, news.extension)
    if known is None or (whom is not None and not news.proven) or operator_wish.wish(turn, known, wanted) is not None:
        _refuse(turn, call)
    else:  # who sits there now is on that line until he hangs up
        turn.legs[news.leg] = replace(turn.legs[news.leg], party=known.extension)
        ending.close(turn, call, (PromptName(Prompt.LOGGED_IN),), Outcome.CLOSED)


def _feature(turn: Turn, call: Call, known: Operator, coded: codes.Coded | codes.Wrong | None) -> None:
    """A code dialled on its own line: for the operator, or for the call that waits on another line."""
    if call.kind is CallKind.SUPERVISION and isinstance(coded, codes.Coded):
        if supervision.dialled(turn, call, known, coded.do, Extension(coded.argument or "")) is not None:
            _refuse(turn, call)
    elif isinstance(coded, codes.Coded) and coded.do is Do.PICK_UP:
        if pickup.dialled(turn, call, known, Extension(coded.argument or "")) is not None:
            _refuse(turn, call)
    elif isinstance(coded, codes.Coded) and _wish(turn, call, known, coded) is None:
        prompt = CONFIRMATIONS.get(coded.do)
        ending.close(turn, call, (PromptName(prompt),) if prompt else (), Outcome.CLOSED)
    else:
        _refuse(turn, call)


def _wish(turn: Turn, call: Call, known: Operator, coded: codes.Coded) -> str | None:
    if coded.do in commands.OF_OPERATOR:
        command = Commanded(
            CommandId(f"{call.id}.c{call.children}"),
            coded.do,
            f"telephone {known.extension}",
            extension=known.extension,
            argument=coded.argument,
        )
        return commands.wish_of_operator(turn, command)
    other = operator.own_call(turn, known)
    if other is None:
        return f"operator {known.extension} has no call now"
    do = Do.RESUME if coded.do is Do.HOLD and other.phase is Phase.HELD else coded.do
    return commands.act(turn, other, do, coded.argument, spoken=False)


def _internal(turn: Turn, call: Call, known: Operator, plan: Plan, called: Extension) -> None:
    callee = operator.find(turn, called)
    if callee is None or called == known.extension or not operator.can_be_engaged(turn, known):
        _refuse(turn, call)
        return
    if not operator.can_be_rung(turn, callee):
        there = seating.endpoints(turn.operators, callee)
        word = Prompt.DEPARTMENT_BUSY if there else Prompt.DEPARTMENT_NO_ANSWER
        ending.close(turn, call, (PromptName(word),), Outcome.REFUSED)
        return
    operator.engage(turn, known, call.id)
    operator.engage(turn, callee, call.id)
    call, leg = turn.new_leg(call, LegRole.OPERATOR, called, outside=False)
    caller = plan.operators.get(known.extension)  # None for one who is in the plan no more
    name = caller.name if caller is not None else known.extension
    _ring(turn, call, known.extension, leg)
    turn.do(
        RingPhone(
            call.id,
            leg,
            seating.endpoints(turn.operators, callee)[-1],
            known.extension,
            name,
            plan.trunk.ring_timeout_ms,
        )
    )


def _outbound(turn: Turn, call: Call, known: Operator, plan: Plan, number: Number) -> None:
    # The number is judged first: an attempt counts also from a telephone at which nobody is logged in.
    why = outside.why_not(turn, number, Purpose.OWN_CALL, known.extension)
    if why is not None:
        call = outside.refuse(turn, call, number, Purpose.OWN_CALL, known.extension, why)
        ending.close(turn, call, (PromptName(outside.SPOKEN[why]),), Outcome.REFUSED)
        return
    if not operator.can_be_engaged(turn, known):
        _refuse(turn, call)
        return
    outside.count(turn, known.extension)
    operator.engage(turn, known, call.id)
    call, leg = turn.new_leg(call, LegRole.OUTSIDE, number, outside=True)
    _ring(turn, call, known.extension, leg)
    turn.do(DialOutside(call.id, leg, number, plan.trunk.caller_id, plan.trunk.ring_timeout_ms))


def _ring(turn: Turn, call: Call, by: Extension, leg: LegId) -> None:
    call = turn.put(replace(call, leg=leg, operator=by))
    media.arrange(turn, turn.enter_phase(call, Phase.DIALLING))


# --- keys during a call -----------------------------------------------------------------------------------------------


def keyed(turn: Turn, call: Call, digit: str) -> None:
    """The operator pressed a key while with somebody. A star begins a code anew."""
    keys = "*" if digit == "*" else call.keys + digit if call.keys else ""
    call = turn.put(replace(call, keys=keys))
    if not keys:
        return
    coded = codes.parse(keys, turn.plan_of(call), dialled=False)
    if coded is None:
        return
    call = turn.put(replace(call, keys=""))
    if isinstance(coded, codes.Wrong) or _keyed_wish(turn, call, coded) is not None:
        still = turn.calls.get(call.id)
        if still is not None:
            conversation.whisper(turn, still, Prompt.REFUSED)


def _keyed_wish(turn: Turn, call: Call, coded: codes.Coded) -> str | None:
    if coded.do in supervision.KINDS:
        return supervision.keyed(turn, call, coded.do)
    if coded.do not in commands.OF_OPERATOR:
        return commands.act(turn, call, coded.do, coded.argument, spoken=True)
    known = operator.find(turn, call.operator)
    if known is None:
        return "no operator is in this call"
    refusal = _wish(turn, call, known, coded)
    if refusal is None:
        conversation.whisper(turn, turn.calls[call.id], CONFIRMATIONS[coded.do])
    return refusal
