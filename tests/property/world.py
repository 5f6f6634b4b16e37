"""A world around the pure core: a PBX that does what it is told, in its own time, and people who do as they please."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from ctl.switchboard import core, effects, facts, kinds
from ctl.switchboard.floor import WITH_OPERATOR, Call, Floor, Phase
from ctl.switchboard.hours import is_open
from ctl.switchboard.ids import BridgeId, CallId, Extension, GroupName, LegId, PlaybackId, QueueName
from ctl.switchboard.kinds import LegRole, OperatorState, Outcome
from ctl.switchboard.media import CONNECTED, talkers
from ctl.switchboard.modes import under
from ctl.switchboard.plan import OverflowWhen, Plan, Queue
from tests.property import duties
from tests.property.alarm_book import AlarmBook
from tests.property.duties import Duties

ON_THE_LINE = WITH_OPERATOR | {
    Phase.IVR,
    Phase.REACHING,
    Phase.WAITING,
    Phase.RINGING,
    Phase.CONFIRMING,
    Phase.HANDED_OFF,
    Phase.ELSEWHERE,
}
"""Phases in which somebody is there whom the call is about: the citizen, or whom an operator has called."""


@dataclass
class Pbx:
    """What the PBX holds: legs that ring or talk, those it was told to hang up, sounds, bridges."""

    ringing: set[LegId] = field(default_factory=set)
    up: set[LegId] = field(default_factory=set)
    dying: set[LegId] = field(default_factory=set)
    playing: set[PlaybackId] = field(default_factory=set)
    heard_by: dict[PlaybackId, LegId] = field(default_factory=dict)
    """Who hears, or heard, a playback."""
    bridges: dict[BridgeId, tuple[LegId, ...]] = field(default_factory=dict)
    recorded: set[LegId] = field(default_factory=set)
    """Legs that are recorded because we asked for it."""
    ears: dict[LegId, effects.Overhear] = field(default_factory=dict)
    """Snooping channels by their names."""
    silent: set[LegId] = field(default_factory=set)
    """Legs that are sent silence."""
    ever: set[str] = field(default_factory=set)
    asked: set[effects.AskPhone] = field(default_factory=set)
    """Telephones that were asked whether they are there, and have not answered."""

    @property
    def alive(self) -> set[LegId]:
        return self.ringing | self.up

    def obey(self, effect: effects.Effect) -> None:
        match effect:
            case effects.RingPhone(leg=leg) | effects.DialOutside(leg=leg):
                self._name(leg)
                self.ringing.add(leg)
            case effects.HangUp(leg):
                if leg in self.alive:
                    self.dying.add(leg)
                self.ears.pop(leg, None)
            case effects.Say(leg=leg, playback=playback):
                self._name(playback)
                self.heard_by[playback] = leg
                self.playing.add(playback)
            case effects.Hush(playback):
                self.playing.discard(playback)
            case effects.Connect(bridge, legs):
                assert len(set(legs)) == len(legs) >= 2, f"{legs} cannot talk"
                for other, members in self.bridges.items():
                    self.bridges[other] = tuple(leg for leg in members if leg not in legs)
                self.bridges[bridge] = legs
            case effects.Disconnect(bridge):
                self.bridges.pop(bridge, None)
            case effects.Overhear(bridge, snoop, leg, supervisor):
                self._name(snoop)
                assert leg in self.up, f"{leg} is not there to be heard"
                assert supervisor in self.up
                self.ears[snoop] = effect
                self.bridges[bridge] = (supervisor,)
            case effects.StartSilence(leg):
                self.silent.add(leg)
            case effects.StopSilence(leg):
                self.silent.discard(leg)
            case effects.StartRecording(leg):
                if leg in self.alive:
                    self.recorded.add(leg)
            case effects.StopRecording(leg):
                self.recorded.discard(leg)
            case effects.AskPhone():
                self.asked.add(effect)
            case _:
                pass

    def _name(self, name: str) -> None:
        assert name not in self.ever, f"{name} was given twice"
        self.ever.add(name)

    def falls_silent(self, leg: LegId) -> None:
        """Whatever we had said to it."""
        self.playing = {playback for playback in self.playing if self.heard_by[playback] != leg}

    def gone(self, leg: LegId) -> None:
        self.falls_silent(leg)
        for place in (self.ringing, self.up, self.dying, self.recorded, self.silent):
            place.discard(leg)
        self.ears = {snoop: ear for snoop, ear in self.ears.items() if ear.leg != leg}
        self.bridges = {bridge: tuple(one for one in legs if one != leg) for bridge, legs in self.bridges.items()}


@dataclass
class Books:
    """The facts so far, and what must be true of them."""

    started: dict[CallId, facts.CallStarted] = field(default_factory=dict)
    ended: dict[CallId, facts.CallEnded] = field(default_factory=dict)
    open_offers: dict[tuple[CallId, int], facts.OfferMade] = field(default_factory=dict)
    open_handoffs: set[tuple[CallId, int]] = field(default_factory=set)
    open_legs: set[LegId] = field(default_factory=set)
    segments: dict[CallId, list[facts.SegmentEnded]] = field(default_factory=dict)
    places_taken: set[str] = field(default_factory=set)
    came_to: dict[CallId, QueueName] = field(default_factory=dict)
    """The queue each call entered first."""
    sent_over_trunk: set[CallId] = field(default_factory=set)
    told_of_surge: set[CallId] = field(default_factory=set)
    told_of_closing: set[CallId] = field(default_factory=set)
    promises: dict[CallId, facts.CallbackRequested] = field(default_factory=dict)
    """Call-backs that have not ended."""
    keys: Counter[tuple[str, str, int]] = field(default_factory=Counter)
    duties: Duties = field(default_factory=Duties)
    alarms: AlarmBook = field(default_factory=AlarmBook)

    def note(self, fact: facts.Fact) -> None:
        self.duties.note(fact)
        self.alarms.note(fact)
        if isinstance(fact, facts.CallQueued):
            self.came_to.setdefault(fact.call, fact.queue)
        match fact:
            case facts.CallStarted():
                assert fact.call not in self.started, "a call starts once"
                self.started[fact.call] = fact
            case facts.CallEnded():
                assert fact.call in self.started
                assert fact.call not in self.ended, "a call ends once"
                self.ended[fact.call] = fact
                assert not [key for key in self.open_offers if key[0] == fact.call], "offers end with their call"
                assert not [key for key in self.open_handoffs if key[0] == fact.call], "handoffs end with their call"
                assert fact.call not in self.promises, "a promise ends before its call"
                self._tiles(fact)
            case facts.CallQueued(kept_from=str(earlier)):
                self._place_is_kept(fact, earlier)
            case facts.QueueOverflowed():
                self._overflowed(fact)
            case facts.WaitAnnounced():
                self._told(fact)
            case facts.OfferMade():
                self.open_offers[fact.call, fact.n] = fact
            case facts.OfferEnded():
                del self.open_offers[fact.call, fact.n]
            case facts.HandoffStarted():
                self.open_handoffs.add((fact.call, fact.n))
            case facts.HandoffEnded():
                self.open_handoffs.remove((fact.call, fact.n))
            case facts.CallbackRequested():
                assert self.started[fact.call].kind is kinds.CallKind.CALLBACK
                self.promises[fact.call] = fact
            case facts.CallbackTried():
                assert fact.call in self.promises
            case facts.CallbackEnded():
                del self.promises[fact.call]  # KeyError: ended twice, or never promised
            case facts.LegStarted():
                assert fact.leg not in self.open_legs
                self.open_legs.add(fact.leg)
            case facts.LegClosed():
                self.open_legs.remove(fact.leg)
            case facts.SegmentEnded():
                self.segments.setdefault(fact.call, []).append(fact)
            case _:
                pass

    def _place_is_kept(self, fact: facts.CallQueued, earlier: str) -> None:
        """Only who gave up or was cut off has a place to come back to, for one call, and only under the own number."""
        assert earlier not in self.places_taken, "one call only"
        self.places_taken.add(earlier)
        end = self.ended[CallId(earlier)]
        assert end.outcome in {Outcome.ABANDONED_QUEUE, Outcome.ABANDONED_RINGING, Outcome.LOST}
        assert self.came_to[CallId(earlier)] == fact.queue
        assert self.started[CallId(earlier)].caller == self.started[fact.call].caller != ""

    def _overflowed(self, fact: facts.QueueOverflowed) -> None:
        """What is stated of a rule bears it out, and a caller is sent over the trunk only once."""
        assert fact.why is not OverflowWhen.NOBODY or fact.at_work == 0
        if fact.to_department is not None:
            assert fact.call not in self.sent_over_trunk, f"{fact.call} was sent over the trunk twice"
            self.sent_over_trunk.add(fact.call)

    def _told(self, fact: facts.WaitAnnounced) -> None:
        """It tells something, and crowdedness and the end of the hours once."""
        assert fact.surge or fact.after_hours or fact.position is not None or fact.expected_wait_s is not None
        assert fact.position is None or fact.position >= 1
        if fact.surge:
            assert fact.call not in self.told_of_surge, f"{fact.call} was told twice that it is crowded"
            self.told_of_surge.add(fact.call)
        if fact.after_hours:
            assert fact.call not in self.told_of_closing, f"{fact.call} was told twice that the hours are over"
            self.told_of_closing.add(fact.call)

    def _tiles(self, end: facts.CallEnded) -> None:
        """A citizen's call is told without a gap and without an overlap."""
        started = self.started[end.call]
        if started.kind is not kinds.CallKind.INBOUND:
            return
        at = started.at
        for segment in self.segments.get(end.call, []):
            assert segment.started_at == at, "segments follow one another"
            assert segment.at >= at
            at = segment.at
        assert at == end.at, "the last segment ends with the call"


