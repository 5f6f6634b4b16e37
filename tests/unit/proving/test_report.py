"""The reports of the proving ground: what broke is told, whatever a stranger's message held."""

import json
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

from tests.proving.report import Case, Report, table

HELD, BROKEN, TOLD = (Case("a", "b", "c", held) for held in (True, False, None))
NOW = datetime(2026, 11, 29, 9, 30, tzinfo=UTC)


def test_report_holds_when_nothing_broke() -> None:
    assert Report([HELD, TOLD]).held
    assert not Report([HELD, BROKEN]).held


def test_report_of_nothing_proves_nothing() -> None:
    assert not Report([]).held
    assert not Report([TOLD]).held


def test_what_could_not_be_tried_has_not_held() -> None:
    untried = Case("a", "b", "no device", None, tried=False)
    assert "NOT TRIED" in table([untried])
    assert not Report([HELD, untried]).held
    assert Report([HELD, untried], allow_untried=True).held
    assert not Report([untried, untried], allow_untried=True).held


@given(st.text(), st.text())
def test_whatever_was_seen_stays_one_cell_of_one_line(expected: str, seen: str) -> None:
    lines = table([Case("a", expected, seen, True)]).split("\n")
    assert len(lines) == 3
    assert lines[2].replace("\\\\", "").replace("\\|", "").count("|") == 5


def test_report_is_kept_with_its_plots(tmp_path: Path) -> None:
    figure = Figure()
    figure.add_subplot().plot([1, 2, 3])
    folder = Report([HELD, BROKEN], {"calls": figure}, ["seed 7"]).write("torture", tmp_path / "reports", NOW)
    assert folder.name == "torture-20261129-093000"
    text = (folder / "report.md").read_text(encoding="utf-8")
    assert "![calls](calls.svg)" in text
    assert "seed 7" in text
    assert "<svg" in (folder / "calls.svg").read_text(encoding="utf-8")
    document = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert [case["held"] for case in document["cases"]] == [True, False]
