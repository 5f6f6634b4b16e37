"""The two-step handoff (1.1.3): the citizen is never left alone, whoever hangs up, in whatever order."""

import pytest

from ctl.switchboard import effects, facts
from ctl.switchboard.ending import TOGETHER_MS
from ctl.switchboard.events import (
    Cause,
    Do,
    FoundLeg,
    LegAnswered,
    PbxFound,
    PhoneHeld,
    PhoneResumed,
    PlanAdopted,
)
from ctl.switchboard.floor import Phase
from ctl.switchboard.ids import CallId, DepartmentCode, LegId, Number
from ctl.switchboard.kinds import HandoffResult, OperatorState, Outcome
from ctl.switchboard.plan import Trunk
from ctl.switchboard.records import replace
from tests.floor_driver import Driver
from tests.plans import PARKS, PENSIONS, PENSIONS_FIRST, PENSIONS_SECOND, plan_with, prompt, small_plan


@pytest.fixture
def town() -> Driver:
    """2001 talks with citizen a."""
    town = Driver()
    town.ready("2001")
    town.talks("a", "2001")
    return town


def consult(town: Driver) -> tuple[LegId, LegId]:
    assert town.command(Do.CONSULT, call="a", argument=PENSIONS).ok
    operator_leg = town.call("a").operator_leg
    assert operator_leg is not None
    return operator_leg, town.department_leg("a")


def consulting(town: Driver) -> tuple[LegId, LegId]:
    operator_leg, department = consult(town)
    town.happens(LegAnswered(department))
    return operator_leg, department


def results(town: Driver) -> list[HandoffResult]:
    return [fact.result for fact in town.recorded(facts.HandoffEnded)]


def test_citizen_hears_music_while_the_department_rings(town: Driver) -> None:
    operator_leg, department = consult(town)
    assert effects.StartMusic(LegId("a")) in town.fresh
    dial = town.done(effects.DialOutside)[0]
    assert (dial.leg, dial.number) == (department, PENSIONS_FIRST)
    assert town.done(effects.Say)[0].leg == operator_leg


def test_department_and_operator_talk_alone_when_it_answers(town: Driver) -> None:
    operator_leg, department = consulting(town)
    assert town.done(effects.Connect)[0].legs == (operator_leg, department)


def test_agreed_handoff_connects_citizen_and_department_and_frees_the_operator(town: Driver) -> None:
    operator_leg, department = consulting(town)
    assert town.command(Do.COMPLETE, call="a").ok
    assert town.done(effects.Connect)[0].legs == ("a", department)
    assert effects.HangUp(operator_leg) in town.fresh
    assert town.operator("2001").state is OperatorState.WRAP_UP
    town.hangs_up(operator_leg)
    town.passes(TOGETHER_MS)
    assert results(town) == [HandoffResult.COMPLETED]
    assert town.call("a").phase is Phase.HANDED_OFF
    town.hangs_up(department)
    assert town.outcome("a") is Outcome.HANDED_OFF


def test_bridge_that_was_to_end_while_nothing_was_heard_of_the_pbx_is_ended_after_it(
    town: Driver,
) -> None:
    """Or a citizen on hold would hear the operator still."""
    operator, bridge = town.call("a").operator_leg, town.call("a").bridge
    assert operator is not None
    assert bridge is not None
    town.command(Do.HOLD, call="a")
    town.happens(PbxFound((FoundLeg(LegId("a"), True), FoundLeg(operator, True))))
    assert town.fresh.index(effects.Disconnect(bridge)) < town.fresh.index(effects.StartMusic(LegId("a")))


def test_operator_serves_the_next_citizen_while_the_handed_off_call_goes_on(town: Driver) -> None:
    operator_leg, department = consulting(town)
    town.command(Do.COMPLETE, call="a")
    town.hangs_up(operator_leg)
    town.command(Do.WRAP_UP_DONE, "2001")
    town.talks("b", "2001")
    town.passes(TOGETHER_MS)
    town.hangs_up(department)
    assert town.outcome("a") is Outcome.HANDED_OFF
    assert town.operator("2001").state is OperatorState.TALKING


@pytest.mark.parametrize(
    ("cause", "result", "said"),
    [
        (Cause.BUSY, HandoffResult.BUSY, "system-department-busy"),
        (Cause.NO_ANSWER, HandoffResult.NO_ANSWER, "system-department-no-answer"),
        (Cause.REFUSED, HandoffResult.REFUSED, "system-department-refused"),
        (Cause.CONGESTED, HandoffResult.UNREACHABLE, "system-department-no-answer"),
    ],
)
def test_department_that_does_not_come_gives_the_citizen_back(
    town: Driver, cause: Cause, result: HandoffResult, said: str
) -> None:
    operator_leg, department = consult(town)
    town.hangs_up(department, cause)
    assert results(town) == [result]
    assert [(say.leg, say.media) for say in town.done(effects.Say)] == [(operator_leg, (prompt(said),))]
    town.hears_out("a")
    assert town.call("a").phase is Phase.TALKING
    assert town.done(effects.Connect)[0].legs == ("a", operator_leg)