def check(floor: Floor, plan: Plan, pbx: Pbx, books: Books, now: int) -> None:
    """Everything that must hold after every event."""
    _offers(floor)
    duties.check(floor)
    _one_mode_holds(floor, now)
    _work_is_conserved(floor, under(plan, floor.conditions.mode), now)
    _who_waits_follows_the_plan_in_force(floor)
    _sites_keep_their_limits(floor, plan)
    _nobody_waits_beyond_overflow(floor, now)
    memory_is_short(floor, now)
    books.alarms.check(floor)
    for call in floor.calls.values():
        _nobody_is_on_a_dead_line(call, floor, pbx)
        _whoever_talks_is_not_free(call, floor)
        _talk_is_recorded(call, pbx)
        _hears_one_speech(call, pbx)
        _hears_that_the_hours_are_over(call, floor, now)
    _supervisors_hear(floor, pbx)
    _promises(floor, pbx, books, now)
    for leg in pbx.alive - pbx.dying:
        known = floor.legs.get(leg)
        assert known is not None, f"{leg} lives and nobody knows it"
        assert known.call in floor.calls, f"{leg} is left over"
    active = set(floor.calls)
    assert active == set(books.started) - set(books.ended)
    due = core.next_due(floor)
    assert due is None or due > now, "what is due has been done"


