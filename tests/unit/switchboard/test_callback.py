"""Call-back instead of waiting (B-2): asked for while waiting, kept at its place, made once, ended once."""

import pytest

from ctl.switchboard import effects, facts
from ctl.switchboard.events import (
    CallArrived,
    CallServedElsewhere,
    Cause,
    Do,
    LegAnswered,
    LegEnded,
    LegLeft,
    ModeAsked,
    PbxFound,
    PlanAdopted,
    TimePassed,
)
from ctl.switchboard.floor import Phase
from ctl.switchboard.ids import CallId, CommandId, Extension, LegId, Number
from ctl.switchboard.kinds import CallbackResult, NotDialled, OperatorState, Outcome, Purpose, SegmentKind
from ctl.switchboard.plan import Destination, Mode, Outside, Queue, Stage, Trunk
from ctl.switchboard.records import replace
from tests.floor_driver import Driver
from tests.plans import CITY, CIVIL, EMERGENCY, TAX_GROUP, callback_plan

CALLER = "0312345678"
BACK = "c1-back"


def waits(desk: Driver, call: str = "c1", caller: str = CALLER, ms: int = 30_000) -> None:
    """A citizen comes, chooses CIVIL and waits."""
    desk.happens(CallArrived(CallId(call), LegId(call), CITY, caller))
    desk.hears_out(call)
    desk.presses(call, "1")
    if ms:
        desk.hears_out(call)
    desk.passes(ms)


def promised(desk: Driver, call: str = "c1", caller: str = CALLER) -> None:
    """The citizen waits, asks for a call-back at the number that is shown, and hangs up."""
    waits(desk, call, caller)
    desk.presses(call, "11")
    desk.hangs_up(call)


def heard(desk: Driver) -> list[str]:
    """The names of what was said in the last event."""
    return [media.removeprefix("sound:ctl/") for say in desk.done(effects.Say) for media in say.media]


def operator_answers(desk: Driver) -> None:
    desk.happens(LegAnswered(desk.rings_at(BACK)))


def dialled(desk: Driver) -> effects.DialOutside:
    return [effect for effect in desk.effects if isinstance(effect, effects.DialOutside)][-1]


def result(desk: Driver, call: str = BACK) -> CallbackResult:
    (ended,) = [fact for fact in desk.recorded(facts.CallbackEnded) if fact.call == call]
    return ended.result


# --- asking -----------------------------------------------------------------------------------------------------------


def test_it_is_offered_with_an_announcement_once_the_caller_has_waited_long_enough() -> None:
    desk = Driver(callback_plan())
    waits(desk, ms=29_999)
    said = [media for effect in desk.effects if isinstance(effect, effects.Say) for media in effect.media]
    assert "sound:ctl/callback-offer" not in said
    desk.passes(1)
    assert heard(desk) == ["still", "callback-offer"]


def test_it_is_offered_at_once_to_those_far_behind() -> None:
    desk = Driver(callback_plan(after_ms=None, from_position=2))
    waits(desk, "c0", ms=0)
    assert heard(desk) == ["wait"]
    waits(desk, "c1", ms=0)
    assert heard(desk) == ["wait", "callback-offer"]


def test_the_key_means_nothing_before_the_offer_and_in_a_queue_without_the_rule() -> None:
    desk = Driver(callback_plan())
    waits(desk, ms=29_999)
    desk.presses("c1", "1")
    assert desk.call("c1").phase is Phase.WAITING
    without = Driver()
    waits(without)
    without.presses("c1", "1")
    assert without.call("c1").phase is Phase.WAITING


def test_it_is_not_offered_when_none_could_be_made_any_more() -> None:
    desk = Driver(callback_plan())
    waits(desk, ms=9 * 3600_000)  # it is 19:00, and the caller still waits
    desk.presses("c1", "1")
    assert desk.call("c1").phase is Phase.WAITING


def test_the_number_shown_is_read_out_digit_by_digit() -> None:
    desk = Driver(callback_plan())
    waits(desk)
    desk.presses("c1", "1")
    assert heard(desk) == ["callback-number-is", *(f"digit-{digit}" for digit in CALLER), "callback-confirm"]


