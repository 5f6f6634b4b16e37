"""The handoff to a ward department in two steps (1.1.3), and the direct transfer without confirmation.

| where | department answers | fails (busy, no answer, refused) | hangs up later |
|---|---|---|---|
| consult_ringing | consulting | the operator is told and has the citizen back | |
| consulting | | | the operator has the citizen back |
| three_way | | | operator and citizen talk on |
| reaching | handed_off | next number; none left: back to the flow or to the queue's head | |
| handed_off | | | the call ends; if the operator had hung up a moment before, the citizen is back at the queue's head |

One try of one number is one handoff of its own, with its own leg: its outside seconds are kept apart, because the
contractor pays for them.
"""

from ctl.switchboard import acd, channels, conversation, ending, facts, media, outside
from ctl.switchboard.effects import DialOutside
from ctl.switchboard.events import Cause
from ctl.switchboard.floor import Call, Handoff, Phase
from ctl.switchboard.ids import DepartmentCode
from ctl.switchboard.kinds import HandoffResult, LegRole, NotDialled, Purpose
from ctl.switchboard.plan import Department, Site
from ctl.switchboard.plan import Say as Prompt
from ctl.switchboard.records import replace
from ctl.switchboard.turn import Turn

RESULTS = {
    Cause.BUSY: (HandoffResult.BUSY, Prompt.DEPARTMENT_BUSY),
    Cause.NO_ANSWER: (HandoffResult.NO_ANSWER, Prompt.DEPARTMENT_NO_ANSWER),
    Cause.REFUSED: (HandoffResult.REFUSED, Prompt.DEPARTMENT_REFUSED),
}
"""What the end of a ringing department means; every other cause means that it cannot be reached."""
UNREACHED = (HandoffResult.UNREACHABLE, Prompt.DEPARTMENT_NO_ANSWER)


def party(turn: Turn, call: Call, code: DepartmentCode) -> Department | Site | None:
    """Whom a code stands for, as the plan in force says: a section of the ward, or a second site.

    Who is in it no more is known from the plan of the call, which may be older.
    """
    plans = (turn.current_plan, turn.plan_of(call))
    known = (plan.departments.get(code) or plan.sites.get(code) for plan in plans if plan is not None)
    return next((one for one in known if one is not None), None)


def site_used(turn: Turn, site: DepartmentCode) -> int:
    """Calls that ring or talk at a second site now."""
    return sum(call.handoff is not None and call.handoff.department == site for call in turn.calls.values())


def why_not(turn: Turn, call: Call, department: DepartmentCode, index: int) -> str | None:
    """Why a department's number cannot be dialled, or None."""
    known = party(turn, call, department)
    if known is None:
        return f"unknown department {department!r}; `ctl departments list` shows all"
    if index >= len(known.numbers):
        return f"department {department} has no further number"
    if isinstance(known, Site) and site_used(turn, department) >= known.limit:
        return f"all {known.limit} channels to {known.name} are in use; try again in a moment"
    match _outside(turn, call, known, index):
        case None:
            return None
        case NotDialled.TRUNK_FULL:
            return f"all {channels.trunk_of(turn).limit} channels of the trunk are in use; try again in a moment"
        case _:
            return f"{known.numbers[index]} is no allowed destination; centre.yaml lists them under outside"


def asked(turn: Turn, call: Call, department: DepartmentCode, index: int) -> str | None:
    """What `why_not` says to somebody who has asked for it now: what the trunk or the allow-list refuses is stated."""
    known = party(turn, call, department)
    why = _outside(turn, call, known, index) if known is not None and index < len(known.numbers) else None
    if known is not None and why is not None:
        outside.refuse(turn, call, known.numbers[index], _purpose(known), call.operator, why)
    return why_not(turn, call, department, index)


def _outside(turn: Turn, call: Call, known: Department | Site, index: int) -> NotDialled | None:
    return outside.why_not(turn, known.numbers[index], _purpose(known), call.operator)


def _purpose(known: Department | Site) -> Purpose:
    return Purpose.TO_SITE if isinstance(known, Site) else Purpose.HANDOFF


def consult(turn: Turn, call: Call, department: DepartmentCode, index: int = 0) -> None:
    """Step ②: ring the department for the operator while the citizen hears music."""
    call = _dial(turn, call, department, index, direct=False)
    media.arrange(turn, turn.enter_phase(call, Phase.CONSULT_RINGING))


