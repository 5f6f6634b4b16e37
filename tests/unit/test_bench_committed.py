"""A ratio that was reached is not lost in silence."""

import sys
from datetime import date
from pathlib import Path

import pytest

from tests.bench import __main__ as bench
from tests.bench.committed import WORSE, Committed, committed, compared
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


@pytest.mark.parametrize(("times", "status"), [(1.0, 0), (WORSE + 0.01, 1)])
def test_make_bench_ends_with_1_when_a_committed_ratio_is_lost(
    times: float, status: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ratios = {name: one.ratio * times for name, one in committed().items()}
    monkeypatch.setattr(bench, "ALONE", {"rows": lambda: [Row("made up", "1", ratios=ratios)]})
    monkeypatch.setattr(sys, "argv", ["bench", "rows"])
    monkeypatch.setenv("CTL_HOME", str(tmp_path))
    assert bench.main() == status
    told = capsys.readouterr().out
    assert [name in told for name in ratios] == [True] * len(ratios)
    assert told.count("MISSED") == status * len(ratios)
