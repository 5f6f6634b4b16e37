"""News of legs and playbacks, given to the room that the leg belongs to.

| leg | answered | ended |
|---|---|---|
| citizen, or whom an operator called | far end there (`conversation`) | the call ends |
| offered operator | they talk (`conversation`) | offer failed (`acd`) |
| operator | | `conversation.operator_left` |
| department | `handoff.answered` | `handoff.department_left` |
"""

from ctl.switchboard import (
    acd,
    announcing,
    callback,
    callback_wish,
    conversation,
    ending,
    handoff,
    ivr,
    reception,
    supervision,
    telephone,
)
from ctl.switchboard.effects import Disconnect, HangUp
from ctl.switchboard.events import Cause
from ctl.switchboard.floor import Call, Phase
from ctl.switchboard.ids import CallId, LegId, PlaybackId
from ctl.switchboard.kinds import CallKind, HandoffResult, OfferResult
from ctl.switchboard.records import replace
from ctl.switchboard.turn import Turn


def answered(turn: Turn, leg: LegId) -> None:
    """A telephone was picked up. One that came too late, or that nobody waits for any more, is hung up again."""
    known = turn.legs.get(leg)
    if known is None:
        turn.do(HangUp(leg))
        return
    first = known.answered_at is None
    turn.establish(known)
    call = turn.calls.get(known.call)
    if call is None:
        turn.hang_up(leg)
    elif call.offer is not None and call.offer.leg == leg:
        conversation.answered(turn, call)
    elif call.handoff is not None and call.handoff.leg == leg and first:
        handoff.answered(turn, call)
    elif call.supervision is not None and call.phase is Phase.DIALLING:
        supervision.answered(turn, call)
    elif call.leg == leg and call.phase is Phase.DIALLING:
        conversation.far_end_answered(turn, call)
    elif leg not in parts(call):
        turn.hang_up(leg)


def parts(call: Call) -> tuple[LegId, ...]:
    """The legs that have a part in the call now; any other leg of it is on its way out."""
    legs = (
        call.leg,
        call.operator_leg,
        call.offer.leg if call.offer is not None else None,
        call.handoff.leg if call.handoff is not None else None,
        call.parting[1] if call.parting is not None else None,
    )
    return tuple(leg for leg in legs if leg is not None)


def ended(turn: Turn, leg: LegId, cause: Cause, code: int) -> None:
    """A telephone is gone."""
    known = turn.legs.get(leg)
    if known is None:
        return
    turn.close_leg(known, cause, code)
    call = turn.calls.get(known.call)
    if call is None:
        return
    if call.leg == leg:
        if call.phase is Phase.IVR:
            reception.abandoned(turn, call)
        conversation.party_left(turn, turn.calls[call.id], cause)
    elif call.offer is not None and call.offer.leg == leg:
        acd.offer_failed(turn, call, cause)
    elif call.operator_leg == leg:
        conversation.operator_left(turn, call, cause)
    elif call.handoff is not None and call.handoff.leg == leg:
        department_left(turn, call, cause)
    elif call.parting is not None and call.parting[1] == leg:
        turn.put(replace(call, parting=None))


def department_waited_for(turn: Turn, call: Call) -> None:
    """The department did not come in time; or it has stayed with the citizen whom the operator left to it."""
    if call.handoff is not None and call.handoff.passed_at is not None:
        ending.end_handoff(turn, call, HandoffResult.COMPLETED)
    else:
        department_left(turn, call, Cause.NO_ANSWER)


def department_left(turn: Turn, call: Call, cause: Cause) -> None:
    """The department is gone, or did not come in time."""
    if not handoff.department_left(turn, call, cause):
        reception.unreached(turn, turn.calls[call.id])


def left(turn: Turn, leg: LegId, unseen: bool = False) -> None:
    """A leg is in the dialplan's hands now. A caller waits in the PBX's own queue; any other leg is lost to us.

    ``unseen``: it happened while we were away, nobody knows when. What we had the caller in goes on until he is heard of.
    """
    known = turn.legs.get(leg)
    call = turn.calls.get(known.call) if known is not None else None
    if known is None or call is None:
        return
    if call.leg == leg and call.kind is CallKind.INBOUND:
        call = ending.end_offer(turn, call, OfferResult.WITHDRAWN)
        call = ending.end_handoff(turn, call, HandoffResult.CANCELLED)
        ending.let_operators_go(turn, call)
        turn.hang_up(call.operator_leg)
        if call.bridge is not None:
            turn.do(Disconnect(call.bridge))
        call = turn.put(replace(turn.calls[call.id], operator_leg=None, speaking=None, bridge=None, due_at=None))
        if unseen:
            turn.put(replace(call, phase=Phase.ELSEWHERE))
        else:
            turn.enter_phase(call, Phase.ELSEWHERE)
    else:
        ended(turn, leg, Cause.LOST, 0)


def keyed(turn: Turn, leg: LegId, digit: str) -> None:
    """A key: the caller's choice in the IVR or while waiting, or a piece of an operator's feature code."""
    known = turn.legs.get(leg)
    call = turn.calls.get(known.call) if known is not None else None
    if call is None:
        return
    if call.phase is Phase.IVR and call.leg == leg:
        reception.heard(turn, call, ivr.Key(digit))
    elif call.phase in (Phase.WAITING, Phase.CONFIRMING) and call.leg == leg:
        callback_wish.keyed(turn, call, digit)
    elif call.phase is Phase.PREVIEW and digit == callback.DIAL_KEY:
        callback.dial(turn, call)
    elif call.operator_leg == leg and call.offer is None and call.phase is not Phase.CLOSING:
        telephone.keyed(turn, call, digit)


def said(turn: Turn, playback: PlaybackId) -> None:
    """Something is said to its end. What has been stopped meanwhile is of no interest any more."""
    call = turn.calls.get(CallId(playback.rpartition(".p")[0]))
    if call is None:
        return
    if call.speaking == playback:
        _went_on(turn, call)
    elif call.parting is not None and call.parting[0] == playback:
        turn.hang_up(call.parting[1])


def _went_on(turn: Turn, call: Call) -> None:
    if call.phase is Phase.IVR:
        reception.spoken(turn, call)
        return
    if call.phase is Phase.CONFIRMING:
        callback_wish.spoken(turn, call)
        return
    call = turn.put(replace(call, speaking=None))
    match call.phase:
        case Phase.WAITING | Phase.RINGING:
            announcing.play_music(turn, call)
        case Phase.CLOSING if call.closing_as is not None:
            ending.end(turn, call, call.closing_as, "centre")
        case Phase.HELD if call.resume_at_end:
            conversation.resume(turn, call)
        case _:
            pass
