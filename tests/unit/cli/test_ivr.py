"""`ctl ivr`, `ctl operators` and `ctl departments` as they are typed."""

import json
import shutil
import stat
import wave
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from ctl.cli import app, ivr, people
from ctl.settings import SOURCE_ROOT

COMMANDS = (ivr, people)
"""Imported so that the commands are there."""


@pytest.fixture(autouse=True)
def flows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = Path(shutil.copytree(SOURCE_ROOT / "ivr_flows", tmp_path / "ivr_flows"))
    monkeypatch.setenv("CTL_HOME", str(tmp_path / "run"))
    monkeypatch.setenv("CTL_FLOWS", str(path))
    return path


def ctl(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def spoil(flows: Path) -> None:
    file = flows / "flows" / "fax.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("fax-notice", "fax-note"), encoding="utf-8")


def test_check_of_files_in_order() -> None:
    done = ctl("ivr", "check")
    assert done.exit_code == 0
    assert "60 operators" in done.stdout


@pytest.mark.parametrize(
    "command",
    [("ivr", "check"), ("ivr", "simulate", "main"), ("ivr", "draw", "main"), ("operators", "list")],
    ids=" ".join,
)
def test_problems_go_to_standard_error_with_file_line_and_node(flows: Path, command: tuple[str, ...]) -> None:
    spoil(flows)
    done = ctl(*command)
    assert done.exit_code == 2
    assert done.stdout == ""
    first = done.stderr.splitlines()[0]
    assert first.startswith("ivr_flows/flows/fax.yaml:7: nodes notice say: there is no announcement 'fax-note'")


def test_simulate_says_what_is_heard_and_where_the_call_ends() -> None:
    done = ctl("ivr", "simulate", "03-3981-1111", "--at", "2026-11-24T10:00", "--keys", "t,2")
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert lines[0] == "main 代表電話, 2026-11-24 10:00 Tue JST"
    assert "hears: お電話ありがとうございます" in lines[1]
    assert lines[-1].endswith("ends: waits in the queue tax (税), menu 税")


def test_time_with_a_zone_is_brought_to_japan() -> None:
    done = ctl("ivr", "simulate", "main", "--at", "2026-11-24T10:00+00:00")
    assert "19:00 Tue JST" in done.stdout
    assert done.stdout.splitlines()[-1].split() == ["night", "ends:", "is", "hung", "up", "on"]


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("ivr", "simulate", "mian"), "did you mean 'main'"),
        (("ivr", "simulate", "main", "--keys", "12"), "the keys 0 to 9"),
        (("ivr", "simulate", "main", "--at", "tomorrow"), "2026-12-29T10:00"),
        (("ivr", "draw", "0300000000"), "there is no flow"),
        (("ivr", "say", "greting"), "did you mean 'greeting'"),
        (("operators", "secret", "2o01"), "there is no operator '2o01'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_bad_input_ends_with_2_and_the_way_out(command: tuple[str, ...], says: str) -> None:
    done = ctl(*command)
    assert done.exit_code == 2
    assert says in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("form", ["mermaid", "dot"])
def test_draw(form: str) -> None:
    done = ctl("ivr", "draw", "covid", "--format", form)
    assert done.exit_code == 0
    assert "新型コロナ" in done.stdout


def test_say_shows_the_reading_and_writes_what_is_heard(tmp_path: Path) -> None:
    done = ctl("ivr", "say", "system-held", "--into", str(tmp_path / "sounds"))
    assert done.stdout.split() == ["system-held", "保留しました。", "ホリューシマシタ。"]
    with wave.open(str(tmp_path / "sounds" / "system-held.wav")) as sound:
        assert sound.getframerate() == 8000


def test_schema_is_written_where_the_files_are(flows: Path) -> None:
    before = (flows / "schema.json").read_text(encoding="utf-8")
    (flows / "schema.json").unlink()
    assert ctl("ivr", "schema").exit_code == 0
    assert (flows / "schema.json").read_text(encoding="utf-8") == before


def test_secret_of_an_operator_stays_the_same_and_is_kept_from_others(tmp_path: Path) -> None:
    first, second, other = (ctl("operators", "secret", extension).stdout for extension in ("2001", "2001", "2002"))
    assert first == second != other
    assert len(first.strip()) >= 20
    assert stat.S_IMODE((tmp_path / "run" / "secrets.json").stat().st_mode) == 0o600


def test_lists_for_people_and_for_programs() -> None:
    operators = json.loads(ctl("operators", "list", "--json").stdout)
    departments = json.loads(ctl("departments", "list", "--json").stdout)
    assert operators[0]["extension"] == "2001"
    assert operators[0]["skills"]["general"] == 1
    assert set(departments[0]) == {"code", "name", "reading", "numbers", "hours"}
    assert len(ctl("operators", "list").stdout.splitlines()) == len(operators)
    assert len(ctl("departments", "list").stdout.splitlines()) == len(departments)


@pytest.mark.parametrize("room", ["ivr", "operators", "departments"])
def test_help(room: str) -> None:
    assert ctl(room, "--help").exit_code == 0
