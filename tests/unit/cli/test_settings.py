"""Settings that were mistyped: each is named as it is written in the environment or in its file, with the way out."""

from pathlib import Path

import pytest

from ctl.cli import main


def refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    """The one line with which a command is refused, with status 2 and nothing done."""
    monkeypatch.setattr("sys.argv", ["ctl", "calls"])
    with pytest.raises(SystemExit) as left:
        main()
    said = capsys.readouterr()
    assert left.value.code == 2
    assert said.out == ""
    (line,) = said.err.splitlines()
    return line


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("CTL_POSTGRES_HOST", "db1:abc", "'db1:abc' is no host; write db1, or with its port db1:5433"),
        ("CTL_POSTGRES_HOST", "db1,", "'' is no host"),
        ("CTL_POSTGRES_HOST", "::1", "'::1' is no host"),
        ("CTL_WEB_PORT", "x", "valid integer"),
    ],
)
def test_mistyped_setting_is_named_and_nothing_is_done(
    name: str, value: str, told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(name, value)
    line = refused(monkeypatch, capsys)
    assert line.startswith(f"{name}: ")
    assert told in line


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("CTL_WEB_PORT=x\n", "{file}: CTL_WEB_PORT: Input should be a valid integer"),
        ("CTL_CARIER_USER=ward\n", "{file}:1: CTL_CARIER_USER is no setting"),
        (None, "{file}: No such file or directory; CTL_SETTINGS names"),
    ],
)
def test_fault_of_the_settings_file_is_told_with_the_file_and_nothing_is_done(
    text: str | None,
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "settings.env"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    monkeypatch.setenv("CTL_SETTINGS", str(file))
    line = refused(monkeypatch, capsys)
    assert line.startswith(told.format(file=file))


def test_fault_of_the_environment_is_not_laid_at_the_door_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "settings.env"
    file.write_text("CTL_WEB_PORT=8443\n", encoding="utf-8")
    monkeypatch.setenv("CTL_SETTINGS", str(file))
    monkeypatch.setenv("CTL_WEB_PORT", "x")
    assert refused(monkeypatch, capsys).startswith("CTL_WEB_PORT: ")
