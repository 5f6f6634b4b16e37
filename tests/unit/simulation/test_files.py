"""The staffing file and the ward's numbers: what is wrong is named with file, line and what is allowed."""

from datetime import date
from pathlib import Path
from random import Random
from statistics import fmean, pstdev

import pytest

from ctl.config.problems import ConfigError
from ctl.simulation.files import read_scenario
from ctl.simulation.scenario import Again, Duration, Scenario, Shape
from ctl.simulation.workload import UnknownDay, contacts_by_hour
from ctl.switchboard.hours import jst
from tests.plans import CIVIL, small_plan

DAY = date(2021, 6, 14)
GOOD = """crews:
  - skills: {civil: 1}
    operators: {"8:00-9:30": 3, "9:30-19:00": 6}
"""


def scenario(folder: Path, text: str) -> Scenario:
    path = folder / "staffing.yaml"
    path.write_text(text, encoding="utf-8")
    return read_scenario(path, small_plan(), DAY, {8: 62.0, 9: 165.0}, seed=7)


def test_staffing_becomes_a_scenario(tmp_path: Path) -> None:
    made = scenario(tmp_path, GOOD + "wrap_up: {mean_seconds: 0}\ntalk: {mean_seconds: 90, shape: fixed}\n")
    assert [(one.expected, jst(one.begin).hour, jst(one.end).hour) for one in made.arrivals] == [
        (62, 8, 9),
        (165, 9, 10),
    ]
    shifts = [(f"{jst(one.begin):%H:%M}", f"{jst(one.end):%H:%M}", one.operators) for one in made.crews[0].shifts]
    assert shifts == [("08:00", "09:30", 3), ("09:30", "19:00", 6)]
    assert (made.wrap_up, made.talk.mean_ms, made.talk.shape) == (None, 90_000, Shape.FIXED)
    assert made.wants == {CIVIL: 1.0}
    assert (made.seed, made.again) == (7, None)
    again = scenario(tmp_path, GOOD + "calls_again: {share: 0.3}\n").again
    assert again == Again(0.3, Duration(60_000))


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (GOOD.replace("civil", "civic"), 2, "did you mean 'civil'"),
        (GOOD.replace("9:30-19:00", "9:15-19:00"), 3, "such as 8:30-17:00"),
        (GOOD.replace("9:30-19:00", "19:00-9:30"), 3, "go forward"),
        (GOOD.replace("9:30-19:00", "9:00-19:00"), 3, "overlaps"),
        (GOOD.replace("6}", "many}"), 3, "'many'"),
        (GOOD + "wants: {taxes: 1}\n", 4, "did you mean 'tax'"),
        (GOOD + "wants: {tax: 0}\n", 4, "above 0"),
        (GOOD + "patience: {mean_seconds: -1}\n", 4, "greater than or equal to 0"),
        (GOOD + "calls_again: {share: 30}\n", 4, "less than or equal to 1"),
        (GOOD + "patience: {seconds: 1}\n", 4, "unknown key"),
        ("crew: []\n", 1, "unknown key"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, line: int, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        scenario(tmp_path, text)
    assert any(
        problem.file == "staffing.yaml" and problem.line == line and said in problem.message
        for problem in caught.value.problems
    ), [str(problem) for problem in caught.value.problems]


def test_both_days_that_are_known_by_the_hour_come_as_they_were() -> None:
    assert contacts_by_hour(date(2021, 6, 14))[10] == 167
    assert contacts_by_hour(date(2021, 4, 1))[10] == 92


def test_another_day_has_its_calls_spread_as_on_the_ordinary_one() -> None:
    hours = contacts_by_hour(date(2021, 4, 5))
    assert sum(hours.values()) == pytest.approx(869)
    assert hours[10] / hours[8] == pytest.approx(92 / 29)


def test_a_day_without_numbers_is_refused() -> None:
    with pytest.raises(UnknownDay, match="2021-04-01 to 2022-03-31"):
        contacts_by_hour(date(2026, 1, 1))


@pytest.mark.parametrize("shape", [Shape.EXPONENTIAL, Shape.LOGNORMAL])
def test_durations_have_their_mean_and_spread(shape: Shape) -> None:

    chance, duration = Random(5), Duration(60_000, shape, 1.0)
    drawn = [duration.draw(chance) for _ in range(20_000)]
    assert fmean(drawn) == pytest.approx(60_000, rel=0.03)
    assert pstdev(drawn) == pytest.approx(60_000, rel=0.05)