def test_a_confirmed_number_is_promised_and_the_call_is_neither_answered_nor_abandoned() -> None:
    desk = Driver(callback_plan())
    promised(desk)
    assert heard(desk) == []
    assert desk.outcome("c1") is Outcome.CALLBACK
    (wanted,) = desk.recorded(facts.CallbackRequested)
    assert (wanted.call, wanted.origin, wanted.number) == (BACK, "c1", CALLER)
    assert desk.call(BACK).phase is Phase.PROMISED


def test_another_number_can_be_keyed() -> None:
    desk = Driver(callback_plan())
    waits(desk)
    desk.presses("c1", "12")
    assert heard(desk) == ["callback-enter"]
    desk.presses("c1", "09*09012345678#")
    assert heard(desk) == ["callback-number-is", *(f"digit-{digit}" for digit in "09012345678"), "callback-confirm"]
    desk.presses("c1", "1")
    assert desk.recorded(facts.CallbackRequested)[0].number == "09012345678"


def test_a_caller_without_a_number_is_asked_for_one() -> None:
    desk = Driver(callback_plan())
    waits(desk, caller="anonymous")
    desk.presses("c1", "1")
    assert heard(desk) == ["callback-enter"]


def test_no_call_is_promised_to_numbers_that_cost_or_save_lives() -> None:
    for number in ("0570123456", "0990123456", "0010123456789", "110", "0901234567", "12345678901"):
        desk = Driver(callback_plan())
        waits(desk)
        desk.presses("c1", f"12{number}#")
        assert heard(desk) == ["callback-invalid", "callback-enter"], number
        assert not desk.recorded(facts.CallbackRequested)


def test_silence_is_asked_again_twice_and_then_the_caller_waits_on_at_the_same_place() -> None:
    desk = Driver(callback_plan())
    waits(desk)
    place = desk.call("c1").place
    desk.presses("c1", "1")
    for _ in range(2):
        desk.hears_out("c1")
        desk.passes(8_000)
        assert heard(desk)[-1] == "callback-confirm"
    desk.hears_out("c1")
    desk.passes(8_000)
    assert (desk.call("c1").phase, desk.call("c1").place) == (Phase.WAITING, place)


def test_who_would_rather_wait_does() -> None:
    desk = Driver(callback_plan())
    waits(desk)
    desk.presses("c1", "19")
    assert desk.call("c1").phase is Phase.WAITING
    desk.hangs_up("c1")
    assert desk.outcome("c1") is Outcome.ABANDONED_QUEUE


def test_who_hangs_up_before_confirming_was_promised_nothing() -> None:
    desk = Driver(callback_plan())
    waits(desk)
    desk.presses("c1", "1")
    desk.hangs_up("c1")
    assert desk.outcome("c1") is Outcome.ABANDONED_QUEUE
    assert not desk.recorded(facts.CallbackRequested)


def test_no_call_is_promised_to_a_number_that_the_allow_list_does_not_cover() -> None:
    desk = Driver(replace(callback_plan(), outside=Outside((Destination("06"), Destination("0570")))))
    waits(desk)
    desk.presses("c1", "1")
    assert heard(desk) == ["callback-enter"]
    for number in ("0312345678", "0570123456"):
        desk.presses("c1", f"{number}#")
        assert heard(desk)[0] == "callback-invalid", number
    desk.presses("c1", "0612345678#1")
    assert [fact.number for fact in desk.recorded(facts.CallbackRequested)] == ["0612345678"]


# --- being called -----------------------------------------------------------------------------------------------------


