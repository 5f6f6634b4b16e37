"""Supervision as supervisors ask for it: listen, whisper, barge in, take over, stop (1.1.1 monitoring).

A supervisor's telephone has a call of its own, which is rung, or which the supervisor dialled. While it is `supervising`,
`overhearing` connects it with those who are to be heard. A supervision of one call ends with it, or with the operator's
part in it; one of an operator goes on with the operator's next call until it is ended. Who is connected already only
changes over.
"""

from ctl.switchboard import authority, conversation, ending, facts, media, operator, overhearing, seating
from ctl.switchboard.effects import RingPhone
from ctl.switchboard.events import Commanded, Do
from ctl.switchboard.floor import SERVED, Call, Operator, Phase, Supervision
from ctl.switchboard.ids import CallId, Extension, LegId, PromptName
from ctl.switchboard.kinds import CallKind, LegRole, Outcome, SupervisionKind
from ctl.switchboard.plan import Say as Prompt
from ctl.switchboard.records import replace
from ctl.switchboard.turn import Turn

KINDS = {
    Do.LISTEN: SupervisionKind.LISTEN,
    Do.WHISPER: SupervisionKind.WHISPER,
    Do.BARGE: SupervisionKind.BARGE,
    Do.TAKE_OVER: SupervisionKind.TAKE_OVER,
}
CONFIRMATIONS = {
    SupervisionKind.LISTEN: Prompt.LISTENING,
    SupervisionKind.WHISPER: Prompt.WHISPERING,
    SupervisionKind.BARGE: Prompt.BARGING,
    SupervisionKind.TAKE_OVER: Prompt.TAKEN_OVER,
}
SHOWN = "モニター"
"""What the supervisor's telephone shows when it is rung for this, before the operator's extension."""
BY_TELEPHONE = "telephone"
"""The reason on record when a supervisor dialled a code, which has no room for one."""


# --- wishes -----------------------------------------------------------------------------------------------------------


def wish(turn: Turn, command: Commanded) -> str | None:
    """Begin, change or end a supervision. Returns None, or why not."""
    known = operator.find(turn, command.supervisor)
    if known is None:
        return f"unknown supervisor {command.supervisor!r}; `ctl floor` shows all operators"
    own = _own(turn, known)
    if command.do is Do.STOP_SUPERVISION:
        return _stop(turn, own, known)
    wanted = Supervision(
        KINDS[command.do], command.reason or "", command.by, command.call, command.extension, command.follow
    )
    refusal = _why_not(turn, known, wanted)
    if refusal is None and own is not None:
        own = ending.end_stretch(turn, own)
        turn.put(replace(own, supervision=replace(wanted, ear=overhearing.wishes(own).ear)))
    elif refusal is None:
        refusal = _ring(turn, known, wanted, CallId(f"s-{command.command}"))
    return refusal


def dialled(turn: Turn, call: Call, known: Operator, do: Do, whom: Extension) -> str | None:
    """The supervisor dialled a code on his own telephone. Returns None, or why not."""
    wanted = Supervision(KINDS[do], BY_TELEPHONE, f"telephone {known.extension}", None, whom, follow=False)
    refusal = _why_not(turn, known, wanted) or _engaged(turn, known)
    if refusal is None:
        operator.engage(turn, known, call.id)
        _begin(turn, replace(call, operator=known.extension, supervision=wanted))
    return refusal


def keyed(turn: Turn, call: Call, do: Do) -> str | None:
    """A supervisor who is connected changes over by keys."""
    if call.supervision is None or call.phase is not Phase.SUPERVISING:
        return f"{do.value} is for a supervisor who is connected to hear somebody"
    kind = KINDS[do]
    wanted = replace(call.supervision, kind=kind)
    refusal = _not_to_be_taken_over(turn, wanted)
    if refusal is not None:
        return refusal
    turn.put(replace(call, supervision=wanted))
    if kind is not SupervisionKind.TAKE_OVER:
        conversation.whisper(turn, turn.calls[call.id], CONFIRMATIONS[kind])
    return None