def _hears_one_speech(call: Call, pbx: Pbx) -> None:
    """Whoever waits hears one speech at most; who talks with somebody hears none."""
    speeches = [playback for playback in pbx.playing if pbx.heard_by[playback] == call.leg]
    if call.phase in (Phase.WAITING, Phase.RINGING):
        assert len(speeches) <= 1, f"{call.id} hears {speeches} at once"
    elif call.phase is Phase.TALKING and call.kind is kinds.CallKind.INBOUND:
        assert not speeches, f"{call.id} hears {speeches} while talking"


def _hears_that_the_hours_are_over(call: Call, floor: Floor, now: int) -> None:
    """Whoever came in time and waits on is told in the moment of closing, or right after what is being said then; who
    was elsewhere in that moment, with the first announcement after it."""
    if call.phase is not Phase.WAITING or call.queue is None or call.segment is None or call.queued_at is None:
        return
    plan = floor.plans[call.plan]
    announce = plan.queues[call.queue].announce
    rule = announce.after_hours if announce is not None else None
    if (
        announce is None
        or rule is None
        or call.heard.after_hours
        or is_open(plan.hours[rule.hours], plan.holidays, now)
    ):
        return
    since = max(call.queued_at, call.segment.started_at)
    in_time = is_open(plan.hours[rule.hours], plan.holidays, since)
    soon = call.speaking is not None or (call.due_at is not None and call.due_at <= now + announce.first_ms)
    assert not in_time or soon, f"{call.id} was not told that the hours are over"


