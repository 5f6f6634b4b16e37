"""Operators whom a new plan has no more: who is in a call ends it in peace, and is then logged out."""

from dataclasses import replace

from ctl.switchboard import effects
from ctl.switchboard.events import Cause, Commanded, Do, LegAnswered, PhoneReachable, PlanAdopted
from ctl.switchboard.floor import Phase
from ctl.switchboard.ids import CommandId, Endpoint, Extension
from ctl.switchboard.kinds import OperatorState
from ctl.switchboard.plan import Plan, WrapUp, WrapUpKind
from tests.floor_driver import Driver
from tests.plans import CIVIL, plan_with, prompt, small_plan

S = OperatorState
GONE = Extension("2001")


def plan_without() -> Plan:
    others = {extension: profile for extension, profile in small_plan().operators.items() if extension != GONE}
    return plan_with(version="plan-2", operators=others)


def test_operator_who_talks_is_logged_out_when_his_wrap_up_is_done() -> None:
    town = Driver()
    town.ready(GONE)
    leg = town.talks("a", GONE)
    town.happens(PlanAdopted(plan_without()))
    assert town.operator(GONE).state is S.TALKING
    town.hangs_up("a")
    town.hangs_up(leg)
    assert town.operator(GONE).state is S.WRAP_UP
    assert town.command(Do.WRAP_UP_DONE, GONE).ok
    assert town.operator(GONE).state is S.LOGGED_OUT


def test_operator_who_asked_not_to_be_ready_meanwhile_is_logged_out_too() -> None:
    town = Driver(plan_with(wrap_up=False))
    town.ready(GONE)
    leg = town.talks("a", GONE)
    town.command(Do.NOT_READY, GONE, "break")
    town.happens(PlanAdopted(plan_without()))
    town.hangs_up("a")
    town.hangs_up(leg)
    assert town.operator(GONE).state is S.LOGGED_OUT


def test_operator_who_declines_what_rang_is_logged_out() -> None:
    town = Driver()
    town.ready(GONE)
    town.waits_in_civil("a")
    rung = town.rings_at("a")
    town.happens(PlanAdopted(plan_without()))
    town.hangs_up(rung, Cause.BUSY)
    assert town.operator(GONE).state is S.LOGGED_OUT
    assert town.call("a").phase is Phase.WAITING


def test_operator_in_a_call_of_his_own_out_of_a_break_is_logged_out_after_it() -> None:
    town = Driver()
    town.ready(GONE)
    town.command(Do.NOT_READY, GONE, "break")
    town.dials(GONE, "0312345678")
    town.happens(LegAnswered(town.call("own").leg))
    town.happens(PlanAdopted(plan_without()))
    town.hangs_up("own")
    assert town.operator(GONE).state is S.LOGGED_OUT


def test_nobody_logs_in_who_is_in_the_plan_no_more() -> None:
    town = Driver()
    town.ready(GONE)
    town.happens(PlanAdopted(plan_without()))
    assert town.operator(GONE).state is S.LOGGED_OUT
    assert not town.command(Do.LOGIN, GONE).ok
    town.dials(GONE, "*11")
    assert town.done(effects.Say)[0].media == (prompt("system-command-refused"),)
    assert town.operator(GONE).state is S.LOGGED_OUT


def test_his_telephone_still_calls_a_colleague() -> None:
    town = Driver()
    town.ready(GONE, "2002")
    town.happens(PlanAdopted(plan_without()))
    town.dials(GONE, "2002")
    (ring,) = town.done(effects.RingPhone)
    assert (ring.endpoint, ring.caller, ring.caller_name) == ("2002", GONE, GONE)


def test_two_who_sit_at_each_others_telephones_have_them_back() -> None:
    town = Driver()
    for extension in ("2001", "2002", "2003"):
        town.happens(PhoneReachable(Extension(extension), Endpoint(extension)))
    assert town.command(Do.LOGIN, "2002", "2003").ok
    assert town.command(Do.LOGIN, "2001", "2002").ok
    only = {extension: one for extension, one in small_plan().operators.items() if extension == "2003"}
    town.happens(PlanAdopted(plan_with(version="plan-2", operators=only)))
    assert (town.operator("2002").state, town.operator("2002").guest) == (S.LOGGED_OUT, None)
    town.happens(PlanAdopted(plan_with(version="plan-3")))
    assert town.command(Do.LOGIN, "2002").ok
    assert town.command(Do.READY, "2002").ok


def test_supervisor_ends_the_wrap_up_of_one_who_is_gone_and_the_desk_is_free() -> None:
    plan = small_plan()
    saved = replace(plan.queues[CIVIL], wrap_up=WrapUp(WrapUpKind.UNTIL_SAVED))
    plan = replace(
        plan,
        queues={**plan.queues, CIVIL: saved},
        operators={
            **plan.operators,
            Extension("2003"): replace(plan.operators[Extension("2003")], supervises_all=True),
        },
    )
    town = Driver(plan)
    town.happens(PhoneReachable(Extension("2002"), Endpoint("2002")))
    assert town.command(Do.LOGIN, GONE, "2002").ok
    assert town.command(Do.READY, GONE).ok
    leg = town.talks("a", GONE)
    others = {extension: one for extension, one in plan.operators.items() if extension != GONE}
    town.happens(PlanAdopted(replace(plan, version="plan-2", operators=others)))
    town.hangs_up("a")
    town.hangs_up(leg)
    assert town.operator(GONE).state is S.WRAP_UP
    assert not town.command(Do.LOGIN, "2002").ok
    asked = Commanded(CommandId("s"), Do.WRAP_UP_DONE, "web", GONE, None, None, Extension("2003"), "帰宅")
    (reply,) = [one for one in town.happens(asked) if isinstance(one, effects.Reply)]
    assert reply.ok, reply.message
    assert town.operator(GONE).state is S.LOGGED_OUT
    assert town.command(Do.LOGIN, "2002").ok
