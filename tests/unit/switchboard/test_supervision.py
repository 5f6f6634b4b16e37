"""Listening, whispering, barging in, taking over (1.1.1): whose ear is where, who may, and what is kept of it."""

import pytest

from ctl.switchboard import effects, facts
from ctl.switchboard.events import (
    Cause,
    Commanded,
    Do,
    FoundLeg,
    LegAnswered,
    LegEnded,
    PbxFound,
    PhoneReachable,
    PlaybackEnded,
)
from ctl.switchboard.explain import Language, explain
from ctl.switchboard.floor import Call, Phase
from ctl.switchboard.ids import CallId, CommandId, Endpoint, Extension, GroupName, LegId
from ctl.switchboard.kinds import OperatorState, SupervisionKind
from ctl.switchboard.plan import OperatorProfile, Plan
from ctl.switchboard.records import replace
from tests.floor_driver import Driver
from tests.plans import PENSIONS, callback_plan, prompt, small_plan

ALL, CIVIL_ONLY = Extension("2090"), Extension("2091")


def town(plan: Plan | None = None) -> Driver:
    """A centre with a supervisor of everybody and one of the civil group."""
    plan = plan or small_plan()
    supervisors = {
        ALL: OperatorProfile(ALL, "supervisor", {}, supervises_all=True),
        CIVIL_ONLY: OperatorProfile(CIVIL_ONLY, "leader", {}, supervises=(GroupName("civil"),)),
    }
    driver = Driver(replace(plan, operators={**plan.operators, **supervisors}))
    for extension in supervisors:
        driver.happens(PhoneReachable(extension, Endpoint(extension)))
    return driver


def supervise(
    driver: Driver,
    do: Do,
    extension: str | None = None,
    call: str | None = None,
    *,
    by: Extension = ALL,
    follow: bool = False,
) -> effects.Reply:
    name = CommandId(f"sv{len(driver.history)}")
    done = driver.happens(
        Commanded(
            name,
            do,
            "test",
            Extension(extension) if extension else None,
            CallId(call) if call else None,
            supervisor=by,
            reason="training",
            follow=follow,
        )
    )
    return next(effect for effect in done if isinstance(effect, effects.Reply))


def supervision(driver: Driver, by: Extension = ALL) -> Call:
    (call,) = [call for call in driver.floor.calls.values() if call.supervision is not None and call.caller == by]
    return call


def connects(driver: Driver, do: Do, extension: str | None = None, call: str | None = None, **more: object) -> CallId:
    """The supervisor is rung, answers, and hears what begins."""
    reply = supervise(driver, do, extension, call, **more)  # type: ignore[arg-type]
    assert reply.ok, reply.message
    by = more.get("by", ALL)
    assert isinstance(by, str)
    own = supervision(driver, Extension(by))
    driver.happens(LegAnswered(own.leg))
    driver.hears_out(own.id)
    return own.id


def ears(driver: Driver) -> list[tuple[str, SupervisionKind]]:
    return [(ear.leg, ear.kind) for ear in driver.done(effects.Overhear)]


def kept(driver: Driver) -> list[tuple[SupervisionKind, str, str | None]]:
    return [(one.kind, one.call, one.operator) for one in driver.recorded(facts.SupervisionEnded)]


# --- the supervisor's telephone ---------------------------------------------------------------------------------------


def test_supervisor_is_rung_told_what_begins_and_then_hears_the_operators_part() -> None:
    driver = town()
    driver.ready("2001")
    leg = driver.talks("a", "2001")
    assert supervise(driver, Do.LISTEN, call="a").ok
    (ring,) = driver.done(effects.RingPhone)
    assert (ring.endpoint, ring.caller) == (Endpoint(ALL), "2001")
    driver.happens(LegAnswered(ring.leg))
    assert driver.done(effects.Say)[0].media == (prompt("system-listening"),)
    assert not driver.done(effects.Overhear)
    driver.hears_out(ring.call)
    assert ears(driver) == [(leg, SupervisionKind.LISTEN)]
    assert driver.operator(ALL).state is OperatorState.TALKING