def test_operator_first_then_the_citizen_from_the_wards_number() -> None:
    desk = Driver(callback_plan())
    promised(desk)
    desk.ready("2001")
    ring = next(effect for effect in desk.effects if isinstance(effect, effects.RingPhone))
    assert (ring.caller, ring.caller_name) == (CALLER, "折返 戸籍")
    assert not [effect for effect in desk.effects if isinstance(effect, effects.DialOutside)]
    operator_answers(desk)
    assert (dialled(desk).number, dialled(desk).caller_id) == (CALLER, CITY)
    desk.happens(LegAnswered(dialled(desk).leg))
    (connected,) = desk.done(effects.Connect)
    assert set(connected.legs) == {dialled(desk).leg, ring.leg}
    assert desk.done(effects.StartRecording) == [effects.StartRecording(dialled(desk).leg, whole=True)]
    assert result(desk) is CallbackResult.ANSWERED
    desk.hangs_up(dialled(desk).leg)
    assert desk.operator("2001").state is OperatorState.WRAP_UP


def test_it_keeps_the_place_of_the_call_in_which_it_was_asked_for() -> None:
    desk = Driver(callback_plan())
    waits(desk, "c1", ms=30_000)
    waits(desk, "c2", "0312340002", ms=0)
    desk.presses("c1", "11")
    desk.hangs_up("c1")
    desk.ready("2001")
    assert desk.operator("2001").call == BACK
    desk.ready("2002")
    assert desk.operator("2002").call == "c2"


def test_it_waits_until_the_caller_has_hung_up() -> None:
    desk = Driver(callback_plan())
    waits(desk)
    desk.presses("c1", "11")
    desk.ready("2001")
    assert desk.operator("2001").state is OperatorState.READY
    desk.hangs_up("c1")
    assert desk.operator("2001").call == BACK


def test_it_waits_for_a_channel_of_the_trunk_beside_those_kept_for_handoffs() -> None:
    desk = Driver(replace(callback_plan(), trunk=Trunk(limit=3, reserve=2)))
    promised(desk)
    desk.happens(CallArrived(CallId("c2"), LegId("c2"), CITY, "0312340002"))
    desk.ready("2001")
    assert desk.operator("2001").state is OperatorState.READY
    desk.hangs_up("c2")
    assert desk.operator("2001").call == BACK


def test_no_more_of_them_begin_than_there_are_channels() -> None:
    desk = Driver(replace(callback_plan(), trunk=Trunk(limit=4, reserve=2)))
    for n in range(3):
        promised(desk, f"c{n}", f"031234000{n}")
    desk.ready("2001", "2002")
    assert {desk.operator(one).call for one in ("2001", "2002")} == {"c0-back", "c1-back"}
    full = Driver(replace(callback_plan(), trunk=Trunk(limit=3, reserve=2)))
    for n in range(2):
        promised(full, f"c{n}", f"031234000{n}")
    full.ready("2001", "2002")
    assert [full.operator(one).call for one in ("2001", "2002")] == ["c0-back", None]


def test_a_caller_who_takes_the_channel_meanwhile_costs_the_citizen_no_attempt() -> None:
    desk = Driver(replace(callback_plan(), trunk=Trunk(limit=3, reserve=2)))
    promised(desk)
    desk.ready("2001")
    desk.happens(CallArrived(CallId("c2"), LegId("c2"), CITY, "0312340002"))
    operator_answers(desk)
    assert not desk.done(effects.DialOutside)
    (refused,) = desk.recorded(facts.OutsideRefused)
    assert (refused.call, refused.extension, refused.purpose) == (BACK, "2001", Purpose.TO_CITIZEN)
    assert refused.why is NotDialled.TRUNK_FULL
    (tried,) = desk.recorded(facts.CallbackTried)
    assert (tried.attempt, tried.cause) == (0, Cause.CONGESTED)
    assert desk.call(BACK).phase is Phase.PROMISED


def test_a_number_that_may_not_be_called_any_more_ends_it_and_says_why() -> None:
    desk = Driver(callback_plan())
    promised(desk)
    listed = Outside((Destination("06"),))
    desk.happens(PlanAdopted(replace(callback_plan(), version="plan-2", outside=listed)))
    desk.ready("2001")
    operator_answers(desk)
    assert not desk.done(effects.DialOutside)
    assert heard(desk) == ["system-number-not-allowed"]
    (refused,) = desk.recorded(facts.OutsideRefused)
    assert (refused.call, refused.purpose, refused.why) == (BACK, Purpose.TO_CITIZEN, NotDialled.NOT_LISTED)
    assert refused.number == "0312******"
    assert result(desk) is CallbackResult.NOT_ALLOWED
    assert desk.operator("2001").state is OperatorState.READY
    desk.hears_out(BACK)
    assert BACK not in desk.floor.calls


