"""A citizen's call: IVR, queue, operator (1.2.1-1.2.5, 1.3.1, 1.3.2)."""

import pytest

from ctl.switchboard import effects, facts
from ctl.switchboard.events import CallArrived, Cause, Do, LegAnswered, LegEnded, PhoneReachable, PhoneUnreachable
from ctl.switchboard.floor import Phase
from ctl.switchboard.ids import CallId, Endpoint, Extension, LegId, Number
from ctl.switchboard.kinds import OfferResult, OperatorState, Outcome, SegmentKind
from tests.floor_driver import Driver
from tests.plans import CITY, operator, plan_with, prompt

NIGHT = 12 * 3_600_000


def test_citizen_hears_greeting_then_menu_then_waits_with_announcement_and_music() -> None:
    town = Driver()
    town.calls_in("a")
    assert town.done(effects.Say)[0].media == (prompt("greeting"),)
    town.hears_out("a")
    assert town.done(effects.Say)[0].media == (prompt("menu"),)
    town.presses("a", "1")
    assert town.done(effects.Hush), "a key interrupts the menu"
    assert town.done(effects.Say)[0].media == (prompt("wait"),)
    town.hears_out("a")
    assert town.done(effects.StartMusic) == [effects.StartMusic(LegId("a"))]
    assert town.call("a").menu == "civil"


def test_every_ivr_step_is_a_fact() -> None:
    town = Driver()
    town.calls_in("a")
    town.hears_out("a")
    town.presses("a", "9")
    town.hears_out("a")
    town.passes(5000)
    steps = [(fact.node, fact.outcome, fact.key) for fact in town.recorded(facts.IvrStepped)]
    assert steps == [
        ("hours", "passed", None),
        ("greeting", "passed", None),
        ("menu", "invalid", "9"),
        ("menu", "timeout", None),
        ("menu", "given_up", None),
        ("civil", "passed", None),
    ]


def test_unknown_number_is_refused_in_words_and_never_reaches_an_operator() -> None:
    town = Driver()
    town.ready("2001")
    town.calls_in("a", Number("0399999999"))
    assert town.done(effects.Say)[0].media == (prompt("system-unknown-number"),)
    town.hears_out("a")
    assert town.done(effects.HangUp) == [effects.HangUp(LegId("a"))]
    assert town.outcome("a") is Outcome.REFUSED
    assert not town.recorded(facts.OfferMade)


def test_night_call_hears_the_closing_message() -> None:
    town = Driver()
    town.now += NIGHT
    town.calls_in("a")
    assert town.done(effects.Say)[0].media == (prompt("night"),)
    town.hears_out("a")
    assert town.outcome("a") is Outcome.CLOSED


def test_longest_idle_operator_is_rung() -> None:
    town = Driver()
    town.ready("2002", "2001")
    town.waits_in_civil("a")
    offer = town.recorded(facts.OfferMade)[0]
    assert offer.operator == "2002"
    assert [one.extension for one in offer.candidates] == ["2002", "2001"]


def test_operator_without_the_skill_is_not_rung_and_the_reason_is_kept() -> None:
    town = Driver()
    town.ready("2003", "2001")
    town.waits_in_civil("a")
    offer = town.recorded(facts.OfferMade)[0]
    assert offer.operator == "2001"
    assert offer.unfit == (("2003", "no_skill"),)


def test_they_talk_when_the_operator_answers() -> None:
    town = Driver()
    town.ready("2001")
    leg = town.talks("a", "2001")
    connect = town.done(effects.Connect)[0]
    assert connect.legs == ("a", leg)
    assert connect.silent_keys == (leg,)
    assert town.operator("2001").state is OperatorState.TALKING
    assert effects.StopMusic(LegId("a")) in town.fresh


