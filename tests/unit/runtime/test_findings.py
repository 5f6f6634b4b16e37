"""What somebody should look at, found on the floor and in the service level."""

from dataclasses import replace

from ctl.runtime.document import iso, queue_rows
from ctl.runtime.findings import findings
from ctl.runtime.service import LiveService
from ctl.switchboard.effects import Record
from ctl.switchboard.events import CallArrived, Do, LegAnswered
from ctl.switchboard.floor import Phase
from ctl.switchboard.ids import CallId, LegId, PromptName
from ctl.switchboard.plan import Overflow, OverflowWhen, Routing, Trunk
from tests.floor_driver import MONDAY_TEN, Driver
from tests.plans import CITY, CIVIL, TAX, callback_plan, plan_with, small_plan

NIGHT = (PromptName("night"),)


def names(driver: Driver) -> list[tuple[str, str | None]]:
    service = LiveService()
    service.begin(effect.fact for effect in driver.effects if isinstance(effect, Record))
    return [(one.kind, one.about) for one in findings(driver.floor, service.at(driver.now), driver.now)]


def oldest(driver: Driver) -> str | None:
    (row,) = queue_rows(driver.floor, {CIVIL})
    return row["oldest_since"]


def test_nobody_logged_in_for_a_queue_is_an_alarm_until_somebody_is() -> None:
    driver = Driver()
    driver.waits_in_civil("1.1")
    assert names(driver) == [("nobody_logged_in", CIVIL)]
    driver.ready("2003")  # another skill
    assert names(driver) == [("nobody_logged_in", CIVIL)]
    driver.ready("2002")
    assert names(driver) == []


def test_nobody_at_work_is_an_alarm_while_all_who_could_serve_are_away_from_it() -> None:
    driver = Driver()
    driver.ready("2001", "2002")
    driver.command(Do.NOT_READY, "2001", "break")
    driver.command(Do.NOT_READY, "2002", "break")
    driver.waits_in_civil("1.1")
    assert names(driver) == [("nobody_at_work", CIVIL)]
    driver.command(Do.READY, "2002")
    driver.waits_in_civil("1.2")
    assert names(driver) == [], "whoever works comes to the next caller in time"


def test_long_wait_is_an_alarm_after_four_times_the_target() -> None:
    driver = Driver()
    driver.ready("2002")
    driver.command(Do.NOT_READY, "2002", "break")
    driver.waits_in_civil("1.1")
    driver.passes(60_000)
    assert ("long_wait", CIVIL) not in names(driver)
    driver.passes(1)
    assert ("long_wait", CIVIL) in names(driver)


def test_a_place_kept_from_an_earlier_call_is_no_long_wait() -> None:
    driver = Driver(plan_with(routing=Routing(keep_place_ms=600_000)))
    driver.ready("2002")
    driver.command(Do.NOT_READY, "2002", "break")
    driver.waits_in_civil("1.1")
    driver.hangs_up("1.1")
    driver.passes(300_000)
    driver.waits_in_civil("1.2")
    came = driver.now
    assert driver.call("1.2").place == MONDAY_TEN + 1, "the place of the first call"
    assert oldest(driver) == iso(came)
    driver.passes(60_000)
    assert ("long_wait", CIVIL) not in names(driver)
    driver.passes(1)
    assert ("long_wait", CIVIL) in names(driver)


def test_who_comes_back_from_the_fallback_has_waited_all_the_time() -> None:
    driver = Driver()
    since = driver.now - 60_001
    driver.happens(CallArrived(CallId("1.1"), LegId("1.1"), CITY, "0312345678", since))
    assert oldest(driver) == iso(since)
    assert ("long_wait", CIVIL) in names(driver)


def test_a_citizen_who_is_called_back_waits_from_the_moment_he_is_on_the_line() -> None:
    driver = Driver(callback_plan(preview=False))
    driver.waits_in_civil("1.1")
    driver.hears_out("1.1")
    driver.passes(30_000)
    driver.presses("1.1", "11")
    driver.hangs_up("1.1")
    driver.passes(600_000)
    driver.ready("2002")
    assert driver.call("1.1-back").phase is Phase.RINGING
    assert oldest(driver) is None, "nobody is on the line"
    desk = driver.rings_at("1.1-back")
    driver.happens(LegAnswered(desk))
    driver.happens(LegAnswered(driver.call("1.1-back").leg))
    there = driver.now
    driver.hangs_up(desk)  # before the citizen can have heard anybody
    assert driver.call("1.1-back").phase is Phase.WAITING
    assert oldest(driver) == iso(there)
    assert ("long_wait", CIVIL) not in names(driver)


def test_abandonment_of_the_last_hour_is_an_alarm_from_the_contracts_limit_on() -> None:
    driver = Driver()
    driver.ready("2002")
    for n in range(9):
        driver.hangs_up(driver.talks(f"1.{n}", "2002"))
        driver.hangs_up(f"1.{n}")
        driver.command(Do.WRAP_UP_DONE, "2002")
    driver.command(Do.NOT_READY, "2002", "break")
    assert names(driver) == []
    driver.waits_in_civil("2.1")
    driver.hangs_up("2.1")
    assert names(driver) == [("abandonment", None)]
    driver.passes(60 * 60_000)
    assert names(driver) == []


def test_callers_who_were_not_let_in_do_not_hide_those_who_gave_up() -> None:
    full = replace(small_plan().queues[TAX], overflow=(Overflow(OverflowWhen.FULL, callers=1, say=NIGHT),))
    driver = Driver(plan_with(queues={**small_plan().queues, TAX: full}))
    driver.ready("2002")
    for n in range(9):
        desk = driver.talks(f"1.{n}", "2002")
        driver.hangs_up(f"1.{n}")
        driver.hangs_up(desk)
        driver.command(Do.WRAP_UP_DONE, "2002")
    for n in range(20):
        driver.calls_in(f"2.{n}")
        driver.hears_out(f"2.{n}")
        driver.presses(f"2.{n}", "2")
    for n in range(1, 20):
        driver.hangs_up(f"2.{n}")
    driver.hangs_up("2.0")  # the only one who waited
    assert names(driver) == [("abandonment", None)]


def test_trunk_is_an_alarm_from_four_fifths_of_what_callers_may_have_on() -> None:
    driver = Driver(plan_with(trunk=Trunk(limit=6, reserve=1)))
    told = []
    for n in range(5):
        driver.calls_in(f"1.{n}")
        told.append(names(driver))
    assert told == [[], [], [], [("trunk_nearly_full", None)], [("trunk_full", None)]]
