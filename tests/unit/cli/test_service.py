"""`ctl service`: what was typed wrongly is named, and the figures of a stretch stand in a table."""

import json
from collections.abc import Mapping
from datetime import datetime

import pytest
from typer.testing import CliRunner

from ctl.cli import app, calls, service  # noqa: F401 - with one command alone its name would not be asked for
from ctl.kpi.windows import Count, Key
from ctl.switchboard.hours import JST
from ctl.switchboard.ids import QueueName

COUNTS: Mapping[Key, Count] = {None: Count(6, 3, 2, 1, 2), QueueName("tax"): Count(2, 1, 1, 0)}


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "_counts", lambda begin, end: COUNTS)


@pytest.mark.usefixtures("told")
def test_table_shows_all_first_then_each_queue() -> None:
    done = CliRunner().invoke(app, ["service", "--since", "2h"])
    lines = [line.split() for line in done.output.splitlines()[2:]]
    assert lines == [
        ["(all)", "6", "3", "2", "1", "2", "33.3%", "25.0%"],
        ["tax", "2", "1", "1", "0", "0", "50.0%", "0.0%"],
    ]


@pytest.mark.usefixtures("told")
def test_document_names_the_definition() -> None:
    document = json.loads(CliRunner().invoke(app, ["service", "--json"]).output)
    assert document["definition"] == "phone-2"
    told = [(row["queue"], row["turned_away"], row["abandonment"]) for row in document["service"]]
    assert told == [(None, 2, 0.25), ("tax", 0, 0.0)]


def test_midnight_belongs_to_the_day_that_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[datetime, datetime]] = []

    def counts(after: datetime, until: datetime) -> Mapping[Key, Count]:
        asked.append((after, until))
        return COUNTS

    monkeypatch.setattr(service, "_counts", counts)
    CliRunner().invoke(app, ["service", "--since", "2026-06-15", "--until", "2026-06-16"])
    ((after, until),) = asked
    assert after < datetime(2026, 6, 15, tzinfo=JST) <= after + service.MILLISECOND
    assert until < datetime(2026, 6, 16, tzinfo=JST) <= until + service.MILLISECOND


@pytest.mark.parametrize(
    ("typed", "named"), [(["--since", "soon"], "--since"), (["--until", "2020-01-01"], "must lie after --since today")]
)
def test_bad_stretch_is_refused(typed: list[str], named: str) -> None:
    done = CliRunner().invoke(app, ["service", *typed])
    assert done.exit_code == 2
    assert named in done.output