def test_those_who_talk_are_not_touched_by_a_supervisor_who_comes_and_goes() -> None:
    driver = town()
    driver.ready("2001")
    leg = driver.talks("a", "2001")
    before, known = driver.call("a"), len(driver.effects)
    own = connects(driver, Do.BARGE, call="a")
    driver.hangs_up(driver.call(own).leg)
    touched = [one for one in driver.effects[known:] if getattr(one, "leg", None) in ("a", leg)]
    assert [type(one) for one in touched] == [effects.Overhear]
    assert not [one for one in driver.effects[known:] if isinstance(one, effects.Connect)]
    assert driver.call("a") == before


def test_supervisor_who_changes_over_keeps_the_telephone_and_hears_without_a_gap() -> None:
    driver = town()
    driver.ready("2001")
    leg = driver.talks("a", "2001")
    own = connects(driver, Do.LISTEN, "2001")
    first = driver.call(own).supervision
    assert first is not None
    assert first.ear is not None
    assert supervise(driver, Do.WHISPER, "2001").ok
    order = [type(effect) for effect in driver.fresh if isinstance(effect, effects.Overhear | effects.HangUp)]
    assert order == [effects.Overhear, effects.HangUp], "the new ear before the old one goes"
    assert driver.done(effects.HangUp) == [effects.HangUp(first.ear.snoop)]
    assert ears(driver) == [(leg, SupervisionKind.WHISPER)]
    assert not driver.done(effects.RingPhone)
    assert kept(driver) == [(SupervisionKind.LISTEN, "a", "2001")]


def test_each_way_of_supervising_is_kept_with_who_whom_why_and_how_long() -> None:
    driver = town()
    driver.ready("2001")
    driver.talks("a", "2001")
    own = connects(driver, Do.LISTEN, call="a")
    began = driver.now
    driver.passes(7000)
    driver.hangs_up(driver.call(own).leg)
    (told,) = driver.recorded(facts.SupervisionEnded)
    assert (told.supervisor, told.operator, told.call, told.kind) == (ALL, "2001", "a", SupervisionKind.LISTEN)
    assert (told.reason, told.by, told.follow) == ("training", "test", False)
    assert (told.started_at, told.at) == (began, began + 7000)


def test_several_supervisors_hear_the_same_operator() -> None:
    driver = town()
    driver.ready("2001")
    leg = driver.talks("a", "2001")
    connects(driver, Do.LISTEN, call="a")
    connects(driver, Do.WHISPER, "2001", by=CIVIL_ONLY)
    assert ears(driver) == [(leg, SupervisionKind.WHISPER)]
    driver.hangs_up("a")
    assert len(kept(driver)) == 2


def test_supervisor_whose_telephone_is_not_answered_is_free_again() -> None:
    driver = town()
    driver.ready("2001")
    driver.talks("a", "2001")
    supervise(driver, Do.LISTEN, call="a")
    driver.hangs_up(supervision(driver).leg, Cause.NO_ANSWER)
    assert driver.operator(ALL).state is OperatorState.LOGGED_OUT
    assert not kept(driver)


def test_stop_hangs_the_supervisor_up() -> None:
    driver = town()
    driver.ready("2001")
    driver.talks("a", "2001")
    own = connects(driver, Do.LISTEN, "2001")
    leg = driver.call(own).leg
    assert supervise(driver, Do.STOP_SUPERVISION).ok
    assert effects.HangUp(leg) in driver.fresh
    assert not supervise(driver, Do.STOP_SUPERVISION).ok


# --- whose part is heard ----------------------------------------------------------------------------------------------