def _offers(floor: Floor) -> None:
    offered = Counter(call.offer.operator for call in floor.calls.values() if call.offer is not None)
    assert all(count == 1 for count in offered.values()), f"two offers at once: {offered}"
    for operator in floor.operators.values():
        is_offered = operator.state is OperatorState.OFFERED
        assert is_offered == (operator.extension in offered), f"{operator.extension}: {operator.state}, {offered}"
        if operator.state is OperatorState.TALKING:
            assert operator.call in floor.calls, f"{operator.extension} talks in a call that is over"


def _one_mode_holds(floor: Floor, now: int) -> None:
    """Of those whose time it is, the one asked for last: computed here from scratch."""
    switches = floor.conditions.switches
    due = [one for one in switches if one.from_at <= now and (one.until_at is None or one.until_at > now)]
    began = [one for one in switches if one.began_at is not None]
    assert began == due[-1:], f"{began} hold, {due} are due"
    assert floor.conditions.version(floor.plan) in floor.plans


def _sites_keep_their_limits(floor: Floor, plan: Plan) -> None:
    there = Counter(call.handoff.department for call in floor.calls.values() if call.handoff and call.handoff.remote)
    for code, used in there.items():
        assert used <= plan.sites[code].limit


def _work_is_conserved(floor: Floor, plan: Plan, now: int) -> None:
    """Nobody waits while a fitting operator is free, and could be rung: computed here from scratch, not by the ACD."""
    if floor.deaf:
        return
    on_telephone = {leg.party for leg in floor.legs.values() if leg.role is LegRole.OPERATOR}
    for call in floor.calls.values():
        if call.phase is not Phase.WAITING and not _may_be_called_back(call, floor, now):
            continue
        assert call.queue is not None
        assert call.place is not None
        queue = floor.plans[call.plan].queues[call.queue]
        for operator in floor.operators.values():
            skills = plan.operators[operator.extension].skills
            fits = _fits(skills, queue, now - call.place)
            telephone = floor.operators[operator.seat or operator.extension]
            elsewhere_taken = operator.seat is None and operator.guest is not None
            reachable = bool(telephone.endpoints) and not telephone.occupied and not elsewhere_taken
            idle = operator.state is OperatorState.READY and reachable
            assert not (fits and idle and operator.extension not in on_telephone), (
                f"{call.id} waits while {operator.extension} is free"
            )


def _who_waits_follows_the_plan_in_force(floor: Floor) -> None:
    """Whoever is in a queue, or keeps a place there, is served as the plan in force says, if it has that queue."""
    version = floor.conditions.version(floor.plan)
    for call in floor.calls.values():
        if call.phase in (Phase.WAITING, Phase.RINGING, Phase.PROMISED) and version is not None:
            assert call.queue is not None
            assert call.plan == version or call.queue not in floor.plans[version].queues, (
                f"{call.id} is {call.phase} under {call.plan}"
            )


def _fits(skills: Mapping[GroupName, int], queue: Queue, waited_ms: int) -> bool:
    return any(stage.after_ms <= waited_ms and skills.get(stage.group, 99) <= stage.max_level for stage in queue.stages)