def test_a_busy_citizen_is_tried_again_and_the_operator_is_free_meanwhile() -> None:
    desk = Driver(callback_plan(attempts=2, retry_ms=60_000))
    promised(desk)
    desk.ready("2001")
    idle_since = desk.operator("2001").idle_since
    operator_answers(desk)
    desk.passes(5_000)
    operator_leg = desk.call(BACK).operator_leg
    assert operator_leg is not None
    desk.happens(LegEnded(dialled(desk).leg, Cause.BUSY))
    assert heard(desk) == ["callback-unreached"]
    assert (desk.operator("2001").state, desk.operator("2001").idle_since) == (OperatorState.READY, idle_since)
    desk.hangs_up(operator_leg)
    desk.passes(59_999)
    assert desk.operator("2001").state is OperatorState.READY
    desk.passes(1)
    assert desk.operator("2001").call == BACK
    operator_answers(desk)
    desk.happens(LegAnswered(dialled(desk).leg))
    assert result(desk) is CallbackResult.ANSWERED
    assert [(tried.attempt, tried.cause) for tried in desk.recorded(facts.CallbackTried)] == [
        (1, Cause.BUSY),
        (2, None),
    ]


def test_the_last_attempt_in_vain_ends_it_and_the_operator_is_told() -> None:
    desk = Driver(callback_plan(attempts=1))
    promised(desk)
    desk.ready("2001")
    operator_answers(desk)
    desk.happens(LegEnded(dialled(desk).leg, Cause.NO_ANSWER))
    assert heard(desk) == ["callback-unreached"]
    assert result(desk) is CallbackResult.GAVE_UP
    assert desk.operator("2001").state is OperatorState.READY
    desk.hears_out(BACK)
    assert BACK not in desk.floor.calls


def test_an_operator_who_does_not_hear_it_out_that_the_last_attempt_was_in_vain_leaves_nobody_waiting() -> None:
    desk = Driver(callback_plan(attempts=1))
    promised(desk)
    desk.ready("2001")
    operator_answers(desk)
    leg = desk.call(BACK).operator_leg
    assert leg is not None
    desk.hangs_up(dialled(desk).leg, Cause.NO_ANSWER)
    desk.hangs_up(leg)
    assert BACK not in desk.floor.calls
    assert not desk.done(effects.RingPhone)
    assert desk.operator("2001").state is OperatorState.READY


def test_nor_does_one_who_does_not_hear_out_that_the_number_may_not_be_called() -> None:
    desk = Driver(callback_plan())
    promised(desk)
    listed = Outside((Destination("06"),))
    desk.happens(PlanAdopted(replace(callback_plan(), version="plan-2", outside=listed)))
    desk.ready("2001")
    operator_answers(desk)
    leg = desk.call(BACK).operator_leg
    assert leg is not None
    desk.hangs_up(leg)
    assert BACK not in desk.floor.calls


def test_an_operator_who_hangs_up_while_it_rings_is_out_and_the_next_one_is_asked_after_the_spacing() -> None:
    """The citizen's telephone does not ring again at once; but an operator who hung up costs him no attempt."""
    desk = Driver(callback_plan(attempts=1, retry_ms=60_000))
    promised(desk)
    desk.ready("2001", "2002")
    operator_answers(desk)
    rung = dialled(desk).leg
    leg = desk.call(BACK).operator_leg
    assert leg is not None
    desk.hangs_up(leg)
    assert desk.operator("2001").state is OperatorState.NOT_READY
    assert effects.HangUp(rung) in desk.fresh
    (tried,) = desk.recorded(facts.CallbackTried)
    assert (tried.attempt, tried.cause, tried.next_at) == (0, Cause.CANCELLED, desk.now + 60_000)
    desk.happens(LegEnded(rung, Cause.NORMAL))
    desk.passes(59_999)
    assert desk.call(BACK).phase is Phase.PROMISED
    desk.passes(1)
    assert desk.operator("2002").call == BACK


