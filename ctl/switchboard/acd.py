"""The ACD: who waits, who is free, and who gets whom (1.3.1).

Rules
-----
* Callers are served by priority of their queue (smaller first), then by their place: the instant of the first entry
  into a queue. A caller whose offer came to nothing keeps the place, and so is back at the head.
* Where the plan says so they age: a certain time of waiting is worth one step of priority. Nobody overtakes priority 0,
  which only a supervisor gives (`callback.next_in_turn`).
* Among the operators who fit, the one idle longest gets the call; equal ones by extension, so that a replay agrees.
  The one who served the same number last goes first, where the plan says so.
* A queue's stages open one after the other while the caller waits; they add up.
* An operator is free when ready, reachable, and without any leg of ours still alive on the telephone: a telephone
  that is just being hung up would decline the next call.
* A call-back waits like a caller (`callback`), and is offered when its turn has come and it is due.
* Whoever waits is served as the plan in force says, whatever plan the call began with: those who come to a queue, or are
  back at its head, and those who wait when a plan takes force (`modes`). Only where it has their queue no more they keep
  their plan; and where it knows nobody who could serve them there, they wait in the queue of the number that they called.
* Who comes to a queue and was promised a call-back waits himself from then on, at the place that it held.
* `assign` runs after every event, so no caller waits while a fitting operator is free, and no operator has two offers.
"""

from collections.abc import Collection, Iterable, Iterator

from ctl.switchboard import (
    announcing,
    callback,
    channels,
    ending,
    facts,
    media,
    operator,
    overflow,
    presence,
    recall,
    seating,
)
from ctl.switchboard.callback_rule import is_due, is_offered, on_the_line, shown
from ctl.switchboard.effects import RingPhone
from ctl.switchboard.events import Cause
from ctl.switchboard.facts import Candidate
from ctl.switchboard.floor import SERVED, Call, Offer, Operator, Phase
from ctl.switchboard.ids import CallId, Extension, Millis, Number, PromptName, QueueName
from ctl.switchboard.kinds import CallKind, LegRole, OfferResult, OperatorState, Outcome
from ctl.switchboard.plan import OperatorProfile, Plan, Queue, Say, Stage
from ctl.switchboard.records import replace
from ctl.switchboard.roster import Pool
from ctl.switchboard.staff import roster
from ctl.switchboard.turn import Turn

AT_ONCE = 0
"""The priority that no queue has and no waiting makes up for."""
Order = tuple[int, Millis, str]
"""Of two callers the one with the smaller goes first; the second is the place."""
IN_LINE = frozenset({Phase.WAITING, Phase.PROMISED})
CONSEQUENCES = {
    Cause.BUSY: (OfferResult.REFUSED, operator.REFUSED),
    Cause.REFUSED: (OfferResult.REFUSED, operator.REFUSED),
    Cause.NO_ANSWER: (OfferResult.RING_TIMEOUT, operator.RING_TIMEOUT),
}
"""What the end of a ringing leg says about the operator; every other cause speaks of the telephone (`presence`)."""


def enqueue(turn: Turn, call: Call, name: QueueName, passed: Collection[QueueName] = ()) -> None:
    """A caller comes to a queue, which may send a new one elsewhere. ``passed``: the queues that have done so."""
    name = home(turn, call, name)
    call = _waits_himself(turn, follow(turn, call, name))
    queue = turn.plan_of(call).queues[name]
    if call.place is not None:
        enter(turn, call, queue)
        return
    kept = recall.place(turn, call, name)
    if overflow.at_entry(turn, call, queue, passed, kept is not None):
        return
    call = turn.calls[call.id]
    if kept is None:
        enter(turn, call, queue)
    else:
        recall.take(turn, call)
        enter(turn, replace(call, place=kept.place), queue, kept.call)


def enter(turn: Turn, call: Call, queue: Queue, kept_from: CallId | None = None, priority: int | None = None) -> None:
    """The caller enters the queue: announcement, then music, and an offer as soon as somebody fits.

    ``kept_from``: the caller's earlier call whose place this one keeps; ``priority``: if not the queue's.
    """
    call = _come_to(turn, call, queue, priority if priority is not None else queue.priority, kept_from)
    _wait(turn, call, (*queue.entry_prompts, *announcing.callback_offer(turn, call)))


