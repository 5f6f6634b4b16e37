"""`ctl simulate`: a day in a table or a document, and wrong words refused with the way out."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ctl.cli import app, calls, simulate  # noqa: F401 - with one command alone its name would not be asked for


@pytest.fixture
def staffing(tmp_path: Path) -> str:
    path = tmp_path / "staffing.yaml"
    path.write_text('crews: [{skills: {general: 1}, operators: {"8:00-19:00": 9}}]\n', encoding="utf-8")
    return str(path)


def test_the_peak_day_is_played_by_the_hour(staffing: str) -> None:
    done = CliRunner().invoke(app, ["simulate", "--date", "2021-06-14", "--staffing", staffing, "--json"])
    document = json.loads(done.output)
    assert done.exit_code == 0
    assert document["hours"][0]["hour"] == "2021-06-13T23:00:00Z"
    assert document["day"]["offered"] == sum(hour["offered"] for hour in document["hours"])
    assert 0 < document["day"]["service_level"] < 1
    table = CliRunner().invoke(app, ["simulate", "--date", "2021-06-14", "--staffing", staffing]).output.splitlines()
    assert [line.split()[0] for line in table[:2]] == ["hour", "08:00"]
    assert table[-1].split()[:2] == ["day", str(document["day"]["offered"])]


@pytest.mark.parametrize(("day", "said"), [("today", "is not a date"), ("2026-01-01", "2021-04-01 to 2022-03-31")])
def test_day_without_numbers_is_refused(staffing: str, day: str, said: str) -> None:
    done = CliRunner().invoke(app, ["simulate", "--date", day, "--staffing", staffing])
    assert done.exit_code == 2
    assert said in done.output


def test_missing_and_faulty_staffing_is_refused(tmp_path: Path) -> None:
    faulty = tmp_path / "faulty.yaml"
    faulty.write_text("crews:\n  - skills: {generel: 1}\n    operators: {'8:00-9:00': 1}\n", encoding="utf-8")
    for path, said in ((tmp_path / "none.yaml", "none.yaml"), (faulty, "faulty.yaml:2")):
        done = CliRunner().invoke(app, ["simulate", "--date", "2021-06-14", "--staffing", str(path)])
        assert done.exit_code == 2
        assert said in done.output