def test_department_that_rings_too_long_is_given_up(town: Driver) -> None:
    _, department = consult(town)
    town.passes(30_000)
    assert effects.HangUp(department) in town.effects
    assert results(town) == [HandoffResult.NO_ANSWER]


def test_department_that_hangs_up_gives_the_citizen_back(town: Driver) -> None:
    operator_leg, department = consulting(town)
    town.hangs_up(department)
    assert town.done(effects.Connect)[0].legs == ("a", operator_leg)
    assert results(town) == [HandoffResult.DEPARTMENT_LEFT]


def test_cancelled_consultation_gives_the_citizen_back(town: Driver) -> None:
    operator_leg, department = consulting(town)
    assert town.command(Do.CANCEL, call="a").ok
    assert effects.HangUp(department) in town.fresh
    assert town.done(effects.Connect)[0].legs == ("a", operator_leg)
    assert results(town) == [HandoffResult.CANCELLED]


def test_department_that_answers_as_the_operator_cancels_is_hung_up(town: Driver) -> None:
    _, department = consult(town)
    town.command(Do.CANCEL, call="a")
    town.happens(LegAnswered(department))
    assert effects.HangUp(department) in town.fresh
    assert town.call("a").phase is Phase.TALKING


TORN_OUT = [Cause.UNREACHABLE, Cause.CONGESTED, Cause.LOST]


@pytest.mark.parametrize("cause", TORN_OUT)
def test_operator_who_is_torn_out_of_a_consultation_hands_nobody_over(town: Driver, cause: Cause) -> None:
    operator_leg, department = consulting(town)
    town.ready("2002")
    town.hangs_up(operator_leg, cause)
    assert effects.HangUp(department) in town.effects
    assert results(town) == [HandoffResult.CANCELLED]
    assert (town.call("a").phase, town.operator("2002").call) == (Phase.RINGING, "a")


@pytest.mark.parametrize("cause", TORN_OUT)
def test_department_and_citizen_who_talk_already_go_on_when_the_operator_is_torn_out(
    town: Driver, cause: Cause
) -> None:
    operator_leg, department = consulting(town)
    assert town.command(Do.THREE_WAY, call="a").ok
    town.hangs_up(operator_leg, cause)
    assert town.done(effects.Connect)[0].legs == ("a", department)
    assert results(town) == [HandoffResult.COMPLETED]
    town.hangs_up("a")
    assert town.outcome("a") is Outcome.HANDED_OFF


def test_three_way_lets_all_hear_each_other_and_ends_in_completion(town: Driver) -> None:
    operator_leg, department = consulting(town)
    assert town.command(Do.THREE_WAY, call="a").ok
    assert town.done(effects.Connect)[0].legs == ("a", operator_leg, department)
    town.command(Do.COMPLETE, call="a")
    assert town.call("a").phase is Phase.HANDED_OFF


def test_next_number_of_the_department_is_tried_on_request(town: Driver) -> None:
    _, first = consult(town)
    assert town.command(Do.NEXT_NUMBER, call="a").ok
    assert effects.HangUp(first) in town.fresh
    assert town.done(effects.DialOutside)[0].number == PENSIONS_SECOND
    town.hangs_up(town.department_leg("a"), Cause.BUSY)
    assert not town.command(Do.NEXT_NUMBER, call="a").ok


def test_number_that_was_mended_and_department_that_is_new_are_dialled_also_in_a_call_that_began_before(
    town: Driver,
) -> None:
    known = small_plan().departments
    mended, new = Number("0300000109"), DepartmentCode("103")
    departments = {
        PENSIONS: replace(known[PENSIONS], numbers=(mended,)),
        new: replace(known[PARKS], code=new, numbers=(Number("0300000301"),)),
    }
    town.happens(PlanAdopted(plan_with(version="plan-2", departments=departments)))
    consult(town)
    assert town.done(effects.DialOutside)[0].number == mended
    assert not town.command(Do.NEXT_NUMBER, call="a").ok, "it has one number now"
    town.command(Do.CANCEL, call="a")
    assert town.command(Do.CONSULT, call="a", argument=new).ok
    assert town.done(effects.DialOutside)[0].number == "0300000301"


def test_department_that_a_new_plan_has_no_more_is_still_reached_in_a_call_that_began_before(town: Driver) -> None:
    town.happens(PlanAdopted(plan_with(version="plan-2", departments={})))
    consult(town)
    assert town.done(effects.DialOutside)[0].number == PENSIONS_FIRST


