"""What the command that breaks everything takes for a centre that held."""

from collections import Counter

import pytest

from tests.proving.chaos import Answers, Outcome
from tests.proving.fault import Fault
from tests.proving.faults import FAULTS, nothing
from tests.proving.history import Leg, Side, Verdict
from tests.proving.sound import Sound

FAULT = Fault("a fault", "no call lost", nothing, within_s=4, operators_s=8)
WELL = Answers(1, 5)


def outcome(
    answered: Answers = WELL, rung: Answers = WELL, wrong: list[str] | None = None, unheard: list[str] | None = None
) -> Outcome:
    return Outcome(FAULT, Verdict([]), wrong or [], 40, answered, rung, Sound(9, 9, unheard or [], 0), Counter())


def legs(side: Side, *answered_s: float | None) -> list[Leg]:
    return [Leg(str(n), side, "2001", "090", 0, at, 99) for n, at in enumerate(answered_s)]


def test_centre_that_answers_in_time_and_afterwards_holds() -> None:
    assert outcome().case.held


@pytest.mark.parametrize(
    "broken",
    [
        outcome(answered=Answers(4.1, 5)),
        outcome(answered=Answers(1, 0)),
        outcome(rung=Answers(8.1, 5)),
        outcome(rung=Answers(1, 0)),
        outcome(wrong=["no handoff came to its end"]),
        outcome(unheard=["no recording of 090"]),
    ],
)
def test_one_limit_that_is_missed_breaks_it(broken: Outcome) -> None:
    assert broken.case.held is False


def test_time_without_an_answer_reaches_from_the_fault_to_the_end() -> None:
    answers = Answers.of(legs(Side.CITIZEN, 9, 13, None, 14), Side.CITIZEN, since_s=10, back_s=12, until_s=20)
    assert answers == Answers(6, 2)


def test_other_side_is_no_answer() -> None:
    answers = Answers.of(legs(Side.CITIZEN, 11, 12), Side.OPERATOR, since_s=10, back_s=12, until_s=20)
    assert answers == Answers(10, 0)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_nobody_answered_until_the_end_misses_both_limits(fault: Fault) -> None:
    answers = Answers.of([], Side.CITIZEN, 0, 0, fault.missed_after_s)
    assert answers.longest_without_s > max(fault.within_s, fault.operators_s)