def test_wrap_up_lasts_until_it_is_released_and_then_the_idle_clock_starts() -> None:
    town = Driver()
    town.ready("2001")
    leg = town.talks("a", "2001")
    town.hangs_up("a")
    town.hangs_up(leg)
    assert town.operator("2001").state is OperatorState.WRAP_UP
    town.waits_in_civil("b")
    assert town.call("b").phase is Phase.WAITING
    town.passes(10_000)
    assert town.command(Do.WRAP_UP_DONE, "2001").ok
    assert town.call("b").phase is Phase.RINGING
    assert town.operator("2001").idle_since == town.now


def test_a_telephone_that_is_still_being_hung_up_is_not_rung() -> None:
    town = Driver()
    town.ready("2001")
    leg = town.talks("a", "2001")
    town.hangs_up("a")
    town.command(Do.WRAP_UP_DONE, "2001")
    town.waits_in_civil("b")
    assert town.call("b").phase is Phase.WAITING
    town.hangs_up(leg)
    assert town.call("b").phase is Phase.RINGING


def test_ring_timeout_takes_the_operator_out_and_the_caller_back_to_the_head() -> None:
    town = Driver()
    town.ready("2001")
    town.waits_in_civil("a")
    town.waits_in_civil("b")
    town.passes(20_000)
    assert town.operator("2001").state is OperatorState.NOT_READY
    assert town.operator("2001").reason == "ring_timeout"
    assert town.recorded(facts.OfferEnded)[0].result is OfferResult.RING_TIMEOUT
    town.ready("2002")
    assert town.call("a").phase is Phase.RINGING
    assert town.call("b").phase is Phase.WAITING


def test_declined_offer_goes_to_the_next_operator_at_once() -> None:
    town = Driver()
    town.ready("2001", "2002")
    town.waits_in_civil("a")
    town.hangs_up(town.rings_at("a"), Cause.BUSY)
    assert town.operator("2001").reason == "refused"
    assert town.operator("2002").call == "a"


def test_not_ready_while_ringing_withdraws_the_offer_without_blame() -> None:
    town = Driver()
    town.ready("2001", "2002")
    town.waits_in_civil("a")
    ringing = town.rings_at("a")
    assert town.command(Do.NOT_READY, "2001", "break").ok
    assert effects.HangUp(ringing) in town.fresh
    assert town.operator("2002").call == "a"
    assert town.recorded(facts.OfferEnded)[0].result is OfferResult.WITHDRAWN


def test_lost_telephone_takes_the_operator_out_until_it_is_back() -> None:
    town = Driver()
    town.ready("2001")
    town.happens(PhoneUnreachable(Extension("2001"), Endpoint("2001")))
    town.waits_in_civil("a")
    assert town.call("a").phase is Phase.WAITING
    town.happens(PhoneReachable(Extension("2001"), Endpoint("2001")))
    assert town.call("a").phase is Phase.RINGING


def test_operators_of_a_higher_level_fit_when_the_caller_has_waited_long_enough() -> None:
    trainee = operator("2004", civil=7)
    town = Driver(plan_with(operators={trainee.extension: trainee}))
    town.ready("2004")
    town.waits_in_civil("a")
    assert town.call("a").phase is Phase.WAITING
    town.passes(19_999)
    assert town.call("a").phase is Phase.WAITING
    town.passes(1)
    assert town.call("a").phase is Phase.RINGING


def test_queue_of_smaller_priority_is_served_first() -> None:
    town = Driver()
    town.waits_in_civil("civil")
    town.calls_in("tax")
    town.hears_out("tax")
    town.presses("tax", "2")
    town.passes(60_000)
    town.ready("2001")
    assert town.call("tax").phase is Phase.RINGING
    assert town.call("civil").phase is Phase.WAITING