def _nobody_waits_beyond_overflow(floor: Floor, now: int) -> None:
    """A rule that always leads somewhere (a message) is never late, and spares who has been with an operator."""
    for call in floor.calls.values():
        if call.phase is not Phase.WAITING or call.operator is not None:
            continue
        assert call.queue is not None
        assert call.queued_at is not None
        for rule in floor.plans[call.plan].queues[call.queue].overflow:
            if rule.when is OverflowWhen.WAITED and rule.say:
                assert now < call.queued_at + rule.after_ms, f"{call.id} should have been told"


def _may_be_called_back(call: Call, floor: Floor, now: int) -> bool:
    """A promise whose turn it could be, and for whom the trunk has a channel beside those kept for handoffs."""
    promised = call.callback
    if promised is None or call.phase is not Phase.PROMISED or promised.origin in floor.calls:
        return False
    if any(one.kind is kinds.CallKind.INBOUND and one.caller == promised.number for one in floor.calls.values()):
        return False  # the citizen is on the line
    version = floor.conditions.version(floor.plan)
    assert version is not None
    trunk = floor.plans[version].trunk
    begun = [one for one in floor.calls.values() if one.callback and one.phase in (Phase.RINGING, Phase.PREVIEW)]
    taken = len([leg for leg in floor.legs.values() if leg.outside]) + len(begun)
    return (promised.not_before or 0) <= now and taken < trunk.limit - trunk.reserve


def _promises(floor: Floor, pbx: Pbx, books: Books, now: int) -> None:
    """A promise keeps its place, holds until it ends, and no citizen is called twice at once (B-2)."""
    promised = {call.id: call.callback for call in floor.calls.values() if call.callback is not None}
    assert set(promised) == set(books.promises)
    numbers = Counter(one.number for one in promised.values())
    assert all(count == 1 for count in numbers.values()), f"two promises to one citizen: {numbers}"
    for call, one in promised.items():
        assert floor.calls[call].place == books.promises[call].place
        assert one.expires_at > now or floor.calls[call].phase is Phase.DIALLING
        called = [leg.id for leg in floor.legs.values() if leg.call == call and leg.role is LegRole.CITIZEN]
        assert len([leg for leg in called if leg in pbx.alive - pbx.dying]) <= 1, f"{call} is called twice at once"


def telephones(call: Call, floor: Floor) -> set[str]:
    """The operators whose telephones are in the call now, or ring for it."""
    legs = [leg for leg in floor.legs.values() if leg.id in (call.leg, call.operator_leg)]
    return {leg.party for leg in legs if leg.role is LegRole.OPERATOR}


def _whoever_talks_is_not_free(call: Call, floor: Floor) -> None:
    """Two colleagues, too, and the one of them whom the other has connected with a department."""
    if call.phase not in WITH_OPERATOR and call.phase is not Phase.HANDED_OFF:
        return
    for extension in telephones(call, floor):
        operator = floor.operators[Extension(extension)]
        assert (operator.state, operator.call) == (OperatorState.TALKING, call.id), f"{extension} is in {call.id}"


def _nobody_is_on_a_dead_line(call: Call, floor: Floor, pbx: Pbx) -> None:
    if call.phase in ON_THE_LINE and call.callback is None:
        assert call.leg in pbx.alive, f"{call.id} is {call.phase} and nobody is on the line"
    if call.phase in CONNECTED:
        assert call.bridge is not None
        assert pbx.bridges.get(call.bridge) == talkers(call)
    for leg in talkers(call):
        assert leg in pbx.up, f"{call.id} is {call.phase} and {leg} is not there"
    if call.phase is Phase.RINGING:
        assert call.offer is not None
        assert call.offer.leg in floor.legs


def _talk_is_recorded(call: Call, pbx: Pbx) -> None:
    """Whoever talks is on a recording, and a citizen's call on no two (2.2.1)."""
    if call.phase not in CONNECTED:
        return
    first = LegId(call.id)  # the dialplan records it
    holding = [leg for leg in talkers(call) if leg == first or leg in pbx.recorded]
    assert holding, f"{call.id} is {call.phase} and nobody records it"
    assert len(holding) == 1 or call.kind is not kinds.CallKind.INBOUND, f"{call.id} is recorded twice: {holding}"