def test_nor_does_it_ring_again_at_once_when_the_operators_telephone_is_lost() -> None:
    desk = Driver(callback_plan(retry_ms=60_000))
    promised(desk)
    desk.ready("2001", "2002")
    operator_answers(desk)
    leg = desk.call(BACK).operator_leg
    assert leg is not None
    desk.hangs_up(leg, Cause.LOST)
    desk.passes(59_999)
    assert desk.call(BACK).phase is Phase.PROMISED
    desk.passes(1)
    assert desk.call(BACK).phase is Phase.RINGING


def test_an_operator_who_declines_before_the_citizen_is_called_leaves_no_spacing() -> None:
    desk = Driver(callback_plan(preview=True))
    promised(desk)
    desk.ready("2001", "2002")
    operator_answers(desk)
    leg = desk.call(BACK).operator_leg
    assert leg is not None
    desk.hangs_up(leg)
    assert desk.operator("2002").call == BACK


def test_declining_a_call_back_is_a_pause_where_the_plan_says_so() -> None:
    desk = Driver(replace(callback_plan(retry_ms=10_000), pause_ms=30_000))
    promised(desk)
    desk.ready("2001")
    operator_answers(desk)
    leg = desk.call(BACK).operator_leg
    assert leg is not None
    desk.hangs_up(leg)
    desk.passes(29_999)
    assert (desk.operator("2001").state, desk.operator("2001").reason) == (OperatorState.NOT_READY, "refused")
    desk.passes(1)
    assert desk.operator("2001").call == BACK


def test_not_ready_asked_for_while_the_citizen_is_rung_holds_when_the_operators_telephone_fails() -> None:
    desk = Driver(callback_plan())
    promised(desk)
    desk.hangs_up("c1")
    desk.ready("2001")
    operator_answers(desk)
    assert desk.command(Do.NOT_READY, "2001", "break").ok
    leg = desk.call(BACK).operator_leg
    assert leg is not None
    desk.hangs_up(leg, Cause.UNREACHABLE)
    assert (desk.operator("2001").state, desk.operator("2001").reason) == (OperatorState.NOT_READY, "break")


def test_preview_calls_the_citizen_only_when_the_operator_says_so() -> None:
    desk = Driver(callback_plan(preview=True))
    promised(desk)
    desk.ready("2001")
    operator_answers(desk)
    assert heard(desk) == ["callback-preview"]
    assert not [effect for effect in desk.effects if isinstance(effect, effects.DialOutside)]
    leg = desk.call(BACK).operator_leg
    assert leg is not None
    desk.presses(leg, "1")
    assert dialled(desk).number == CALLER


def test_preview_by_command_and_its_end() -> None:
    desk = Driver(callback_plan(preview=True, preview_ms=30_000))
    promised(desk)
    desk.ready("2001")
    operator_answers(desk)
    desk.passes(30_000)
    assert desk.operator("2001").state is OperatorState.NOT_READY
    assert desk.call(BACK).phase is Phase.PROMISED
    desk.ready("2002")
    operator_answers(desk)
    assert desk.command(Do.CALLBACK_DIAL, call=BACK).ok
    assert desk.call(BACK).phase is Phase.DIALLING


# --- the end of the promise -------------------------------------------------------------------------------------------


def test_it_expires_at_closing_time() -> None:
    desk = Driver(callback_plan())
    promised(desk)
    desk.passes(9 * 3600_000)
    assert result(desk) is CallbackResult.EXPIRED
    assert BACK not in desk.floor.calls


