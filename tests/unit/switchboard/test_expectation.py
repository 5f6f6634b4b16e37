"""How long a caller has still to wait: what is made of which experience, and when nothing is said."""

from dataclasses import replace

import pytest

from ctl.switchboard.events import CallArrived, Do, LegAnswered
from ctl.switchboard.expectation import STALE_MS, Outlook
from ctl.switchboard.experience import MOST, WINDOW_MS, Pace
from ctl.switchboard.ids import CallId, Extension, LegId
from ctl.switchboard.plan import Plan
from ctl.switchboard.turn import Turn
from tests.floor_driver import Driver
from tests.plans import CITY, CIVIL, TAX, callback_plan, operator, plan_with

THREE_MINUTES = 180_000
HOUR_MS = 3_600_000


def plan_of(*civil: str, **changes: object) -> Plan:
    """Operators who serve the civil queue and no other."""
    profiles = {Extension(one): operator(one, civil=1) for one in civil}
    return plan_with(**{"operators": profiles, "wrap_up": False, **changes})


def serves(driver: Driver, extension: str, callers: int, lasts_ms: int = THREE_MINUTES) -> None:
    """So many callers are handled by the operator, who is the only one ready, each for so long."""
    for n in range(callers):
        name = f"{extension}-{n}-{driver.now}"
        driver.talks(name, extension)
        driver.passes(lasts_ms)
        ends(driver, name)


def ends(driver: Driver, call: str) -> None:
    """The citizen hangs up, and then the operator's telephone is free."""
    for leg in [leg for leg in driver.floor.legs.values() if leg.call == call]:
        driver.hangs_up(leg.id)


def experienced(*extensions: str, plan: Plan | None = None) -> Driver:
    """Callers of the civil queue take three minutes; after that all of these operators are talking."""
    driver = Driver(plan or plan_of(*extensions))
    driver.ready(extensions[0])
    serves(driver, extensions[0], 10)
    driver.ready(*extensions[1:])
    for extension in extensions:
        driver.talks(f"with-{extension}", extension)
    return driver


def expected(driver: Driver, call: str) -> int | None:
    return Outlook(Turn(driver.floor, driver.now)).wait_ms(driver.call(call))


def of_newcomer(driver: Driver) -> int | None:
    turn = Turn(driver.floor, driver.now)
    assert turn.current_plan is not None
    return Outlook(turn).of_newcomer(turn.current_plan.queues[CIVIL])


def test_each_caller_ahead_costs_one_handling_of_one_operator() -> None:
    driver = experienced("2001")
    driver.waits_in_civil("a")
    driver.waits_in_civil("b")
    assert [expected(driver, call) for call in "ab"] == [THREE_MINUTES, 2 * THREE_MINUTES]
    assert of_newcomer(driver) == 3 * THREE_MINUTES


def test_operators_at_work_share_the_line_and_those_on_a_break_do_not() -> None:
    driver = experienced("2001", "2002", "2003")
    driver.waits_in_civil("a")
    assert expected(driver, "a") == THREE_MINUTES / 3
    driver.command(Do.NOT_READY, "2003", "break")
    assert expected(driver, "a") == THREE_MINUTES / 3  # still talking: the break begins after this call
    driver.passes(THREE_MINUTES)
    ends(driver, "with-2003")
    assert expected(driver, "a") == THREE_MINUTES / 2


def test_caller_for_whom_somebody_is_free_does_not_wait() -> None:
    driver = experienced("2001")
    ends(driver, "with-2001")
    assert of_newcomer(driver) == 0


def test_ring_and_wrap_up_are_handling_too() -> None:
    driver = Driver(plan_of("2001", wrap_up=True))
    driver.ready("2001")
    for n in range(10):
        name = f"served-{n}"
        driver.waits_in_civil(name)
        leg = driver.rings_at(name)
        driver.passes(5_000)
        driver.happens(LegAnswered(leg))
        driver.passes(60_000)
        ends(driver, name)
        driver.passes(25_000)
        assert driver.command(Do.WRAP_UP_DONE, "2001").ok
    driver.waits_in_civil("now")
    driver.waits_in_civil("next")
    assert expected(driver, "next") == 90_000


@pytest.mark.parametrize("handled", [0, 9])
def test_nothing_is_said_after_too_few_callers(handled: int) -> None:
    driver = Driver(plan_of("2001"))
    driver.ready("2001")
    serves(driver, "2001", handled)
    driver.talks("b", "2001")
    driver.waits_in_civil("a")
    assert expected(driver, "a") is None


def test_nothing_is_said_when_nobody_is_at_work() -> None:
    driver = experienced("2001")
    driver.waits_in_civil("a")
    ends(driver, "with-2001")
    driver.command(Do.NOT_READY, "2001", "break")
    assert expected(driver, "a") is None


def test_nothing_is_said_of_what_was_seen_too_long_ago() -> None:
    driver = experienced("2001")
    driver.waits_in_civil("a")
    since = driver.floor.experience.paces[CIVIL].handled_at
    driver.passes(since + STALE_MS - driver.now)
    assert expected(driver, "a") is not None
    driver.passes(1)
    assert expected(driver, "a") is None


def test_call_that_rang_in_vain_teaches_nothing() -> None:
    driver = experienced("2001")
    driver.waits_in_civil("a")
    before = driver.floor.experience.paces[CIVIL].handled
    ends(driver, "with-2001")
    driver.passes(60_000)  # nobody answers
    assert driver.operator("2001").state == "not_ready"
    assert driver.floor.experience.paces[CIVIL].handled == before + 1
    assert not driver.floor.experience.work


