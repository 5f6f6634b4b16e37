"""Presence: whether an operator's telephone is there. A dead one is never ready, and never holds a caller.

Rules
-----
* A telephone is there while the PBX says so: it is registered and answers when it is asked (`PhoneReachable`).
* One that is called and says nothing at all for `Plan.silence_ms`, or cannot be called, is doubted: the caller goes to
  the next operator at once, and the telephone is asked whether it is there (`AskPhone`). If it is, it counts again.
* One that is doubted a second time before a call has rung there is broken, whatever it says: its operator is not ready
  until he asks for it, or until the telephone registers anew. So no caller is offered to it over and over.
* An operator whose last telephone is gone is `unreachable` instead of ready, and ready when it is back.
"""

from ctl.switchboard import acd, facts, operator, seating
from ctl.switchboard.effects import AskPhone
from ctl.switchboard.events import PhoneOccupied, PhoneReachable, PhoneUnreachable
from ctl.switchboard.floor import Call, Operator, Phase
from ctl.switchboard.ids import Endpoint, LegId
from ctl.switchboard.kinds import OfferResult, OperatorState
from ctl.switchboard.records import replace
from ctl.switchboard.turn import Turn

DEAF_MS = 2_000
"""So long after we last knew that we hear nothing, ringing is not given up: what was missed is told within it."""

ASKED = frozenset({Phase.IVR, Phase.CONFIRMING, Phase.PREVIEW})
"""In these somebody is waited for who presses a key."""


def called(turn: Turn, leg: LegId) -> None:
    """The PBX has called a telephone that a caller is offered to: it has some time for a first word."""
    call = _offered(turn, leg)
    if call is not None and call.offer is not None:
        turn.put(replace(call, offer=replace(call.offer, silent_at=turn.now + turn.plan_of(call).silence_ms)))


def rang(turn: Turn, leg: LegId) -> None:
    """The telephone has said its first word."""
    call = _offered(turn, leg)
    if call is None or call.offer is None:
        return
    telephone = seating.at(turn.operators, turn.operators[call.offer.operator])
    if telephone is not None and call.offer.endpoint in telephone.doubted:
        turn.operators[telephone.extension] = _trusting(telephone, call.offer.endpoint)
    turn.put(replace(call, offer=replace(call.offer, silent_at=None)))


def failed(turn: Turn, call: Call, reason: str) -> None:
    """The telephone that a caller is offered to is silent or cannot be called. The offer must be taken back next."""
    offer = call.offer
    assert offer is not None
    known, endpoint = turn.operators[offer.operator], offer.endpoint
    telephone = seating.at(turn.operators, known)
    if telephone is None or endpoint is None or endpoint in telephone.doubted:
        if telephone is not None:
            turn.operators[telephone.extension] = _trusting(telephone, endpoint)
        operator.force_not_ready(turn, known.extension, reason)
        return
    _forget(turn, replace(telephone, doubted=(*telephone.doubted, endpoint)), endpoint)
    turn.do(AskPhone(telephone.extension, endpoint))
    if not seating.endpoints(turn.operators, turn.operators[known.extension]):
        operator.lose(turn, known.extension, reason)


def _trusting(telephone: Operator, endpoint: Endpoint | None) -> Operator:
    return replace(telephone, doubted=tuple(one for one in telephone.doubted if one != endpoint))


def _offered(turn: Turn, leg: LegId) -> Call | None:
    known = turn.legs.get(leg)
    call = turn.calls.get(known.call) if known is not None else None
    return call if call is not None and call.offer is not None and call.offer.leg == leg else None


# --- telephones come and go -------------------------------------------------------------------------------------------