def test_a_retry_in_progress_at_closing_time_ends_there() -> None:
    desk = Driver(callback_plan(retry_ms=3600_000))
    promised(desk)
    desk.passes(9 * 3600_000 - 60_000)
    desk.ready("2001")
    operator_answers(desk)
    desk.passes(60_000)
    assert desk.call(BACK).phase is Phase.DIALLING
    desk.happens(LegEnded(dialled(desk).leg, Cause.BUSY))
    assert result(desk) is CallbackResult.EXPIRED


def test_calling_again_cancels_it_and_takes_its_place() -> None:
    desk = Driver(callback_plan())
    promised(desk)
    place = desk.call(BACK).place
    waits(desk, "c2", "0312340002", ms=1)
    waits(desk, "c3", ms=0)
    assert result(desk) is CallbackResult.CALLED_AGAIN
    assert desk.call("c3").place == place
    desk.ready("2001")
    assert desk.operator("2001").call == "c3"


def test_a_promise_that_expires_as_its_citizen_comes_to_the_queue_ends_once() -> None:
    """Both are due when the switchboard is back after a gap."""
    desk = Driver(callback_plan())
    waits(desk)
    desk.happens(CallArrived(CallId("c2"), LegId("c2"), CITY, "0312340002"))
    desk.hears_out("c2")
    desk.hears_out("c2")
    desk.passes(5_000)
    desk.hears_out("c2")  # the menu once more, and is silent again
    desk.presses("c1", "120312340002#1")
    desk.hangs_up("c1")
    desk.now += 9 * 3600_000
    desk.happens(TimePassed())
    assert desk.call("c2").phase is Phase.WAITING
    assert result(desk) is CallbackResult.CALLED_AGAIN
    assert BACK not in desk.floor.calls


def test_calling_again_while_the_operator_is_rung_gives_the_operator_back() -> None:
    desk = Driver(callback_plan())
    promised(desk)
    desk.ready("2001")
    rung = desk.rings_at(BACK)
    waits(desk, "c3", ms=0)
    assert result(desk) is CallbackResult.CALLED_AGAIN
    desk.hangs_up(rung)
    assert desk.operator("2001").call == "c3"


def test_caller_who_comes_to_no_queue_is_still_owed_the_call() -> None:
    """Hung up in the menu, the trunk full, or a number that is not ours: nobody has served the citizen."""
    crowded = Driver(replace(callback_plan(), trunk=Trunk(limit=2, reserve=0)))
    promised(crowded)
    for other in "xyz":
        crowded.happens(CallArrived(CallId(other), LegId(other), CITY, f"031234000{len(crowded.floor.calls)}"))
    crowded.happens(CallArrived(CallId("c2"), LegId("c2"), CITY, CALLER))
    assert crowded.call("c2").closing_as is Outcome.TRUNK_FULL
    assert crowded.call(BACK).phase is Phase.PROMISED
    for dialled_number in (CITY, Number("0300000000")):
        desk = Driver(callback_plan())
        promised(desk)
        desk.happens(CallArrived(CallId("c2"), LegId("c2"), dialled_number, CALLER))
        desk.hangs_up("c2")
        desk.ready("2001")
        assert desk.operator("2001").call == BACK


def test_nobody_is_called_back_who_is_on_the_line() -> None:
    desk = Driver(callback_plan())
    promised(desk)
    desk.happens(CallArrived(CallId("c2"), LegId("c2"), CITY, CALLER))
    desk.ready("2001")
    assert desk.call(BACK).phase is Phase.PROMISED
    desk.hangs_up("c2")
    assert desk.operator("2001").call == BACK


def test_citizen_who_calls_while_being_rung_is_not_rung_any_more_and_costs_no_attempt() -> None:
    desk = Driver(callback_plan(attempts=1))
    promised(desk)
    desk.ready("2001")
    operator_answers(desk)
    rung, operator_leg = dialled(desk).leg, desk.call(BACK).operator_leg
    assert operator_leg is not None
    desk.happens(CallArrived(CallId("c2"), LegId("c2"), CITY, CALLER))
    assert {effects.HangUp(rung), effects.HangUp(operator_leg)} <= set(desk.fresh)
    desk.hangs_up(rung, Cause.CANCELLED)
    desk.hangs_up(operator_leg)
    assert (desk.call(BACK).phase, desk.operator("2001").state) == (Phase.PROMISED, OperatorState.READY)
    desk.hangs_up("c2")
    assert desk.operator("2001").call == BACK