def test_listening_follows_the_operator_into_hold_and_consultation_and_ends_with_the_handoff() -> None:
    driver = town()
    driver.ready("2001")
    driver.talks("a", "2001")
    own = connects(driver, Do.LISTEN, call="a")
    driver.command(Do.HOLD, call="a")
    assert not driver.done(effects.Overhear), "the ear stays where it is"
    driver.command(Do.CONSULT, argument=PENSIONS, call="a")
    driver.happens(LegAnswered(driver.department_leg("a")))
    driver.command(Do.COMPLETE, call="a")
    assert own not in driver.floor.calls
    assert kept(driver) == [(SupervisionKind.LISTEN, "a", "2001")]


def test_listening_that_follows_stays_with_the_citizen_to_the_end() -> None:
    driver = town()
    driver.ready("2001")
    driver.talks("a", "2001")
    own = connects(driver, Do.LISTEN, call="a", follow=True)
    assert ears(driver) == [("a", SupervisionKind.LISTEN)]
    driver.command(Do.CONSULT, argument=PENSIONS, call="a")
    driver.happens(LegAnswered(driver.department_leg("a")))
    driver.command(Do.COMPLETE, call="a")
    assert not driver.done(effects.Overhear)
    assert own in driver.floor.calls
    driver.hangs_up("a")
    assert own not in driver.floor.calls


def test_barging_that_follows_never_speaks_on_the_citizens_own_leg() -> None:
    """What is whispered into a leg is not in that leg's recording, and the citizen's leg is the one recorded."""
    driver = town()
    driver.ready("2001")
    leg = driver.talks("a", "2001")
    connects(driver, Do.BARGE, call="a", follow=True)
    assert ears(driver) == [(leg, SupervisionKind.BARGE)]
    driver.command(Do.HOLD, call="a")
    assert ears(driver) == [("a", SupervisionKind.LISTEN)]
    driver.command(Do.CONSULT, argument=PENSIONS, call="a")
    ward = driver.department_leg("a")
    driver.happens(LegAnswered(ward))
    driver.command(Do.COMPLETE, call="a")
    assert ears(driver) == [(ward, SupervisionKind.BARGE)]


def test_an_operator_on_hold_is_sent_silence_for_the_supervisors_voice_to_be_heard_in() -> None:
    driver = town()
    driver.ready("2001")
    leg = driver.talks("a", "2001")
    connects(driver, Do.WHISPER, call="a")
    driver.command(Do.HOLD, call="a")
    assert driver.done(effects.StartSilence) == [effects.StartSilence(leg)]
    driver.command(Do.RESUME, call="a")
    assert driver.done(effects.StopSilence) == [effects.StopSilence(leg)]


def test_supervision_of_an_operator_goes_on_with_the_next_call() -> None:
    driver = town()
    driver.ready("2001")
    leg = driver.talks("a", "2001")
    own = connects(driver, Do.LISTEN, "2001")
    driver.hangs_up("a")
    driver.hangs_up(leg)
    assert driver.call(own).phase is Phase.SUPERVISING
    driver.command(Do.WRAP_UP_DONE, "2001")
    second = driver.talks("b", "2001")
    assert ears(driver) == [(second, SupervisionKind.LISTEN)]
    supervise(driver, Do.STOP_SUPERVISION)
    assert [call for _, call, _ in kept(driver)] == ["a", "b"]


def test_supervision_begun_before_the_operators_first_call_waits_for_it() -> None:
    driver = town()
    driver.ready("2001")
    connects(driver, Do.WHISPER, "2001")
    assert not driver.done(effects.Overhear)
    leg = driver.talks("a", "2001")
    assert ears(driver) == [(leg, SupervisionKind.WHISPER)]


def test_colleague_who_is_called_inside_is_heard_on_his_own_telephone() -> None:
    driver = town()
    driver.ready("2001", "2002")
    driver.dials("2001", "2002")
    called = driver.call("own").leg
    driver.happens(LegAnswered(called))
    connects(driver, Do.LISTEN, "2002")
    assert ears(driver) == [(called, SupervisionKind.LISTEN)]


