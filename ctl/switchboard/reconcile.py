"""After a gap: compare what we believe with what the PBX holds, and go on from there (rule 7 of the house).

A restart is a normal event. Legs that are missing ended while we were away; legs that answered meanwhile have
answered; everybody who is left is told again what to hear. Talking calls do not notice, waiting callers keep their
place.
"""

from ctl.switchboard import (
    announcing,
    callback,
    callback_wish,
    conversation,
    elsewhere,
    ending,
    facts,
    legs,
    media,
    modes,
    notices,
    operator,
    presence,
    reception,
    seating,
    supervision,
)
from ctl.switchboard.effects import HangUp
from ctl.switchboard.events import CallServedElsewhere, Cause, PbxFound, TalkElsewhere
from ctl.switchboard.floor import Call, Phase
from ctl.switchboard.ids import LegId, QueueName
from ctl.switchboard.kinds import CallKind, OperatorState, Outcome, SegmentKind
from ctl.switchboard.plan import Plan
from ctl.switchboard.records import replace
from ctl.switchboard.turn import Turn

OLD_MS = 600_000
"""News of a call that is not in our hands are believed so long after its end."""


def adopt(turn: Turn, plan: Plan) -> None:
    """A new plan serves new calls and those who wait from now on. Operators who are no longer in it are logged out when
    they are idle."""
    turn.plans[plan.version] = plan
    turn.plan_version = plan.version
    modes.settle(turn)
    turn.forget_unused_plans()
    for extension in list(turn.operators):
        known = turn.operators[extension]  # as it is once a colleague has left its telephone
        idle = known.state in (OperatorState.READY, OperatorState.NOT_READY, OperatorState.UNREACHABLE)
        if known.extension not in plan.operators and idle:
            operator.log_out(turn, known)
        operator.mirror(turn, known.extension)


def found(turn: Turn, news: PbxFound) -> None:
    """These legs are in our hands, and no others."""
    here = {one.leg: one.answered for one in news.legs}
    elsewhere = set(news.elsewhere)
    presence.excuse(turn)
    if news.booted:  # how long the machine was off is nobody's handling of a call
        turn.experience = replace(turn.experience, work={})
    for leg in _citizens_first(turn):
        if leg not in here and leg in turn.legs:
            if leg in elsewhere:
                legs.left(turn, leg, unseen=True)
            else:
                if turn.legs[leg].answered_at is None:
                    turn.do(HangUp(leg))  # asked for since the PBX was looked at, it would ring for nobody
                legs.ended(turn, leg, Cause.LOST, 0)
    for leg, is_answered in here.items():
        known = turn.legs.get(leg)
        if known is None:
            turn.do(HangUp(leg))
        elif known.call not in turn.calls:
            turn.hang_up(leg)
        elif is_answered and known.answered_at is None:
            legs.answered(turn, leg)
    for name in list(turn.calls):
        if (call := turn.calls.get(name)) is not None:  # another may have had to make room
            _restate(turn, call)
    for extension in sorted(turn.operators):
        operator.mirror(turn, extension)
    notices.mirror(turn)


def _citizens_first(turn: Turn) -> list[LegId]:
    """With the citizen gone the rest of a call has no story of its own to tell."""
    first = {call.leg for call in turn.calls.values()}
    return sorted(turn.legs, key=lambda leg: (leg not in first, leg))


def _restate(turn: Turn, call: Call) -> None:
    """Make one call audible again. What was being said is forgotten; it is said again where it matters."""
    for leg in [leg for leg in turn.legs.values() if leg.call == call.id and leg.id not in legs.parts(call)]:
        turn.hang_up(leg.id)
    if call.parting is not None:
        turn.hang_up(call.parting[1])
        call = turn.put(replace(call, parting=None))
    match call.phase:
        case _ if call.supervision is not None:
            supervision.again(turn, call)
        case Phase.IVR:
            reception.again(turn, call)
        case Phase.CONFIRMING:
            callback_wish.again(turn, call)
        case Phase.PREVIEW:
            callback.look_again(turn, media.restate(turn, media.hush(turn, call)))
        case Phase.WAITING | Phase.RINGING if call.callback is None:
            announcing.speak(turn, media.hush(turn, call), ())
        case Phase.HELD if call.resume_at_end:
            conversation.resume(turn, call)
        case Phase.CLOSING if call.closing_as is not None:
            ending.close(turn, media.hush(turn, call), call.closing, call.closing_as)
        case Phase.TALKING if call.segment is not None and call.segment.kind is SegmentKind.HOLD:
            # By the telephone's own key. Whether the citizen still is on hold is not known: as if he were not.
            media.restate(turn, turn.enter_phase(call, Phase.TALKING))
        case Phase.ELSEWHERE:
            pass
        case _:
            media.restate(turn, call)


