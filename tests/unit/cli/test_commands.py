"""Every command of ctl can be reached, those too that only containers and units of systemd give."""

import importlib
import pkgutil
from collections import Counter
from pathlib import Path

import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

import ctl.cli
from ctl.cli import app
from ctl.settings import SOURCE_ROOT

for module in pkgutil.iter_modules(ctl.cli.__path__):
    importlib.import_module(f"ctl.cli.{module.name}")

COMPOSE = YAML(typ="safe").load(SOURCE_ROOT / "docker-compose.yml")["services"]


def test_no_two_commands_have_one_name() -> None:
    commands = [one.name or one.callback.__name__ for one in app.registered_commands if one.callback is not None]
    assert [name for name, times in Counter(commands).items() if times > 1] == []


@pytest.mark.parametrize("name", sorted(set(COMPOSE) - {"configuration"}))
def test_container_runs_and_asks_the_service_of_its_name(name: str) -> None:
    assert COMPOSE[name]["command"] == ["serve", name]
    assert COMPOSE[name]["healthcheck"]["test"] == ["CMD", "ctl", "serve", name, "--ready"]


def test_service_that_does_not_exist_is_named_with_those_that_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CTL_HOME", str(tmp_path))
    done = CliRunner().invoke(app, ["serve", "telephone", "--ready"])
    assert done.exit_code == 2
    assert "there are postgres, asterisk, switchboard, sentinel, worker, web" in done.stderr
