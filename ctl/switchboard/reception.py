"""The reception: a citizen's call from its arrival to the moment it leaves the IVR."""

from typing import assert_never

from ctl.switchboard import acd, callback, channels, elsewhere, ending, facts, handoff, ivr, legs, media, notices, sites
from ctl.switchboard.effects import HangUp
from ctl.switchboard.events import CallArrived
from ctl.switchboard.floor import Call, Phase
from ctl.switchboard.ids import Number, PromptName
from ctl.switchboard.kinds import CallKind, LegRole, Outcome, SegmentKind
from ctl.switchboard.plan import Flow, Menu, Play, Say
from ctl.switchboard.records import replace
from ctl.switchboard.turn import Turn


def arrived(turn: Turn, news: CallArrived) -> None:
    """A citizen's call is in our hands: for the first time, or back from the PBX's own queue."""
    known = turn.calls.get(news.call)
    # The PBX goes by a clock of its own, and nobody can have waited since an instant to come.
    back = news.waiting_since is not None
    since = min(news.waiting_since, turn.now) if news.waiting_since is not None else turn.now
    if known is not None:
        if back and known.phase is not Phase.ELSEWHERE and elsewhere.was_there(turn, known, news.talks):
            legs.left(turn, news.leg, unseen=True)
            known = turn.calls[known.id]
        if known.phase is Phase.ELSEWHERE:
            place = known.place if known.place is not None or not back else since
            acd.back_to_head(turn, elsewhere.talked(turn, turn.put(replace(known, place=place)), news.talks))
        return
    if news.leg in turn.legs:
        return
    plan = turn.current_plan
    if plan is None or news.call in turn.over:  # told twice, and gone; or here, and nobody would ever speak to it
        turn.do(HangUp(news.leg))
        return
    callback.citizen_calls(turn, news.caller)
    service = plan.services.get(news.dialled)
    call = turn.put(
        Call(
            news.call,
            CallKind.INBOUND,
            Phase.IVR,
            news.leg,
            news.dialled,
            news.caller,
            plan.version,
            since,
        )
    )
    turn.record(
        facts.CallStarted(
            call.id,
            since,
            call.kind,
            call.called,
            call.caller,
            service.label if service is not None else None,
            mode=turn.conditions.mode,
        )
    )
    turn.note_leg(call.id, news.leg, LegRole.CITIZEN, news.caller, outside=True)
    turn.establish(turn.legs[news.leg])
    call = elsewhere.talked(turn, call, news.talks)
    if service is None:
        ending.close(turn, call, (PromptName(Say.UNKNOWN_NUMBER),), Outcome.REFUSED)
    elif back:
        if call.segment is None:  # he has waited in the PBX's own queue
            call = turn.segment(call, SegmentKind.WAIT, None, None, since)
        acd.enqueue(turn, turn.put(replace(call, place=since)), service.queue)
    elif channels.crowded(turn):
        ending.close(turn, call, (PromptName(Say.TRUNK_FULL),), Outcome.TRUNK_FULL)
    else:
        welcome(turn, turn.enter_phase(call, Phase.IVR))


def welcome(turn: Turn, call: Call) -> None:
    """Short messages come first; there is no position in a flow until they are said."""
    call, first = notices.take(turn, call)
    if first:
        turn.play(call, call.leg, first)
    else:
        begin(turn, call)


def begin(turn: Turn, call: Call) -> None:
    """To a second site, if the mode says so; else, or if nobody answers there, into the flow of the number."""
    if sites.send(turn, call):
        return
    plan = turn.plan_of(call)
    flow = plan.flows[plan.services[Number(call.called)].flow]
    follow(turn, turn.enter_phase(turn.calls[call.id], Phase.IVR), ivr.enter(flow, plan, turn.now))