def reach(turn: Turn, call: Call, department: DepartmentCode, index: int = 0, spoken: bool = False) -> None:
    """Ring the department for the citizen, without an operator in between."""
    ending.let_operator_go(turn, call)
    parting = call.operator_leg
    call = turn.put(replace(call, operator_leg=None, keys=""))
    call = _dial(turn, call, department, index, direct=True)
    call = media.arrange(turn, turn.enter_phase(call, Phase.REACHING))
    conversation.part(turn, call, parting, spoken)


def _dial(turn: Turn, call: Call, department: DepartmentCode, index: int, direct: bool) -> Call:
    trunk = turn.plan_of(call).trunk
    known = party(turn, call, department)
    assert known is not None
    number = known.numbers[index]
    if _purpose(known) is Purpose.HANDOFF:
        channels.make_room(turn)
    call, n = turn.number(call)
    call, leg = turn.new_leg(call, LegRole.DEPARTMENT, number, outside=True)
    turn.record(facts.HandoffStarted(call.id, n, turn.now, call.operator, department, number, leg, direct))
    due_at = turn.now + trunk.ring_timeout_ms
    turn.do(DialOutside(call.id, leg, number, trunk.caller_id, trunk.ring_timeout_ms + 2000))
    return turn.put(
        replace(
            call,
            handoff=Handoff(n, department, number, index, leg, direct, due_at, remote=isinstance(known, Site)),
            due_at=None,
        )
    )


def answered(turn: Turn, call: Call) -> None:
    """The department picked up."""
    handoff = call.handoff
    assert handoff is not None
    call = turn.put(replace(call, handoff=replace(handoff, due_at=None, answered_at=turn.now)))
    if call.phase is Phase.REACHING:
        conversation.hand_over(turn, call, spoken=False)
    elif call.phase is Phase.CONSULT_RINGING:
        media.arrange(turn, turn.enter_phase(call, Phase.CONSULTING))


def cancel(turn: Turn, call: Call, spoken: bool) -> None:
    """The operator takes the citizen back."""
    call = ending.end_handoff(turn, call, HandoffResult.CANCELLED)
    if spoken:
        conversation.resume_after(turn, call, Prompt.CONSULT_CANCELLED)
    else:
        conversation.resume(turn, call)


def three_way(turn: Turn, call: Call) -> None:
    """All three hear each other. Consultation goes on for the record until it is completed or cancelled."""
    media.arrange(turn, turn.enter_phase(call, Phase.THREE_WAY))


def next_number(turn: Turn, call: Call, department: DepartmentCode, index: int) -> None:
    """Give up the number that rings, if one does, and try the department's next."""
    if call.phase is Phase.CONSULT_RINGING:
        call = ending.end_handoff(turn, call, HandoffResult.CANCELLED)
    consult(turn, call, department, index)


def department_left(turn: Turn, call: Call, cause: Cause) -> bool:
    """The department's leg ended. Returns False when a citizen who was reached for has nobody left to ring."""
    handoff = call.handoff
    assert handoff is not None
    match call.phase:
        case Phase.CONSULT_RINGING:
            result, prompt = RESULTS.get(cause, UNREACHED)
            call = ending.end_handoff(turn, call, result)
            conversation.resume_after(turn, call, prompt)
        case Phase.CONSULTING | Phase.THREE_WAY:
            call = ending.end_handoff(turn, call, HandoffResult.DEPARTMENT_LEFT)
            conversation.resume(turn, call)
        case Phase.REACHING:
            result, _ = RESULTS.get(cause, UNREACHED)
            call = ending.end_handoff(turn, call, result)
            if why_not(turn, call, handoff.department, handoff.index + 1) is not None:
                return False
            reach(turn, call, handoff.department, handoff.index + 1)
        case Phase.HANDED_OFF if handoff.passed_at is not None and not handoff.ended:
            acd.back_to_head(turn, ending.end_handoff(turn, call, HandoffResult.DEPARTMENT_LEFT))
        case _:
            ending.end(
                turn, call, ending.outcome_of(call), "pbx" if cause in conversation.FAILED_TELEPHONE else "department"
            )
    return True
