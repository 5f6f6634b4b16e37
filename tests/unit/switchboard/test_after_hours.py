"""Callers who wait when the hours end: they are served, and hear once that they will be."""

from dataclasses import replace

from ctl.switchboard import effects
from ctl.switchboard.announcing import LATER_MS
from ctl.switchboard.events import CallArrived, Do
from ctl.switchboard.explain import explain
from ctl.switchboard.facts import Fact, WaitAnnounced
from ctl.switchboard.ids import CallId, LegId, Millis, PromptName
from ctl.switchboard.plan import AfterHours, Announce, Plan
from tests.floor_driver import MONDAY_TEN, Driver
from tests.plans import CITY, CIVIL, plan_with, prompt, small_plan

MINUTE: Millis = 60_000
SEVEN = MONDAY_TEN + 9 * 60 * MINUTE
"""In the evening: the inquiry desk closes."""
STAY = PromptName("stay")
NEVER_BEFORE = 2 * 60 * MINUTE


def evening(repeat_ms: Millis = NEVER_BEFORE, before: Millis = MINUTE) -> Driver:
    """Shortly before the hours end, in a queue that says only that who waits is served."""
    queue = small_plan().queues[CIVIL]
    told = Announce(repeat_ms, after_hours=AfterHours("inquiry", (STAY,)))
    queue = replace(queue, repeat_prompts=(), repeat_ms=repeat_ms, announce=told)
    plan: Plan = plan_with(queues={**small_plan().queues, CIVIL: queue})
    return Driver(replace(plan, prompts={**plan.prompts, STAY: prompt(STAY)}), SEVEN - before)


def said(driver: Driver, call: str) -> int:
    """How often the caller was told."""
    return sum(isinstance(one, effects.Say) and one.leg == call and prompt(STAY) in one.media for one in driver.effects)


def test_caller_who_waits_at_closing_time_is_told_in_that_moment_and_only_once() -> None:
    driver = evening()
    driver.waits_in_civil("a")
    driver.hears_out("a")
    driver.passes(MINUTE - 1)
    assert said(driver, "a") == 0
    driver.passes(1)
    assert said(driver, "a") == 1
    driver.hears_out("a")
    driver.passes(3 * NEVER_BEFORE)
    assert said(driver, "a") == 1
    driver.ready("2001")
    assert driver.operator("2001").call == "a"


def test_it_waits_for_the_end_of_what_is_being_said() -> None:
    driver = evening(before=1_000)
    driver.waits_in_civil("a")
    driver.passes(1_000)
    assert said(driver, "a") == 0
    driver.hears_out("a")
    driver.passes(LATER_MS)
    assert said(driver, "a") == 1


def test_it_is_not_put_off_by_another_priority_in_the_same_queue() -> None:
    driver = evening(before=1_000)
    driver.waits_in_civil("a")
    driver.passes(1_000)
    assert driver.command(Do.PRIORITY, argument="1", call="a").ok
    driver.hears_out("a")
    driver.passes(LATER_MS)
    assert said(driver, "a") == 1


def test_caller_who_comes_when_it_is_over_is_told_nothing_of_it() -> None:
    """As who comes back from the fallback queue does, or by a flow that is open longer."""
    driver = evening(repeat_ms=30_000)
    driver.waits_in_civil("early")
    driver.hears_out("early")
    driver.passes(MINUTE)
    driver.happens(CallArrived(CallId("late"), LegId("late"), CITY, "0312345678", waiting_since=driver.now))
    driver.passes(2 * MINUTE)
    assert said(driver, "early") == 1
    assert said(driver, "late") == 0


def test_it_is_a_fact_and_the_story_of_the_call_tells_it() -> None:
    driver = evening()
    driver.waits_in_civil("a")
    driver.hears_out("a")
    driver.passes(MINUTE)
    told: list[Fact] = list(driver.recorded(WaitAnnounced))
    assert [(one.call, one.at, one.after_hours) for one in told if isinstance(one, WaitAnnounced)] == [
        (CallId("a"), SEVEN, True)
    ]
    assert [one.text for one in explain(told)] == [
        "the caller was told: that the hours are over, and who waits is served all the same"
    ]
    assert [one.text for one in explain(told, "ja")] == ["受付時間は終わったが、待っているかたには応対すると案内した"]