def _come_to(turn: Turn, call: Call, queue: Queue, priority: int, kept_from: CallId | None = None) -> Call:
    place = call.place if call.place is not None else turn.now
    came_to = call.came_to or queue.name
    call = replace(call, queue=queue.name, priority=priority, place=place, came_to=came_to, queued_at=turn.now)
    call, n = turn.number(turn.put(call))
    turn.record(
        facts.CallQueued(call.id, n, turn.now, queue.name, call.menu, priority, ahead(turn, call), None, kept_from)
    )
    return call


def back_to_head(turn: Turn, call: Call) -> None:
    """The caller waits again, at the place held before. A party that never queued gets the service's queue."""
    plan = turn.plan_of(call)
    service = plan.services.get(Number(call.called))
    if call.queue is not None:
        call = _waits_himself(turn, follow(turn, call, call.queue))
        if not go_home(turn, call):
            _wait(turn, call, ())
    elif service is not None and call.kind is CallKind.INBOUND:
        enqueue(turn, call, service.queue)
    else:
        ending.close(turn, call, (PromptName(Say.CALL_FAILED),), Outcome.LOST)


def follow(turn: Turn, call: Call, name: QueueName) -> Call:
    """Let a call that comes to a queue, or waits in it, follow the plan in force, if that has the queue still.

    A priority that is not the queue's own was given by a supervisor, and stays.
    """
    plan = turn.current_plan
    if plan is None or plan.version == call.plan or name not in plan.queues:
        return call
    before = turn.plan_of(call).queues.get(name)
    given = call.queue != name or before is None or call.priority != before.priority
    priority = call.priority if given else plan.queues[name].priority
    return turn.put(replace(call, plan=plan.version, priority=priority))


def home(turn: Turn, call: Call, name: QueueName) -> QueueName:
    """Where a caller of this queue waits: the queue itself, unless the plan in force has it no more and nobody who could serve it.

    Then in that of the number that was called; who called one that is gone, too, in that of the first number there is.
    """
    plan, own = turn.current_plan, turn.plan_of(call)
    if plan is None or name in plan.queues or call.kind not in SERVED or roster(turn).reach(own.queues[name]).widest:
        return name
    number = Number(call.called)
    services = (plan.services.get(number), own.services.get(number), *plan.services.values())
    return next((one.queue for one in services if one is not None and one.queue in plan.queues), name)


def plan_with(turn: Turn, call: Call, name: QueueName) -> Plan:
    """The plan in force if it has this queue, which is the one that `follow` lets the call follow, or else the call's own."""
    plan = turn.current_plan
    return plan if plan is not None and name in plan.queues else turn.plan_of(call)


def go_home(turn: Turn, call: Call) -> bool:
    """Let whom nobody could serve any more wait elsewhere, at the place held. False for all others."""
    name = home(turn, call, call.queue) if call.queue is not None else None
    if name is None or name == call.queue:
        return False
    given = call.priority if call.priority != queue_of(turn, call).priority else None
    call = follow(turn, replace(call, came_to=name), name)
    queue = turn.plan_of(call).queues[name]
    if call.callback is None:
        enter(turn, call, queue, priority=given)
    else:  # nobody is on the line who could be told
        look_ahead(turn, _come_to(turn, call, queue, given if given is not None else queue.priority))
    return True


def _waits_himself(turn: Turn, call: Call) -> Call:
    """A caller who was promised a call-back is not called any more, and has the place that it held."""
    held = callback.called_again(turn, call.caller, call.id) if call.kind is CallKind.INBOUND else None
    if held is None:
        return call
    return turn.put(replace(call, place=min(held, call.place) if call.place is not None else held))


def _wait(turn: Turn, call: Call, prompts: tuple[PromptName, ...]) -> None:
    call = turn.put(replace(call, operator_leg=None, keys="", resume_at_end=False, asking=None))
    call = media.arrange(turn, turn.enter_phase(call, Phase.WAITING))
    announcing.begin(turn, look_ahead(turn, call), prompts)


