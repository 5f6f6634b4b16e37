"""`ctl floor` and `ctl operator`: what they print, and how they end."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ctl.cli.asking import asker
from ctl.switchboard.events import Commanded, Do, PhoneReachable
from ctl.switchboard.ids import Endpoint, Extension
from tests.unit.cli.running import ctl
from tests.unit.runtime.board import Switchboard


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CTL_HOME", str(tmp_path))


@pytest.fixture
async def board(tmp_path: Path) -> AsyncIterator[Switchboard]:
    board = Switchboard(tmp_path)
    async with board.live.listening(board.settings.command_socket):
        yield board


async def test_floor_as_json_is_one_document(board: Switchboard) -> None:
    board.engine.deliver(PhoneReachable(Extension("2001"), Endpoint("2001")))
    done = await ctl("floor", "--json")
    assert done.exit_code == 0
    assert [row["extension"] for row in json.loads(done.stdout)["operators"]] == ["2001"]


async def test_floor_for_people_says_how_much_of_the_trunk_is_used(board: Switchboard) -> None:
    done = await ctl("floor")
    assert (done.exit_code, "trunk 0 of 0 channels" in done.stdout) == (0, True)


async def test_wish_of_an_operator_is_a_command_with_its_reason(board: Switchboard) -> None:
    done = await ctl("operator", "2001", "not-ready", "break")
    assert (done.exit_code, done.stdout.strip()) == (0, "done")
    (event,) = board.journal.events
    assert isinstance(event, Commanded)
    assert (event.do, event.extension, event.argument) == (Do.NOT_READY, "2001", "break")
    assert event.by == asker()


async def test_wish_that_is_refused_ends_with_1_and_the_reason_on_standard_error(board: Switchboard) -> None:
    done = await ctl("operator", "2001", "not-ready", "bad")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "failed on this" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("operator", "2001", "dance"), "login, logout, ready, not-ready, wrap-up-done"),
        (("operator", "2001", "not-ready"), "not-ready REASON"),
        (("operator", "2001", "ready", "break"), "not-ready REASON"),
        (("operator", " ", "ready"), "command.extension"),
    ],
)
async def test_bad_input_ends_with_2_and_names_what_is_allowed(
    board: Switchboard, arguments: tuple[str, ...], named: str
) -> None:
    done = await ctl(*arguments)
    assert done.exit_code == 2
    assert named in done.stderr
    assert board.journal.events == []


@pytest.mark.parametrize("arguments", [("floor",), ("operator", "2001", "ready")])
async def test_without_a_switchboard_the_way_out_is_named(arguments: tuple[str, ...]) -> None:
    done = await ctl(*arguments)
    assert done.exit_code == 1
    assert "ctl up" in done.stderr
