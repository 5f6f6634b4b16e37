"""What somebody should look at, found on the floor and in the service level."""

from ctl.runtime.findings import findings
from ctl.runtime.service import LiveService
from ctl.switchboard.effects import Record
from ctl.switchboard.events import Do
from ctl.switchboard.plan import Trunk
from tests.floor_driver import Driver
from tests.plans import CIVIL, plan_with


def names(driver: Driver) -> list[tuple[str, str | None]]:
    service = LiveService()
    service.begin(effect.fact for effect in driver.effects if isinstance(effect, Record))
    return [(one.kind, one.about) for one in findings(driver.floor, service.at(driver.now), driver.now)]


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


def test_trunk_is_an_alarm_from_four_fifths_of_what_callers_may_have_on() -> None:
    driver = Driver(plan_with(trunk=Trunk(limit=6, reserve=1)))
    told = []
    for n in range(5):
        driver.calls_in(f"1.{n}")
        told.append(names(driver))
    assert told == [[], [], [], [("trunk_nearly_full", None)], [("trunk_full", None)]]
