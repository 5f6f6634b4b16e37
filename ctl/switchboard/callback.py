"""Call-back instead of waiting (B-2): a promise to a citizen, from the confirmed number to its end.

Rules
-----
* A call-back is a call of its own. It keeps the place, the priority and the queue of the caller who asked for it, and
  competes for operators as that caller would.
* Its turn comes when that caller has hung up, the spacing of attempts is over and the trunk has a channel beside those
  kept for handoffs.
* The operator comes first: his telephone rings, he answers (and looks, with ``preview``), then the citizen is called.
* An operator whose citizen was not reached is free again at once, and no less long idle than before. One who declines
  is not ready, as after any call.
* A citizen who was dialled and not reached is not dialled again before the spacing is over, whoever gave up. It counts
  as an attempt only if he did not answer, not if the operator did not wait for it.
* The number passes the allow-list when it is confirmed and again when it is dialled, for the list may have changed.
* A promise ends once: answered, given up after the last attempt, expired, cancelled, not allowed any more, or replaced:
  by another promise to the same number, or because its citizen comes to a queue by himself, or was served in the PBX's own in the call in which he asked for it.
* While its citizen is on the line with us, on whatever matter, nobody is called.
* A promise is kept under the rule under which it was made, whatever plan is in force when its turn comes.

How a caller comes to ask for it stands in `callback_wish`.
"""

from ctl.switchboard import acd, ending, facts, media, operator, outside
from ctl.switchboard.callback_rule import holds_until, rule_of
from ctl.switchboard.effects import DialOutside, Say
from ctl.switchboard.events import Cause
from ctl.switchboard.floor import Call, Callback, Phase
from ctl.switchboard.ids import CallId, LegId, Millis, Number, PlaybackId, Private, PromptName
from ctl.switchboard.kinds import (
    CallbackResult,
    CallKind,
    LegRole,
    NotDialled,
    OfferResult,
    OperatorState,
    Outcome,
    Purpose,
)
from ctl.switchboard.plan import CallbackPrompt
from ctl.switchboard.records import replace
from ctl.switchboard.turn import Turn

NOT_COUNTED = frozenset({Cause.CONGESTED, Cause.LOST, Cause.CANCELLED})
"""Ends of an attempt that say nothing of the citizen: such an attempt does not count."""
UNNAMED = "callback"
"""Noted as the party of the citizen's leg, in place of the number."""
DIAL_KEY = "1"
"""What an operator who has looked presses to have the citizen called."""
MAY_EXPIRE = frozenset({Phase.PROMISED, Phase.RINGING, Phase.PREVIEW})
"""The citizen's telephone does not ring yet."""


# --- the promise ------------------------------------------------------------------------------------------------------


def promise(turn: Turn, asked: Call, number: Private) -> None:
    """Promise the caller of ``asked`` a call to ``number``. An older promise to the same number gives way."""
    rule, until = rule_of(turn, asked), holds_until(turn, asked)
    assert rule is not None
    assert until is not None
    assert asked.queue is not None
    places = (asked.place, called_again(turn, number, asked.id))
    place = min((one for one in places if one is not None), default=turn.now)
    name = CallId(f"{asked.id}-back{asked.promises + 1 if asked.promises else ''}")
    turn.put(replace(asked, promises=asked.promises + 1))
    call = Call(name, CallKind.CALLBACK, Phase.PROMISED, _nobody(name), asked.called, "", asked.plan, turn.now)
    call = replace(call, menu=asked.menu, queue=asked.queue, priority=asked.priority, place=place)
    call = acd.follow(turn, replace(call, callback=Callback(asked.id, number, until, rule=rule)), asked.queue)
    call = turn.put(call)
    service = turn.plan_of(call).services.get(Number(call.called))
    turn.record(facts.CallStarted(name, turn.now, call.kind, call.called, "", service.label if service else None))
    forget_at = until + rule.keep_number_ms
    turn.record(facts.CallbackRequested(name, turn.now, asked.id, asked.queue, place, number, until, forget_at))
    _waits_on(turn, turn.enter_phase(call, Phase.PROMISED))


def _waits_on(turn: Turn, call: Call) -> Call:
    return turn.calls[call.id] if acd.go_home(turn, call) else acd.look_ahead(turn, call)


def _nobody(call: CallId) -> LegId:
    """The name of a leg that never is: the citizen is not on the line."""
    return LegId(f"{call}.l0")


def rest(turn: Turn, call: Call, not_before: Millis | None = None) -> Call:
    """Nobody is with the call-back any more: it waits on at its place."""
    promised = call.callback
    assert promised is not None
    promised = replace(promised, tried_at=None, not_before=not_before)
    call = replace(call, leg=_nobody(call.id), operator=None, operator_leg=None, keys="", due_at=None)
    call = turn.put(replace(call, callback=promised))
    call = acd.follow(turn, call, call.queue) if call.queue is not None else call
    call = media.arrange(turn, turn.enter_phase(call, Phase.PROMISED))
    if promised.expires_at <= turn.now:
        end(turn, call, CallbackResult.EXPIRED, "centre")
        return call
    return _waits_on(turn, call)


