"""A dead telephone is never ready and holds no caller; rung in vain, declined and unreachable are three things."""

import pytest

from ctl.switchboard import effects, facts
from ctl.switchboard.events import (
    Cause,
    Commanded,
    Do,
    FoundLeg,
    LegAnswered,
    LegCalled,
    LegEnded,
    LegRang,
    PbxFound,
    PhoneOccupied,
    PhoneReachable,
    PhoneUnreachable,
)
from ctl.switchboard.floor import Phase
from ctl.switchboard.ids import CommandId, Endpoint, Extension, LegId
from ctl.switchboard.kinds import OfferResult, OperatorState, ReasonKind
from ctl.switchboard.presence import DEAF_MS
from tests.floor_driver import Driver
from tests.plans import PENSIONS, plan_with

S = OperatorState
DESK, BROWSER = Endpoint("2001"), Endpoint("2001w")
WHO = Extension("2001")
SILENCE_MS = 2_500


def offered(*ready: str, **plan: object) -> Driver:
    """A citizen's call has been offered to the first of these, and the PBX has called the telephone."""
    town = Driver(plan_with(silence_ms=SILENCE_MS, **plan))
    town.ready(*(ready or ("2001", "2002")))
    town.waits_in_civil("a")
    town.happens(LegCalled(town.rings_at("a")))
    return town


def state(town: Driver, extension: str = "2001") -> tuple[OperatorState, str | None, ReasonKind | None]:
    known = town.operator(extension)
    return known.state, known.reason, known.kind


def test_telephone_that_says_nothing_passes_the_caller_on_and_is_asked() -> None:
    town = offered()
    silent = town.rings_at("a")
    town.passes(SILENCE_MS - 1)
    assert town.operator("2001").call == "a"
    town.passes(1)
    assert effects.HangUp(silent) in town.fresh
    assert town.operator("2002").call == "a"
    assert state(town) == (S.UNREACHABLE, "silent", ReasonKind.FORCED)
    assert effects.AskPhone(WHO, DESK) in town.fresh
    assert town.recorded(facts.OfferEnded)[0].result is OfferResult.UNREACHABLE


def test_telephone_that_rings_may_take_its_time() -> None:
    town = offered()
    town.passes(2_000)
    town.happens(LegRang(town.rings_at("a")))
    town.passes(17_999)
    assert town.operator("2001").call == "a"
    town.passes(1)
    assert state(town) == (S.NOT_READY, "ring_timeout", ReasonKind.FORCED)


def test_silence_counts_from_the_call_of_the_telephone_not_from_our_wish() -> None:
    town = Driver(plan_with(silence_ms=SILENCE_MS))
    town.ready("2001")
    town.waits_in_civil("a")
    town.passes(10_000)
    assert town.operator("2001").call == "a", "the PBX may be away: no telephone is to blame"


def test_after_a_gap_no_telephone_is_silent_that_may_have_spoken() -> None:
    town = offered("2001")
    town.happens(PbxFound((FoundLeg(LegId("a"), True), FoundLeg(town.rings_at("a"), False))))
    town.passes(10_000)
    assert town.operator("2001").call == "a"


def test_who_answers_while_nothing_is_heard_of_the_pbx_talks_when_it_is_heard_again() -> None:
    """Longer than the telephone may ring."""
    town = offered("2001")
    phone = town.rings_at("a")
    town.happens(LegRang(phone))
    town.passes(60_000, deaf=True)
    town.happens(PbxFound((FoundLeg(LegId("a"), True), FoundLeg(phone, True))))
    town.passes(10_000)
    assert (town.call("a").phase, state(town)[0]) == (Phase.TALKING, S.TALKING)


def test_telephone_that_has_only_rung_while_nothing_was_heard_is_given_up_soon_after() -> None:
    town = offered("2001")
    phone = town.rings_at("a")
    town.happens(LegRang(phone))
    town.passes(60_000, deaf=True)
    town.happens(PbxFound((FoundLeg(LegId("a"), True), FoundLeg(phone, False))))
    town.passes(DEAF_MS)
    assert state(town) == (S.NOT_READY, "ring_timeout", ReasonKind.FORCED)
    assert town.call("a").phase is Phase.WAITING


def test_department_that_answers_while_nothing_is_heard_of_the_pbx_is_consulted() -> None:
    town = Driver()
    town.ready("2001")
    operator = town.talks("a", "2001")
    town.command(Do.CONSULT, "2001", PENSIONS)
    department = town.department_leg("a")
    town.passes(120_000, deaf=True)
    here = (FoundLeg(LegId("a"), True), FoundLeg(operator, True), FoundLeg(department, True))
    town.happens(PbxFound(here))
    assert town.call("a").phase is Phase.CONSULTING