def test_impatient_callers_ahead_shorten_the_wait_of_who_stays() -> None:
    """One caller in two gives up after two minutes: θ is one for each four minutes of waiting, those of now included."""
    driver = experienced("2001")
    for n in range(4):
        driver.waits_in_civil(f"impatient-{n}")
        driver.passes(120_000)
        driver.hangs_up(f"impatient-{n}")
    driver.waits_in_civil("a")
    driver.waits_in_civil("b")
    assert expected(driver, "a") == THREE_MINUTES
    assert THREE_MINUTES < (expected(driver, "b") or 0) < 2 * THREE_MINUTES
    # 1/μ + the second term, 1/(μ + θ), within what the integral in its place differs.
    assert expected(driver, "b") == pytest.approx(THREE_MINUTES + 1 / (1 / THREE_MINUTES + 1 / 120_000), rel=0.03)


def test_callers_of_another_queue_count_for_the_operators_they_share() -> None:
    plan = plan_of("2001", "2002")
    both = {**plan.operators, Extension("2002"): operator("2002", civil=1, tax=1)}
    driver = experienced("2001", "2002", plan=replace(plan, operators=both))
    alone = of_newcomer(driver)
    driver.calls_in("t")
    driver.hears_out("t")
    driver.presses("t", "2")
    assert driver.call("t").queue == TAX
    # The tax caller goes first (priority 3) and only 2002 can take him: all of him counts for civil's two operators.
    assert (of_newcomer(driver) or 0) > (alone or 0) >= THREE_MINUTES / 2


def test_line_that_is_always_overtaken_is_not_foretold() -> None:
    """The tax queue goes first and its callers take all the time of the one operator who serves both."""
    plan = plan_of("2001", operators={Extension("2001"): operator("2001", civil=1, tax=1)})
    driver = experienced("2001", plan=plan)
    driver.waits_in_civil("a")
    assert expected(driver, "a") is not None
    for n in range(WINDOW_MS // THREE_MINUTES + 1):
        driver.calls_in(f"t{n}")
        driver.hears_out(f"t{n}")
        driver.presses(f"t{n}", "2")
    assert expected(driver, "a") is None
    assert expected(driver, "t0") is not None


def test_operators_of_a_later_stage_are_counted_from_its_opening_on() -> None:
    """2002 (level 5) may take a civil caller after 20 s, and is free: nobody waits longer than that."""
    plan = plan_of("2001")
    driver = experienced(
        "2001",
        plan=replace(plan, operators={**plan.operators, Extension("2002"): operator("2002", civil=5)}),
    )
    opens_at = driver.now + 20_000
    driver.waits_in_civil("a")
    assert expected(driver, "a") == THREE_MINUTES
    driver.ready("2002")
    assert expected(driver, "a") == opens_at - driver.now
    driver.passes(5_000)
    assert expected(driver, "a") == opens_at - driver.now


def test_call_back_counts_once_it_may_be_tried_again() -> None:
    driver = experienced("2001", plan=replace(callback_plan(), wrap_up=False, operators=plan_of("2001").operators))
    driver.waits_in_civil("w")
    driver.passes(31_000)
    driver.hears_out("w")
    driver.presses("w", "1")
    driver.hears_out("w")
    driver.presses("w", "1")
    driver.hears_out("w")
    promised = next(call for call in driver.floor.calls.values() if call.callback is not None)
    driver.happens(CallArrived(CallId("a"), LegId("a"), CITY, "0399999999"))
    driver.hears_out("a")
    driver.presses("a", "1")
    assert expected(driver, "a") == 2 * THREE_MINUTES
    assert promised.callback is not None
    later = replace(promised, callback=replace(promised.callback, not_before=driver.now + 1))
    driver.floor = replace(driver.floor, calls={**driver.floor.calls, promised.id: later})
    assert expected(driver, "a") == THREE_MINUTES


def test_sums_are_halved_so_that_the_last_hour_outweighs_the_last_month() -> None:
    pace = Pace()
    for _ in range(10 * MOST):
        pace = pace.with_handling(60_000, 1)
    assert pace.handled <= MOST
    assert pace.handling_ms / pace.handled == 60_000
    for _ in range(2 * MOST):
        pace = pace.with_handling(120_000, 2)
    assert 110_000 < pace.handling_ms / pace.handled <= 120_000


def test_rate_of_arrivals_follows_the_last_quarter_of_an_hour() -> None:
    pace = Pace()
    for n in range(30):
        pace = pace.with_arrival(n * WINDOW_MS // 30)
    assert pace.arrivals_per_ms(WINDOW_MS - 1) * WINDOW_MS == pytest.approx(30)
    assert pace.arrivals_per_ms(WINDOW_MS * 3 // 2) * WINDOW_MS == pytest.approx(15)
    assert pace.arrivals_per_ms(2 * WINDOW_MS) == 0
    pace = pace.with_arrival(WINDOW_MS * 3 // 2)
    assert pace.arrivals_per_ms(WINDOW_MS * 3 // 2) * WINDOW_MS == pytest.approx(16)
    assert pace.with_arrival(9 * WINDOW_MS).arrivals_per_ms(9 * WINDOW_MS) * WINDOW_MS == pytest.approx(1)
