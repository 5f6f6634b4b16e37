"""`ctl callbacks`: who is owed a call, and what can be done about it."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ctl.switchboard.events import Commanded, Do
from tests.floor_driver import Driver
from tests.plans import callback_plan
from tests.unit.cli.running import ctl
from tests.unit.runtime.board import Switchboard

CALLER, BACK = "0312345678", "c1-back"


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CTL_HOME", str(tmp_path))


@pytest.fixture
async def board(tmp_path: Path) -> AsyncIterator[Switchboard]:
    """A switchboard on whose floor one citizen is owed a call."""
    desk = Driver(callback_plan())
    desk.waits_in_civil("c1")
    desk.passes(30_000)
    desk.presses("c1", "11")
    board = Switchboard(tmp_path)
    board.engine.floor = desk.floor
    async with board.live.listening(board.settings.command_socket):
        yield board


async def test_the_list_says_who_is_owed_a_call_until_when(board: Switchboard) -> None:
    done = await ctl("callbacks", "list")
    assert done.exit_code == 0
    assert all(word in done.stdout for word in (BACK, CALLER, "promised", "19:00:00"))
    (row,) = json.loads((await ctl("callbacks", "list", "--json")).stdout)
    assert (row["call"], row["number"], row["attempts"]) == (BACK, CALLER, 0)


@pytest.mark.parametrize(
    ("verb", "do"), [("now", Do.CALLBACK_NOW), ("cancel", Do.CALLBACK_CANCEL), ("dial", Do.CALLBACK_DIAL)]
)
async def test_a_verb_is_a_command_on_the_call_back(board: Switchboard, verb: str, do: Do) -> None:
    done = await ctl("callbacks", verb, BACK)
    assert (done.exit_code, done.stdout.strip()) == (0, "done")
    (event,) = board.journal.events
    assert isinstance(event, Commanded)
    assert (event.do, event.call) == (do, BACK)


async def test_an_unknown_call_back_is_bad_input_and_names_those_that_there_are(board: Switchboard) -> None:
    done = await ctl("callbacks", "cancel", "c2-back")
    assert (done.exit_code, done.stdout) == (2, "")
    assert BACK in done.stderr
    assert board.journal.events == []


async def test_without_a_switchboard_it_says_so() -> None:
    done = await ctl("callbacks", "list")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr
