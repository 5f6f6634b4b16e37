"""`ctl deploy` as it is typed: what excludes what, and the history as people and programs read it."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ctl.cli import app, deploy, floor  # noqa: F401 - importing registers; one command alone would have no name
from ctl.pbx.deploy.generations import Generations
from ctl.settings import Settings


@pytest.fixture(name="store")
def a_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generations:
    monkeypatch.setenv("CTL_HOME", str(tmp_path))
    return Generations(Settings())


def test_history_before_the_first_deploy(store: Generations) -> None:
    done = CliRunner().invoke(app, ["deploy", "--history"])
    assert (done.exit_code, done.stdout) == (0, "nothing was deployed yet\n")
    assert json.loads(CliRunner().invoke(app, ["deploy", "--history", "--json"]).stdout) == []


def test_history_tells_who_when_why_and_what_is_in_force(store: Generations) -> None:
    at = datetime(2026, 4, 1, 3, 4, 5, tzinfo=UTC)
    for reason in ("first", "新しい内線", "bad"):
        store.write({"asterisk/a.conf": reason.encode()}, author="花子", reason=reason, plan="p", now=at)
    store.activate(1)
    store.activate(2)
    store.mark_taken_back(3, ["queue tax is not loaded"])
    rows = json.loads(CliRunner().invoke(app, ["deploy", "--history", "--json"]).stdout)
    assert [(row["number"], row["current"], row["taken_back"]) for row in rows] == [
        (3, False, ["queue tax is not loaded"]),
        (2, True, []),
        (1, False, []),
    ]
    assert (rows[1]["author"], rows[1]["reason"], rows[1]["at"]) == ("花子", "新しい内線", "2026-04-01T03:04:05Z")
    lines = CliRunner().invoke(app, ["deploy", "--history"]).stdout.splitlines()
    assert [line[0] for line in lines] == ["x", "*", " "]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--check", "--rollback"], "exclude each other"),
        (["--start", "--history"], "exclude each other"),
        (["3"], "ctl deploy --rollback 3"),
        (["3", "--check"], "only --rollback takes"),
    ],
)
def test_what_does_not_go_together_is_refused_with_the_way_out(
    store: Generations, arguments: list[str], said: str
) -> None:
    done = CliRunner().invoke(app, ["deploy", *arguments])
    assert done.exit_code == 2
    assert said in done.stderr
    assert not store.path.exists()