def test_telephone_that_is_there_after_all_counts_again() -> None:
    town = offered("2001")
    silent = town.rings_at("a")
    town.passes(SILENCE_MS)
    assert town.call("a").phase is Phase.WAITING
    town.hangs_up(silent, Cause.CANCELLED)
    town.happens(PhoneReachable(WHO, DESK))
    assert town.operator("2001").call == "a"


def test_telephone_that_is_there_and_twice_takes_no_call_is_broken() -> None:
    town = offered("2001")
    for _ in range(2):
        silent = town.rings_at("a")
        town.happens(LegCalled(silent))
        town.passes(SILENCE_MS)
        town.hangs_up(silent, Cause.CANCELLED)
        if town.operator("2001").state is S.UNREACHABLE:
            town.happens(PhoneReachable(WHO, DESK))
    assert state(town) == (S.NOT_READY, "silent", ReasonKind.FORCED)
    assert town.call("a").phase is Phase.WAITING
    assert town.command(Do.READY, "2001").ok, "the operator may try again"
    assert town.operator("2001").call == "a"


def test_a_call_that_rings_clears_the_doubt() -> None:
    town = offered("2001")
    silent = town.rings_at("a")
    town.passes(SILENCE_MS)
    town.hangs_up(silent, Cause.CANCELLED)
    town.happens(PhoneReachable(WHO, DESK))
    town.happens(LegRang(town.rings_at("a")))
    town.hangs_up(town.rings_at("a"), Cause.UNREACHABLE)
    assert state(town) == (S.UNREACHABLE, "unreachable", ReasonKind.FORCED)


@pytest.mark.parametrize("cause", [Cause.UNREACHABLE, Cause.CONGESTED, Cause.CANCELLED])
def test_telephone_that_cannot_be_called_passes_the_caller_on(cause: Cause) -> None:
    town = offered()
    town.hangs_up(town.rings_at("a"), cause)
    assert town.operator("2002").call == "a"
    assert state(town) == (S.UNREACHABLE, "unreachable", ReasonKind.FORCED)


def test_with_a_second_telephone_the_operator_stays_ready_and_is_rung_there() -> None:
    town = Driver(plan_with(silence_ms=SILENCE_MS))
    town.happens(PhoneReachable(WHO, DESK))
    town.happens(PhoneReachable(WHO, BROWSER))
    town.command(Do.LOGIN, "2001")
    town.command(Do.READY, "2001")
    town.waits_in_civil("a")
    assert town.done(effects.RingPhone)[0].endpoint == BROWSER
    silent = town.rings_at("a")
    town.happens(LegCalled(silent))
    town.passes(SILENCE_MS)
    assert town.operator("2001").state is S.READY
    town.hangs_up(silent, Cause.CANCELLED)
    assert town.done(effects.RingPhone)[0].endpoint == DESK


def test_telephone_that_vanishes_while_it_rings_passes_the_caller_on_at_once() -> None:
    town = offered()
    town.happens(LegRang(town.rings_at("a")))
    town.happens(PhoneUnreachable(WHO, DESK))
    assert town.operator("2002").call == "a"
    assert state(town) == (S.UNREACHABLE, "unreachable", ReasonKind.FORCED)


def test_browser_that_closes_while_it_rings_passes_the_caller_to_the_desk() -> None:
    town = Driver()
    town.happens(PhoneReachable(WHO, DESK))
    town.happens(PhoneReachable(WHO, BROWSER))
    town.command(Do.LOGIN, "2001")
    town.command(Do.READY, "2001")
    town.waits_in_civil("a")
    ringing = town.rings_at("a")
    town.happens(PhoneUnreachable(WHO, BROWSER))
    assert effects.HangUp(ringing) in town.fresh
    town.hangs_up(ringing, Cause.UNREACHABLE)
    assert town.done(effects.RingPhone)[0].endpoint == DESK


def test_whoever_was_unreachable_is_ready_when_the_telephone_is_back() -> None:
    town = Driver()
    town.ready("2001")
    town.happens(PhoneUnreachable(WHO, DESK))
    assert state(town) == (S.UNREACHABLE, "unreachable", ReasonKind.FORCED)
    assert "telephone must be back" in town.command(Do.READY, "2001").message
    town.now += 5_000
    town.happens(PhoneReachable(WHO, DESK))
    assert town.operator("2001").state is S.READY
    assert town.operator("2001").idle_since == town.now


