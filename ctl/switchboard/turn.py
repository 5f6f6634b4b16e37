"""One turn: the draft of the next floor while a single event is being decided.

A turn copies the mappings of the floor once, lets the rooms of the switchboard change the copies, and collects the
effects. From outside nothing of this is visible: `core.step` takes a floor and returns a floor.
"""

from typing import TYPE_CHECKING

from ctl.switchboard import facts
from ctl.switchboard.effects import Effect, HangUp, Record, Say
from ctl.switchboard.events import Cause
from ctl.switchboard.facts import Fact
from ctl.switchboard.floor import MOST_OVER, Call, Floor, Leg, Operator, Phase, Segment
from ctl.switchboard.ids import BridgeId, CallId, Extension, LegId, Media, Millis, PlaybackId, PromptName
from ctl.switchboard.kinds import LegRole, OperatorState, ReasonKind, SegmentKind
from ctl.switchboard.plan import Plan
from ctl.switchboard.records import replace

if TYPE_CHECKING:
    from ctl.switchboard.expectation import Outlook

SEGMENTS: dict[Phase, SegmentKind | None] = {
    Phase.IVR: SegmentKind.IVR,
    Phase.REACHING: SegmentKind.WAIT,
    Phase.WAITING: SegmentKind.WAIT,
    Phase.RINGING: SegmentKind.WAIT,
    Phase.TALKING: SegmentKind.TALK,
    Phase.HELD: SegmentKind.HOLD,
    Phase.CONSULT_RINGING: SegmentKind.CONSULT,
    Phase.CONSULTING: SegmentKind.CONSULT,
    Phase.THREE_WAY: SegmentKind.THREE_WAY,
    Phase.HANDED_OFF: SegmentKind.HANDED_OFF,
    Phase.CLOSING: SegmentKind.CLOSING,
    Phase.DIALLING: None,
    Phase.ELSEWHERE: SegmentKind.WAIT,
    Phase.SUPERVISING: None,
    Phase.CONFIRMING: SegmentKind.WAIT,
    Phase.PROMISED: SegmentKind.PROMISED,
    Phase.PREVIEW: SegmentKind.PROMISED,
}