def may_ask_for_callback(turn: Turn, call: Call) -> bool:
    """Whether the caller may have a call-back instead of waiting, as the rule of the queue says."""
    return is_offered(turn, call, ahead(turn, call) + 1)


def queue_of(turn: Turn, call: Call) -> Queue:
    assert call.queue is not None
    return turn.plan_of(call).queues[call.queue]


def order(call: Call, step_ms: Millis | None) -> Order:
    """Who goes first: by priority, or, where waiting makes up for it, by the place that is worth as much at priority 0.

    Two callers who both wait age alike, so their order never changes, and it can be told without asking the clock.
    """
    return rank(call.priority, call.place or 0, call.id, step_ms)


def rank(priority: int, place: Millis, call: CallId, step_ms: Millis | None) -> Order:
    ages = step_ms is not None and priority != AT_ONCE
    return place + priority * (step_ms or 0) if ages else priority, place, call


def in_order(turn: Turn, callers: Iterable[Call]) -> list[Call]:
    """As they would be served."""
    step_ms = ageing_ms(turn)
    return sorted(callers, key=lambda call: order(call, step_ms))


def ahead(turn: Turn, call: Call) -> int:
    """How many in the caller's queue are served before."""
    step_ms = ageing_ms(turn)
    own = order(call, step_ms)
    return sum(1 for other in in_line(turn) if other.queue == call.queue and order(other, step_ms) < own)


def ageing_ms(turn: Turn) -> Millis | None:
    """The waiting that is worth one step of priority, None where nobody ages.

    Of the plan in force, for callers of older plans too: the order must be one.
    """
    return turn.current_plan.routing.ageing_ms if turn.current_plan is not None else None


def waiting(turn: Turn) -> Iterator[Call]:
    waiting = Phase.WAITING  # looked up once: hundreds may be on the floor
    return (call for call in turn.calls.values() if call.phase is waiting)


def in_line(turn: Turn) -> Iterator[Call]:
    """Callers who wait, and call-backs that keep the place of one."""
    return (call for call in turn.calls.values() if call.phase in IN_LINE)


# --- who gets whom ----------------------------------------------------------------------------------------------------


def assign(turn: Turn) -> None:
    """Offer waiting callers to free operators until nobody waits who could be served.

    Runs after every event, so with hundreds on the floor it must cost little where there is nothing to decide: nobody
    is free, or nobody waits for those who are.
    """
    ready = [known.extension for known in turn.operators.values() if known.state is OperatorState.READY]
    callers = list(in_line(turn)) if ready else []
    if not callers:
        return
    occupied = operator.occupied(turn)
    free = {one for one in ready if one not in occupied and _free(turn, turn.operators[one])}
    known = roster(turn)
    pool = known.pool(free)
    served = queues_of(turn, pool)
    callbacks = any(call.callback for call in callers)
    channels_left, busy = (channels.free_for_callbacks(turn), on_the_line(turn)) if callbacks else (0, frozenset())
    for call in in_order(turn, (call for call in callers if (call.plan, call.queue) in served)):
        if not free:
            return
        if call.callback is not None and not (channels_left and is_due(turn, call, busy)):
            continue
        queue, waited_ms = queue_of(turn, call), turn.now - (call.place or 0)
        admitted = pool & known.reach(queue).pool_after(waited_ms)
        if not admitted:
            continue
        fitting = candidates(turn, open_stages(queue, waited_ms), known.of(admitted, free))
        channels_left -= call.callback is not None
        chosen = _offer(turn, call, fitting, occupied)
        free.discard(chosen)
        pool &= ~known.bits[chosen]


def could_be_offered(turn: Turn, known: Operator) -> bool:
    """Whether the operator could be rung for a caller now."""
    return _free(turn, known) and known.extension not in operator.occupied(turn)