def test_direct_transfer_tries_every_number_and_brings_the_citizen_back(town: Driver) -> None:
    operator_leg = town.call("a").operator_leg
    assert town.command(Do.TRANSFER, call="a", argument=PENSIONS).ok
    assert operator_leg is not None
    assert effects.HangUp(operator_leg) in town.fresh
    assert town.operator("2001").state is OperatorState.WRAP_UP
    town.hangs_up(town.department_leg("a"), Cause.BUSY)
    assert town.done(effects.DialOutside)[0].number == PENSIONS_SECOND
    town.hangs_up(town.department_leg("a"), Cause.NO_ANSWER)
    assert town.call("a").phase is Phase.WAITING


def test_operator_who_hangs_up_while_the_department_rings_leaves_the_citizen_at_the_head(town: Driver) -> None:
    operator_leg, department = consult(town)
    town.hangs_up(operator_leg)
    assert effects.HangUp(department) in town.fresh
    assert town.call("a").phase is Phase.WAITING


def test_operator_who_hangs_up_while_consulting_hands_over(town: Driver) -> None:
    operator_leg, department = consulting(town)
    town.hangs_up(operator_leg)
    assert town.done(effects.Connect)[0].legs == ("a", department)


def test_citizen_is_back_at_the_head_when_operator_and_department_hang_up_together(town: Driver) -> None:
    operator_leg, department = consulting(town)
    town.passes(8000)
    town.hangs_up(operator_leg)
    assert results(town) == []
    town.passes(2999)
    town.ready("2002")
    town.hangs_up(department)
    assert results(town) == [HandoffResult.DEPARTMENT_LEFT]
    assert (town.call("a").phase, town.operator("2002").call) == (Phase.RINGING, "a")


def test_department_that_stays_has_the_citizen_from_the_moment_in_which_the_operator_hung_up(town: Driver) -> None:
    operator_leg, department = consulting(town)
    hung_up_at = town.now
    town.hangs_up(operator_leg)
    town.passes(3000)
    town.hangs_up(department)
    assert [(fact.result, fact.at) for fact in town.recorded(facts.HandoffEnded)] == [
        (HandoffResult.COMPLETED, hung_up_at)
    ]
    assert town.outcome("a") is Outcome.HANDED_OFF


def test_citizen_who_hangs_up_right_after_the_operator_was_handed_over(town: Driver) -> None:
    operator_leg, _ = consulting(town)
    hung_up_at = town.now
    town.hangs_up(operator_leg)
    town.passes(1000)
    town.hangs_up("a")
    assert [(fact.result, fact.at) for fact in town.recorded(facts.HandoffEnded)] == [
        (HandoffResult.COMPLETED, hung_up_at)
    ]
    assert town.outcome("a") is Outcome.HANDED_OFF


@pytest.mark.parametrize(
    ("after_ms", "result"), [(5, HandoffResult.DEPARTMENT_LEFT), (TOGETHER_MS, HandoffResult.COMPLETED)]
)
def test_department_that_hangs_up_as_the_operator_completes_has_not_taken_the_citizen(
    town: Driver, after_ms: int, result: HandoffResult
) -> None:
    _, department = consulting(town)
    completed_at = town.now
    assert town.command(Do.COMPLETE, call="a").ok
    town.passes(after_ms)
    town.hangs_up(department)
    assert results(town) == [result]
    if result is HandoffResult.DEPARTMENT_LEFT:
        assert town.call("a").phase is Phase.WAITING
    else:
        assert [fact.at for fact in town.recorded(facts.HandoffEnded)] == [completed_at]
        assert town.outcome("a") is Outcome.HANDED_OFF


def test_handoff_after_all_three_have_talked_ends_with_the_department_however_soon(town: Driver) -> None:
    _, department = consulting(town)
    town.command(Do.THREE_WAY, call="a")
    town.command(Do.COMPLETE, call="a")
    town.hangs_up(department)
    assert results(town) == [HandoffResult.COMPLETED]
    assert town.outcome("a") is Outcome.HANDED_OFF


@pytest.mark.parametrize(("keys", "phase"), [((True,), Phase.WAITING), ((True, False), None)], ids=["held", "resumed"])
def test_citizen_whom_the_telephones_own_key_holds_is_back_at_the_head_when_the_operator_hangs_up(
    town: Driver, keys: tuple[bool, ...], phase: Phase | None
) -> None:
    operator_leg = town.call("a").operator_leg
    assert operator_leg is not None
    for held in keys:
        town.happens(PhoneHeld(operator_leg) if held else PhoneResumed(operator_leg))
    town.hangs_up(operator_leg)
    left = town.floor.calls.get(CallId("a"))
    assert (left.phase if left is not None else None) == phase


