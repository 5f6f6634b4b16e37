"""What is kept of calls that were driven: each once, as what it was, and nothing else."""

from collections import Counter
from datetime import UTC, datetime

from tests.bench.drive import Driven
from tests.bench.place import NOBODY, OURS
from tests.bench.reading import Citizen
from tests.proving.kept import Kept

SERVED = Citizen(OURS, 4000, 0.0, 0.1, 5.0, [(1.0, 5.0)])
GAVE_UP = Citizen(NOBODY, 4002, 0.0, 0.1, 5.0, [])
DRIVEN = Driven(2, 1, True, {"090": SERVED, "080": GAVE_UP}, {"090"}, (), datetime(2026, 11, 29, tzinfo=UTC))
TRUE = ("090", "answered", True), ("080", "abandoned_queue", True)


def wrong(*rows: tuple[str | None, str | None, bool]) -> list[str]:
    return Kept.of(rows, []).wrong(DRIVEN)


def test_calls_that_are_kept_once_as_what_they_were_are_right() -> None:
    assert wrong(*TRUE) == []


def test_call_that_is_missing_double_or_something_else_is_wrong() -> None:
    assert wrong(TRUE[0]) == ["080"]
    assert wrong(*TRUE, TRUE[0]) == ["090"]
    assert wrong(TRUE[0], ("080", "answered", True)) == ["080"]


def test_row_without_an_end_is_wrong_beside_a_true_one_and_alone() -> None:
    assert wrong(*TRUE, ("090", None, False)) == ["090"]
    assert wrong(("090", "answered", False), TRUE[1]) == ["090"]


def test_row_of_somebody_who_has_not_called_is_wrong() -> None:
    assert wrong(*TRUE, ("070", "answered", True)) == ["070"]
    assert wrong(*TRUE, (None, "abandoned_ivr", True)) == ["no number"]


def test_who_was_served_has_a_recording() -> None:
    assert Kept({}, Counter()).unrecorded(DRIVEN) == ["090"]
    assert Kept.of(TRUE, ["090", None]).unrecorded(DRIVEN) == []
