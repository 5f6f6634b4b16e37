"""Passwords are kept whole, whatever happens while one is added."""

import json
import multiprocessing
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ctl.secrets import DamagedError, Secrets

NAMES = ("ari", "ami", "operator-2001")


def test_each_has_its_own_password_and_nobody_else_may_read_them(tmp_path: Path) -> None:
    secrets = Secrets(tmp_path / "home" / "secrets.json")
    made = {name: secrets.get(name) for name in NAMES}
    assert len(set(made.values())) == len(NAMES)
    assert {name: Secrets(tmp_path / "home" / "secrets.json").get(name) for name in NAMES} == made
    assert (tmp_path / "home" / "secrets.json").stat().st_mode & 0o777 == 0o600
    assert os.listdir(tmp_path / "home") == ["secrets.json"]


def _ask(path: Path) -> str:
    return Secrets(path).get("ari")


def test_all_who_ask_at_once_get_the_same(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        assert len(set(pool.map(_ask, [tmp_path / "secrets.json"] * 16))) == 1


ADDS = """
import resource, sys
from pathlib import Path
from ctl.secrets import Secrets
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
Secrets(Path(sys.argv[1])).get("operator-2001")
"""


def test_disk_that_is_full_loses_none(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    before = {name: Secrets(path).get(name) for name in ("ari", "ami", "postgres")}
    done = subprocess.run([sys.executable, "-c", ADDS, str(path)], capture_output=True, check=False)
    assert done.returncode != 0
    assert json.loads(path.read_bytes()) == before
    assert Secrets(path).get("operator-2001")
    assert json.loads(path.read_bytes()).items() > before.items()
    assert os.listdir(tmp_path) == ["secrets.json"]


@pytest.mark.parametrize("text", ["", '{"ari": "x', "[]", "\xff"])
def test_damaged_file_is_named_and_left_as_it_is(tmp_path: Path, text: str) -> None:
    path = tmp_path / "secrets.json"
    path.write_text(text, encoding="latin-1")
    with pytest.raises(DamagedError, match=r"secrets\.json is damaged: bring it back from the backup"):
        Secrets(path).get("ari")
    assert path.read_text(encoding="latin-1") == text


def test_command_says_so_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text("{")
    environment = {**os.environ, "CTL_SETTINGS": "", "CTL_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "ctl", "operators", "secret", "2001"],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"{tmp_path}/secrets.json is damaged: ")
    assert done.stderr.count("\n") == 1