def _supervisors_hear(floor: Floor, pbx: Pbx) -> None:
    """One ear for each supervisor who has somebody to hear, where it belongs; nobody is left listening unseen."""
    expected = {}
    for own in floor.calls.values():
        wanted = own.supervision
        if own.phase is not Phase.SUPERVISING or own.speaking is not None:
            continue
        assert wanted is not None
        assert wanted.kind is not kinds.SupervisionKind.TAKE_OVER, "a take-over does not wait"
        assert (wanted.ear is None) == (wanted.stretch is None), "what is heard is stated, and nothing else"
        if wanted.stretch is not None and wanted.ear is not None:
            heard = floor.calls[wanted.stretch.call]
            if not wanted.follow:
                assert wanted.ear.leg in (heard.operator_leg, heard.leg)
                assert floor.legs[wanted.ear.leg].role is LegRole.OPERATOR
            expected[wanted.ear.snoop] = wanted.ear.leg
    for own in floor.calls.values():
        speaking = own.supervision.ear if own.supervision is not None and own.speaking is not None else None
        if speaking is not None:
            expected[speaking.snoop] = speaking.leg
    assert {snoop: ear.leg for snoop, ear in pbx.ears.items()} == expected
    for ear in pbx.ears.values():
        mute = ear.kind is kinds.SupervisionKind.LISTEN
        assert mute or floor.legs[ear.leg].role is not LegRole.CITIZEN, "nobody speaks unrecorded to a citizen"
    talking = {leg for call in floor.calls.values() for leg in talkers(call)}
    assert not talking & pbx.silent, "silence drowns nobody's talk"


def served_in_order(before: Floor, after: Floor, made: list[facts.OfferMade]) -> None:
    """Whoever was offered went before everybody who still waits and whom that operator could serve: nobody starves."""
    if after.plan is None:
        return
    plan = under(after.plans[after.plan], after.conditions.mode)
    for offer in made:
        chosen = after.calls.get(offer.call)
        if chosen is None or offer.pulled_by is not None:
            continue
        for other in after.calls.values():
            if _could_have_had(other, offer, before, after, plan):
                assert _due(other, plan) >= _due(chosen, plan), f"{other.id} was passed over for {chosen.id}"
        first, *others = offer.candidates
        assert first.extension == offer.operator
        assert others == sorted(others, key=lambda one: one.idle_since), "longest idle first"
        if offer.preferred:
            assert before.memory.served[chosen.caller].operator == offer.operator, "who served the number last"
        else:
            assert all(first.idle_since <= one.idle_since for one in others), "longest idle first"


def _could_have_had(call: Call, offer: facts.OfferMade, before: Floor, after: Floor, plan: Plan) -> bool:
    """Whether the operator of an offer could have served this caller, who still waits, in the same queue as before."""
    called_back = all(_may_be_called_back(call, there, offer.at) for there in (before, after))
    if call.phase is not Phase.WAITING and not called_back:
        return False
    earlier = before.calls.get(call.id)
    if earlier is not None and earlier.queue not in {None, call.queue}:
        return False  # overflow has sent the caller here, and is asked when the offers are made
    assert call.queue is not None
    assert call.place is not None
    queue = after.plans[call.plan].queues[call.queue]
    return _fits(plan.operators[offer.operator].skills, queue, offer.at - call.place)


def _due(call: Call, plan: Plan) -> tuple[int, int]:
    """Who is due first: computed as the rule is written, a step of priority for each time of waiting."""
    assert call.place is not None
    ageing_ms = plan.routing.ageing_ms
    if ageing_ms is None or call.priority == 0:
        return call.priority, call.place
    return call.place + ageing_ms * call.priority, call.place


def memory_is_short(floor: Floor, now: int) -> None:
    """Nothing is remembered longer than its time, nor of anybody who hides the number."""
    for entries in (floor.memory.places, floor.memory.served):
        assert all(one.until > now for one in entries.values())
        assert "" not in entries