def test_not_ready_stays_not_ready_whatever_the_telephone_does() -> None:
    town = Driver()
    town.ready("2001")
    town.command(Do.NOT_READY, "2001", "break")
    town.happens(PhoneUnreachable(WHO, DESK))
    town.happens(PhoneReachable(WHO, DESK))
    assert state(town) == (S.NOT_READY, "break", ReasonKind.ASKED)


def test_unreachable_operator_may_go_to_a_break_and_home() -> None:
    town = Driver()
    town.ready("2001")
    town.happens(PhoneUnreachable(WHO, DESK))
    assert town.command(Do.NOT_READY, "2001", "break").ok
    town.happens(PhoneReachable(WHO, DESK))
    assert town.operator("2001").state is S.NOT_READY
    assert town.command(Do.LOGOUT, "2001").ok


def test_declining_is_a_pause_where_the_plan_says_so() -> None:
    town = offered("2001", pause_ms=30_000)
    declined = town.rings_at("a")
    town.hangs_up(declined, Cause.BUSY)
    assert state(town) == (S.NOT_READY, "refused", ReasonKind.FORCED)
    town.passes(29_999)
    assert town.call("a").phase is Phase.WAITING
    town.passes(1)
    assert town.operator("2001").call == "a"


def test_not_ready_asked_for_in_the_pause_outlasts_it() -> None:
    town = offered("2001", pause_ms=30_000)
    town.hangs_up(town.rings_at("a"), Cause.REFUSED)
    town.command(Do.NOT_READY, "2001", "break")
    town.passes(60_000)
    assert state(town) == (S.NOT_READY, "break", ReasonKind.ASKED)


def test_declining_without_a_pause_lasts_until_ready_is_asked_for() -> None:
    town = offered("2001")
    town.hangs_up(town.rings_at("a"), Cause.BUSY)
    town.passes(3_600_000)
    assert state(town) == (S.NOT_READY, "refused", ReasonKind.FORCED)


def test_reasons_are_of_a_kind() -> None:
    town = Driver()
    town.ready("2001")
    town.command(Do.NOT_READY, "2001", "break")
    forced = Commanded(
        CommandId("sv"),
        Do.NOT_READY,
        "test",
        WHO,
        argument="training",
        supervisor=Extension("2003"),
        reason="new tax rules",
    )
    town.happens(forced)
    kinds = [
        (fact.reason, fact.kind)
        for fact in town.recorded(facts.OperatorChanged)
        if fact.state is OperatorState.NOT_READY
    ]
    assert kinds == [("login", ReasonKind.NONE), ("break", ReasonKind.ASKED), ("training", ReasonKind.FORCED)]


def test_not_ready_forced_during_a_call_is_forced_at_its_end() -> None:
    town = Driver(plan_with(wrap_up=False))
    town.ready("2001")
    leg = town.talks("a", "2001")
    town.happens(
        Commanded(
            CommandId("sv"), Do.NOT_READY, "test", WHO, argument="training", supervisor=Extension("2003"), reason="why"
        )
    )
    assert town.operator("2001").state is S.TALKING
    town.hangs_up("a")
    town.hangs_up(leg)
    assert state(town) == (S.NOT_READY, "training", ReasonKind.FORCED)


def test_a_pause_goes_on_during_a_call_of_ones_own() -> None:
    town = offered("2001", pause_ms=30_000)
    town.hangs_up(town.rings_at("a"), Cause.BUSY)
    town.dials("2001", "0312345678")
    outside = town.call("own").leg
    town.happens(LegAnswered(outside))
    town.passes(10_000)
    town.hangs_up(outside)
    town.hangs_up("own")
    assert state(town) == (S.NOT_READY, "refused", ReasonKind.FORCED)
    town.passes(20_000)
    assert town.operator("2001").call == "a"


def test_word_of_a_telephone_that_is_not_offered_anything_changes_nothing() -> None:
    town = offered()
    before = town.floor
    town.happens(LegCalled(LegId("strange")))
    town.happens(LegRang(LegId("strange")))
    assert town.floor == before


def test_telephone_that_turns_out_to_be_in_a_call_of_the_fallback_is_offered_nothing() -> None:
    """After a gap the PBX's calls are known before those of its own queue: who was rung meanwhile is left in peace."""
    town = offered()
    leg = town.rings_at("a")
    town.happens(PhoneOccupied(WHO, True))
    assert effects.HangUp(leg) in town.fresh
    assert town.recorded(facts.OfferEnded)[-1].result is OfferResult.WITHDRAWN
    assert (state(town)[0], town.operator("2002").call) == (S.READY, "a")
    town.waits_in_civil("b")
    assert town.call("b").phase is Phase.WAITING
    town.happens(LegEnded(leg, Cause.CANCELLED))
    town.happens(PhoneOccupied(WHO, False))
    assert town.operator("2001").call == "b"


