"""The conversation between a citizen and an operator: answering, hold, and who is left when somebody hangs up.

Rules
-----
* The operator who hangs up while talking ends the call. The operator whose telephone dies does not: the citizen goes
  back to the head of the queue. So does a citizen who was on hold, or for whom a department still rang.
* The operator who hangs up while a department is on the line hands over (as any telephone's attended transfer does). If the
  department hangs up in the same moment, nobody serves the citizen, who goes back to the head of the queue. The
  operator whose telephone dies does not, unless department and citizen were talking already: they go on.
* The operator whose telephone fell silent is offered nothing until he wants it, or the telephone is there anew.
* The operator who hangs up just as a citizen answers who is called back has not heard that: the citizen waits at the head
  of the queue.
* The citizen who hangs up ends the call for everybody.
"""

from ctl.switchboard import acd, callback, ending, media, operator
from ctl.switchboard.effects import Say
from ctl.switchboard.events import Cause
from ctl.switchboard.floor import SERVED, Call, Phase
from ctl.switchboard.ids import LegId, PlaybackId, PromptName
from ctl.switchboard.kinds import CallKind, HandoffResult, OfferResult, Outcome, SegmentKind
from ctl.switchboard.plan import Say as Prompt
from ctl.switchboard.records import replace
from ctl.switchboard.turn import Turn

FAILED_TELEPHONE = frozenset({Cause.UNREACHABLE, Cause.CONGESTED, Cause.LOST, Cause.NO_ANSWER})
"""Ends of a leg that nobody wished."""

UNHEARD_MS = 1_000
"""An operator who hangs up so soon after a citizen answered did so before hearing it."""

UNANSWERED = {
    Cause.BUSY: Prompt.DEPARTMENT_BUSY,
    Cause.NO_ANSWER: Prompt.DEPARTMENT_NO_ANSWER,
    Cause.REFUSED: Prompt.DEPARTMENT_REFUSED,
}
"""What an operator hears whose own call was not answered; of every other cause that it failed."""


def answered(turn: Turn, call: Call) -> None:
    """The operator took the offer: the two talk."""
    offer = call.offer
    assert offer is not None
    operator.talks(turn, turn.operators[offer.operator], call.id, operator.SWITCHBOARD)
    call = ending.end_offer(turn, call, OfferResult.ANSWERED)
    call = turn.put(replace(call, operator=offer.operator, operator_leg=offer.leg, due_at=None))
    if call.callback is not None:
        callback.operator_there(turn, call)
        return
    media.arrange(turn, turn.enter_phase(call, Phase.TALKING))


def hold(turn: Turn, call: Call, spoken: bool) -> None:
    """The citizen hears music, the operator hears nobody."""
    call = media.arrange(turn, turn.enter_phase(call, Phase.HELD))
    if spoken:
        tell_operator(turn, call, Prompt.HELD)


def resume(turn: Turn, call: Call) -> None:
    """Citizen and operator talk again."""
    call = turn.put(replace(call, resume_at_end=False))
    media.arrange(turn, turn.enter_phase(call, Phase.TALKING))


def resume_after(turn: Turn, call: Call, prompt: Prompt) -> None:
    """Tell the operator something first; the citizen hears music for as long as it takes."""
    call = turn.put(replace(call, resume_at_end=True))
    call = media.arrange(turn, turn.enter_phase(call, Phase.HELD))
    tell_operator(turn, call, prompt)


def tell_operator(turn: Turn, call: Call, prompt: Prompt) -> None:
    """Say a prompt to the operator alone. One that does not exist counts as said."""
    name = PromptName(prompt)
    if call.operator_leg is not None and name in turn.plan_of(call).prompts:
        turn.say(call, call.operator_leg, (name,))
    elif call.resume_at_end:
        resume(turn, call)


def whisper(turn: Turn, call: Call, prompt: Prompt) -> None:
    """Say a prompt into the operator's ear while the conversation goes on; its end changes nothing."""
    leg, heard = call.operator_leg, turn.plan_of(call).prompts.get(PromptName(prompt))
    if leg is not None and heard is not None:
        call, n = turn.number(call)
        turn.do(Say(leg, PlaybackId(f"{call.id}.p{n}"), (heard,)))


def phone_held(turn: Turn, call: Call, held: bool) -> None:
    """The operator pressed hold on the telephone: Asterisk plays the music, we keep the record."""
    if call.phase is Phase.TALKING:
        turn.segment(call, SegmentKind.HOLD if held else SegmentKind.TALK, call.operator, None)


# --- somebody is gone -------------------------------------------------------------------------------------------------