def served_elsewhere(turn: Turn, news: CallServedElsewhere) -> None:
    """The PBX's own queue brought a call to its end. One that we had begun ends now; another is told whole."""
    # The fallback rings telephones and knows them by their numbers.
    talks = elsewhere.by_operators(turn, news.talks)
    last = seating.who_sat_at(turn.operators, news.operator) or (talks[-1].operator if talks else None)
    news = replace(news, operator=last)
    ended_by = news.ended_by or ("centre" if news.closed else "citizen")
    known = turn.calls.get(news.call)
    if known is not None:
        # Who came back to us, or hung up at once, is in our hands: his leg tells of its end itself.
        if known.phase is Phase.ELSEWHERE or news.in_gap or news.answered_at is not None:
            if news.unheard and known.phase is Phase.IVR:
                reception.abandoned(turn, known)
                known = turn.calls[known.id]
            if last is not None:
                callback.called_again(turn, known.caller, known.id)
            known = elsewhere.talked_last(turn, elsewhere.talked(turn, known, news.talks), news)
            began = known.segment.started_at if known.segment is not None else known.started_at
            ended_at = max(began, min(news.ended_at, turn.now))
            if known.leg in turn.legs:
                turn.close_leg(turn.legs[known.leg], Cause.NORMAL, 0, ended_at)
            outcome = _outcome_elsewhere(news, turn.plan_of(known), known)
            if known.queue is None and outcome is Outcome.LOST and not news.unheard:
                known = replace(known, queue=_queue_of(turn.plan_of(known), news))
            ending.end(turn, known, outcome, ended_by, ended_at)
        return
    plan = turn.current_plan
    if news.call in turn.over or plan is None:
        return
    if news.unheard and turn.now - news.ended_at > OLD_MS:
        return  # told anew after a restart; those that we served so long ago may not be in `over` any more
    service = plan.services.get(news.dialled)
    queue = _queue_of(plan, news) if not news.closed and not news.unheard else None
    turn.record(
        facts.CallStarted(
            news.call,
            news.arrived_at,
            CallKind.INBOUND,
            news.dialled,
            news.caller,
            service.label if service is not None else None,
            mode=turn.conditions.mode,
        )
    )
    if news.answered_at is not None:
        talks = (*talks, TalkElsewhere(news.operator, news.answered_at, news.ended_at))
    n, since = 1, news.arrived_at
    for talk in talks:
        turn.record(facts.SegmentEnded(news.call, n, talk.answered_at, SegmentKind.WAIT, since, None, None))
        talked = facts.SegmentEnded(
            news.call, n + 1, talk.ended_at, SegmentKind.TALK, talk.answered_at, talk.operator, None
        )
        turn.record(talked)
        n, since = n + 2, talk.ended_at
    if news.answered_at is None:
        turn.record(facts.SegmentEnded(news.call, n, news.ended_at, _first_segment(plan, news), since, None, None))
    outcome = _outcome_elsewhere(news, plan)
    turn.record(facts.CallEnded(news.call, news.ended_at, outcome, ended_by, None, queue, news.operator))
    turn.over = (*turn.over, news.call)


def _queue_of(plan: Plan, news: CallServedElsewhere) -> QueueName | None:
    """That of the number that was called."""
    service = plan.services.get(news.dialled)
    return service.queue if service is not None else None


def _is_refused(plan: Plan, news: CallServedElsewhere) -> bool:
    """Whether the caller was told that the number is nobody's."""
    told = news.ended_by == "centre" and not news.closed
    return told and news.operator is None and not news.talks and news.dialled not in plan.services


def _first_segment(plan: Plan, news: CallServedElsewhere) -> SegmentKind:
    if news.unheard:
        return SegmentKind.IVR
    return SegmentKind.CLOSING if news.closed or _is_refused(plan, news) else SegmentKind.WAIT


def _outcome_elsewhere(news: CallServedElsewhere, plan: Plan, known: Call | None = None) -> Outcome:
    if news.closed:
        return Outcome.CLOSED
    if _is_refused(plan, news):
        return Outcome.REFUSED
    if news.operator is not None:
        return Outcome.FALLBACK
    if known is not None and (known.operator is not None or (news.unheard and known.phase is not Phase.ELSEWHERE)):
        return ending.outcome_of(known)
    if news.ended_by == "centre":
        return Outcome.LOST
    return Outcome.ABANDONED_IVR if news.unheard else Outcome.ABANDONED_QUEUE