# --- taking over ------------------------------------------------------------------------------------------------------


def test_taking_over_makes_the_supervisor_the_operator_and_sends_the_former_one_to_wrap_up() -> None:
    driver = town()
    driver.ready("2001")
    former = driver.talks("a", "2001")
    own = connects(driver, Do.LISTEN, call="a")
    leg = driver.call(own).leg
    assert supervise(driver, Do.TAKE_OVER, call="a").ok
    assert driver.done(effects.Connect)[0].legs == ("a", leg)
    assert effects.HangUp(former) in driver.fresh
    assert effects.HangUp(leg) not in driver.fresh
    assert own not in driver.floor.calls
    assert (driver.call("a").operator, driver.call("a").operator_leg) == (ALL, leg)
    assert driver.operator("2001").state is OperatorState.WRAP_UP
    assert [kind for kind, _, _ in kept(driver)] == [SupervisionKind.LISTEN, SupervisionKind.TAKE_OVER]
    driver.hangs_up(former)
    driver.hangs_up("a")
    assert effects.HangUp(leg) in driver.fresh
    assert driver.operator(ALL).state is OperatorState.WRAP_UP


def test_conversation_of_a_call_back_can_be_taken_over_too() -> None:
    driver = town(callback_plan())
    driver.waits_in_civil("a")
    driver.passes(30_000)
    driver.presses("a", "11")
    driver.hangs_up("a")
    driver.ready("2001")
    former = driver.rings_at("a-back")
    driver.happens(LegAnswered(former))
    citizen = driver.call("a-back").leg
    driver.happens(LegAnswered(citizen))
    connects(driver, Do.TAKE_OVER, call="a-back")
    call = driver.call("a-back")
    assert (call.operator, call.leg, call.phase) == (ALL, citizen, Phase.TALKING)
    assert effects.HangUp(former) in driver.fresh
    assert driver.operator("2001").state is OperatorState.WRAP_UP
    driver.hangs_up(citizen)
    assert driver.operator(ALL).state is OperatorState.WRAP_UP


def test_only_the_call_of_a_citizen_can_be_taken_over() -> None:
    driver = town()
    driver.ready("2001", "2002")
    driver.dials("2001", "2002")
    (rung,) = driver.done(effects.RingPhone)
    driver.happens(LegAnswered(rung.leg))
    own = connects(driver, Do.LISTEN, "2001")
    ear = supervision(driver).supervision
    reply = supervise(driver, Do.TAKE_OVER, "2001")
    assert (reply.ok, reply.message) == (False, "call own is no call of a citizen; only those can be taken over")
    driver.presses(driver.call(own).leg, "*34")
    assert supervision(driver).supervision == ear


def test_supervisor_who_took_no_calls_before_takes_none_after_a_take_over() -> None:
    driver = town()
    driver.ready("2001")
    driver.talks("a", "2001")
    connects(driver, Do.TAKE_OVER, call="a")
    leg = driver.call("a").operator_leg
    assert leg is not None
    driver.hangs_up("a")
    driver.hangs_up(leg)
    assert driver.command(Do.WRAP_UP_DONE, ALL).ok
    assert driver.operator(ALL).state is OperatorState.NOT_READY


@pytest.mark.parametrize("phase", [Phase.HELD, Phase.CONSULT_RINGING, Phase.CONSULTING, Phase.THREE_WAY])
def test_taking_over_while_the_citizen_is_elsewhere_keeps_what_was_begun(phase: Phase) -> None:
    driver = town()
    driver.ready("2001")
    driver.talks("a", "2001")
    own = connects(driver, Do.LISTEN, call="a")
    leg = driver.call(own).leg
    if phase is Phase.HELD:
        driver.command(Do.HOLD, call="a")
    else:
        driver.command(Do.CONSULT, argument=PENSIONS, call="a")
    if phase in (Phase.CONSULTING, Phase.THREE_WAY):
        driver.happens(LegAnswered(driver.department_leg("a")))
    if phase is Phase.THREE_WAY:
        driver.command(Do.THREE_WAY, call="a")
    assert driver.call("a").phase is phase
    assert supervise(driver, Do.TAKE_OVER, call="a").ok
    assert driver.call("a").phase is (Phase.TALKING if phase is Phase.HELD else phase)
    assert driver.call("a").operator_leg == leg