def party_left(turn: Turn, call: Call, cause: Cause) -> None:
    """The citizen (or whom an operator had called, or a supervisor) is gone."""
    if call.callback is not None:
        callback.not_reached(turn, call, cause)
        return
    if call.phase is Phase.DIALLING and call.supervision is None:
        _not_reached(turn, call, cause)
        return
    lost = cause is Cause.LOST and call.phase is not Phase.CLOSING
    outcome = Outcome.LOST if lost else ending.outcome_of(call)
    role = "citizen" if call.kind in SERVED else "outside" if call.kind is CallKind.OUTBOUND else "operator"
    # Nothing was heard any more of a line that was answered. A supervisor who lets it ring has answered none.
    hung_up_by_pbx = lost or (cause in FAILED_TELEPHONE and call.phase is not Phase.DIALLING)
    ending.end(turn, call, outcome, "pbx" if hung_up_by_pbx else role)


def _not_reached(turn: Turn, call: Call, cause: Cause) -> None:
    """Whoever an operator called did not answer, and the operator is told why."""
    ending.let_operators_go(turn, call)
    ending.close(turn, call, (PromptName(UNANSWERED.get(cause, Prompt.CALL_FAILED)),), Outcome.LOST)


def operator_left(turn: Turn, call: Call, cause: Cause) -> None:
    """The operator's leg is gone; ``call.operator_leg`` still names it."""
    if call.callback is not None:
        callback.operator_gone(turn, call, cause, cause in FAILED_TELEPHONE)
        return
    failed = cause in FAILED_TELEPHONE
    if failed and cause is not Cause.LOST and call.operator is not None:
        operator.fell_silent(turn, call.operator, call.id)
    if call.phase is Phase.THREE_WAY:
        hand_over(turn, call, spoken=False)
    elif call.phase is Phase.CONSULTING and not failed:
        hand_over(turn, pass_on(turn, call), spoken=False)
    elif call.kind not in SERVED or _parted(turn, call, failed) or _only_told(turn, call):
        ending.end(turn, call, ending.outcome_of(call), "pbx" if failed else "operator")
    else:
        call = ending.end_handoff(turn, call, HandoffResult.CANCELLED)
        ending.let_operators_go(turn, call)
        acd.back_to_head(turn, turn.calls[call.id])


def _parted(turn: Turn, call: Call, failed: bool) -> bool:
    """Operator and citizen talked, and the operator hung up."""
    citizen = turn.legs.get(call.leg)
    unheard = (
        call.kind is CallKind.CALLBACK
        and citizen is not None
        and citizen.answered_at is not None
        and turn.now - citizen.answered_at < UNHEARD_MS
    )
    held = call.segment is not None and call.segment.kind is SegmentKind.HOLD  # by the telephone's own key
    return call.phase is Phase.TALKING and not failed and not unheard and not held


def _only_told(turn: Turn, call: Call) -> bool:
    """The operator heard a last message about a citizen who is not on the line: of a call-back that was not made."""
    return call.phase is Phase.CLOSING and call.leg not in turn.legs


def pass_on(turn: Turn, call: Call) -> Call:
    """The operator leaves the department alone with the citizen: if it has hung up, too, that shows in a moment."""
    if call.handoff is None or call.kind not in SERVED:
        return call
    handoff = replace(call.handoff, passed_at=turn.now, due_at=turn.now + ending.TOGETHER_MS)
    return turn.put(replace(call, handoff=handoff))


def hand_over(turn: Turn, call: Call, spoken: bool) -> None:
    """Citizen and department talk from here on; the operator's part is over."""
    if call.handoff is None or call.handoff.passed_at is None:
        call = ending.end_handoff(turn, call, HandoffResult.COMPLETED)
    ending.let_operator_go(turn, call)
    parting = call.operator_leg
    call = turn.put(replace(call, operator_leg=None, keys="", resume_at_end=False))
    call = media.arrange(turn, turn.enter_phase(call, Phase.HANDED_OFF))
    part(turn, call, parting, spoken)


def part(turn: Turn, call: Call, leg: LegId | None, spoken: bool) -> None:
    """Send the operator's leg home; ``spoken``: it hears first that the handoff is done."""
    done = turn.plan_of(call).prompts.get(PromptName(Prompt.HANDOFF_DONE))
    if leg is None or leg not in turn.legs or not spoken or done is None:
        turn.hang_up(leg)
        return
    if call.parting is not None:  # a colleague before, who is still being told
        turn.hang_up(call.parting[1])
    call, n = turn.number(call)
    playback = PlaybackId(f"{call.id}.p{n}")
    turn.do(Say(leg, playback, (done,)))
    turn.put(replace(call, parting=(playback, leg)))


# --- calls that operators make ----------------------------------------------------------------------------------------


def far_end_answered(turn: Turn, call: Call) -> None:
    """Whom the operator called is there: the two talk."""
    if call.callback is not None:
        callback.citizen_there(turn, call)
        return
    media.arrange(turn, turn.enter_phase(call, Phase.TALKING))