def due(call: Call) -> tuple[Millis, ...]:
    """The instants at which `time_passed` is wanted, beside the call's own."""
    promised = call.callback
    if promised is None or call.phase not in MAY_EXPIRE:
        return ()
    also = {Phase.PROMISED: promised.not_before, Phase.PREVIEW: call.due_at}.get(call.phase)
    return (promised.expires_at,) if also is None else (promised.expires_at, also)


def time_passed(turn: Turn, call: Call) -> None:
    """What a call-back waited for has come: its closing time, its next attempt, the end of the preview."""
    promised = call.callback
    assert promised is not None
    if promised.expires_at <= turn.now and call.phase in MAY_EXPIRE:
        end(turn, call, CallbackResult.EXPIRED, "centre")
    elif call.phase is Phase.PREVIEW and call.due_at is not None and call.due_at <= turn.now:
        decline(turn, call, operator.RING_TIMEOUT)
    elif call.phase is Phase.PROMISED and promised.not_before is not None and promised.not_before <= turn.now:
        turn.put(replace(call, callback=replace(promised, not_before=None)))


# --- an attempt -------------------------------------------------------------------------------------------------------


def operator_there(turn: Turn, call: Call) -> None:
    """The operator answered."""
    rule, operator_leg = rule_of(turn, call), call.operator_leg
    if rule is None or not rule.preview or operator_leg is None:
        dial(turn, call)
        return
    look_again(turn, media.arrange(turn, turn.enter_phase(call, Phase.PREVIEW)))


def look_again(turn: Turn, call: Call) -> None:
    """The operator is asked for a key, and has the whole time for it."""
    rule, operator_leg = rule_of(turn, call), call.operator_leg
    assert operator_leg is not None
    call = turn.put(replace(call, due_at=turn.now + rule.preview_ms if rule is not None else None))
    turn.say(call, operator_leg, (PromptName(CallbackPrompt.PREVIEW),))


def dial(turn: Turn, call: Call) -> None:
    """Call the citizen, showing the ward's number."""
    promised, trunk = call.callback, turn.plan_of(call).trunk
    assert promised is not None
    call = turn.put(replace(call, due_at=None, callback=replace(promised, tried_at=turn.now)))
    why = outside.why_not(turn, promised.number, Purpose.TO_CITIZEN, call.operator)
    if why is not None:
        _not_dialled(turn, outside.refuse(turn, call, promised.number, Purpose.TO_CITIZEN, call.operator, why), why)
        return
    call, leg = turn.new_leg(call, LegRole.CITIZEN, UNNAMED, outside=True)
    call = turn.put(replace(call, leg=leg))
    media.arrange(turn, turn.enter_phase(call, Phase.DIALLING))
    turn.do(
        DialOutside(call.id, leg, Number(promised.number), trunk.caller_id, trunk.ring_timeout_ms, call.operator_leg)
    )


def citizen_there(turn: Turn, call: Call) -> None:
    """The citizen answered: the promise is kept, and what follows is a conversation like any other."""
    call = _tried(turn, call, None, None)
    call = _over(turn, call, CallbackResult.ANSWERED, "citizen")
    media.arrange(turn, turn.enter_phase(call, Phase.TALKING))


def not_reached(turn: Turn, call: Call, cause: Cause) -> None:
    """The citizen did not answer: again later, unless this was the last attempt. The operator is told and free."""
    promised, rule = call.callback, rule_of(turn, call)
    assert promised is not None
    attempts = promised.attempts + (cause not in NOT_COUNTED)
    again_at = turn.now + rule.retry_ms if rule is not None and attempts < rule.attempts else None
    call = _tried(turn, turn.put(replace(call, callback=replace(promised, attempts=attempts))), cause, again_at)
    told = call.operator_leg
    _free_operator(turn, call)
    if again_at is not None:
        _part(turn, rest(turn, call, again_at), told)
    else:
        call = _over(turn, call, CallbackResult.GAVE_UP, "centre")
        ending.close(turn, call, (PromptName(CallbackPrompt.UNREACHED),), Outcome.CALLBACK)


def _not_dialled(turn: Turn, call: Call, why: NotDialled) -> None:
    """The number cannot be dialled: for the moment, or, off the allow-list, never. The operator is told and free."""
    if why is NotDialled.TRUNK_FULL:
        not_reached(turn, call, Cause.CONGESTED)
        return
    _free_operator(turn, call)
    call = _over(turn, call, CallbackResult.NOT_ALLOWED, "centre")
    ending.close(turn, call, (PromptName(outside.SPOKEN[why]),), Outcome.CALLBACK)


def operator_gone(turn: Turn, call: Call, cause: Cause, failed: bool) -> None:
    """The operator's telephone is off the line before the citizen was. ``failed``: nobody wished it."""
    if cause is Cause.LOST:
        again_at = _break_off(turn, call)
        _free_operator(turn, call)
        rest(turn, turn.calls[call.id], again_at)
    else:
        decline(turn, call, operator.UNREACHABLE if failed else operator.REFUSED)


