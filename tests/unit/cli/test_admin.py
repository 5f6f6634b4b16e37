"""`ctl admin`: what a shut account may no longer do."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ctl.cli import admin  # noqa: F401 - so that its commands are there
from ctl.switchboard.events import Commanded, Do
from tests.unit.cli.running import ctl
from tests.unit.runtime.board import Switchboard


@pytest.fixture
async def people(home: Path) -> None:
    for login, role in (("boss", "admin"), ("sv", "supervisor")):
        made = await ctl("admin", "create", login, "--name", login, "--role", role, "--extension", "2060")
        assert made.exit_code == 0, made.output


@pytest.fixture
async def board(home: Path) -> AsyncIterator[Switchboard]:
    board = Switchboard(home)
    async with board.live.listening(board.settings.command_socket):
        yield board


@pytest.mark.usefixtures("people")
async def test_who_is_disabled_hears_nobody_any_more(board: Switchboard) -> None:
    done = await ctl("admin", "disable", "sv")
    assert (done.exit_code, done.stdout) == (0, "sv is disabled\n")
    (event,) = board.journal.events
    assert isinstance(event, Commanded)
    assert (event.do, event.supervisor) == (Do.STOP_SUPERVISION, "2060")


@pytest.mark.usefixtures("people")
async def test_without_a_switchboard_an_account_is_disabled_all_the_same() -> None:
    done = await ctl("admin", "disable", "sv")
    assert (done.exit_code, done.stdout) == (0, "sv is disabled\n")
    people = json.loads((await ctl("admin", "list", "--json")).stdout)
    assert [one["login"] for one in people if one["disabled_at"] is not None] == ["sv"]
    assert "ctl supervise 2060 stop" in done.stderr
