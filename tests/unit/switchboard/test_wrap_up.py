"""Wrap-up: what ends it, who may, and that nothing is offered before (2.1.4)."""

from dataclasses import replace

import pytest

from ctl.switchboard import facts
from ctl.switchboard.effects import Reply
from ctl.switchboard.events import Cause, Commanded, Do, LegAnswered, PhoneReachable, PhoneUnreachable, PlanAdopted
from ctl.switchboard.floor import Phase
from ctl.switchboard.ids import CommandId, Endpoint, Extension
from ctl.switchboard.kinds import OperatorState, ReasonKind, WrapUpEnd
from ctl.switchboard.plan import Plan, WrapUp, WrapUpKind
from tests.floor_driver import Driver
from tests.plans import CIVIL, small_plan

SUPERVISOR = Extension("2003")
S = OperatorState


def plan_of(kind: WrapUpKind, after_ms: int = 0) -> Plan:
    plan = small_plan()
    civil = replace(plan.queues[CIVIL], wrap_up=WrapUp(kind, after_ms))
    return replace(plan, queues={**plan.queues, CIVIL: civil})


def after_a_call(kind: WrapUpKind, after_ms: int = 0) -> Driver:
    """2001 has talked with a citizen of the civil queue, and the next one waits."""
    town = Driver(plan_of(kind, after_ms))
    town.ready("2001")
    leg = town.talks("a", "2001")
    town.hangs_up("a")
    town.hangs_up(leg)
    town.waits_in_civil("b")
    return town


def supervised(town: Driver, do: Do) -> Reply:
    wanted = Commanded(
        CommandId(f"s{len(town.history)}"), do, "test", Extension("2001"), supervisor=SUPERVISOR, reason="queue is long"
    )
    return next(one for one in town.happens(wanted) if isinstance(one, Reply))


def ends(town: Driver) -> list[tuple[WrapUpEnd, int]]:
    return [(fact.how, fact.at - fact.started_at) for fact in town.recorded(facts.WrapUpEnded)]


def test_without_wrap_up_the_next_caller_is_offered_at_once() -> None:
    town = after_a_call(WrapUpKind.NONE)
    assert town.operator("2001").call == "b"
    assert ends(town) == []


def test_fixed_wrap_up_lasts_its_time_and_not_less() -> None:
    town = after_a_call(WrapUpKind.FIXED, 30_000)
    assert "fixed time" in town.command(Do.WRAP_UP_DONE, "2001").message
    town.passes(29_999)
    assert town.call("b").phase is Phase.WAITING
    town.passes(1)
    assert town.operator("2001").call == "b"
    assert ends(town) == [(WrapUpEnd.OVER, 30_000)]


def test_limited_wrap_up_is_ended_by_the_operator() -> None:
    town = after_a_call(WrapUpKind.LIMITED, 30_000)
    town.passes(10_000)
    assert town.command(Do.WRAP_UP_DONE, "2001").ok
    assert town.operator("2001").call == "b"
    assert ends(town) == [(WrapUpEnd.DONE, 10_000)]


def test_limited_wrap_up_is_ended_by_its_time() -> None:
    town = after_a_call(WrapUpKind.LIMITED, 30_000)
    town.passes(30_000)
    assert town.operator("2001").call == "b"
    assert ends(town) == [(WrapUpEnd.OVER, 30_000)]


def test_wrap_up_until_saved_waits_for_the_record_of_just_that_call() -> None:
    town = after_a_call(WrapUpKind.UNTIL_SAVED)
    town.passes(3_600_000)
    assert town.command(Do.RECORD_SAVED, "2001", "an earlier call").ok
    assert town.call("b").phase is Phase.WAITING
    assert town.command(Do.RECORD_SAVED, "2001", "a").ok
    assert town.operator("2001").call == "b"
    assert ends(town) == [(WrapUpEnd.SAVED, 3_600_000)]


@pytest.mark.parametrize("do", [Do.WRAP_UP_DONE, Do.LOGOUT])
def test_nobody_passes_the_gate_of_an_unsaved_record_by_himself(do: Do) -> None:
    town = after_a_call(WrapUpKind.UNTIL_SAVED)
    said = town.command(do, "2001")
    assert not said.ok
    assert "record of call a is saved" in said.message
    assert "--as" in said.message
    assert town.operator("2001").state is S.WRAP_UP


def test_record_saved_during_the_call_leaves_nothing_to_wait_for() -> None:
    town = Driver(plan_of(WrapUpKind.UNTIL_SAVED))
    town.ready("2001")
    leg = town.talks("a", "2001")
    assert town.command(Do.RECORD_SAVED, "2001", "a").ok
    assert town.operator("2001").state is S.TALKING
    town.hangs_up("a")
    town.hangs_up(leg)
    assert town.operator("2001").state is S.READY