def heard(turn: Turn, call: Call, what: ivr.Input) -> None:
    """The caller did something in the IVR, or did not."""
    flow = flow_of(turn, call)
    if flow is None or call.position is None:
        return
    if isinstance(what, ivr.Key) and not ivr.accepts_keys(flow, call.position, call.speaking is not None):
        return
    follow(turn, call, ivr.react(flow, call.position, what, turn.plan_of(call), turn.now))


def abandoned(turn: Turn, call: Call) -> None:
    """The caller hung up in the IVR: the node is counted as abandoned (1.2.5)."""
    flow = flow_of(turn, call)
    if flow is not None and call.position is not None:
        _record(turn, call, flow, (ivr.abandon(flow, call.position, turn.now),))


def spoken(turn: Turn, call: Call) -> None:
    """What the IVR had to say is said: go on, or wait for a key."""
    call = turn.put(replace(call, speaking=None))
    if call.position is None:
        begin(turn, call)
        return
    flow = flow_of(turn, call)
    node = flow.nodes.get(call.position.node) if flow is not None else None
    if isinstance(node, Menu):
        turn.put(replace(call, due_at=turn.now + node.timeout_ms))
    else:
        heard(turn, call, ivr.Played())


def again(turn: Turn, call: Call) -> None:
    """Say once more what the caller should be hearing: nobody knows how much of it was heard."""
    if call.position is None:
        welcome(turn, replace(media.hush(turn, call), noticed=0))
        return
    flow = flow_of(turn, call)
    node = flow.nodes.get(call.position.node) if flow is not None else None
    if isinstance(node, Menu | Play):
        _speak(turn, call, node.prompts)


def follow(turn: Turn, call: Call, walk: ivr.Walk) -> None:
    """Note the steps taken and do what the interpreter says."""
    flow = turn.plan_of(call).flows[walk.position.flow]
    call = turn.put(replace(call, position=walk.position, menu=walk.position.menu or call.menu))
    call = _record(turn, call, flow, walk.steps)
    match walk.do:
        case ivr.Speak(prompts):
            _speak(turn, call, prompts)
        case ivr.Leave() as leave:
            _leave(turn, call, leave)
        case None:
            pass
        case _:
            assert_never(walk.do)


def _speak(turn: Turn, call: Call, prompts: tuple[PromptName, ...]) -> None:
    call = turn.put(replace(media.hush(turn, call), due_at=None))
    known = turn.plan_of(call).prompts
    if any(name in known for name in prompts):
        turn.say(call, call.leg, prompts)
    else:
        spoken(turn, call)


def _leave(turn: Turn, call: Call, leave: ivr.Leave) -> None:
    call = turn.put(replace(media.hush(turn, call), due_at=None))
    if leave.queue is not None:
        acd.enqueue(turn, call, leave.queue)
    elif leave.department is not None:
        if handoff.asked(turn, call, leave.department, 0) is None:
            handoff.reach(turn, turn.calls[call.id], leave.department)
        else:
            unreached(turn, turn.calls[call.id])
    elif leave.lost:
        ending.close(turn, call, (PromptName(Say.CALL_FAILED),), Outcome.LOST)
    else:
        ending.close(turn, call, leave.closing or (), Outcome.CLOSED)


def unreached(turn: Turn, call: Call) -> None:
    """No number of the department answers: back to where the citizen came from."""
    if call.queue is not None or call.operator is not None:
        acd.back_to_head(turn, call)
    elif call.position is None:
        begin(turn, call)
    else:
        heard(turn, turn.enter_phase(call, Phase.IVR), ivr.Unreached())


def flow_of(turn: Turn, call: Call) -> Flow | None:
    return turn.plan_of(call).flows.get(call.position.flow) if call.position is not None else None


def _record(turn: Turn, call: Call, flow: Flow, steps: tuple[ivr.Step, ...]) -> Call:
    for step in steps:
        call, n = turn.number(call)
        turn.record(
            facts.IvrStepped(
                call.id,
                n,
                step.left_at,
                flow.name,
                flow.version,
                step.node,
                step.kind,
                step.outcome,
                step.key,
                step.menu,
                step.entered_at,
            )
        )
    return call