def test_another_supervisor_hears_the_new_operator_after_a_take_over() -> None:
    driver = town()
    driver.ready("2001")
    driver.talks("a", "2001")
    connects(driver, Do.LISTEN, call="a", by=CIVIL_ONLY)
    own = connects(driver, Do.LISTEN, call="a")
    leg = driver.call(own).leg
    supervise(driver, Do.TAKE_OVER, call="a")
    assert ears(driver) == [(leg, SupervisionKind.LISTEN)]


def test_the_leg_that_took_over_is_told_under_the_call_that_it_began_in() -> None:
    """So that the facts of one leg agree, in whatever order they are stored."""
    driver = town()
    driver.ready("2001")
    driver.talks("a", "2001")
    own = connects(driver, Do.TAKE_OVER, call="a")
    leg = driver.call("a").operator_leg
    assert leg is not None
    driver.hangs_up("a")
    driver.hangs_up(leg)
    told = [one.call for one in driver.recorded(facts.LegStarted) if one.leg == leg]
    told += [one.call for one in driver.recorded(facts.LegClosed) if one.leg == leg]
    assert told == [own, own]


# --- who may ----------------------------------------------------------------------------------------------------------


def test_supervisor_of_a_group_may_hear_its_operators_and_no_others() -> None:
    driver = town()
    driver.ready("2001", "2003")
    driver.talks("a", "2001")
    refused = supervise(driver, Do.LISTEN, "2003", by=CIVIL_ONLY)
    assert not refused.ok
    assert "supervises civil" in refused.message
    assert supervise(driver, Do.LISTEN, "2001", by=CIVIL_ONLY).ok


@pytest.mark.parametrize(
    ("by", "extension", "call", "says"),
    [
        ("2002", "2001", None, "supervises nobody"),
        ("2090", "2090", None, "cannot supervise himself"),
        ("2090", "2999", None, "unknown extension"),
        ("2999", "2001", None, "unknown supervisor"),
        ("2090", None, "gone", "no call"),
        ("2090", None, "w", "with no operator"),
    ],
)
def test_what_is_not_allowed_is_refused_with_the_way_out(
    by: str, extension: str | None, call: str | None, says: str
) -> None:
    driver = town()
    driver.ready("2001")
    driver.talks("a", "2001")
    driver.waits_in_civil("w")
    before = driver.floor.calls
    reply = supervise(driver, Do.LISTEN, extension, call, by=Extension(by))
    assert not reply.ok
    assert says in reply.message
    assert driver.floor.calls == before


def test_supervisor_in_a_call_of_his_own_cannot_begin() -> None:
    driver = town()
    driver.ready("2001", "2002")
    driver.dials(ALL, "2002")
    assert not supervise(driver, Do.LISTEN, "2001").ok


# --- by telephone -----------------------------------------------------------------------------------------------------


def test_supervisor_dials_the_code_and_changes_over_by_keys() -> None:
    driver = town()
    driver.ready("2001")
    leg = driver.talks("a", "2001")
    driver.dials(ALL, "*312001", "sv")
    assert driver.call("sv").phase is Phase.SUPERVISING
    driver.hears_out("sv")
    assert ears(driver) == [(leg, SupervisionKind.LISTEN)]
    driver.presses("sv", "*33")
    assert ears(driver) == [(leg, SupervisionKind.BARGE)]
    assert driver.done(effects.Say)[0].media == (prompt("system-barging"),)
    driver.presses("sv", "*34")
    assert driver.call("a").operator_leg == "sv"


