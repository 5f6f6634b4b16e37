"""A simulated day: the production core serves callers and operators who exist in numbers only."""

from dataclasses import replace

import pytest

from ctl.kpi.windows import Count
from ctl.simulation import simulate
from ctl.simulation.erlang import ErlangA
from ctl.simulation.result import HOUR_MS, Observer
from ctl.simulation.scenario import Again, Arrivals, Crew, Duration, Scenario, Shape, Shift
from ctl.switchboard import core
from ctl.switchboard.effects import Effect, Record
from ctl.switchboard.events import Event
from ctl.switchboard.facts import OfferMade
from ctl.switchboard.floor import Floor
from ctl.switchboard.ids import CallId, GroupName, QueueName
from ctl.switchboard.plan import Overflow, OverflowWhen, Queue, Routing, Stage
from tests.floor_driver import MONDAY_TEN
from tests.unit.simulation.scenes import GROUP, HOUR, PATIENCE, PLAN, QUEUE, TALK, steady


def fixed(seconds: float) -> Duration:
    return Duration(round(seconds * 1000), Shape.FIXED)


@pytest.mark.days
@pytest.mark.parametrize(("calls_per_hour", "operators", "hours"), [(40, 2, 400), (60, 4, 300)])
def test_simulation_agrees_with_erlang_a(calls_per_hour: int, operators: int, hours: int) -> None:
    day = simulate(steady(calls_per_hour, operators, hours)).all
    formula = ErlangA(calls_per_hour / HOUR, 1 / TALK.mean_ms, 1 / PATIENCE.mean_ms, operators)
    assert day.count.offered > 15_000
    assert day.count.abandonment == pytest.approx(formula.abandonment, abs=0.01)
    assert day.count.service_level == pytest.approx(formula.answered_within(15_000), abs=0.01)
    assert day.occupancy == pytest.approx(formula.occupancy, abs=0.01)


def test_erlang_a_without_waiting_is_erlang_b_and_with_endless_patience_erlang_c() -> None:
    # Two operators and an offered traffic of one Erlang: B = 1/5, C = 1/3 (any table of Erlang's formulas).
    impatient, patient = ErlangA(1, 1, 1e9, 2), ErlangA(1, 1, 1e-9, 2)
    assert impatient.abandonment == pytest.approx(1 / 5, abs=1e-6)
    assert 1 - patient.answered_within(0) == pytest.approx(1 / 3, abs=1e-6)


def test_nobody_is_turned_away_for_want_of_a_channel() -> None:
    """Nobody answers and patience is longer than the day: all of some 600 callers wait at the same time."""
    day = simulate(steady(600, 0, 1, patience=fixed(3600))).all
    assert day.count.offered == day.count.abandoned > 500


def test_same_seed_same_day() -> None:
    assert simulate(steady(60, 3, 2)) == simulate(steady(60, 3, 2))
    assert simulate(steady(60, 3, 2)) != simulate(steady(60, 3, 2, seed=2))


def test_time_of_operators_is_rung_talk_and_wrap_up() -> None:
    scenario = steady(20, 10, 3, talk=fixed(60), wrap_up=fixed(30), answer=fixed(3), patience=fixed(3600))
    result = simulate(scenario)
    day = result.all
    assert day.count == Count(day.count.offered, day.count.offered, day.count.offered, 0)
    assert (day.mean_wait_ms, day.p90_wait_ms) == (3000, 3000)
    busy_s = sum((one.occupancy or 0) * one.operators * HOUR_MS for one in result.hours.values()) / 1000
    assert busy_s == pytest.approx(day.count.answered * (3 + 60 + 30))


def test_nobody_is_answered_when_nobody_is_there() -> None:
    shift = Shift(MONDAY_TEN, MONDAY_TEN + HOUR, 20)
    scenario = replace(steady(60, 0, 2, talk=fixed(10)), crews=(Crew({GROUP: 1}, (shift,)),))
    first, second = (simulate(scenario).hours[MONDAY_TEN + n * HOUR] for n in (0, 1))
    assert first.count.answered == first.count.offered > 0
    assert second.count.abandoned == second.count.offered > 0


def test_operator_whose_shift_ends_finishes_the_call() -> None:
    shift = Shift(MONDAY_TEN, MONDAY_TEN + HOUR, 1)
    scenario = replace(steady(2, 0, 1, talk=fixed(7200), patience=fixed(60)), crews=(Crew({GROUP: 1}, (shift,)),))
    result = simulate(scenario)
    assert result.all.count.answered == 1
    assert result.hours[MONDAY_TEN + HOUR].occupancy == 1


def test_operator_who_talks_through_a_break_is_there_after_it() -> None:
    shifts = (Shift(MONDAY_TEN, MONDAY_TEN + HOUR, 1), Shift(MONDAY_TEN + 2 * HOUR, MONDAY_TEN + 4 * HOUR, 1))
    scenario = steady(30, 0, 4, talk=fixed(2.9 * 3600), patience=fixed(1800))
    assert simulate(replace(scenario, crews=(Crew({GROUP: 1}, shifts),))).all.count.answered == 2


def test_telephone_that_rings_in_vain_costs_the_ring_and_not_the_day() -> None:
    first = simulate(steady(60, 5, 2, talk=fixed(1), answer=Duration(20_000), patience=fixed(3600))).hours[MONDAY_TEN]
    assert first.count.answered == first.count.offered > 0