# --- torn out of a call -----------------------------------------------------------------------------------------------


def torn_out(wrap_up: bool, *ready: str) -> Driver:
    """The first of these talked with citizen a, and no sound came from his telephone any more."""
    town = Driver(plan_with(wrap_up=wrap_up))
    town.ready(*ready)
    town.hangs_up(town.talks("a", ready[0]), Cause.UNREACHABLE)
    return town


def test_operator_whose_telephone_falls_silent_is_offered_the_same_caller_no_more() -> None:
    """It may answer when it is asked whether it is there. Who wants to be ready is."""
    town = torn_out(False, "2001")
    assert state(town) == (S.NOT_READY, "unreachable", ReasonKind.FORCED)
    assert town.call("a").phase is Phase.WAITING
    assert town.command(Do.READY, "2001").ok
    assert town.operator("2001").call == "a"


def test_telephone_that_is_there_anew_makes_its_operator_ready() -> None:
    town = torn_out(False, "2001")
    town.happens(PhoneUnreachable(WHO, DESK))
    assert state(town)[:2] == (S.NOT_READY, "unreachable")
    town.happens(PhoneReachable(WHO, DESK))
    assert town.operator("2001").call == "a"


def test_operator_who_was_torn_out_has_his_wrap_up_and_is_not_ready_after_it() -> None:
    town = torn_out(True, "2001", "2002")
    assert (state(town)[0], town.operator("2002").call) == (S.WRAP_UP, "a")
    town.command(Do.WRAP_UP_DONE, "2001")
    assert state(town) == (S.NOT_READY, "unreachable", ReasonKind.FORCED)


def test_wrap_up_of_one_who_was_torn_out_ends_as_unreachable_while_the_telephone_is_gone() -> None:
    town = torn_out(True, "2001", "2002")
    town.happens(PhoneUnreachable(WHO, DESK))
    town.command(Do.WRAP_UP_DONE, "2001")
    assert state(town) == (S.UNREACHABLE, "unreachable", ReasonKind.FORCED)


def test_telephone_that_is_there_anew_in_the_wrap_up_is_trusted_after_it() -> None:
    town = torn_out(True, "2001", "2002")
    town.happens(PhoneUnreachable(WHO, DESK))
    town.happens(PhoneReachable(WHO, DESK))
    assert town.operator("2002").call == "a"  # who is rung for him meanwhile rings on
    town.command(Do.WRAP_UP_DONE, "2001")
    assert state(town)[0] is S.READY


def test_operator_who_wanted_a_break_has_it_and_not_another_reason() -> None:
    town = Driver(plan_with(wrap_up=False))
    town.ready("2001")
    leg = town.talks("a", "2001")
    assert town.command(Do.NOT_READY, "2001", "break").ok
    town.hangs_up(leg, Cause.UNREACHABLE)
    assert state(town) == (S.NOT_READY, "break", ReasonKind.ASKED)


@pytest.mark.parametrize(
    ("cause", "ended_by", "now"),
    [
        (Cause.UNREACHABLE, "pbx", (S.NOT_READY, "unreachable")),
        (Cause.LOST, "pbx", (S.READY, None)),
        (Cause.NORMAL, "operator", (S.READY, None)),
    ],
)
def test_own_call_that_the_operator_is_torn_out_of_was_not_ended_by_him(
    cause: Cause, ended_by: str, now: tuple[OperatorState, str | None]
) -> None:
    """A leg that went missing in a gap says nothing of the telephone."""
    town = Driver()
    town.ready("2001")
    town.dials("2001", "0398765432")
    town.happens(LegAnswered(town.call("own").leg))
    assert town.call("own").phase is Phase.TALKING
    town.hangs_up("own", cause)
    [ended] = town.recorded(facts.CallEnded)
    assert (ended.outcome, ended.ended_by) == (None, ended_by)
    assert state(town)[:2] == now


def test_operator_who_was_not_ready_before_a_call_of_his_own_stays_so_for_his_reason() -> None:
    town = Driver()
    town.ready("2001")
    assert town.command(Do.NOT_READY, "2001", "break").ok
    town.dials("2001", "0398765432")
    town.happens(LegAnswered(town.call("own").leg))
    town.hangs_up("own", Cause.UNREACHABLE)
    assert state(town)[:2] == (S.NOT_READY, "break")
    assert town.command(Do.READY, "2001").ok
    assert state(town)[0] is S.READY