class Turn:
    """The draft. ``calls``, ``legs`` and ``operators`` may be changed; effects leave in the order they were added."""

    def __init__(self, floor: Floor, now: Millis) -> None:
        self.now = now
        self.plan_version = floor.plan
        self.plans = dict(floor.plans)
        self.calls = dict(floor.calls)
        self.legs = dict(floor.legs)
        self.operators = dict(floor.operators)
        self.over = floor.over
        self.conditions = floor.conditions
        self.experience = floor.experience
        self.memory = floor.memory
        self.deaf = floor.deaf
        self.in_force = floor.conditions.version(floor.plan)
        """The version of the plan that new calls follow: the adopted one, in the mode in force."""
        self.outlook: Outlook | None = None
        """How long callers have to wait, once somebody has asked (`expectation`)."""
        self.effects: list[Effect] = []

    def floor(self) -> Floor:
        return Floor(
            self.plan_version,
            self.plans,
            self.calls,
            self.legs,
            self.operators,
            self.over,
            self.conditions,
            experience=self.experience,
            memory=self.memory,
            deaf=self.deaf,
        )

    # --- saying things --------------------------------------------------------------------------------------------

    def do(self, *effects: Effect) -> None:
        self.effects.extend(effects)

    def record(self, fact: Fact) -> None:
        self.effects.append(Record(fact))

    # --- calls ----------------------------------------------------------------------------------------------------

    @property
    def current_plan(self) -> Plan | None:
        return self.plans.get(self.in_force) if self.in_force is not None else None

    def plan_of(self, call: Call) -> Plan:
        """The plan that the call follows: the one it started on, or, once it waited, the one in force then."""
        return self.plans[call.plan]

    def forget(self, call: CallId) -> None:
        """The call is over; its plan may be, too."""
        del self.calls[call]
        self.over = (*self.over[1 - MOST_OVER :], call)
        self.forget_unused_plans()

    def forget_unused_plans(self) -> None:
        """Keep the plan in force, with and without its mode, and those that calls in progress still follow."""
        if len(self.plans) == 1:
            return
        used = {call.plan for call in self.calls.values()} | {self.plan_version, self.in_force}
        self.plans = {version: plan for version, plan in self.plans.items() if version in used}

    def put(self, call: Call) -> Call:
        self.calls[call.id] = call
        return call

    def number(self, call: Call) -> tuple[Call, int]:
        """The next number that this call has never used."""
        return self.put(replace(call, children=call.children + 1)), call.children + 1

    def new_leg(self, call: Call, role: LegRole, party: str, outside: bool) -> tuple[Call, LegId]:
        """Name and note a leg that we are about to make."""
        call, n = self.number(call)
        leg = LegId(f"{call.id}.l{n}")
        self.note_leg(call.id, leg, role, party, outside)
        return call, leg

    def note_leg(self, call: CallId, leg: LegId, role: LegRole, party: str, outside: bool) -> None:
        self.legs[leg] = Leg(leg, call, role, party, outside, self.now)
        self.record(facts.LegStarted(leg, call, self.now, role, party, outside))

    def establish(self, leg: Leg) -> None:
        """The leg was answered. The first answer counts."""
        if leg.answered_at is None:
            self.legs[leg.id] = replace(leg, answered_at=self.now)
            self.record(facts.LegEstablished(leg.id, leg.began_in or leg.call, self.now))

    def close_leg(self, leg: Leg, cause: Cause, code: int, at: Millis | None = None) -> None:
        """``at``: when it ended, if that is learnt afterwards."""
        del self.legs[leg.id]
        self.record(
            facts.LegClosed(
                leg.id,
                leg.began_in or leg.call,
                at if at is not None else self.now,
                leg.role,
                leg.party,
                leg.outside,
                leg.started_at,
                leg.answered_at,
                cause,
                code,
            )
        )

    def hang_up(self, leg: LegId | None, elsewhere: bool = False) -> None:
        if leg is not None and leg in self.legs:
            self.do(HangUp(leg, elsewhere))

    def new_bridge(self, call: Call) -> tuple[Call, BridgeId]:
        call, n = self.number(call)
        return call, BridgeId(f"{call.id}.b{n}")

    def say(self, call: Call, leg: LegId, prompts: tuple[PromptName, ...]) -> Call:
        """Say prompts to a leg; unknown names are passed over, nothing left to say still ends as a playback."""
        known = self.plan_of(call).prompts
        return self.play(call, leg, tuple(known[name] for name in prompts if name in known))

    def play(self, call: Call, leg: LegId, media: tuple[Media, ...]) -> Call:
        call, n = self.number(call)
        playback = PlaybackId(f"{call.id}.p{n}")
        self.do(Say(leg, playback, media))
        return self.put(replace(call, speaking=playback))

    def enter_phase(self, call: Call, phase: Phase) -> Call:
        """Move the call to a phase and keep its segments: one stretch in which nothing changed for the citizen."""
        call = self.put(replace(call, phase=phase))
        department = call.handoff.department if call.handoff else None
        unheard = call.callback is not None and phase is Phase.RINGING
        kind = SegmentKind.PROMISED if unheard else SEGMENTS[phase]
        return self.segment(call, kind, call.operator, department)

    def segment(
        self,
        call: Call,
        kind: SegmentKind | None,
        operator: Extension | None,
        department: str | None,
        since: Millis | None = None,
    ) -> Call:
        """``since``: when it began, if that is learnt afterwards."""
        began = since if since is not None else self.now
        now_in = call.segment
        if now_in is not None:
            if (now_in.kind, now_in.operator, now_in.department) == (kind, operator, department):
                return call
            self.record(
                facts.SegmentEnded(
                    call.id,
                    now_in.n,
                    began,
                    now_in.kind,
                    now_in.started_at,
                    now_in.operator,
                    now_in.department,
                )
            )
        if kind is None:
            return self.put(replace(call, segment=None))
        call, n = self.number(call)
        handoff = call.handoff
        segment = Segment(n, kind, began, operator, handoff.department if handoff and department else None)
        return self.put(replace(call, segment=segment))

    # --- operators ------------------------------------------------------------------------------------------------

    def change(
        self,
        operator: Operator,
        state: OperatorState,
        by: str,
        reason: str | None = None,
        call: CallId | None = None,
        pending: str | None = None,
        kind: ReasonKind | None = None,
    ) -> Operator:
        """Put an operator into a state, and note it. Becoming ready starts the idle clock.

        ``kind``: of the reason, given with it. A wish that is pending keeps its own.
        """
        # An offer that came to nothing does not restart the clock (1.3.1).
        becomes_ready = state is OperatorState.READY and operator.state is not OperatorState.OFFERED
        changed = replace(
            operator,
            state=state,
            since=self.now,
            reason=reason,
            call=call,
            pending=pending,
            idle_since=self.now if becomes_ready else operator.idle_since,
            changes=operator.changes + 1,
            before=None,
            kind=kind,
            pending_kind=operator.pending_kind if pending is not None else None,
            due_at=None,
            wrap_up=None,
        )
        self.operators[operator.extension] = changed
        self.record(
            facts.OperatorChanged(
                operator.extension, changed.changes, self.now, state, reason, operator.state, call, by, kind
            )
        )
        return changed
