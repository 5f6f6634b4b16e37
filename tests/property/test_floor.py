"""Thousands of random days on the floor: whatever people and the PBX do, in whatever order, the rules hold."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ctl.switchboard import core, effects, facts, floor, kinds
from ctl.switchboard.events import (
    AlarmFound,
    AlarmKind,
    AlarmsFound,
    CallArrived,
    CallServedElsewhere,
    Cause,
    Commanded,
    Do,
    Event,
    FoundLeg,
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
    Permission,
    PhoneHeld,
    PhoneOccupied,
    PhoneReachable,
    PhoneResumed,
    PhoneUnreachable,
    PlanAdopted,
    PlaybackEnded,
    TimePassed,
)
from ctl.switchboard.floor import CONSULT, WITH_OPERATOR, Phase
from ctl.switchboard.ids import CallId, CommandId, Endpoint, Extension, LegId, Media, ModeName, Number, PromptName
from ctl.switchboard.phases import MOVES
from ctl.switchboard.plan import (
    AfterHours,
    Announce,
    Hours,
    Overflow,
    OverflowWhen,
    Plan,
    Routing,
    Surge,
    Trunk,
    WrapUp,
    WrapUpKind,
    position_prompt,
)
from ctl.switchboard.seating import sitter
from ctl.switchboard.turn import Turn
from ctl.switchboard.wrapping import TIMED
from tests.examples import examples
from tests.floor_driver import MONDAY_TEN
from tests.plans import (
    CITY,
    CIVIL,
    EMERGENCY,
    PARKS,
    PENSIONS,
    SITE_DOWN,
    TAX,
    callback_plan,
    plan_for_bad_days,
    prompt,
    small_plan,
)
from tests.property.carrier import Carrier
from tests.property.duties import AFTER_MS
from tests.property.world import Books, Pbx, check, served_in_order, telephones

SUPERVISOR = Extension("2003")
EXTENSIONS = st.sampled_from(sorted(small_plan().operators))
DEPARTMENTS = st.sampled_from([PENSIONS, PARKS])
CALLERS = st.sampled_from(["0312345678", "0312345678", "09000000001", ""])
CAUSES = st.sampled_from([cause for cause in Cause if cause is not Cause.LOST])
OF_CALLS = [
    Do.HOLD,
    Do.RESUME,
    Do.CONSULT,
    Do.COMPLETE,
    Do.CANCEL,
    Do.THREE_WAY,
    Do.NEXT_NUMBER,
    Do.TRANSFER,
    Do.HANGUP,
    Do.CALLBACK_DIAL,
    Do.CALLBACK_NOW,
    Do.CALLBACK_CANCEL,
]
SUPERVISION = [Do.LISTEN, Do.WHISPER, Do.BARGE, Do.TAKE_OVER, Do.STOP_SUPERVISION]
CONDITIONS = [
    Overflow(OverflowWhen.WAITED, after_ms=5_000),
    Overflow(OverflowWhen.WAITED, after_ms=60_000),
    Overflow(OverflowWhen.EXPECTED, wait_ms=10_000),
    Overflow(OverflowWhen.CROWD, callers=1),
    Overflow(OverflowWhen.NOBODY),
    Overflow(OverflowWhen.NOBODY, after_ms=20_000),
    Overflow(OverflowWhen.FULL, callers=1),
    Overflow(OverflowWhen.CLOSED, hours="exchange"),
]
DESTINATIONS = [
    {"queue": TAX},
    {"queue": CIVIL},
    {"department": PARKS},
    {"callback": True},
    {"say": (PromptName("night"),)},
    {"say": (PromptName("no such prompt"),)},
]
OVERFLOWS = st.lists(
    st.builds(lambda rule, to: replace(rule, **to), st.sampled_from(CONDITIONS), st.sampled_from(DESTINATIONS)),
    max_size=3,
)
"""Circles of rules included: `ctl ivr check` refuses them, the floor must survive them."""
ROUTINGS = [Routing(), Routing(10_000, 20_000, 30_000), Routing(1_000, 120_000, 600_000)]
WRAP_UPS = [
    None,
    *(WrapUp(kind, AFTER_MS if kind in TIMED else 0) for kind in WrapUpKind),
    WrapUp(WrapUpKind.UNTIL_SAVED),
]
FINDINGS = [
    AlarmFound(AlarmKind.LONG_WAIT, CIVIL, "too long"),
    AlarmFound(AlarmKind.LONG_WAIT, TAX, "too long"),
    AlarmFound(AlarmKind.TRUNK_FULL, None, "all taken"),
]
SEEN = ["long_wait:civil", "trunk_full", "toll_fraud:2001", "toll_fraud:2002"]
TRUNKS = [Trunk(), Trunk(limit=4, reserve=1), Trunk(limit=4, reserve=2)]
OF_OPERATORS = [Do.LOGIN, Do.LOGOUT, Do.READY, Do.READY, Do.READY, Do.NOT_READY, Do.WRAP_UP_DONE, Do.WRAP_UP_DONE]


class WatchedTurn(Turn):
    """A turn that minds the table of moves."""

    def enter_phase(self, call: floor.Call, phase: Phase) -> floor.Call:
        assert call.phase is phase or phase in MOVES[call.phase], f"{call.phase} -> {phase} is in no table"
        return super().enter_phase(call, phase)


class Day(RuleBasedStateMachine):
    """One random day."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(core, "Turn", WatchedTurn)
        self.floor = floor.empty()
        self.trunk = Trunk()
        self.plan = plan_for_bad_days()
        self.preview = False
        self.routing = Routing()
        self.wrap_up: WrapUp | None = None
        self.pause_ms: int | None = None
        self.now = MONDAY_TEN
        self.pbx = Pbx()
        self.carrier = Carrier(self.trunk, self.plan.outside)
        self.books = Books()
        self.history: list[tuple[int, Event]] = []
        self.told: list[effects.Effect] = []
        self.names = 0

    def happens(self, event: Event) -> None:
        before = self.floor
        self.floor, done = core.step(self.floor, event, self.now)
        self.history.append((self.now, event))
        self.told.extend(done)
        for effect in done:
            self.pbx.obey(effect)
            self.carrier.obey(effect, before, self.floor, self.pbx)
            if isinstance(effect, effects.Record):
                self.books.note(effect.fact)
        made = [one.fact for one in done if isinstance(one, effects.Record) and isinstance(one.fact, facts.OfferMade)]
        served_in_order(before, self.floor, made)

    def new_name(self, prefix: str) -> str:
        self.names += 1
        return f"{prefix}{self.names}"

    def call_in(self, *phases: Phase, data: st.DataObject) -> floor.Call | None:
        calls = sorted(one.id for one in self.floor.calls.values() if not phases or one.phase in phases)
        return self.floor.calls[data.draw(st.sampled_from(calls))] if calls else None

    def call_in_phase(self, name: CallId, phase: Phase) -> floor.Call | None:
        call = self.floor.calls.get(name)
        return call if call is not None and call.phase is phase else None

    @initialize(
        preview=st.booleans(),
        routing=st.sampled_from(ROUTINGS),
        wrap_up=st.sampled_from(WRAP_UPS),
        pause_ms=st.sampled_from([None, 10_000]),
        trunk=st.sampled_from(TRUNKS),
    )
    def morning(
        self, preview: bool, routing: Routing, wrap_up: WrapUp | None, pause_ms: int | None, trunk: Trunk
    ) -> None:
        self.preview, self.routing, self.wrap_up, self.pause_ms = preview, routing, wrap_up, pause_ms
        self.trunk = self.carrier.trunk = trunk
        self.plan = self.plan_of_the_day()
        self.happens(PlanAdopted(self.plan))
        self.everybody_gets_ready()

    def plan_of_the_day(self, version: str = "plan-1", wrap_up: bool = True) -> Plan:
        """For bad days, with call-backs for all who wait for CIVIL in the first two minutes of a day, which then closes."""
        offers = callback_plan(hours="callbacks", after_ms=0, attempts=2, retry_ms=20_000, preview=self.preview)
        queues = {name: replace(queue, wrap_up=self.wrap_up) for name, queue in offers.queues.items()}
        hours = {**offers.hours, "callbacks": Hours(dict.fromkeys(range(7), ((480, 602),)))}
        surge = Surge((PromptName("crowd"),), waiting=2)
        closing = AfterHours("callbacks", (PromptName("over"),))
        told = Announce(5_000, position=True, expected_wait=True, surge=surge, after_hours=closing)
        queues = {name: replace(queue, announce=told) for name, queue in queues.items()}
        said = {
            **offers.prompts,
            PromptName("crowd"): prompt("crowd"),
            closing.say[0]: prompt("over"),
            position_prompt(1): prompt("first"),
        }
        shared = {"queues": queues, "prompts": said, "hours": hours}
        shared |= {"routing": self.routing, "pause_ms": self.pause_ms, "trunk": self.trunk}
        return plan_for_bad_days(2, **shared, version=version, wrap_up=wrap_up)

    @rule()
    def everybody_gets_ready(self, but: Extension | None = None) -> None:
        for extension in sorted(set(self.plan.operators) - {but}):
            self.happens(PhoneReachable(extension, Endpoint(extension)))
            self.happens(PhoneOccupied(extension, False))
            for do in (Do.LOGIN, Do.WRAP_UP_DONE, Do.READY):
                self.command(do, extension)
            self.record_is_saved(extension)
            self.command(Do.READY, extension)
            self.lets_pass(1)

    def record_is_saved(self, extension: Extension) -> None:
        call = self.floor.operators[extension].call
        if call is not None:
            self.command(Do.RECORD_SAVED, extension, argument=call)

    # --- the usual way of a call, so that days get somewhere --------------------------------------------------------

    @rule(key=st.sampled_from("1123"), caller=st.one_of(st.none(), CALLERS))
    def citizen_waits(self, key: str, caller: str | None = None) -> None:
        self.citizen_calls(CITY, caller)
        call = self.floor.calls.get(CallId(f"call{self.names}"))
        if call is not None and call.speaking is not None:
            self.pbx.playing.discard(call.speaking)
            self.happens(PlaybackEnded(call.speaking))
            self.happens(KeyPressed(call.leg, key))

    @rule(keys=st.text("12", min_size=2, max_size=4), apart=st.sampled_from([500, 5_000, 30_000]))
    def crowd_waits_until_one_after_the_other_is_free(self, keys: str, apart: int) -> None:
        for extension in sorted(self.plan.operators):
            self.command(Do.NOT_READY, extension, argument="break")
        for key in keys:
            self.citizen_waits(key)
            self.lets_pass(apart)
        for extension in sorted(self.plan.operators):
            self.command(Do.READY, extension)

    @precondition(lambda self: any(call.phase is Phase.WAITING for call in self.floor.calls.values()))
    @rule(data=st.data(), after=st.sampled_from([500, 5_000, 30_000]), keys=st.sampled_from(["1", "11", "2", "12"]))
    def citizen_gives_up_and_calls_again(self, data: st.DataObject, after: int, keys: str) -> None:
        call = self.call_in(Phase.WAITING, data=data)
        assert call is not None
        if call.leg not in self.pbx.alive:
            return
        self.pbx.gone(call.leg)
        self.happens(LegEnded(call.leg, Cause.NORMAL))
        self.lets_pass(after)
        for key in keys:
            self.citizen_waits(key, call.caller)

    @rule()
    def nobody_is_free_and_a_citizen_would_rather_be_called_back(self) -> None:
        for extension in sorted(self.plan.operators):
            self.command(Do.NOT_READY, extension, argument="break")
        self.citizen_waits("1")
        call = self.floor.calls.get(CallId(f"call{self.names}"))
        if call is not None and call.phase is Phase.WAITING:
            self.asks_to_be_called_back(call, "11", hangs_up=True)

    @precondition(lambda self: any(call.callback for call in self.floor.calls.values()))
    @rule(
        reached=st.sampled_from([None, None, Cause.BUSY, Cause.NO_ANSWER, Cause.CONGESTED]),
        operator_stays=st.booleans(),
    )
    def call_back_is_made(self, reached: Cause | None, operator_stays: bool) -> None:
        self.everybody_gets_ready()
        for call in [call for call in self.floor.calls.values() if call.callback is not None]:
            if call.operator_leg in self.pbx.ringing:
                self._answers(call.operator_leg)
            previewed = self.call_in_phase(call.id, Phase.PREVIEW)
            if previewed is not None and previewed.operator_leg is not None:
                self.happens(KeyPressed(previewed.operator_leg, "1"))
            rung = self.call_in_phase(call.id, Phase.DIALLING)
            if rung is None or rung.operator_leg is None:
                continue
            if not operator_stays:
                self.pbx.gone(rung.operator_leg)
                self.happens(LegEnded(rung.operator_leg, Cause.NORMAL))
            elif reached is None and rung.leg in self.pbx.ringing:
                self._answers(rung.leg)
            elif reached is not None and rung.leg in self.pbx.ringing:
                self.pbx.gone(rung.leg)
                self.happens(LegEnded(rung.leg, reached))

    @rule(attempts=st.integers(1, 2))
    def call_back_is_in_vain_and_the_operator_hangs_up(self, attempts: int) -> None:
        """After the last attempt while he is still being told."""
        self.nobody_is_free_and_a_citizen_would_rather_be_called_back()
        for _ in range(attempts):
            self.lets_pass(20_000)
            self.call_back_is_made(Cause.NO_ANSWER, operator_stays=True)
        told = [call.operator_leg for call in self.floor.calls.values() if call.kind is kinds.CallKind.CALLBACK]
        for leg in told:
            if leg is not None and leg in self.pbx.up:
                self.pbx.gone(leg)
                self.happens(LegEnded(leg, Cause.NORMAL))

    @precondition(lambda self: any(call.phase is Phase.WAITING for call in self.floor.calls.values()))
    @rule(
        data=st.data(),
        keys=st.sampled_from(["11", "11", "1209012345678#1", "120570#", "19", "1"]),
        hangs_up=st.booleans(),
    )
    def citizen_would_rather_be_called_back(self, data: st.DataObject, keys: str, hangs_up: bool) -> None:
        call = self.call_in(Phase.WAITING, data=data)
        assert call is not None
        self.asks_to_be_called_back(call, keys, hangs_up)

    def asks_to_be_called_back(self, call: floor.Call, keys: str, hangs_up: bool) -> None:
        for key in keys:
            self.happens(KeyPressed(call.leg, key))
        if hangs_up and call.leg in self.pbx.alive:
            self.pbx.gone(call.leg)
            self.happens(LegEnded(call.leg, Cause.NORMAL))

    @precondition(lambda self: self.names % 3 == 0 and any(call.callback for call in self.floor.calls.values()))
    @rule(data=st.data())
    def promised_citizen_calls_again(self, data: st.DataObject) -> None:
        numbers = sorted(call.callback.number for call in self.floor.calls.values() if call.callback is not None)
        self.citizen_calls(CITY, data.draw(st.sampled_from(numbers)))

    @rule(extension=EXTENSIONS)
    def operator_talks_outside(self, extension: Extension) -> None:
        self.operator_dials(extension, "0312345678")
        call = self.floor.calls.get(CallId(f"own{self.names}"))
        if call is not None and call.leg in self.pbx.ringing:
            self._answers(call.leg)

    @rule(extension=EXTENSIONS, whom=EXTENSIONS, do=st.sampled_from([Do.TRANSFER, Do.CONSULT]))
    def operator_connects_a_colleague_with_a_department(self, extension: Extension, whom: Extension, do: Do) -> None:
        self.operator_dials(extension, whom)
        call = self.floor.calls.get(CallId(f"own{self.names}"))
        if call is not None and call.leg in self.pbx.ringing:
            self._answers(call.leg)
            self.command(do, call=call.id, argument=PENSIONS)
            self.everybody_answers()
            self.command(Do.COMPLETE, call=call.id)

    @precondition(lambda self: self.pbx.ringing)
    @rule()
    def everybody_answers(self) -> None:
        for leg in sorted(self.pbx.ringing):
            self._answers(leg)

    @rule()
    def what_is_dying_dies(self) -> None:
        for leg in sorted(self.pbx.dying):
            self.pbx.gone(leg)
            self.happens(LegEnded(leg, Cause.NORMAL))

    @precondition(lambda self: any(call.phase is Phase.TALKING for call in self.floor.calls.values()))
    @rule(data=st.data(), do=st.sampled_from([Do.CONSULT, Do.CONSULT, Do.TRANSFER, Do.HOLD]), department=DEPARTMENTS)
    def operator_goes_on(self, data: st.DataObject, do: Do, department: str) -> None:
        call = self.call_in(Phase.TALKING, data=data)
        assert call is not None
        self.command(do, call=call.id, argument=department)

    @precondition(lambda self: any(call.phase in CONSULT for call in self.floor.calls.values()))
    @rule(data=st.data(), do=st.sampled_from([Do.COMPLETE, Do.CANCEL, Do.THREE_WAY, Do.NEXT_NUMBER]))
    def consultation_goes_on(self, data: st.DataObject, do: Do) -> None:
        call = self.call_in(*CONSULT, data=data)
        assert call is not None
        self.command(do, call=call.id)

    # --- citizens -------------------------------------------------------------------------------------------------

    @rule(dialled=st.sampled_from([CITY, CITY, CITY, Number("0399999999")]), caller=CALLERS)
    def citizen_calls(self, dialled: Number, caller: str | None = None) -> None:
        """``caller``: None is somebody who never called before."""
        name = self.new_name("call")
        if not self.carrier.lets_in(self.pbx):
            return
        self.carrier.legs.add(LegId(name))
        self.pbx.up.add(LegId(name))
        number = f"0312{self.names:06}" if caller is None else caller
        self.happens(CallArrived(CallId(name), LegId(name), dialled, number))

    @precondition(lambda self: self.trunk.limit < 10 and self.carrier.lets_in(self.pbx))
    @rule()
    def trunk_fills(self) -> None:
        while self.carrier.lets_in(self.pbx):
            self.citizen_calls(CITY)

    @precondition(lambda self: self.floor.calls)
    @rule(data=st.data(), digit=st.sampled_from("12123*9"))
    def citizen_presses(self, data: st.DataObject, digit: str) -> None:
        call = self.call_in(Phase.IVR, data=data)
        if call is not None:
            self.happens(KeyPressed(call.leg, digit))

    @precondition(lambda self: self.pbx.playing)
    @rule(data=st.data())
    def sound_ends(self, data: st.DataObject) -> None:
        playback = data.draw(st.sampled_from(sorted(self.pbx.playing)))
        self.pbx.playing.discard(playback)
        self.happens(PlaybackEnded(playback))

    # --- telephones -------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.pbx.ringing)
    @rule(data=st.data())
    def ringing_leg_answers(self, data: st.DataObject) -> None:
        self._answers(data.draw(st.sampled_from(sorted(self.pbx.ringing))))

    def _answers(self, leg: LegId) -> None:
        self.pbx.ringing.discard(leg)
        self.pbx.up.add(leg)
        self.happens(LegAnswered(leg))

    @precondition(lambda self: self.pbx.ringing)
    @rule(data=st.data(), speaks=st.booleans())
    def telephone_is_called(self, data: st.DataObject, speaks: bool) -> None:
        leg = data.draw(st.sampled_from(sorted(self.pbx.ringing)))
        self.happens(LegCalled(leg))
        if speaks:
            self.happens(LegRang(leg))

    @precondition(lambda self: self.pbx.ringing and self.names % 3 == 0)
    @rule()
    def everybody_is_called_and_says_nothing(self) -> None:
        for leg in sorted(self.pbx.ringing):
            self.happens(LegCalled(leg))
        self.lets_pass(self.plan.silence_ms)

    @precondition(lambda self: self.pbx.asked)
    @rule(data=st.data(), there=st.booleans())
    def asked_telephone_answers(self, data: st.DataObject, there: bool) -> None:
        phone = data.draw(st.sampled_from(sorted(self.pbx.asked, key=lambda one: one.endpoint)))
        self.pbx.asked.discard(phone)
        self.happens((PhoneReachable if there else PhoneUnreachable)(phone.extension, phone.endpoint))

    @precondition(lambda self: self.pbx.alive)
    @rule(data=st.data(), cause=CAUSES)
    def leg_ends(self, data: st.DataObject, cause: Cause) -> None:
        leg = data.draw(st.sampled_from(sorted(self.pbx.alive)))
        self.pbx.gone(leg)
        self.happens(LegEnded(leg, cause))

    @precondition(lambda self: self.pbx.dying)
    @rule(data=st.data())
    def hangup_is_done(self, data: st.DataObject) -> None:
        leg = data.draw(st.sampled_from(sorted(self.pbx.dying)))
        self.pbx.gone(leg)
        self.happens(LegEnded(leg, Cause.NORMAL))

    @rule(extension=EXTENSIONS, browser=st.booleans())
    def telephone_registers(self, extension: Extension, browser: bool) -> None:
        self.happens(PhoneReachable(extension, Endpoint(f"{extension}w" if browser else extension)))

    @precondition(lambda self: self.names % 5 == 0)
    @rule(extension=EXTENSIONS, browser=st.booleans())
    def telephone_is_lost(self, extension: Extension, browser: bool) -> None:
        self.happens(PhoneUnreachable(extension, Endpoint(f"{extension}w" if browser else extension)))

    @precondition(lambda self: self.names % 5 == 0)
    @rule(extension=EXTENSIONS, occupied=st.booleans())
    def telephone_is_in_another_call(self, extension: Extension, occupied: bool) -> None:
        self.happens(PhoneOccupied(extension, occupied))

    @rule(
        extension=EXTENSIONS,
        dialled=st.sampled_from(["*11", "*13", "*15", "*21", "*22101", "2002", "0312345678", "101", "0990123456"]),
    )
    def operator_dials(self, extension: Extension, dialled: str, proven: bool = False) -> None:
        name = self.new_name("own")
        self.pbx.up.add(LegId(name))
        self.happens(OperatorDialled(CallId(name), LegId(name), extension, Endpoint(extension), dialled, proven))

    @rule(extension=EXTENSIONS, telephone=EXTENSIONS, how=st.sampled_from(["code", "wrong PIN", "command"]))
    def operator_takes_another_seat(self, extension: Extension, telephone: Extension, how: str) -> None:
        if how == "command":
            self.command(Do.LOGIN, extension, argument=telephone)
        else:
            self.operator_dials(telephone, f"*11{extension}", proven=how == "code")
        self.command(Do.READY, extension)

    @precondition(lambda self: any(call.offer for call in self.floor.calls.values()))
    @rule(data=st.data(), extension=EXTENSIONS, by_telephone=st.booleans())
    def colleague_picks_up(self, data: st.DataObject, extension: Extension, by_telephone: bool) -> None:
        rung = sorted(call.offer.operator for call in self.floor.calls.values() if call.offer is not None)
        colleague = data.draw(st.sampled_from(rung))
        if by_telephone:
            self.operator_dials(extension, f"*28{colleague}")
        else:
            self.command(Do.PICK_UP, extension, argument=colleague)

    @precondition(lambda self: any(call.operator_leg for call in self.floor.calls.values()))
    @rule(
        data=st.data(),
        keys=st.sampled_from(
            ["*21", "*22101#", "*22102#", "*23", "*24", "*25", "*26", "*27101#", "*141", "*31", "*33", "*34", "1"]
        ),
    )
    def operator_keys(self, data: st.DataObject, keys: str) -> None:
        legs = sorted(call.operator_leg for call in self.floor.calls.values() if call.operator_leg)
        leg = data.draw(st.sampled_from(legs))
        for digit in keys:
            self.happens(KeyPressed(leg, digit))

    @precondition(lambda self: any(call.operator_leg for call in self.floor.calls.values()))
    @rule(data=st.data(), held=st.booleans())
    def operator_presses_hold(self, data: st.DataObject, held: bool) -> None:
        legs = sorted(call.operator_leg for call in self.floor.calls.values() if call.operator_leg)
        leg = data.draw(st.sampled_from(legs))
        self.happens(PhoneHeld(leg) if held else PhoneResumed(leg))

    # --- wishes -------------------------------------------------------------------------------------------------------

    def command(
        self, do: Do, extension: Extension | None = None, call: CallId | None = None, argument: str | None = None
    ) -> None:
        self.happens(Commanded(CommandId(self.new_name("cmd")), do, "test", extension, call, argument))

    @rule(do=st.sampled_from(OF_OPERATORS), extension=EXTENSIONS, reason=st.sampled_from(["break", "nonsense"]))
    def operator_wishes(self, do: Do, extension: Extension, reason: str) -> None:
        self.command(do, extension, argument=reason)

    @rule(extension=EXTENSIONS)
    def operator_saves_the_record(self, extension: Extension) -> None:
        if extension in self.floor.operators:
            self.record_is_saved(extension)

    @rule(extension=EXTENSIONS, do=st.sampled_from([Do.WRAP_UP_DONE, Do.NOT_READY, Do.READY]))
    def supervisor_changes_a_state(self, extension: Extension, do: Do) -> None:
        name = CommandId(self.new_name("sv"))
        argument = "break" if do is Do.NOT_READY else None
        self.happens(Commanded(name, do, "test", extension, None, argument, SUPERVISOR, "queue is long"))

    @precondition(lambda self: self.floor.calls)
    @rule(data=st.data(), do=st.sampled_from(OF_CALLS), department=st.sampled_from([PENSIONS, PARKS, "999", None]))
    def call_is_commanded(self, data: st.DataObject, do: Do, department: str | None) -> None:
        call = self.call_in(data=data)
        if call is not None:
            self.command(do, call=call.id, argument=department)

    @rule(
        extension=EXTENSIONS,
        do=st.sampled_from(OF_CALLS),
        department=DEPARTMENTS,
        code=st.sampled_from([None, None, "*21", "*22101", "*23", "*24", "*25", "*26", "*27101"]),
    )
    def operator_commands_the_own_call(self, extension: Extension, do: Do, department: str, code: str | None) -> None:
        """By extension or by a code that is dialled: whatever it does, no colleague's call is touched."""
        known = floor.Operator(extension) if code is None else sitter(self.floor.operators, extension)
        kept = {
            call.id: call
            for call in self.floor.calls.values()
            if call.phase in (Phase.RINGING, Phase.REACHING, Phase.HANDED_OFF, *WITH_OPERATOR)
            and (known is None or known.extension not in telephones(call, self.floor))
        }
        if code is None:
            self.command(do, extension, argument=department)
        else:
            self.operator_dials(extension, code)
        assert {name: call for name, call in self.floor.calls.items() if name in kept} == kept

    @precondition(lambda self: any(call.phase is Phase.TALKING for call in self.floor.calls.values()))
    @rule(
        data=st.data(),
        do=st.sampled_from([Do.HANGUP, Do.HOLD, Do.TRANSFER]),
        code=st.sampled_from([None, "*21", "*27101"]),
    )
    def operator_who_was_torn_out_goes_on_as_before(self, data: st.DataObject, do: Do, code: str | None) -> None:
        """The usual way, so that days get to it: a colleague has the call by then."""
        call = self.call_in(Phase.TALKING, data=data)
        if call is None or call.operator is None or call.operator_leg not in self.pbx.alive:
            return
        self.pbx.gone(call.operator_leg)
        self.happens(LegEnded(call.operator_leg, Cause.UNREACHABLE))
        self.everybody_gets_ready(but=call.operator)
        self.everybody_answers()
        self.operator_commands_the_own_call(call.operator, do, PENSIONS, code)

    # --- supervision ----------------------------------------------------------------------------------------------

    @rule(
        data=st.data(),
        do=st.sampled_from([*SUPERVISION, Do.LISTEN, Do.BARGE]),
        by=EXTENSIONS,
        whom=EXTENSIONS,
        one_call=st.booleans(),
        follow=st.booleans(),
    )
    def supervisor_wishes(
        self, data: st.DataObject, do: Do, by: Extension, whom: Extension, one_call: bool, follow: bool
    ) -> None:
        call = self.call_in(data=data) if one_call else None
        name = CommandId(self.new_name("sv"))
        extension = whom if call is None else None
        wanted = Commanded(name, do, "test", extension, call.id if call else None, None, by, "training", follow)
        self.happens(wanted)
        rung = self.floor.calls.get(CallId(f"s-{name}"))
        if rung is not None and data.draw(st.booleans()):
            self._answers(rung.leg)
            self._hears_out(rung.id)

    @precondition(lambda self: any(call.operator_leg for call in self.floor.calls.values()))
    @rule(
        data=st.data(), first=st.sampled_from(SUPERVISION[:3]), then=st.sampled_from(SUPERVISION), follow=st.booleans()
    )
    def supervisor_is_connected_and_changes_over(self, data: st.DataObject, first: Do, then: Do, follow: bool) -> None:
        """The usual way, so that days get to it."""
        call = self.call_in(*sorted(WITH_OPERATOR), data=data)
        if call is None:
            return
        name = CommandId(self.new_name("sv"))
        wanted = Commanded(name, first, "test", None, call.id, None, SUPERVISOR, "training", follow)
        self.happens(wanted)
        rung = self.floor.calls.get(CallId(f"s-{name}"))
        if rung is not None:
            self._answers(rung.leg)
            self._hears_out(rung.id)
            self.happens(replace(wanted, command=CommandId(self.new_name("sv")), do=then))

    def _hears_out(self, name: CallId) -> None:
        call = self.floor.calls.get(name)
        if call is not None and call.speaking is not None:
            self.pbx.playing.discard(call.speaking)
            self.happens(PlaybackEnded(call.speaking))

    @rule(extension=EXTENSIONS, whom=EXTENSIONS, code=st.sampled_from(["*31", "*32", "*33", "*34"]))
    def supervisor_dials(self, extension: Extension, whom: Extension, code: str) -> None:
        self.operator_dials(extension, f"{code}{whom}")
        self._hears_out(CallId(f"own{self.names}"))

    @precondition(lambda self: any(call.phase in (Phase.WAITING, Phase.RINGING) for call in self.floor.calls.values()))
    @rule(data=st.data(), what=st.sampled_from([(Do.MOVE, "tax"), (Do.MOVE, "gone"), (Do.PRIORITY, "1")]))
    def caller_is_moved(self, data: st.DataObject, what: tuple[Do, str]) -> None:
        call = self.call_in(Phase.WAITING, Phase.RINGING, data=data)
        if call is not None:
            self.command(what[0], call=call.id, argument=what[1])

    @precondition(lambda self: any(call.phase is Phase.WAITING for call in self.floor.calls.values()))
    @rule(data=st.data(), whom=EXTENSIONS)
    def caller_is_pulled(self, data: st.DataObject, whom: Extension) -> None:
        call = self.call_in(Phase.WAITING, Phase.RINGING, data=data)
        if call is not None:
            self.command(Do.PULL, call=call.id, argument=whom)

    # --- time, restarts, bad news -----------------------------------------------------------------------------------

    @rule(ms=st.sampled_from([1, 500, 5_000, 20_000, 60_000]))
    def time_passes(self, ms: int) -> None:
        self.lets_pass(ms)

    @rule(ms=st.sampled_from([1, 500, 5_000, 20_000, 60_000]))
    def nothing_is_heard_of_the_pbx(self, ms: int) -> None:
        """For a while; then everything is there as it was."""
        self.lets_pass(ms, deaf=True)
        self.pbx_is_found()

    def pbx_is_found(self) -> None:
        self.pbx.dying.clear()
        self.pbx.playing.clear()
        self.pbx.recorded.clear()
        self.happens(TimePassed(deaf=True))
        self.happens(PbxFound(tuple(FoundLeg(leg, leg in self.pbx.up) for leg in sorted(self.pbx.alive))))

    def lets_pass(self, ms: int, deaf: bool = False) -> None:
        until = self.now + ms
        while (due := core.next_due(self.floor)) is not None and due <= until:
            self.now = due
            self.happens(TimePassed(deaf))
        self.now = until

    @precondition(lambda self: self.history)
    @rule(data=st.data())
    def old_news_comes_again(self, data: st.DataObject) -> None:
        """Doubled and late news of legs, playbacks and arrivals is harmless."""
        _, event = data.draw(st.sampled_from(self.history))
        harmless = isinstance(event, CallArrived | OperatorDialled | PlaybackEnded | LegAnswered | LegEnded)
        of_the_dead = not isinstance(event, LegAnswered | LegEnded) or event.leg not in self.pbx.alive
        if harmless and of_the_dead:
            self.happens(event)

    @precondition(lambda self: self.names % 5 == 0)
    @rule(data=st.data())
    def we_restart(self, data: st.DataObject) -> None:
        """Some legs ended or answered while we were away, and what we had asked for last may not have been done."""
        for leg in sorted(self.pbx.ringing):
            if data.draw(st.booleans()):
                self.pbx.ringing.discard(leg)
                self.pbx.up.add(leg)
        for leg in sorted(self.pbx.alive):
            if data.draw(st.integers(0, 3)) == 0:
                self.pbx.gone(leg)
        self.pbx_is_found()

    @precondition(lambda self: self.names % 5 == 0)
    @precondition(lambda self: self.floor.calls)
    @rule(data=st.data(), returns=st.booleans())
    def sentinel_rescues_a_caller(self, data: st.DataObject, returns: bool) -> None:
        call = self.call_in(Phase.IVR, Phase.WAITING, Phase.RINGING, Phase.HELD, Phase.CONFIRMING, data=data)
        if call is None or call.kind is not kinds.CallKind.INBOUND or call.leg in self.pbx.dying:
            return
        self.pbx.falls_silent(call.leg)
        self.happens(LegLeft(call.leg))
        if returns:
            self.happens(CallArrived(call.id, call.leg, CITY, "0312345678"))

    @precondition(lambda self: self.names % 5 == 0)
    @precondition(lambda self: self.floor.calls)
    @rule(data=st.data(), took=st.none() | EXTENSIONS, lasted=st.integers(0, 100_000))
    def caller_is_served_to_the_end_while_we_are_away(
        self, data: st.DataObject, took: Extension | None, lasted: int
    ) -> None:
        call = self.call_in(*Phase, data=data)
        if call is None or call.kind is not kinds.CallKind.INBOUND:
            return
        self.pbx.gone(call.leg)
        ended = self.now - lasted
        answered = ended - lasted if took else None
        self.happens(CallServedElsewhere(call.id, CITY, "", call.started_at, answered, ended, took, in_gap=True))
        assert call.id not in self.floor.calls
        assert call.leg not in self.floor.legs

    @precondition(lambda self: self.names % 5 == 0)
    @rule(version=st.sampled_from(["plan-1", "plan-2"]), wrap_up=st.booleans())
    def plan_changes(self, version: str, wrap_up: bool) -> None:
        self.plan = self.plan_of_the_day(version=version + str(wrap_up), wrap_up=wrap_up)
        self.happens(PlanAdopted(self.plan))

    @rule(
        mode=st.sampled_from([EMERGENCY, SITE_DOWN]),
        begins_in=st.sampled_from([None, 30_000, 120_000]),
        lasts=st.sampled_from([None, 45_000]),
    )
    def mode_is_asked_for(self, mode: ModeName, begins_in: int | None, lasts: int | None) -> None:
        begins = self.now + (begins_in or 0)
        self.happens(
            ModeAsked(
                CommandId(self.new_name("m")),
                "test",
                mode,
                "ward",
                "supervisor",
                "storm",
                begins if begins_in else None,
                begins + lasts if lasts else None,
                Permission("ward", self.now, 2**45),
            )
        )

    @rule()
    def normal_is_asked_for(self) -> None:
        self.happens(NormalAsked(CommandId(self.new_name("m")), "test", "ward", "supervisor", "over"))

    @rule(lasts=st.sampled_from([None, 20_000]), stops=st.booleans())
    def short_message(self, lasts: int | None, stops: bool) -> None:
        name = CommandId(self.new_name("n"))
        if stops:
            self.happens(NoticeStopAsked(name, "test"))
        else:
            until = self.now + lasts if lasts else None
            self.happens(NoticeAsked(name, "test", "storm", Media("sound:ctl/storm"), (), until))

    @precondition(lambda self: self.names % 3 == 0)
    @rule(civil=OVERFLOWS, tax=OVERFLOWS, routing=st.sampled_from(ROUTINGS))
    def plan_with_routing(self, civil: list[Overflow], tax: list[Overflow], routing: Routing) -> None:
        self.routing = routing
        plan = self.plan_of_the_day(version=self.new_name("routing"))
        queues = {
            name: replace(queue, overflow=tuple(rules))
            for (name, queue), rules in zip(plan.queues.items(), (civil, tax), strict=True)
        }
        self.plan = replace(plan, queues=queues)
        self.happens(PlanAdopted(self.plan))

    @rule(found=st.lists(st.sampled_from(FINDINGS), max_size=3), seen=st.sampled_from(SEEN))
    def somebody_looks(self, found: list[AlarmFound], seen: str) -> None:
        self.happens(AlarmsFound(tuple(found)))
        self.command(Do.ALARM_SEEN, argument=seen)

    # --- what must hold -----------------------------------------------------------------------------------------------

    @invariant()
    def rules_hold(self) -> None:
        check(self.floor, self.plan, self.pbx, self.books, self.now)

    def teardown(self) -> None:
        """The same events give the same floor and the same effects again: replay equals live."""
        self.patch.undo()
        again = floor.empty()
        told: list[effects.Effect] = []
        for now, event in self.history:
            again, done = core.step(again, event, now)
            told.extend(done)
        assert again == self.floor
        assert told == self.told


Day.TestCase.settings = settings(
    max_examples=examples(1200, quick=25), stateful_step_count=60, suppress_health_check=list(HealthCheck)
)
TestDay = Day.TestCase