def decline(turn: Turn, call: Call, reason: str) -> None:
    """The operator did not have the citizen called, or not for long enough."""
    again_at = _break_off(turn, call)
    turn.hang_up(call.operator_leg)
    if call.operator is not None:
        operator.force_not_ready(turn, call.operator, reason)
    rest(turn, turn.calls[call.id], again_at)


def _break_off(turn: Turn, call: Call) -> Millis | None:
    """Stop ringing the citizen, for want of the operator. Returns when he may be rung again; None if he was not rung."""
    promised, rule = call.callback, rule_of(turn, call)
    if promised is None or promised.tried_at is None:
        return None
    again_at = turn.now + (rule.retry_ms if rule is not None else 0)
    _withdraw(turn, call, again_at)
    return again_at


def _withdraw(turn: Turn, call: Call, again_at: Millis | None) -> None:
    """Stop ringing the citizen, if we do."""
    if call.callback is not None and call.callback.tried_at is not None:
        _tried(turn, call, Cause.CANCELLED, again_at)
        turn.hang_up(call.leg)


def _tried(turn: Turn, call: Call, cause: Cause | None, again_at: Millis | None) -> Call:
    """Note how an attempt ended."""
    promised = call.callback
    assert promised is not None
    assert promised.tried_at is not None
    attempt = promised.attempts + (cause is None)
    call, n = turn.number(call)
    turn.record(
        facts.CallbackTried(call.id, n, turn.now, attempt, call.operator, call.leg, promised.tried_at, cause, again_at)
    )
    return turn.put(replace(call, callback=replace(promised, attempts=attempt, tried_at=None)))


def _free_operator(turn: Turn, call: Call) -> None:
    """Whose citizen was not reached has no wrap-up to do, and stays as long idle as before."""
    known = turn.operators.get(call.operator) if call.operator is not None else None
    if known is not None and known.call == call.id and known.state is OperatorState.TALKING:
        operator.become_ready(turn, known, operator.SWITCHBOARD)
        turn.operators[known.extension] = replace(turn.operators[known.extension], idle_since=known.idle_since)


def _part(turn: Turn, call: Call, leg: LegId | None) -> None:
    """Tell the operator that nobody answered, and hang that leg up when it is said."""
    call = turn.calls.get(call.id, call)
    said = turn.plan_of(call).prompts.get(PromptName(CallbackPrompt.UNREACHED))
    if call.parting is not None:
        turn.hang_up(call.parting[1])
    if leg is None or leg not in turn.legs or said is None or call.id not in turn.calls:
        turn.hang_up(leg)
        return
    call, n = turn.number(call)
    playback = PlaybackId(f"{call.id}.p{n}")
    turn.do(Say(leg, playback, (said,)))
    turn.put(replace(call, parting=(playback, leg)))


# --- the end ----------------------------------------------------------------------------------------------------------


def called_again(turn: Turn, number: str, origin: CallId) -> Millis | None:
    """A promise to ``number``, or one made in the call ``origin``, is void: its citizen has come by himself.

    Returns the place it held, None without one.
    """
    places = []
    for call in list(turn.calls.values()):
        promised = call.callback
        if promised is not None and (promised.number == number or promised.origin == origin):
            end(turn, call, CallbackResult.CALLED_AGAIN, "citizen")
            places.append(call.place)
    return min((place for place in places if place is not None), default=None)


def citizen_calls(turn: Turn, number: str) -> None:
    """The citizen calls: whoever rings him, or is about to, stops. Whether the promise is void is seen at the queue."""
    for call in list(turn.calls.values()):
        if call.callback is not None and call.callback.number == number and call.phase is not Phase.PROMISED:
            _stop(turn, call)


def _stop(turn: Turn, call: Call) -> None:
    """Give up what is being tried, and try it later."""
    _withdraw(turn, call, turn.now)
    if call.offer is None:
        turn.hang_up(call.operator_leg)
    call = ending.end_offer(turn, turn.calls[call.id], OfferResult.WITHDRAWN)
    _free_operator(turn, call)
    rest(turn, call)


def end(turn: Turn, call: Call, result: CallbackResult, by: str) -> None:
    """The promise is over before the citizen answered."""
    _withdraw(turn, call, None)
    call = ending.end_offer(turn, turn.calls[call.id], OfferResult.WITHDRAWN)
    _free_operator(turn, call)
    call = _over(turn, call, result, by)
    ending.end(turn, call, Outcome.CALLBACK, "citizen" if result is CallbackResult.CALLED_AGAIN else "centre")


def next_in_turn(turn: Turn, call: Call) -> None:
    """Make this call-back before all others, and without spacing."""
    promised = call.callback
    assert promised is not None
    turn.put(replace(call, priority=acd.AT_ONCE, callback=replace(promised, not_before=None)))


def _over(turn: Turn, call: Call, result: CallbackResult, by: str) -> Call:
    promised = call.callback
    assert promised is not None
    turn.record(facts.CallbackEnded(call.id, turn.now, result, promised.attempts, by))
    return turn.put(replace(call, callback=None))