def test_citizen_who_hangs_up_while_consulting_ends_it_for_all(town: Driver) -> None:
    operator_leg, department = consulting(town)
    town.hangs_up("a")
    assert effects.HangUp(operator_leg) in town.fresh
    assert effects.HangUp(department) in town.fresh
    assert results(town) == [HandoffResult.CITIZEN_LEFT]
    assert town.operator("2001").state is OperatorState.WRAP_UP


def test_operator_who_ends_the_call_while_consulting_is_not_told_as_a_citizen_who_hung_up(town: Driver) -> None:
    consulting(town)
    assert town.command(Do.HANGUP, call="a").ok
    assert results(town) == [HandoffResult.CANCELLED]
    assert town.recorded(facts.CallEnded)[0].ended_by == "operator"


@pytest.mark.parametrize(("cause", "ended_by"), [(Cause.NORMAL, "department"), (Cause.UNREACHABLE, "pbx")])
def test_department_of_whose_line_nothing_was_heard_has_not_hung_up(town: Driver, cause: Cause, ended_by: str) -> None:
    _, department = consulting(town)
    assert town.command(Do.COMPLETE, call="a").ok
    town.passes(TOGETHER_MS)
    town.hangs_up(department, cause)
    assert town.recorded(facts.CallEnded)[0].ended_by == ended_by


def test_former_operator_who_is_still_being_told_is_hung_up_when_the_next_one_transfers(town: Driver) -> None:
    """Two transfers of one citizen within the few words that the first operator hears at parting."""
    first = town.call("a").operator_leg
    assert first is not None
    town.ready("2002")
    town.presses(first, "*27102#")
    town.hangs_up(town.department_leg("a"), Cause.BUSY)
    second = town.rings_at("a")
    town.happens(LegAnswered(second))
    town.presses(second, "*27102#")
    assert effects.HangUp(first) in town.fresh
    town.hangs_up(first)
    town.hears_out_parting("a")
    assert second not in town.floor.legs


def test_outside_seconds_of_each_leg_are_kept_apart(town: Driver) -> None:
    _, department = consult(town)
    town.passes(4000)
    town.happens(LegAnswered(department))
    town.passes(6000)
    town.command(Do.COMPLETE, call="a")
    town.passes(50_000)
    town.hangs_up("a")
    town.hangs_up(department)
    closed = next(fact for fact in town.recorded(facts.LegClosed) if fact.leg == department)
    assert closed.outside
    assert closed.answered_at is not None
    assert closed.at - closed.answered_at == 56_000


def test_full_trunk_refuses_a_consultation_and_changes_nothing() -> None:
    town = Driver(plan_with(trunk=Trunk(limit=2, reserve=0)))
    town.ready("2001")
    town.talks("a", "2001")
    town.calls_in("x")
    reply = town.command(Do.CONSULT, call="a", argument=PENSIONS)
    assert not reply.ok
    assert "channels of the trunk" in reply.message
    assert town.call("a").phase is Phase.TALKING


def test_every_bridge_of_a_call_but_the_first_is_mixed() -> None:
    """In a plain one, who records or listens may miss the new partner (docs/decisions/015)."""
    town = Driver()
    town.ready("2001")
    town.talks("a", "2001")
    assert [connect.mixed for connect in town.done(effects.Connect)] == [False]
    town.command(Do.CONSULT, call="a", argument=PENSIONS)
    town.happens(LegAnswered(town.department_leg("a")))
    assert [connect.mixed for connect in town.done(effects.Connect)] == [True]
    town.command(Do.COMPLETE, call="a")
    assert [connect.mixed for connect in town.done(effects.Connect)] == [True]


def test_citizen_of_whom_it_is_not_known_whether_the_hold_is_over_is_let_go_as_ever(town: Driver) -> None:
    """The telephone's key may have ended it while nothing was heard of the PBX."""
    operator_leg = town.call("a").operator_leg
    assert operator_leg is not None
    town.happens(PhoneHeld(operator_leg))
    town.happens(PbxFound((FoundLeg(LegId("a"), True), FoundLeg(operator_leg, True))))
    town.passes(60_000)
    town.hangs_up(operator_leg)
    assert town.outcome("a") is Outcome.ANSWERED


def test_department_that_went_long_after_the_completion_had_taken_the_citizen(town: Driver) -> None:
    """Nothing was heard of the PBX meanwhile: nobody knows when it went."""
    operator_leg, _ = consulting(town)
    assert town.command(Do.COMPLETE, call="a").ok
    town.hangs_up(operator_leg)
    town.passes(600_000, deaf=True)
    town.happens(PbxFound((FoundLeg(LegId("a"), True),)))
    assert results(town) == [HandoffResult.COMPLETED]
    assert town.call("a").phase is Phase.WAITING
