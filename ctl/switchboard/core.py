"""The core: one event in, the next floor and what is to be done out. Everything that happens comes through here.

`step` is total: every event has a meaning in every state of the floor, if only "late news, nothing to do". After each
event whoever can be served is served (`acd.assign`).
"""

from collections.abc import Iterator
from typing import assert_never

from ctl.switchboard import (
    acd,
    alarms,
    announcing,
    callback,
    callback_wish,
    commands,
    conversation,
    ivr,
    learning,
    modes,
    notices,
    operator,
    overflow,
    overhearing,
    presence,
    recall,
    reception,
    reconcile,
    sites,
    telephone,
)
from ctl.switchboard.effects import Effect
from ctl.switchboard.events import (
    AlarmsFound,
    CallArrived,
    CallServedElsewhere,
    Cause,
    Commanded,
    Event,
    KeyPressed,
    LegAnswered,
    LegCalled,
    LegEnded,
    LegLeft,
    LegRang,
    ModeAsked,
    NormalAsked,
    NoticeAsked,
    NoticeStopAsked,
    OperatorDialled,
    PbxFound,
    PhoneHeld,
    PhoneOccupied,
    PhoneReachable,
    PhoneResumed,
    PhoneUnreachable,
    PlanAdopted,
    PlaybackEnded,
    TimePassed,
)
from ctl.switchboard.floor import Floor, Phase
from ctl.switchboard.ids import Millis
from ctl.switchboard.legs import answered, department_waited_for, ended, keyed, left, said
from ctl.switchboard.turn import Turn


def step(floor: Floor, event: Event, now: Millis) -> tuple[Floor, tuple[Effect, ...]]:
    """What the floor is after ``event`` at ``now``, and what must be done about it, in order."""
    turn = Turn(floor, now)
    recall.forget(turn)
    _happen(turn, event)
    overhearing.keep_up(turn)
    sites.look(turn)
    if not turn.deaf:
        _hand_out(turn)
    learning.learn(turn, floor)
    return turn.floor(), tuple(turn.effects)


def _hand_out(turn: Turn) -> None:
    """Whoever waits is offered, or goes elsewhere."""
    acd.assign(turn)
    sites.send_waiting(turn)
    if overflow.send_waiting(turn):
        acd.assign(turn)


def next_due(floor: Floor) -> Millis | None:
    """When `TimePassed` is wanted next, None when nothing waits for time."""
    dues: list[Millis] = list(_dues_of_the_centre(floor))
    for call in floor.calls.values():
        if call.due_at is not None:
            dues.append(call.due_at)
        if call.offer is not None:
            silent_at = call.offer.silent_at
            dues.append(call.offer.due_at if silent_at is None else min(silent_at, call.offer.due_at))
        if call.handoff is not None and call.handoff.due_at is not None:
            dues.append(call.handoff.due_at)
        if call.stage_due_at is not None and call.phase in acd.IN_LINE:
            dues.append(call.stage_due_at)
        if call.callback is not None:
            dues.extend(callback.due(call))
    dues.extend(operator.dues(floor.operators.values()))
    return min(dues, default=None)


def _happen(turn: Turn, event: Event) -> None:
    match event:
        case CallArrived():
            reception.arrived(turn, event)
        case OperatorDialled():
            telephone.dialled(turn, event)
        case LegAnswered(leg):
            answered(turn, leg)
        case LegEnded(leg, cause, code):
            ended(turn, leg, cause, code)
        case LegLeft(leg):
            left(turn, leg)
        case LegCalled(leg):
            presence.called(turn, leg)
        case LegRang(leg):
            presence.rang(turn, leg)
        case KeyPressed(leg, digit):
            keyed(turn, leg, digit)
        case PlaybackEnded(playback):
            said(turn, playback)
        case PhoneHeld(leg) | PhoneResumed(leg):
            known = turn.legs.get(leg)
            call = turn.calls.get(known.call) if known is not None else None
            if call is not None and call.operator_leg == leg:
                conversation.phone_held(turn, call, isinstance(event, PhoneHeld))
        case CallServedElsewhere():
            reconcile.served_elsewhere(turn, event)
        case PbxFound(booted=booted):
            turn.deaf = booted  # an instant of the past, at which there was no PBX any more
            reconcile.found(turn, event)
        case PhoneReachable():
            presence.reachable(turn, event)
        case PhoneUnreachable():
            presence.unreachable(turn, event)
        case PhoneOccupied():
            presence.occupied(turn, event)
        case TimePassed(deaf):
            turn.deaf = deaf
            if deaf:
                presence.postpone(turn)
            _expire(turn)
        case PlanAdopted(plan):
            reconcile.adopt(turn, plan)
        case AlarmsFound():
            alarms.found(turn, event)
        case Commanded():
            commands.commanded(turn, event)
        case ModeAsked():
            modes.asked(turn, event)
        case NormalAsked():
            modes.back(turn, event)
        case NoticeAsked():
            notices.asked(turn, event)
        case NoticeStopAsked():
            notices.stop_asked(turn, event)
        case _:
            assert_never(event)


def _dues_of_the_centre(floor: Floor) -> Iterator[Millis]:
    known = floor.conditions
    yield from modes.dues(known.switches)
    yield from notices.dues(known.notices)
    deserted = sites.deserted_at(known, floor.plans.get(floor.plan) if floor.plan is not None else None)
    if deserted is not None:
        yield deserted
    if floor.memory.forget_at is not None:
        yield floor.memory.forget_at


def _expire(turn: Turn) -> None:
    """Every patience that is over by now ends."""
    modes.settle(turn)
    notices.expire(turn)
    for known in list(turn.operators.values()):
        if known.due_at is not None and known.due_at <= turn.now and known.state in operator.ENDS_BY_ITSELF:
            operator.time_passed(turn, known.extension)
    for name in list(turn.calls):
        call = turn.calls.get(name)
        if call is None:  # ended by what became of another: a promise, as its citizen comes to a queue
            continue
        if call.stage_due_at is not None and call.stage_due_at <= turn.now and call.phase in acd.IN_LINE:
            call = acd.look_ahead(turn, call)
        if call.callback is not None and any(due <= turn.now for due in callback.due(call)):
            callback.time_passed(turn, call)
        elif call.offer is not None and call.offer.silent_at is not None and call.offer.silent_at <= turn.now:
            acd.offer_failed(turn, call, Cause.UNREACHABLE, silent=True)
        elif call.offer is not None and call.offer.due_at <= turn.now:
            acd.offer_failed(turn, call, Cause.NO_ANSWER)
        elif call.handoff is not None and call.handoff.due_at is not None and call.handoff.due_at <= turn.now:
            department_waited_for(turn, call)
        elif call.due_at is not None and call.due_at <= turn.now:
            if call.phase is Phase.IVR:
                reception.heard(turn, call, ivr.Silence())
            elif call.phase is Phase.CONFIRMING:
                callback_wish.silence(turn, call)
            else:
                announcing.repeat(turn, call)
