"""A ratio that was reached is not lost in silence."""

from datetime import date

import pytest

from tests.bench.committed import Committed, committed, compared
from tests.bench.figures import Row

KNOWN = {"entry": Committed(2.0, date(2026, 11, 24), "2 cores")}


@pytest.mark.parametrize(("ratio", "met"), [(0.5, True), (2.4, True), (2.41, False)])
def test_more_than_a_fifth_worse_is_missed(ratio: float, met: bool) -> None:
    (row,) = compared([Row("a", "1", ratios={"entry": ratio, "of a new case": 9.0})], KNOWN)
    assert row.met is met


def test_what_was_not_measured_is_not_compared() -> None:
    assert compared([Row("a", "1")], KNOWN) == []


def test_committed_ratios_can_be_read() -> None:
    assert all(one.ratio > 0 and one.machine for one in committed().values())