def pull(turn: Turn, call: Call, chosen: Operator, by: str, picked_up_from: Extension | None = None) -> None:
    """Offer a waiting caller to a free operator whom somebody has named."""
    level = level_in(turn, chosen, queue_of(turn, call)) or 0
    _offer(
        turn,
        call,
        (Candidate(chosen.extension, chosen.idle_since, level),),
        operator.occupied(turn),
        by,
        picked_up_from,
    )


def requeue(turn: Turn, call: Call, queue: Queue, priority: int, by: str) -> None:
    """A waiting caller goes on in this queue with this priority, and keeps the place; what is said goes on, too."""
    stays = queue.name == call.queue
    queued_at = call.queued_at if stays else turn.now
    other_music = queue.music != queue_of(turn, call).music
    call = follow(turn, call, queue.name)
    call, n = turn.number(replace(call, queue=queue.name, priority=priority, queued_at=queued_at, stage_due_at=None))
    turn.record(facts.CallQueued(call.id, n, turn.now, queue.name, call.menu, priority, ahead(turn, call), by))
    # In the same queue what is to be said next is owed as before: perhaps that the hours are over.
    due_at = call.due_at if stays else announcing.again_at(turn, call, queue)
    call = look_ahead(turn, turn.put(replace(call, due_at=due_at)))
    if other_music and call.phase is Phase.WAITING and call.speaking is None:
        announcing.play_music(turn, call)


def could_serve(turn: Turn, known: Operator, queue: Queue) -> bool:
    """Whether some stage of the queue, open yet or not, admits the operator."""
    return level_in(turn, known, queue) is not None


def level_in(turn: Turn, known: Operator, queue: Queue) -> int | None:
    """The operator's best level in a stage of the queue, open yet or not."""
    return _level(_profile(turn, known.extension), queue.stages)


def queues_of(turn: Turn, operators: Pool) -> set[tuple[str, QueueName | None]]:
    """The queues, by plan and name, of which some stage, open yet or not, admits one of ``operators``."""
    known = roster(turn)
    return {
        (plan.version, queue.name)
        for plan in (turn.plans.values() if operators else ())
        for queue in plan.queues.values()
        if operators & known.reach(queue).widest
    }


def look_ahead(turn: Turn, call: Call) -> Call:
    """Note when more operators will fit a waiting caller, or a rule of overflow be asked, so that we are woken then."""
    queue = queue_of(turn, call)
    dues = (
        next_stage_at(queue, call.place or 0, turn.now),
        overflow.next_at(queue, call.queued_at or 0, turn.now),
    )
    due_at = min((due for due in dues if due is not None), default=None)
    return call if due_at == call.stage_due_at else turn.put(replace(call, stage_due_at=due_at))


def _free(turn: Turn, known: Operator) -> bool:
    ready = known.state is OperatorState.READY and known.call is None
    return ready and seating.has_free_telephone(turn.operators, known)


def candidates(turn: Turn, stages: tuple[Stage, ...], free: Iterable[Extension]) -> tuple[Candidate, ...]:
    """All of ``free`` whom one of these stages admits, longest idle first."""
    found = []
    for extension in free:
        level = _level(_profile(turn, extension), stages)
        if level is not None:
            found.append(Candidate(extension, turn.operators[extension].idle_since, level))
    return tuple(sorted(found, key=lambda one: (one.idle_since, one.extension)))


def _level(profile: OperatorProfile | None, stages: tuple[Stage, ...]) -> int | None:
    """The operator's best level in a stage that is open for the caller, None when no stage fits."""
    if profile is None:
        return None
    levels = (_fits(profile, stage) for stage in stages)
    return min((level for level in levels if level is not None), default=None)


def _profile(turn: Turn, extension: Extension) -> OperatorProfile | None:
    plan = turn.current_plan
    return plan.operators.get(extension) if plan is not None else None


def _fits(profile: OperatorProfile, stage: Stage) -> int | None:
    level = profile.skills.get(stage.group)
    return level if level is not None and level <= stage.max_level else None


def open_stages(queue: Queue, waited_ms: Millis) -> tuple[Stage, ...]:
    return tuple(stage for stage in queue.stages if stage.after_ms <= waited_ms)


