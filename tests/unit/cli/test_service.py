"""`ctl service`: what was typed wrongly is named, and the figures of a stretch stand in a table."""

import json

import pytest
from typer.testing import CliRunner

from ctl.cli import app, service
from ctl.kpi.windows import Count
from ctl.switchboard.ids import QueueName

COUNTS = {None: Count(4, 3, 2, 1), QueueName("tax"): Count(2, 1, 1, 0)}


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "_counts", lambda begin, end: COUNTS)


@pytest.mark.usefixtures("told")
def test_table_shows_all_first_then_each_queue() -> None:
    done = CliRunner().invoke(app, ["service", "--since", "2h"])
    lines = [line.split() for line in done.output.splitlines()[2:]]
    assert lines == [
        ["(all)", "4", "3", "2", "1", "50.0%", "25.0%"],
        ["tax", "2", "1", "1", "0", "50.0%", "0.0%"],
    ]


@pytest.mark.usefixtures("told")
def test_document_names_the_definition() -> None:
    document = json.loads(CliRunner().invoke(app, ["service", "--json"]).output)
    assert document["definition"] == "phone-1"
    assert [(row["queue"], row["abandonment"]) for row in document["service"]] == [(None, 0.25), ("tax", 0.0)]


@pytest.mark.parametrize(
    ("typed", "named"), [(["--since", "soon"], "--since"), (["--until", "2020-01-01"], "must lie after --since today")]
)
def test_bad_stretch_is_refused(typed: list[str], named: str) -> None:
    done = CliRunner().invoke(app, ["service", *typed])
    assert done.exit_code == 2
    assert named in done.output