def _why_not(turn: Turn, known: Operator, wanted: Supervision) -> str | None:
    return _not_allowed(turn, known, wanted) or _not_to_be_taken_over(turn, wanted)


def _not_to_be_taken_over(turn: Turn, wanted: Supervision) -> str | None:
    found = overhearing.heard(turn, wanted) if wanted.kind is SupervisionKind.TAKE_OVER else None
    if found is None or found[0].kind in SERVED:
        return None
    return f"call {found[0].id} is no call of a citizen; only those can be taken over"


def _not_allowed(turn: Turn, known: Operator, wanted: Supervision) -> str | None:
    whom = wanted.operator
    if wanted.call is not None:
        call = turn.calls.get(wanted.call)
        if call is None or call.kind in (CallKind.SUPERVISION, CallKind.FEATURE):
            return f"no call {wanted.call!r} is in progress; `ctl floor` shows those that are"
        with_operator = overhearing.part(turn, call, call.operator) is not None
        if not with_operator and (not wanted.follow or wanted.kind is SupervisionKind.TAKE_OVER):
            return f"call {call.id} is {call.phase.value}, with no operator; to hear the citizen all the same, follow"
        if call.operator is None:
            return authority.over_caller(turn, known.extension, call)
        whom = call.operator
    if whom is None:
        return "name a call or an operator"
    return authority.over_operator(turn, known.extension, whom)


def _engaged(turn: Turn, known: Operator) -> str | None:
    if operator.can_be_engaged(turn, known):
        return None
    return f"the telephone of {known.extension} is not free: hang up, or register it, then try again"


def _own(turn: Turn, known: Operator) -> Call | None:
    """The supervisor's own call, when he is supervising."""
    call = turn.calls.get(known.call) if known.call is not None else None
    return call if call is not None and call.supervision is not None else None


def _stop(turn: Turn, own: Call | None, known: Operator) -> str | None:
    if own is None:
        return f"{known.extension} supervises nobody now"
    ending.end(turn, own, Outcome.CLOSED, "operator")
    return None


# --- the supervisor's telephone ---------------------------------------------------------------------------------------


def _ring(turn: Turn, known: Operator, wanted: Supervision, name: CallId) -> str | None:
    plan = turn.current_plan
    refusal = _engaged(turn, known)
    if refusal is not None or plan is None:
        return refusal
    whom = wanted.operator or turn.calls[wanted.call or name].operator or ""
    call = turn.put(
        Call(name, CallKind.SUPERVISION, Phase.DIALLING, LegId(""), whom, known.extension, plan.version, turn.now)
    )
    turn.record(
        facts.CallStarted(name, turn.now, call.kind, call.called, call.caller, service=None, extension=known.extension)
    )
    operator.engage(turn, known, name)
    call, leg = turn.new_leg(call, LegRole.OPERATOR, known.extension, outside=False)
    turn.put(replace(call, leg=leg, operator_leg=leg, operator=known.extension, supervision=wanted))
    shown = f"{SHOWN} {whom}".strip()
    turn.do(
        RingPhone(
            name, leg, seating.endpoints(turn.operators, known)[-1], whom, shown, plan.trunk.ring_timeout_ms, first=True
        )
    )
    return None


def answered(turn: Turn, call: Call) -> None:
    """The supervisor picked up."""
    _begin(turn, call)


def _begin(turn: Turn, call: Call) -> None:
    """Say what begins; `keep_up` connects when it is said."""
    call = turn.enter_phase(call, Phase.SUPERVISING)
    turn.say(call, call.leg, (PromptName(CONFIRMATIONS[overhearing.wishes(call).kind]),))


def again(turn: Turn, call: Call) -> None:
    """After a gap: whatever ear there was is taken away, and a new one put where it belongs."""
    media.hush(turn, ending.take_ear_away(turn, call))