def reachable(turn: Turn, news: PhoneReachable) -> None:
    """A telephone is there. Whoever was taken out because it was gone is ready again."""
    telephone = operator.find(turn, news.extension)
    if telephone is None:
        return
    if news.endpoint not in telephone.endpoints:
        turn.record(facts.PhoneSeen(news.extension, news.endpoint, turn.now, True))
    devices = (*_others(telephone, news.endpoint), news.endpoint)
    turn.operators[news.extension] = replace(telephone, endpoints=devices)
    known = seating.sitter(turn.operators, news.extension)
    if known is None:
        return
    if known.pending in operator.OF_TELEPHONES:
        known = turn.operators[known.extension] = replace(known, pending=None, pending_kind=None)
    broken = known.state is OperatorState.NOT_READY and known.reason in operator.OF_TELEPHONES
    if broken or known.state is OperatorState.UNREACHABLE:
        operator.become_ready(turn, known, operator.SWITCHBOARD)


def unreachable(turn: Turn, news: PhoneUnreachable) -> None:
    """A telephone is gone: an operator without any is unreachable, and a call that rang there is offered elsewhere."""
    telephone = operator.find(turn, news.extension)
    if telephone is None or news.endpoint not in (*telephone.endpoints, *telephone.doubted):
        return
    turn.operators[news.extension] = _trusting(telephone, news.endpoint)
    if news.endpoint in telephone.endpoints:
        _forget(turn, turn.operators[news.extension], news.endpoint)
    known = seating.sitter(turn.operators, news.extension)
    if known is None:
        return
    call = turn.calls.get(known.call) if known.call is not None else None
    gone = not seating.endpoints(turn.operators, known)
    if gone and known.state in (OperatorState.READY, OperatorState.OFFERED):
        operator.lose(turn, known.extension, operator.UNREACHABLE)
    offer = call.offer if call is not None else None
    if call is None or offer is None or offer.operator != known.extension:
        return  # in the wrap-up of a call that waits again, a colleague is the one who is rung for it
    if gone or offer.endpoint == news.endpoint:
        acd.take_back(turn, call, OfferResult.UNREACHABLE)


def excuse(turn: Turn) -> None:
    """We have not heard everything for a while: no telephone is silent that may have spoken meanwhile."""
    for call in list(turn.calls.values()):
        if call.offer is not None and call.offer.silent_at is not None:
            turn.put(replace(call, offer=replace(call.offer, silent_at=None)))


def postpone(turn: Turn) -> None:
    """We hear nothing just now. Whoever has been rung long enough may have answered, and who was asked for a key may have
    pressed one: the first is told before anything else when we hear again, the second is asked again, and patience ends only then."""
    again_at = turn.now + DEAF_MS
    for call in list(turn.calls.values()):
        offer, handoff, due_at = call.offer, call.handoff, call.due_at
        if call.phase in ASKED and due_at is not None:
            due_at = max(due_at, again_at)
        if offer is not None:
            silent_at = again_at if offer.silent_at is not None and offer.silent_at <= turn.now else offer.silent_at
            offer = replace(offer, due_at=max(offer.due_at, again_at), silent_at=silent_at)
        if handoff is not None and handoff.due_at is not None:
            handoff = replace(handoff, due_at=max(handoff.due_at, again_at))
        if (offer, handoff, due_at) != (call.offer, call.handoff, call.due_at):
            turn.put(replace(call, offer=offer, handoff=handoff, due_at=due_at))


def _forget(turn: Turn, telephone: Operator, endpoint: Endpoint) -> None:
    turn.record(facts.PhoneSeen(telephone.extension, endpoint, turn.now, False))
    turn.operators[telephone.extension] = replace(telephone, endpoints=_others(telephone, endpoint))


def _others(telephone: Operator, endpoint: Endpoint) -> tuple[Endpoint, ...]:
    return tuple(one for one in telephone.endpoints if one != endpoint)


def occupied(turn: Turn, news: PhoneOccupied) -> None:
    """The telephone is, or is no longer, in a call that is not ours. What we offered there unknowing goes elsewhere."""
    telephone = operator.find(turn, news.extension)
    if telephone is None:
        return
    turn.operators[news.extension] = replace(telephone, occupied=news.occupied)
    known = seating.sitter(turn.operators, news.extension)
    if not news.occupied or known is None or known.state is not OperatorState.OFFERED or known.call is None:
        return
    acd.take_back(turn, turn.calls[known.call], OfferResult.WITHDRAWN)