def test_abandoned_in_ivr_queue_and_ringing_are_three_different_facts() -> None:
    town = Driver()
    town.calls_in("ivr")
    town.hangs_up("ivr")
    town.waits_in_civil("queue")
    town.hangs_up("queue")
    town.ready("2001")
    town.waits_in_civil("ringing")
    ringing = town.rings_at("ringing")
    town.hangs_up("ringing")
    assert effects.HangUp(ringing) in town.fresh
    assert [town.outcome(call) for call in ("ivr", "queue", "ringing")] == [
        Outcome.ABANDONED_IVR,
        Outcome.ABANDONED_QUEUE,
        Outcome.ABANDONED_RINGING,
    ]
    assert town.operator("2001").state is OperatorState.READY


def test_answer_that_comes_after_the_citizen_left_is_hung_up() -> None:
    town = Driver()
    town.ready("2001")
    town.waits_in_civil("a")
    leg = town.rings_at("a")
    town.hangs_up("a")
    town.happens(LegAnswered(leg))
    assert town.done(effects.HangUp) == [effects.HangUp(leg)]
    assert town.outcome("a") is Outcome.ABANDONED_RINGING


def test_hold_and_resume_are_segments_of_their_own() -> None:
    town = Driver()
    town.ready("2001")
    leg = town.talks("a", "2001")
    town.passes(1000)
    assert town.command(Do.HOLD, call="a").ok
    assert effects.StartMusic(LegId("a")) in town.fresh
    town.passes(2000)
    assert town.command(Do.RESUME, call="a").ok
    assert town.done(effects.Connect)[0].legs == ("a", leg)
    town.passes(3000)
    town.hangs_up("a")
    lengths: dict[SegmentKind, int] = {}
    for fact in town.recorded(facts.SegmentEnded):
        lengths[fact.kind] = lengths.get(fact.kind, 0) + fact.at - fact.started_at
    assert lengths[SegmentKind.HOLD] == 2000
    assert lengths[SegmentKind.TALK] == 4000


def test_citizen_whose_operators_telephone_dies_goes_back_to_the_head() -> None:
    town = Driver()
    town.ready("2001", "2002")
    leg = town.talks("a", "2001")
    town.hangs_up(leg, Cause.UNREACHABLE)
    assert town.operator("2002").call == "a"


def test_waiting_caller_hears_the_announcement_again() -> None:
    town = Driver()
    town.waits_in_civil("a")
    town.hears_out("a")
    town.passes(30_000)
    assert [say.media for say in town.done(effects.Say)] == [(prompt("still"),)]


def test_caller_back_from_the_fallback_queue_keeps_the_place() -> None:
    town = Driver()
    town.waits_in_civil("a")
    town.happens(CallArrived(CallId("b"), LegId("b"), CITY, "0312345678", waiting_since=town.now - 60_000))
    town.ready("2001")
    assert town.call("b").phase is Phase.RINGING
    assert town.call("a").phase is Phase.WAITING


def test_ivr_sends_a_citizen_straight_to_a_department() -> None:
    town = Driver()
    town.calls_in("a")
    town.hears_out("a")
    town.presses("a", "3")
    leg = town.department_leg("a")
    town.happens(LegAnswered(leg))
    assert town.done(effects.Connect)[0].legs == ("a", leg)
    town.hangs_up(leg)
    assert town.outcome("a") is Outcome.HANDED_OFF


def test_citizen_whose_department_does_not_answer_goes_where_the_flow_says() -> None:
    town = Driver()
    town.calls_in("a")
    town.hears_out("a")
    town.presses("a", "3")
    town.passes(30_000)
    assert town.call("a").queue == "civil"


@pytest.mark.parametrize(("cause", "ended_by"), [(Cause.NORMAL, "citizen"), (Cause.UNREACHABLE, "pbx")])
def test_citizen_of_whose_line_nothing_was_heard_has_not_hung_up(cause: Cause, ended_by: str) -> None:
    town = Driver()
    town.ready("2001")
    town.talks("a", "2001")
    town.happens(LegEnded(LegId("a"), cause, 44))
    [ended] = town.recorded(facts.CallEnded)
    assert (ended.outcome, ended.ended_by) == (Outcome.ANSWERED, ended_by)
