"""How a call ends: exactly once, with one outcome, and with nobody left on a dead line."""

from ctl.switchboard import facts, media, operator, recall
from ctl.switchboard.effects import Disconnect, HangUp, StopSilence
from ctl.switchboard.floor import WITH_OPERATOR, Call, Phase
from ctl.switchboard.ids import Extension, Millis, Number, PromptName, QueueName
from ctl.switchboard.kinds import CallKind, HandoffResult, LegRole, OfferResult, Outcome
from ctl.switchboard.records import replace
from ctl.switchboard.turn import Turn

TOGETHER_MS = 3_000
"""A department that hangs up so soon after the operator has not taken the citizen."""


def outcome_of(call: Call) -> Outcome:
    """What the citizen would tell if the call ended in its present phase."""
    if call.phase in WITH_OPERATOR:
        return Outcome.ANSWERED
    match call.phase:
        case Phase.IVR:
            return Outcome.ABANDONED_IVR
        case Phase.HANDED_OFF if call.handoff is not None and call.handoff.remote:
            return Outcome.FORWARDED
        case Phase.HANDED_OFF:
            return Outcome.HANDED_OFF
        case Phase.CLOSING if call.closing_as is not None:
            return call.closing_as
        case _ if call.operator is not None:
            return Outcome.ANSWERED
        case Phase.RINGING | Phase.REACHING:
            return Outcome.ABANDONED_RINGING
        case _:
            return Outcome.ABANDONED_QUEUE


def close(turn: Turn, call: Call, prompts: tuple[PromptName, ...], outcome: Outcome) -> None:
    """Say a last message to the first party and hang up when it is said; nothing to say hangs up at once."""
    call = turn.put(replace(call, closing_as=outcome, closing=prompts, due_at=None))
    call = turn.enter_phase(call, Phase.CLOSING)
    call = media.arrange(turn, call)
    known = turn.plan_of(call).prompts
    listener = call.leg if call.leg in turn.legs else call.operator_leg
    if listener is None or not any(name in known for name in prompts):
        end(turn, call, outcome, "centre")
    else:
        turn.say(call, listener, prompts)


def end(turn: Turn, call: Call, outcome: Outcome, ended_by: str, at: Millis | None = None) -> None:
    """Close everything that is open in the call, hang up whoever is left, and state the end.

    ``at``: when it ended, if that is learnt afterwards.
    """
    at = at if at is not None else turn.now
    call = end_offer(turn, call, OfferResult.CALLER_GONE)
    gone = call.leg not in turn.legs
    call = end_handoff(turn, call, HandoffResult.CITIZEN_LEFT if gone else HandoffResult.CANCELLED)
    call = take_ear_away(turn, end_stretch(turn, call))
    let_operators_go(turn, call)
    call = turn.segment(call, None, None, None, at)
    for leg in [leg for leg in turn.legs.values() if leg.call == call.id]:
        turn.hang_up(leg.id)
    if call.bridge is not None:
        turn.do(Disconnect(call.bridge))
    inbound = call.kind is CallKind.INBOUND
    turn.record(
        facts.CallEnded(
            call.id,
            at,
            outcome if inbound else None,
            ended_by,
            call.menu,
            _waited_in(turn, call, outcome),
            call.operator,
        )
    )
    recall.remember(turn, call, outcome)
    turn.forget(call.id)


def _waited_in(turn: Turn, call: Call, outcome: Outcome) -> QueueName | None:
    """The queue of the call. Whom the PBX's own queue took out of a menu waited in that of the number that was called."""
    if call.queue is None and call.kind is CallKind.INBOUND and outcome in (Outcome.FALLBACK, Outcome.ABANDONED_QUEUE):
        service = turn.plan_of(call).services.get(Number(call.called))
        return service.queue if service is not None else None
    return call.queue


def end_stretch(turn: Turn, call: Call) -> Call:
    """What a supervisor heard until now is stated, if this is a supervisor's call and he heard anything."""
    wanted = call.supervision
    if wanted is None or wanted.stretch is None:
        return call
    heard, supervisor = wanted.stretch, Extension(call.caller)
    turn.record(
        facts.SupervisionEnded(
            call.id,
            heard.n,
            turn.now,
            heard.started_at,
            supervisor,
            heard.kind,
            heard.call,
            heard.operator,
            wanted.follow,
            wanted.reason,
            wanted.by,
        )
    )
    return turn.put(replace(call, supervision=replace(wanted, stretch=None)))


def take_ear_away(turn: Turn, call: Call) -> Call:
    """The supervisor hears nobody any more."""
    wanted = call.supervision
    if wanted is None or wanted.ear is None:
        return call
    turn.do(HangUp(wanted.ear.snoop))
    if wanted.ear.silence:
        turn.do(StopSilence(wanted.ear.leg))
    return turn.put(replace(call, supervision=replace(wanted, ear=None)))


def end_offer(turn: Turn, call: Call, result: OfferResult) -> Call:
    """The offer, if there is one, came to ``result``; its telephone stops ringing, its operator is free again."""
    offer = call.offer
    if offer is None:
        return call
    turn.record(facts.OfferEnded(call.id, offer.n, turn.now, offer.operator, result))
    if result is not OfferResult.ANSWERED:
        turn.hang_up(offer.leg, elsewhere=result is OfferResult.PICKED_UP)
        operator.release(turn, offer.operator, call.id)
    return turn.put(replace(call, offer=None))


def end_handoff(turn: Turn, call: Call, result: HandoffResult) -> Call:
    """Consultation is over with ``result``. The department's leg is hung up unless it was a completion."""
    handoff = call.handoff
    if handoff is None:
        return call
    if not handoff.ended:
        passed_at = handoff.passed_at
        if passed_at is not None and result is HandoffResult.DEPARTMENT_LEFT and turn.now <= passed_at + TOGETHER_MS:
            passed_at = None  # the department has not taken the citizen
        turn.record(
            facts.HandoffEnded(
                call.id,
                handoff.n,
                passed_at if passed_at is not None else turn.now,
                handoff.department,
                handoff.number,
                handoff.leg,
                HandoffResult.COMPLETED if passed_at is not None else result,
                handoff.answered_at,
            )
        )
    if result is HandoffResult.COMPLETED:
        return turn.put(replace(call, handoff=replace(handoff, ended=True, due_at=None)))
    turn.hang_up(handoff.leg)
    return turn.put(replace(call, handoff=None, tried=(handoff.department, handoff.index)))


def let_operators_go(turn: Turn, call: Call) -> None:
    """Whoever works on this call is released: to wrap-up after a citizen's call, back to before after one's own."""
    for known in list(turn.operators.values()):
        if known.call == call.id:
            operator.release(turn, known.extension, call.id)


def let_operator_go(turn: Turn, call: Call) -> None:
    """The operator's part in the call is over, and that of whom it is about is not: a colleague who was called talks on."""
    first = turn.legs.get(call.leg)
    colleague = first.party if first is not None and first.role is LegRole.OPERATOR else None
    for known in list(turn.operators.values()):
        if known.call == call.id and known.extension != colleague:
            operator.release(turn, known.extension, call.id)