def rescued_while_hearing_that_it_is_kept(desk: Driver, keys: str = "11") -> None:
    """The switchboard was away for a moment: the caller, who has not hung up yet, is back from the PBX's own queue."""
    waits(desk)
    desk.presses("c1", keys)
    desk.happens(LegLeft(LegId("c1")))
    desk.happens(CallArrived(CallId("c1"), LegId("c1"), CITY, CALLER, desk.now))


@pytest.mark.parametrize("keys", ["11", "1209012345678#1"])
def test_promised_caller_who_comes_back_to_the_queue_waits_himself(keys: str) -> None:
    desk = Driver(callback_plan())
    rescued_while_hearing_that_it_is_kept(desk, keys)
    assert (desk.call("c1").phase, result(desk)) == (Phase.WAITING, CallbackResult.CALLED_AGAIN)
    assert desk.call("c1").place == desk.recorded(facts.CallbackRequested)[0].place


def test_promised_caller_who_came_back_may_ask_anew_and_that_is_another_call() -> None:
    desk = Driver(callback_plan())
    rescued_while_hearing_that_it_is_kept(desk)
    desk.presses("c1", "11")
    started = [fact.call for fact in desk.recorded(facts.CallStarted)]
    assert len(set(started)) == len(started)
    desk.hangs_up("c1")
    desk.ready("2001")
    assert desk.operator("2001").call == desk.recorded(facts.CallbackRequested)[-1].call


@pytest.mark.parametrize("operator", [Extension("2001"), None])
def test_promised_caller_who_was_served_in_the_pbx_own_queue_is_not_called_back(operator: Extension | None) -> None:
    desk = Driver(callback_plan())
    waits(desk)
    desk.presses("c1", "11")
    desk.happens(LegLeft(LegId("c1")))
    answered_at = desk.now if operator else None
    desk.happens(CallServedElsewhere(CallId("c1"), CITY, CALLER, desk.now, answered_at, desk.now, operator))
    assert (BACK in desk.floor.calls) is (operator is None)


def test_a_promise_is_kept_in_another_mode_by_its_operators_and_as_it_was_made() -> None:
    """Also where the queue makes none in that mode."""
    plan = callback_plan(attempts=2, retry_ms=60_000)
    strict = Queue(CIVIL, "戸籍", (Stage(TAX_GROUP),), priority=1)
    desk = Driver(replace(plan, modes={EMERGENCY: Mode(EMERGENCY, "緊急体制", queues={CIVIL: strict})}))
    promised(desk)
    desk.happens(ModeAsked(CommandId("m"), "cli", EMERGENCY, "区民相談課", "統括SV", "台風"))
    assert desk.call(BACK).priority == 1
    desk.ready("2003")
    operator_answers(desk)
    desk.hangs_up(dialled(desk).leg, Cause.BUSY)
    assert desk.call(BACK).phase is Phase.PROMISED
    assert desk.recorded(facts.CallbackTried)[-1].next_at == desk.now + 60_000


def test_a_supervisors_word_on_a_call_back_outlives_a_change_of_mode() -> None:
    plan = callback_plan()
    strict = replace(plan.queues[CIVIL], priority=1)
    desk = Driver(replace(plan, modes={EMERGENCY: Mode(EMERGENCY, "緊急体制", queues={CIVIL: strict})}))
    promised(desk)
    assert desk.command(Do.CALLBACK_NOW, call=BACK).ok
    desk.happens(ModeAsked(CommandId("m"), "cli", EMERGENCY, "区民相談課", "統括SV", "台風"))
    assert desk.call(BACK).priority == 0


