"""Settings that were mistyped in the environment: each is named as it is written there, with the way out."""

import pytest

from ctl.cli import main


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
    monkeypatch.setattr("sys.argv", ["ctl", "calls"])
    with pytest.raises(SystemExit) as left:
        main()
    said = capsys.readouterr()
    assert left.value.code == 2
    assert said.out == ""
    (line,) = said.err.splitlines()
    assert line.startswith(f"{name}: ")
    assert told in line