def test_crew_follows_its_shifts() -> None:
    shifts = (Shift(MONDAY_TEN, MONDAY_TEN + HOUR, 2), Shift(MONDAY_TEN + HOUR, MONDAY_TEN + 2 * HOUR, 5))
    scenario = replace(steady(30, 0, 2, talk=fixed(1)), crews=(Crew({GROUP: 1}, shifts),))
    hours = simulate(scenario).hours
    assert [hours[MONDAY_TEN + n * HOUR].operators for n in (0, 1)] == pytest.approx([2, 5], abs=0.01)


def test_callers_get_who_has_the_skill() -> None:
    tax, rare = QueueName("tax"), GroupName("tax")
    plan = replace(PLAN, queues={**PLAN.queues, tax: Queue(tax, "税", (Stage(rare, max_level=2),))})
    crews = steady(1, 3, 4).crews
    scenario = replace(steady(60, 3, 4), plan=plan, wants={tax: 1.0}, patience=fixed(30))
    assert simulate(replace(scenario, crews=crews)).all.count.answered == 0
    skilled = tuple(replace(crew, skills={rare: 2}) for crew in crews)
    assert simulate(replace(scenario, crews=skilled)).all.count.answered > 0


def test_share_of_those_who_give_up_calls_again() -> None:
    scenario = steady(600, 0, 4, patience=fixed(30))
    once = simulate(scenario).all.count
    twice = simulate(replace(scenario, again=Again(0.5, fixed(60)))).all.count
    assert once.offered == once.abandoned > 2000
    # Half of them, half of these once more, and so on: 1 / (1 - 0.5) calls of each caller.
    assert twice.offered == twice.abandoned == pytest.approx(2 * once.offered, rel=0.05)


def test_caller_who_calls_again_is_served_in_the_order_of_the_place_kept() -> None:
    """Nobody is there in the first half hour; those who came first and called again are served first afterwards."""
    half = HOUR // 2
    crews = (Crew({GROUP: 1}, (Shift(MONDAY_TEN + half, MONDAY_TEN + 4 * HOUR, 1),)),)
    arrivals = (Arrivals(MONDAY_TEN, MONDAY_TEN + half, 10),)
    patience = Duration(20 * 60_000, Shape.FIXED)
    scenario = replace(
        steady(20, 0, 1, talk=fixed(10), patience=patience), crews=crews, arrivals=arrivals, again=Again(1, fixed(1))
    )
    keeping = replace(scenario, plan=replace(PLAN, routing=Routing(keep_place_ms=60_000)))
    places, order = watched_places(keeping)
    assert order == sorted(order)
    assert order[0] == min(places.values())
    places, order = watched_places(scenario)
    assert order[0] > min(places.values())


def watched_places(scenario: Scenario) -> tuple[dict[CallId, int], list[int]]:
    """The place of each call, and the places in the order in which they were offered."""
    places: dict[CallId, int] = {}
    order: list[int] = []

    def step(floor: Floor, event: Event, now: int) -> tuple[Floor, tuple[Effect, ...]]:
        after, effects = core.step(floor, event, now)
        places.update({call.id: call.place for call in after.calls.values() if call.place is not None})
        made = (one.fact for one in effects if isinstance(one, Record))
        order.extend(places[fact.call] for fact in made if isinstance(fact, OfferMade))
        return after, effects

    simulate(scenario, step)
    return places, order


def test_caller_who_waits_too_long_overflows_to_those_who_have_time() -> None:
    busy = QueueName("busy")
    rule = Overflow(OverflowWhen.WAITED, after_ms=20_000, queue=QUEUE)
    plan = replace(PLAN, queues={**PLAN.queues, busy: Queue(busy, "税", (Stage(GroupName("tax")),), overflow=(rule,))})
    scenario = replace(steady(60, 5, 2, talk=fixed(10), patience=fixed(60)), plan=plan, wants={busy: 1.0})
    hour = simulate(scenario).hours[MONDAY_TEN]
    assert hour.count.answered == hour.count.offered > 0
    assert (hour.mean_wait_ms, hour.p90_wait_ms) == (20_000, 20_000)


def test_caller_sent_over_the_trunk_is_answered_there() -> None:
    department = next(iter(PLAN.departments))
    rule = Overflow(OverflowWhen.NOBODY, department=department)
    plan = replace(PLAN, queues={QUEUE: replace(PLAN.queues[QUEUE], overflow=(rule,))})
    scenario = replace(steady(10, 0, 2, talk=fixed(10), patience=fixed(5), answer=fixed(1)), plan=plan)
    count = simulate(scenario).all.count
    assert (count.offered > 0, count.abandoned) == (True, 0)


def test_no_arrivals_no_figures() -> None:
    scenario = replace(steady(1, 2, 1), arrivals=(Arrivals(MONDAY_TEN, MONDAY_TEN + HOUR, 0),))
    day = simulate(scenario).all
    assert (day.count, day.mean_wait_ms, day.p90_wait_ms, day.occupancy) == (Count(), None, None, 0)


def test_work_over_the_hour_counts_in_both() -> None:
    observer = Observer()
    observer.worked(HOUR_MS - 600_000, HOUR_MS + 300_000, True)
    hours = observer.result().hours
    assert [(begin, one.operators) for begin, one in hours.items()] == [(0, 1 / 6), (HOUR_MS, 1 / 12)]
