"""The settings file: one place for what every command and every service goes by."""

import os
import subprocess
import sys
from collections.abc import Callable
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from pydantic import ValidationError
from pydantic_settings import SettingsError

from ctl.house.chores import environment
from ctl.lab.centre import Centre, OurCentre
from ctl.settings import SETTINGS_FILE, SOURCE_ROOT, Settings, settings_file

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes the settings file that holds from then on."""
    path = tmp_path / "ward" / "settings.env"
    path.parent.mkdir()
    monkeypatch.setenv("CTL_SETTINGS", str(path))

    def write(text: str) -> Path:
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
        return path

    return write


def test_file_gives_settings_to_whoever_asks(write: Write) -> None:
    write("# 豊島区\n\nCTL_CARRIER_ADDRESS=203.0.113.5\nCTL_CARRIER_ASKED=no   # he counts them\nCTL_SECOND_FACTOR=\n")
    settings = Settings()
    assert settings.carrier_address == IPv4Address("203.0.113.5")
    assert not settings.carrier_asked
    assert settings.second_factor == ""


def test_environment_wins_over_the_file_and_our_own_code_over_both(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("CTL_WEB_PORT=8443\nCTL_SIP_PORT=5070\nCTL_AMI_PORT=5040\n")
    monkeypatch.setenv("CTL_SIP_PORT", "5080")
    monkeypatch.setenv("CTL_AMI_PORT", "5050")
    settings = Settings(ami_port=5060)
    assert (settings.web_port, settings.sip_port, settings.ami_port) == (8443, 5080, 5060)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("s3cret$HOME${CTL_ADDRESS}", "s3cret$HOME${CTL_ADDRESS}"),
        ("a#b", "a#b"),
        (r"a\nb", r"a\nb"),
        ("'a #b'", "a #b"),
        ("""'say "yes"'""", 'say "yes"'),
        (r"'it\'s'", "it's"),
        (r"'a\\b'", r"a\b"),
        ('"it\'s"', "it's"),
        ("取次", "取次"),
    ],
)
def test_password_may_hold_any_character(written: str, meant: str, write: Write) -> None:
    write(f"CTL_CARRIER_PASSWORD={written}\nCTL_CARRIER_USER=ward\n")
    assert Settings().carrier_password == meant
    assert Settings().carrier_user == "ward"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("CTL_CARIER_ADDRESS=203.0.113.5\n", "settings.env:1: CTL_CARIER_ADDRESS is no setting"),
        ("\n\n# theirs\n\nPATH=/bin\n", "settings.env:5: PATH is no setting"),
        ("carrier_user=ward\n", "settings.env:1: carrier_user is no setting"),
        ("CTL_LOG_FILE_MB=5\nCTL_LOG_FILE_MB=9\n", "settings.env:2: CTL_LOG_FILE_MB is given twice; leave one line"),
        ("CTL_SETTINGS=other.env\n", "settings.env:1: CTL_SETTINGS is no setting"),
        ("CTL_ADDRESS=127.0.0.1\nCTL_CARRIER_PASSWORD='swordfish\n", "settings.env:2: is not NAME=value"),
        ("CTL_ADDRESS=127.0.0.1\n\nCTL_CARRIER_USER\n", "settings.env:3: is not NAME=value"),
        ("CTL_AUDIT_HEADS=\n", "settings.env:1: CTL_AUDIT_HEADS is no path"),
    ],
)
def test_what_the_file_should_not_hold_is_refused_with_its_place(text: str, told: str, write: Write) -> None:
    write(text)
    with pytest.raises(SettingsError) as refused:
        Settings()
    (line,) = str(refused.value).splitlines()
    assert told in line
    assert "swordfish" not in line


def test_every_fault_is_told_together(write: Write) -> None:
    write("CTL_HOUSE=x\nCTL_MOUSE=y\n")
    with pytest.raises(SettingsError) as refused:
        Settings()
    assert len(str(refused.value).splitlines()) == 2


def test_named_file_that_does_not_exist_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CTL_SETTINGS", str(tmp_path / "gone.env"))
    with pytest.raises(SettingsError, match=r"gone\.env: No such file or directory; CTL_SETTINGS names"):
        Settings()


def test_named_folder_and_other_than_text_are_errors(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write("")
    path.write_bytes(b"CTL_CARRIER_USER=\x8e\xe6\x8e\x9f\n")  # 取次 in Shift_JIS
    with pytest.raises(SettingsError, match=r"settings\.env: is no text in UTF-8"):
        Settings()
    monkeypatch.setenv("CTL_SETTINGS", str(path.parent))
    with pytest.raises(SettingsError, match="Is a directory"):
        Settings()


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o602])
def test_password_that_others_may_read_is_refused_with_the_way_out(mode: int, write: Write) -> None:
    path = write("CTL_CARRIER_PASSWORD=swordfish\n")
    path.chmod(mode)
    with pytest.raises(SettingsError, match=f"chmod 600 {path}"):
        Settings()
    path.chmod(0o600)
    assert Settings().carrier_password == "swordfish"


def test_file_without_a_password_may_be_read_by_all(write: Write) -> None:
    write("CTL_CARRIER_USER=ward\n").chmod(0o644)
    assert Settings().carrier_user == "ward"


def test_wrong_value_is_refused_as_that_of_the_environment_is(write: Write) -> None:
    write("CTL_CARRIER_TRANSPORT=sctp\n")
    with pytest.raises(ValidationError, match="carrier_transport"):
        Settings()


def test_relative_paths_begin_at_the_folder_of_the_file(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write("CTL_CARRIER_CA_FILE=keys/ca.pem\nCTL_HOME=../run\nCTL_WEB_KEY=/etc/ssl/web.key\n")
    monkeypatch.chdir("/")
    settings = Settings()
    assert settings.carrier_ca_file == path.parent / "keys" / "ca.pem"
    assert settings.under() == tmp_path / "run"
    assert settings.web_key == Path("/etc/ssl/web.key")


def test_centre_is_the_same_from_every_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert Settings().under() == SOURCE_ROOT / ".run"


def test_file_beside_the_flows_is_read_where_none_is_named(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings.model_fields["flows"].default.with_name("settings.env") == SETTINGS_FILE
    path = write("CTL_CARRIER_USER=ward\n")
    monkeypatch.setattr("ctl.settings.SETTINGS_FILE", path)
    monkeypatch.delenv("CTL_SETTINGS")
    assert Settings().carrier_user == "ward"
    monkeypatch.setenv("CTL_SETTINGS", "")
    assert Settings().carrier_user is None
    monkeypatch.delenv("CTL_SETTINGS")
    path.unlink()
    assert settings_file() is None
    assert Settings().carrier_user is None


def test_nothing_is_loaded_for_a_file_that_is_not_there() -> None:
    asked = "import sys; from ctl.settings import Settings; Settings(); print('ctl.settings_file' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"


def test_what_services_inherit_does_not_hide_the_file_from_a_later_deploy(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write("CTL_CARRIER_CA_FILE=old.pem\nCTL_CARRIER_ADDRESS=203.0.113.5\nCTL_HOME=run\n")
    inherited = environment(Settings())
    write("CTL_CARRIER_CA_FILE=new.pem\nCTL_CARRIER_ADDRESS=203.0.113.6\nCTL_HOME=run\n")
    for name, value in inherited.items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    assert settings.carrier_ca_file == path.parent / "new.pem"
    assert settings.carrier_address == IPv4Address("203.0.113.6")
    assert inherited["CTL_HOME"] == str(path.parent / "run")


def test_commands_of_a_laboratory_see_neither_file_nor_environment_of_the_ward(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("CTL_CARRIER_REGISTRAR=203.0.113.5\n")
    monkeypatch.setenv("CTL_CARRIER_USER", "ward")
    given = Centre(Settings.model_construct(_fields_set={"home"}, home=tmp_path)).environment()
    assert {name: value for name, value in given.items() if name.startswith("CTL_")} == {
        "CTL_SETTINGS": "",
        "CTL_HOME": str(tmp_path),
    }


def test_centre_that_a_demonstration_starts_reads_the_file_itself(write: Write) -> None:
    path = write("CTL_ADDRESS=127.7.0.1\n")
    given = OurCentre(Settings(flows=path.parent)).environment()
    assert given["CTL_SETTINGS"] == str(path)
    assert given["CTL_FLOWS"] == str(path.parent)
    assert "CTL_ADDRESS" not in given


@pytest.mark.parametrize("package", ["tests", "tests.proving", "tests.bench"])
def test_tests_and_measurements_forget_the_wards_carrier(package: str, write: Write) -> None:
    write("CTL_CARRIER_REGISTRAR=203.0.113.5\n")
    asked = f"import {package}; from ctl.settings import Settings; print(Settings().carrier_registrar, Settings().carrier_user, Settings().cache)"
    told = subprocess.run(
        [sys.executable, "-c", asked],
        env={**os.environ, "CTL_CARRIER_USER": "ward", "CTL_CACHE": "/kept"},
        cwd=SOURCE_ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == "None None /kept"