def test_citizen_who_answers_as_the_operator_hangs_up_waits_at_the_head_of_the_queue() -> None:
    desk = Driver(callback_plan())
    promised(desk)
    desk.ready("2001")
    operator_answers(desk)
    operator_leg, citizen = desk.call(BACK).operator_leg, dialled(desk).leg
    assert operator_leg is not None
    desk.happens(LegAnswered(citizen))
    desk.passes(999)
    desk.hangs_up(operator_leg)
    assert desk.call(BACK).phase is Phase.WAITING
    desk.ready("2002")
    desk.happens(LegAnswered(desk.rings_at(BACK)))
    assert desk.operator("2002").call == BACK
    assert desk.done(effects.Connect)[0].legs[0] == citizen


def test_operator_who_hangs_up_after_having_heard_the_citizen_ends_the_call() -> None:
    desk = Driver(callback_plan())
    promised(desk)
    desk.ready("2001")
    operator_answers(desk)
    operator_leg = desk.call(BACK).operator_leg
    assert operator_leg is not None
    desk.happens(LegAnswered(dialled(desk).leg))
    desk.passes(1000)
    desk.hangs_up(operator_leg)
    assert BACK not in desk.floor.calls


def test_cancel_and_now_by_command() -> None:
    desk = Driver(callback_plan(retry_ms=600_000))
    promised(desk)
    desk.ready("2001")
    operator_answers(desk)
    desk.happens(LegEnded(dialled(desk).leg, Cause.BUSY))
    desk.hears_out_parting(BACK)
    assert desk.command(Do.CALLBACK_NOW, call=BACK).ok
    assert desk.operator("2001").call == BACK
    assert desk.command(Do.CALLBACK_CANCEL, call=BACK).ok
    assert result(desk) is CallbackResult.CANCELLED
    assert desk.operator("2001").state is OperatorState.READY
    refused = desk.command(Do.CALLBACK_CANCEL, call=BACK)
    assert not refused.ok


def test_wishes_about_call_backs_are_refused_for_other_calls() -> None:
    desk = Driver(callback_plan())
    desk.ready("2001")
    waits(desk, ms=0)
    assert desk.call("c1").phase is Phase.RINGING
    for do in (Do.CALLBACK_CANCEL, Do.CALLBACK_NOW, Do.CALLBACK_DIAL):
        answer = desk.command(do, call="c1")
        assert not answer.ok
        assert "no call-back" in answer.message


def test_a_second_promise_to_the_same_number_replaces_the_first() -> None:
    desk = Driver(callback_plan())
    promised(desk, "c1")
    waits(desk, "c2", "0312340002")
    desk.presses("c2", f"12{CALLER}#1")
    desk.hangs_up("c2")
    assert result(desk, "c1-back") is CallbackResult.CALLED_AGAIN
    assert desk.call("c2-back").place == desk.recorded(facts.CallbackRequested)[0].place


def test_time_of_a_promise_is_not_time_that_a_citizen_waited_on_the_line() -> None:
    desk = Driver(callback_plan())
    promised(desk)
    desk.passes(60_000)
    desk.ready("2001")
    operator_answers(desk)
    desk.happens(LegAnswered(dialled(desk).leg))
    kinds = [fact.kind for fact in desk.recorded(facts.SegmentEnded) if fact.call == BACK]
    assert kinds == [SegmentKind.PROMISED]


def test_a_restart_of_the_pbx_keeps_the_promise() -> None:
    desk = Driver(callback_plan())
    promised(desk)
    desk.happens(PbxFound(()))
    assert desk.call(BACK).phase is Phase.PROMISED
    assert not desk.done(effects.StartMusic)


def test_a_callback_that_the_power_cut_off_is_offered_when_the_centre_is_back() -> None:
    desk = Driver(callback_plan())
    promised(desk)
    desk.ready("2001")
    assert desk.operator("2001").state is OperatorState.OFFERED
    desk.happens(PbxFound((), booted=True))
    assert desk.operator("2001").state is OperatorState.READY
    desk.passes(3600_000)
    back_at = desk.now
    desk.happens(PbxFound(()))
    assert desk.operator("2001").state is OperatorState.OFFERED
    assert [fact.at for fact in desk.recorded(facts.OfferMade)][1:] == [back_at]
