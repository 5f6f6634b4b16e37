"""Calls that are answered at a second site (B-3)."""

from dataclasses import replace

from ctl.switchboard import effects, facts
from ctl.switchboard.events import Cause, Do, LegAnswered, ModeAsked, Permission
from ctl.switchboard.floor import Phase
from ctl.switchboard.ids import CommandId, DepartmentCode, LegId, ModeName, Number
from ctl.switchboard.kinds import Forwarding, HandoffResult, Outcome
from ctl.switchboard.plan import Mode, Plan, Refuge, Site, Trunk
from tests.floor_driver import Driver
from tests.plans import CITY, plan_with, prompt, small_plan

SITE = DepartmentCode("backup")
FIRST, SECOND = Number("0300000901"), Number("0300000902")
SITE_DOWN = ModeName("site-down")
MINUTE, HOUR = 60_000, 3_600_000


def plan(limit: int = 2, refuge: bool = False, until: int = 2**45) -> Plan:
    service = small_plan().services[CITY]
    down = Mode(SITE_DOWN, "拠点停止", services={CITY: replace(service, site=SITE)}, degraded=True)
    return plan_with(
        modes={SITE_DOWN: down},
        sites={SITE: Site(SITE, "予備拠点", (FIRST, SECOND), limit)},
        refuge=Refuge(SITE, MINUTE, frozenset({CITY}), "区民相談課長", until) if refuge else None,
    )


class Town(Driver):
    def goes_down(self) -> None:
        leave = Permission("区民相談課長", self.now, self.now + HOUR)
        self.happens(ModeAsked(CommandId("m"), "cli", SITE_DOWN, "統括SV", "区民相談課", "停電", permission=leave))

    def dialled(self) -> list[Number]:
        return [one.number for one in self.done(effects.DialOutside)]

    def answers_there(self, call: str) -> None:
        self.happens(LegAnswered(self.department_leg(call)))


def test_a_new_call_goes_to_the_site_and_talks_there() -> None:
    town = Town(plan())
    town.goes_down()
    town.calls_in("a")
    assert town.dialled() == [FIRST]
    assert town.call("a").phase is Phase.REACHING
    town.answers_there("a")
    assert town.done(effects.Connect)[0].legs == ("a", town.department_leg("a"))
    town.hangs_up("a")
    assert town.outcome("a") is Outcome.FORWARDED
    sent = town.recorded(facts.CallForwarded)
    assert [(one.call, one.site, one.why, one.mode, one.permitted_by) for one in sent] == [
        ("a", SITE, Forwarding.MODE, SITE_DOWN, "区民相談課長")
    ]
    assert [one.result for one in town.recorded(facts.HandoffEnded)] == [HandoffResult.COMPLETED]


def test_a_caller_in_the_menu_goes_there_when_the_flow_is_done() -> None:
    town = Town(plan())
    town.calls_in("a")
    town.hears_out("a")
    town.goes_down()
    town.presses("a", "1")
    assert town.dialled() == [FIRST]


def test_its_numbers_are_tried_in_turn_and_then_the_flow_goes_on() -> None:
    town = Town(plan())
    town.goes_down()
    town.calls_in("a")
    town.hangs_up(town.department_leg("a"), Cause.BUSY)
    assert town.dialled() == [SECOND]
    town.hangs_up(town.department_leg("a"), Cause.NO_ANSWER)
    assert town.call("a").phase is Phase.IVR
    assert town.done(effects.Say)[0].media == (prompt("greeting"),)
    town.hears_out("a")
    town.presses("a", "1")
    assert town.call("a").phase is Phase.WAITING, "nobody is sent there twice"


def test_callers_are_sent_there_on_channels_that_are_not_kept_for_handoffs() -> None:
    town = Town(replace(plan(limit=9), trunk=Trunk(limit=5, reserve=2)))
    town.goes_down()
    town.calls_in("a")
    assert town.dialled() == [FIRST]
    town.calls_in("b")
    assert town.dialled() == []
    town.hears_out("b")
    town.presses("b", "1")
    assert town.call("b").phase is Phase.WAITING, "two of three channels are a's"
    town.hangs_up(town.department_leg("a"), Cause.BUSY)
    assert town.dialled() == [SECOND], "a goes on before b begins"
    town.hangs_up(town.department_leg("a"), Cause.BUSY)
    assert town.call("b").phase is Phase.REACHING
    assert not town.recorded(facts.OutsideRefused), "b was looked after at every event: nobody was refused anything"


def test_beyond_its_channels_callers_meet_the_flow_and_go_there_as_channels_come_free() -> None:
    town = Town(plan(limit=1))
    town.goes_down()
    town.calls_in("a")
    town.answers_there("a")
    town.waits_in_civil("b")
    assert town.call("b").phase is Phase.WAITING
    town.hangs_up("a")
    assert town.call("b").phase is Phase.REACHING


def test_those_who_wait_when_the_mode_begins_go_there_in_their_order() -> None:
    town = Town(plan(limit=1))
    town.waits_in_civil("first")
    town.now += 1
    town.waits_in_civil("second")
    town.goes_down()
    assert town.call("first").phase is Phase.REACHING
    assert town.call("second").phase is Phase.WAITING


def test_with_nobody_logged_in_for_long_enough_waiting_callers_go_there() -> None:
    town = Town(plan(refuge=True))
    town.ready("2001")
    assert town.command(Do.NOT_READY, "2001", "break").ok
    town.waits_in_civil("a")
    town.passes(2 * MINUTE)
    assert town.call("a").phase is Phase.WAITING, "somebody who is logged in may come back"
    assert town.command(Do.LOGOUT, "2001").ok
    town.passes(MINUTE - 1)
    assert town.call("a").phase is Phase.WAITING
    town.passes(1)
    assert town.dialled() == [FIRST]
    sent = town.recorded(facts.CallForwarded)[0]
    assert (sent.why, sent.permitted_by, sent.mode) == (Forwarding.NOBODY, "区民相談課長", None)


def test_a_lost_telephone_is_nobody_and_a_log_in_ends_it() -> None:
    town = Town(plan(refuge=True))
    town.passes(2 * MINUTE)
    town.ready("2001")
    town.waits_in_civil("a")
    assert town.call("a").phase is Phase.RINGING
    assert town.floor.conditions.nobody_since is None


def test_nobody_by_night_hears_the_closing_message_as_always() -> None:
    town = Town(plan(refuge=True))
    town.passes(12 * HOUR)
    town.calls_in("a")
    assert town.done(effects.Say)[0].media == (prompt("night"),)


def test_without_the_wards_leave_nobody_is_sent() -> None:
    town = Town(plan(refuge=True, until=0))
    town.waits_in_civil("a")
    town.passes(10 * MINUTE)
    assert town.call("a").phase is Phase.WAITING


def test_an_unanswered_site_leaves_the_caller_at_the_place_held_before() -> None:
    town = Town(plan(refuge=True))
    town.waits_in_civil("a")
    place = town.call("a").place
    town.passes(MINUTE)
    town.hangs_up(town.department_leg("a"), Cause.NO_ANSWER)
    town.hangs_up(town.department_leg("a"), Cause.NO_ANSWER)
    assert (town.call("a").phase, town.call("a").place) == (Phase.WAITING, place)
    town.ready("2001")
    assert town.call("a").phase is Phase.RINGING


def test_an_operator_may_hand_a_call_over_to_the_site() -> None:
    town = Town(plan())
    town.ready("2001")
    town.talks("a", "2001")
    assert town.command(Do.TRANSFER, "2001", SITE).ok
    assert town.dialled() == [FIRST]
    assert LegId("a") in town.floor.legs
