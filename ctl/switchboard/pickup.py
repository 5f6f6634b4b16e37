"""Pick-up: an operator takes a caller who is ringing at a colleague's telephone.

Rules
-----
* Who may: an operator whom some stage of the caller's queue admits, open yet or not; a supervisor, from whoever is in
  his charge. Both while ready or not ready: a wrap-up is finished first.
* By telephone (the code, then the colleague's extension) the two talk at once: the line that dialled is the operator's.
  By command the operator's own telephone is rung.
* The colleague stays ready, idle as long as before, and the telephone shows no missed call.
* It counts as an offer to the one who picked up, so figures and records need to know nothing of it.
* Who picks up while not ready is so again afterwards; who had declined or let it ring is present after all, and ready.
"""

from ctl.switchboard import acd, authority, conversation, ending, facts, operator
from ctl.switchboard.events import Commanded
from ctl.switchboard.facts import Candidate
from ctl.switchboard.floor import Call, Offer, Operator
from ctl.switchboard.ids import Extension
from ctl.switchboard.kinds import OfferResult, OperatorState, Outcome
from ctl.switchboard.records import replace
from ctl.switchboard.turn import Turn

MAY_TAKE = frozenset({OperatorState.READY, OperatorState.NOT_READY})


def dialled(turn: Turn, own: Call, taker: Operator, colleague: Extension) -> str | None:
    """The operator dialled the code on his own telephone. Returns None, or why not."""
    call = _ringing_at(turn, colleague)
    if call is None:
        return _nothing(colleague)
    refusal = _why_not(turn, taker, call, colleague)
    if refusal is None:
        _connect(turn, own, taker, call)
    return refusal


def wish(turn: Turn, command: Commanded) -> str | None:
    """By command: the caller is taken from the colleague and rings at the operator's. Returns None, or why not."""
    taker, colleague = operator.find(turn, command.extension), Extension(command.argument or "")
    if taker is None:
        return f"unknown extension {command.extension!r}; `ctl operators list` shows all"
    call = _ringing_at(turn, colleague)
    if call is None:
        return _nothing(colleague)
    refusal = _why_not(turn, taker, call, colleague)
    if refusal is None and not acd.could_be_offered(turn, taker):
        refusal = (
            f"operator {taker.extension} is {taker.state.value} or has no free telephone; by telephone it would do"
        )
    if refusal is None:
        acd.take_back(turn, call, OfferResult.PICKED_UP)
        acd.pull(turn, turn.calls[call.id], taker, command.by, colleague)
    return refusal


def _ringing_at(turn: Turn, colleague: Extension) -> Call | None:
    """The citizen's call that is offered to this operator. A call-back is not: nobody is on the line yet."""
    known = turn.operators.get(colleague)
    call = operator.own_call(turn, known) if known is not None else None
    offered = call is not None and call.offer is not None and call.callback is None
    return call if offered else None


def _nothing(colleague: Extension) -> str:
    return f"no caller is ringing at {colleague}; `ctl floor` shows whose telephones ring"


def _why_not(turn: Turn, taker: Operator, call: Call, colleague: Extension) -> str | None:
    if taker.extension == colleague:
        return f"the call is ringing at {colleague} already: answer it"
    if taker.state not in MAY_TAKE:
        states = " or ".join(sorted(state.value for state in MAY_TAKE))
        return f"operator {taker.extension} is {taker.state.value}; picking up needs one who is {states}"
    if not operator.can_be_engaged(turn, taker):
        return f"the telephone of {taker.extension} is not free: hang up, or register it, then try again"
    if acd.could_serve(turn, taker, acd.queue_of(turn, call)):
        return None
    if authority.over_operator(turn, taker.extension, colleague) is None:
        return None
    return f"operator {taker.extension} has no skill for the queue {call.queue}, and {colleague} is not in his charge"


def _connect(turn: Turn, own: Call, taker: Operator, call: Call) -> None:
    """The taker's line changes to the call, and the two talk."""
    assert call.offer is not None
    colleague, leg = call.offer.operator, turn.legs[own.leg]
    call, n = turn.number(ending.end_offer(turn, call, OfferResult.PICKED_UP))
    chosen = (Candidate(taker.extension, taker.idle_since, acd.level_in(turn, taker, acd.queue_of(turn, call)) or 0),)
    waited_ms, queue = turn.now - (call.place or turn.now), acd.queue_of(turn, call).name
    by = f"telephone {taker.extension}"
    turn.record(
        facts.OfferMade(
            call.id, n, turn.now, leg.id, queue, taker.extension, waited_ms, chosen, (), by, picked_up_from=colleague
        )
    )
    turn.legs[leg.id] = replace(leg, call=call.id, began_in=leg.began_in or own.id)
    ending.end(turn, own, Outcome.CLOSED, "operator")
    offer = Offer(n, taker.extension, leg.id, turn.now)
    conversation.answered(turn, turn.put(replace(call, offer=offer, operator_leg=leg.id)))
    _afterwards(turn, taker)


def _afterwards(turn: Turn, before: Operator) -> None:
    """Who was away when he picked up is so again after the call."""
    away = before.state is OperatorState.NOT_READY and before.reason not in operator.WITHDRAWN_BY_ITSELF
    if away:
        known = turn.operators[before.extension]
        turn.operators[before.extension] = replace(known, pending=before.reason, pending_kind=before.kind)
