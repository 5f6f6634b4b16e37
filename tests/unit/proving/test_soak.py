"""What grows is told from what only wavers, and a lap that lost something breaks the run."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.bench.usage import Held
from tests.proving.soak import Lap, Quarters, cases_of, from_day_to_day, growth, rise


def laps(*memory_mb: float, descriptors: int = 0) -> list[Lap]:
    """A lap a minute, in each of which the worker opens so many files more."""
    return [
        Lap(60.0 * n, 100, 0, 0, 0, 0, 1.0, {"worker": Held(mb, 20 + n * descriptors, 5)}, {"worker": 1_700_000_000})
        for n, mb in enumerate(memory_mb)
    ]


@given(st.floats(-5, 5), st.floats(0, 1000), st.integers(2, 30))
def test_rise_of_a_line_is_from_its_first_to_its_last(slope: float, begin: float, count: int) -> None:
    times = [10.0 * n for n in range(count)]
    expected = slope * times[-1]
    assert abs(rise(times, [begin + slope * at for at in times]) - expected) < 1e-6 * max(1, abs(expected), begin)


def test_one_outlier_is_no_rise() -> None:
    assert rise([0, 1, 2, 3, 4], [10, 10, 90, 10, 10]) == 0
    assert rise([0], [10]) == 0


def test_memory_may_settle_in_the_first_laps_and_not_grow_after_them() -> None:
    (settled,) = growth(laps(50, 90, 91, 90, 92))
    assert settled.held is True
    (growing,) = growth(laps(50, 90, 100, 110, 120))
    assert growing.held is False


def test_files_that_stay_open_break_the_run() -> None:
    (leaking,) = growth(laps(90, 90, 90, 90, 90, 90, 90, descriptors=1))
    assert leaking.held is False


def test_service_that_came_later_has_grown() -> None:
    lap = laps(90, 90, 90, 90)
    late = [replace(one, services={**one.services, "stray": Held(60, 9, 9)}) if one.at_s > 60 else one for one in lap]
    assert [case.held for case in growth(late)] == [False, True]


def test_anything_lost_in_any_lap_breaks_the_run() -> None:
    good = laps(90, 90, 90)
    assert all(case.held for case in cases_of(good))
    one = good[0]
    for bad in (
        replace(one, failed=1),
        replace(one, wrong=1),
        replace(one, unrecorded=1),
        replace(one, channels=1),
        replace(one, longest_pause_s=6.0),
        replace(one, since={"worker": 1_700_000_300}),
        replace(one, since={}),
    ):
        assert [case.held for case in cases_of([*good, bad])].count(False) == 1


def a_day(by_night_mb: float, by_day_mb: float, descriptors: int = 20) -> Quarters:
    """A worker that holds more while many call."""
    curve = [by_night_mb] * 15 + [by_day_mb] * 20 + [by_night_mb] * 15
    return [{"worker": Held(mb, descriptors, 5)} for mb in curve]


def test_a_day_that_swells_and_shrinks_as_the_day_before_is_no_growth() -> None:
    (same,) = from_day_to_day([a_day(50, 300), a_day(50, 300)])
    assert same.held is True


def test_calls_that_happen_to_be_up_when_it_is_looked_are_no_growth() -> None:
    quiet, busy = a_day(50, 300), a_day(50, 300, descriptors=32)
    (one_call_more,) = from_day_to_day([quiet, [*busy[:-5], *quiet[-5:]]])
    assert one_call_more.held is True
    assert from_day_to_day([quiet]) == []


def test_what_a_day_leaves_behind_breaks_the_run() -> None:
    (memory,) = from_day_to_day([a_day(50, 300), a_day(80, 330)])
    (files,) = from_day_to_day([a_day(50, 300), a_day(50, 300, descriptors=25)])
    (little_each_day,) = from_day_to_day([a_day(50, 300), a_day(55, 305), a_day(60, 310)])
    assert [memory.held, files.held, little_each_day.held] == [False] * 3