def test_code_of_somebody_who_may_not_is_refused_with_words() -> None:
    driver = town()
    driver.ready("2001", "2002")
    driver.dials("2002", "*312001", "own")
    assert driver.done(effects.Say)[0].media == (prompt("system-command-refused"),)
    assert driver.call("own").phase is Phase.CLOSING


def test_operator_who_keys_a_supervisors_code_in_a_call_is_refused() -> None:
    driver = town()
    driver.ready("2001")
    leg = driver.talks("a", "2001")
    driver.presses(leg, "*33")
    assert driver.done(effects.Say)[0].media == (prompt("system-command-refused"),)
    assert driver.call("a").phase is Phase.TALKING


# --- ends and restarts ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["a", "operator"])
def test_call_that_ends_ends_its_supervision(who: str) -> None:
    driver = town()
    driver.ready("2001")
    leg = driver.talks("a", "2001")
    own = connects(driver, Do.LISTEN, call="a")
    own_leg = driver.call(own).leg
    driver.hangs_up(leg if who == "operator" else who)
    assert effects.HangUp(own_leg) in driver.fresh
    assert driver.operator(ALL).state is OperatorState.LOGGED_OUT


def test_restart_puts_a_new_ear_where_the_old_one_was() -> None:
    driver = town()
    driver.ready("2001")
    leg = driver.talks("a", "2001")
    own = connects(driver, Do.WHISPER, call="a")
    old = driver.call(own).supervision
    assert old is not None
    assert old.ear is not None
    legs = (LegId("a"), leg, driver.call(own).leg)
    driver.happens(PbxFound(tuple(FoundLeg(one, answered=True) for one in legs)))
    assert effects.HangUp(old.ear.snoop) in driver.fresh
    assert ears(driver) == [(leg, SupervisionKind.WHISPER)]
    assert driver.done(effects.Overhear)[0].snoop != old.ear.snoop
    assert not kept(driver), "it goes on"


def test_restart_that_lost_the_supervisor_ends_the_supervision_and_not_the_call() -> None:
    driver = town()
    driver.ready("2001")
    leg = driver.talks("a", "2001")
    own = connects(driver, Do.LISTEN, call="a")
    driver.happens(PbxFound((FoundLeg(LegId("a"), answered=True), FoundLeg(leg, answered=True))))
    assert own not in driver.floor.calls
    assert driver.call("a").phase is Phase.TALKING
    assert len(kept(driver)) == 1


def test_late_news_of_a_snooping_channel_means_nothing() -> None:
    driver = town()
    driver.ready("2001")
    driver.talks("a", "2001")
    own = connects(driver, Do.LISTEN, call="a")
    wanted = driver.call(own).supervision
    assert wanted is not None
    assert wanted.ear is not None
    before = driver.floor
    driver.happens(LegEnded(wanted.ear.snoop, Cause.NORMAL))
    driver.happens(LegAnswered(wanted.ear.snoop))
    driver.happens(PlaybackEnded("nothing"))  # type: ignore[arg-type]
    assert driver.floor == before


# --- the call's own story ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "listened", "taken"),
    [
        ("en", "2090 listened to 2001 for 12.0 s: training", "2090 took the call over from 2001: training"),
        ("ja", "2090が2001の通話を12秒モニターした。理由：training", "2090が2001から通話を引き継いだ。理由：training"),
    ],
)
def test_story_of_the_call_tells_who_listened_and_who_took_over_and_why(
    language: Language, listened: str, taken: str
) -> None:
    driver = town()
    driver.ready("2001")
    driver.talks("a", "2001")
    connects(driver, Do.LISTEN, call="a")
    driver.passes(12_000)
    supervise(driver, Do.TAKE_OVER, call="a")
    told = [fact for fact in driver.recorded(facts.SupervisionEnded) if fact.call == "a"]
    assert [one.text for one in explain(told, language)] == [listened, taken]