def next_stage_at(queue: Queue, place: Millis, now: Millis) -> Millis | None:
    """When the next stage opens for a caller who holds ``place``."""
    later = [place + stage.after_ms for stage in queue.stages if place + stage.after_ms > now]
    return min(later, default=None)


def _offer(
    turn: Turn,
    call: Call,
    fitting: tuple[Candidate, ...],
    occupied: set[str],
    pulled_by: str | None = None,
    picked_up_from: Extension | None = None,
) -> Extension:
    """Ring the one who knows the caller, else the one idle longest; ``pulled_by``: who named the one operator given."""
    queue = queue_of(turn, call)
    known = recall.preferred(turn, call, fitting) if pulled_by is None else None
    if known is not None:
        fitting = (known, *(one for one in fitting if one is not known))
    chosen = turn.operators[fitting[0].extension]
    endpoint = seating.endpoints(turn.operators, chosen)[-1]
    call, n = turn.number(call)
    call, leg = turn.new_leg(call, LegRole.OPERATOR, chosen.extension, outside=False)
    turn.record(
        facts.OfferMade(
            call.id,
            n,
            turn.now,
            leg,
            queue.name,
            chosen.extension,
            turn.now - (call.place or turn.now),
            fitting,
            _unfit(turn, call, {one.extension for one in fitting}, occupied) if pulled_by is None else (),
            pulled_by,
            known is not None,
            picked_up_from,
        )
    )
    turn.change(chosen, OperatorState.OFFERED, operator.SWITCHBOARD, None, call.id)
    call = turn.put(
        replace(
            call,
            offer=Offer(n, chosen.extension, leg, turn.now + queue.ring_timeout_ms, endpoint=endpoint),
            operator_leg=leg,
        )
    )
    turn.enter_phase(call, Phase.RINGING)
    # The PBX's own time-out is only the net below ours.
    ring_for = queue.ring_timeout_ms + 2000
    turn.do(RingPhone(call.id, leg, endpoint, *shown(call, queue), ring_for, call.callback is not None))
    return chosen.extension


def _unfit(turn: Turn, call: Call, fitting: set[Extension], occupied: set[str]) -> tuple[tuple[Extension, str], ...]:
    """Why each other logged-in operator did not get the call."""
    return tuple(
        (extension, _why_not(turn, known, occupied))
        for extension, known in sorted(turn.operators.items())
        if known.state is not OperatorState.LOGGED_OUT and extension not in fitting
    )


def _why_not(turn: Turn, known: Operator, occupied: set[str]) -> str:
    if known.state is not OperatorState.READY:
        return known.state.value
    if not seating.endpoints(turn.operators, known):
        return operator.UNREACHABLE
    if known.extension in occupied or not seating.has_free_telephone(turn.operators, known):
        return "telephone_occupied"
    return "no_skill" if _profile(turn, known.extension) is not None else "not_in_plan"


# --- an offer's end ---------------------------------------------------------------------------------------------------


def offer_failed(turn: Turn, call: Call, cause: Cause, silent: bool = False) -> None:
    """The operator's telephone did not take the call: that operator is out, the caller is back at the head."""
    if call.offer is None:
        return
    if cause is Cause.LOST:  # our doing or the PBX's, not the operator's
        take_back(turn, call, OfferResult.WITHDRAWN)
        return
    found = CONSEQUENCES.get(cause)
    if found is None:
        presence.failed(turn, call, operator.SILENT if silent else operator.UNREACHABLE)
        take_back(turn, call, OfferResult.UNREACHABLE)
        return
    result, reason = found
    operator.force_not_ready(turn, call.offer.operator, reason)
    take_back(turn, call, result)


def take_back(turn: Turn, call: Call, result: OfferResult) -> None:
    """End the offer and let the caller wait on, without disturbing what is heard."""
    call = ending.end_offer(turn, call, result)
    waits_as = Phase.WAITING if call.callback is None else Phase.PROMISED
    call = turn.enter_phase(turn.put(replace(call, operator_leg=None)), waits_as)
    if not go_home(turn, call):
        look_ahead(turn, call)
