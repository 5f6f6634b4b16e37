"""What counts as offered, answered in time and abandoned (別紙3), from the facts that the core states."""

from dataclasses import replace

import pytest

from ctl.kpi.definitions import SERVICE_LEVEL
from ctl.kpi.waits import End, Wait, Waits
from ctl.kpi.windows import Count, Windows, count_of
from ctl.switchboard import effects
from ctl.switchboard.events import CallServedElsewhere, Cause, Event, LegAnswered
from ctl.switchboard.ids import CallId, Extension, Number
from tests.floor_driver import MONDAY_TEN, Driver
from tests.plans import CITY, CIVIL, plan_with, small_plan

MINUTE = 60_000


def waits(driver: Driver) -> list[Wait]:
    told = Waits()
    facts = [effect.fact for effect in driver.effects if isinstance(effect, effects.Record)]
    return [wait for fact in facts if (wait := told.note(fact)) is not None]


def answered_after(ms: int) -> Driver:
    driver = Driver()
    driver.ready("2001")
    driver.waits_in_civil("1.1")
    driver.passes(ms)
    driver.happens(LegAnswered(driver.rings_at("1.1")))
    return driver


@pytest.mark.parametrize(("ms", "in_time"), [(0, True), (15_000, True), (15_001, False)])
def test_answered_within_fifteen_seconds_is_within_the_target(ms: int, in_time: bool) -> None:
    (wait,) = waits(answered_after(ms))
    assert (wait.end, wait.queue, wait.waited_ms, wait.within()) == (End.ANSWERED, CIVIL, ms, in_time)


def test_a_second_wait_of_the_same_call_does_not_count_again() -> None:
    driver = answered_after(1000)
    leg = driver.call("1.1").operator_leg
    assert leg is not None
    driver.hangs_up(leg, Cause.UNREACHABLE)
    driver.passes(60_000)
    driver.hangs_up("1.1")
    assert [wait.end for wait in waits(driver)] == [End.ANSWERED]


def test_time_at_an_operator_who_does_not_answer_is_waiting_time() -> None:
    driver = Driver()
    driver.ready("2001", "2002")
    driver.waits_in_civil("1.1")
    driver.passes(20_000)  # the ring time-out of the first one
    driver.passes(2000)
    driver.happens(LegAnswered(driver.rings_at("1.1")))
    assert [wait.waited_ms for wait in waits(driver)] == [22_000]


def test_every_caller_who_hangs_up_waiting_is_abandoned_however_soon() -> None:
    driver = Driver()
    driver.waits_in_civil("1.1")
    driver.passes(500)
    driver.hangs_up("1.1")
    (wait,) = waits(driver)
    assert count_of(wait) == Count(offered=1, abandoned=1)
    assert wait.waited_ms == 500


def test_a_caller_who_hangs_up_in_the_menu_asked_for_nobody() -> None:
    driver = Driver()
    driver.calls_in("1.1")
    driver.hangs_up("1.1")
    assert waits(driver) == []


@pytest.mark.parametrize(
    ("operator", "count"), [("2001", Count(offered=1, answered=1)), (None, Count(offered=1, abandoned=1))]
)
def test_the_fallback_answers_but_never_in_time(operator: str | None, count: Count) -> None:
    driver = Driver()
    at = driver.now - 10_000
    answered = None if operator is None else at + 1000
    served = Extension(operator) if operator else None
    event: Event = CallServedElsewhere(CallId("f.1"), CITY, "0312345678", at, answered, driver.now, served)
    driver.happens(event)
    (wait,) = waits(driver)
    assert count_of(wait) == count


def test_the_exempt_number_counts_in_its_queue_and_not_in_all() -> None:
    (exempt,) = map(Number, SERVICE_LEVEL.exempt)
    services = {number: replace(small_plan().services[CITY], number=number) for number in (CITY, exempt)}
    driver = Driver(plan_with(services=services))
    for call, number in (("1.1", CITY), ("1.2", exempt)):
        driver.calls_in(call, number)
        driver.hears_out(call)
        driver.presses(call, "1")
        driver.hangs_up(call)
    counts = told(driver).at(driver.now)["15"]
    assert {queue: count.offered for queue, count in counts.items()} == {CIVIL: 2, None: 1}


# --- windows ----------------------------------------------------------------------------------------------------------


def told(driver: Driver) -> Windows:
    windows = Windows()
    for effect in driver.effects:
        if isinstance(effect, effects.Record):
            windows.note(effect.fact)
    return windows


def test_a_wait_leaves_each_window_when_its_minutes_are_over() -> None:
    driver = answered_after(1000)
    ended = driver.now
    windows = told(driver)
    one = {None: Count(1, 1, 1, 0), CIVIL: Count(1, 1, 1, 0)}
    for after, inside in (
        (15 * MINUTE - 1, {"15", "30", "60", "day"}),
        (15 * MINUTE, {"30", "60", "day"}),
        (30 * MINUTE, {"60", "day"}),
        (60 * MINUTE, {"day"}),
    ):
        service = windows.at(ended + after)
        assert {name for name, counts in service.items() if counts == one} == inside


def test_the_day_begins_at_midnight_in_japan() -> None:
    driver = answered_after(1000)
    windows = told(driver)
    hours = 3_600_000
    assert windows.at(MONDAY_TEN + 14 * hours - 1)["day"][None].offered == 1
    assert windows.at(MONDAY_TEN + 14 * hours)["day"] == {}


def test_of_nothing_there_is_no_share() -> None:
    assert (Count().service_level, Count().abandonment) == (None, None)
    assert (Count(4, 3, 2, 1).service_level, Count(4, 3, 2, 1).abandonment) == (0.5, 0.25)