def test_record_of_the_first_talk_does_not_stand_for_a_second_one_in_the_same_call() -> None:
    town = Driver(plan_of(WrapUpKind.UNTIL_SAVED))
    town.ready("2001")
    town.hangs_up(town.talks("a", "2001"), Cause.LOST)
    assert town.command(Do.RECORD_SAVED, "2001", "a").ok
    again = town.rings_at("a")
    town.happens(LegAnswered(again))
    town.hangs_up("a")
    town.hangs_up(again)
    assert town.operator("2001").state is S.WRAP_UP
    town.command(Do.RECORD_SAVED, "2001", "a")
    assert town.operator("2001").state is S.READY


@pytest.mark.parametrize("kind", [WrapUpKind.FIXED, WrapUpKind.LIMITED, WrapUpKind.UNTIL_DONE, WrapUpKind.UNTIL_SAVED])
def test_supervisor_ends_every_kind_with_a_reason(kind: WrapUpKind) -> None:
    town = after_a_call(kind, 60_000)
    assert supervised(town, Do.WRAP_UP_DONE).ok
    assert town.operator("2001").call == "b"
    (ended,) = town.recorded(facts.WrapUpEnded)
    assert (ended.kind, ended.how, ended.by, ended.reason) == (
        kind,
        WrapUpEnd.RELEASED,
        "supervisor 2003",
        "queue is long",
    )


def test_not_ready_asked_for_in_a_fixed_wrap_up_holds_at_its_end() -> None:
    town = after_a_call(WrapUpKind.FIXED, 30_000)
    town.command(Do.NOT_READY, "2001", "break")
    assert town.operator("2001").state is S.WRAP_UP
    town.passes(30_000)
    changed = town.recorded(facts.OperatorChanged)[-1]
    assert (changed.state, changed.reason, changed.kind) == (S.NOT_READY, "break", ReasonKind.ASKED)
    assert town.call("b").phase is Phase.WAITING


def test_call_of_ones_own_interrupts_the_wrap_up_and_not_its_time() -> None:
    town = after_a_call(WrapUpKind.FIXED, 30_000)
    town.dials("2001", "0312345678")
    outside = town.floor.calls["own"].leg  # type: ignore[index]
    town.happens(LegAnswered(outside))
    town.passes(10_000)
    town.hangs_up(outside)
    town.hangs_up("own")
    assert town.operator("2001").state is S.WRAP_UP
    town.passes(20_000)
    assert town.operator("2001").call == "b"
    assert ends(town) == [(WrapUpEnd.OVER, 30_000)]


def test_wrap_up_whose_time_went_by_in_a_call_of_ones_own_is_over_with_it() -> None:
    town = after_a_call(WrapUpKind.FIXED, 30_000)
    town.dials("2001", "0312345678")
    outside = town.floor.calls["own"].leg  # type: ignore[index]
    town.happens(LegAnswered(outside))
    town.passes(45_000)
    town.hangs_up(outside)
    assert town.operator("2001").state is S.READY
    town.hangs_up("own")
    assert town.operator("2001").call == "b"
    assert ends(town) == [(WrapUpEnd.OVER, 45_000)]


def test_record_saved_in_a_call_of_ones_own_opens_the_gate_after_it() -> None:
    town = after_a_call(WrapUpKind.UNTIL_SAVED)
    town.dials("2001", "0312345678")
    town.command(Do.RECORD_SAVED, "2001", "a")
    assert town.operator("2001").state is S.TALKING
    town.hangs_up(town.floor.calls["own"].leg)  # type: ignore[index]
    town.hangs_up("own")
    assert town.operator("2001").call == "b"
    assert [how for how, _ in ends(town)] == [WrapUpEnd.SAVED]


def test_operator_whose_telephone_died_in_the_wrap_up_is_unreachable_after_it() -> None:
    town = after_a_call(WrapUpKind.FIXED, 30_000)
    town.happens(PhoneUnreachable(Extension("2001"), Endpoint("2001")))
    assert town.operator("2001").state is S.WRAP_UP
    town.passes(30_000)
    assert town.operator("2001").state is S.UNREACHABLE
    town.happens(PhoneReachable(Extension("2001"), Endpoint("2001")))
    assert town.operator("2001").call == "b"


def test_queue_that_does_not_say_follows_the_centre() -> None:
    town = Driver(replace(small_plan(), wrap_up=False))
    town.ready("2001")
    leg = town.talks("a", "2001")
    town.hangs_up("a")
    town.hangs_up(leg)
    assert town.operator("2001").state is S.READY


def test_call_keeps_the_wrap_up_of_the_plan_that_it_started_on() -> None:
    town = Driver(plan_of(WrapUpKind.FIXED, 30_000))
    town.ready("2001")
    leg = town.talks("a", "2001")
    town.happens(PlanAdopted(replace(plan_of(WrapUpKind.NONE), version="plan-2")))
    town.hangs_up("a")
    town.hangs_up(leg)
    assert town.operator("2001").wrap_up is WrapUpKind.FIXED
