"""`ctl supervise`, `ctl text`, and what supervisors do with `ctl call` and `ctl operator`."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ctl.cli import call, floor, supervise  # noqa: F401 - so that their commands are there
from ctl.switchboard.events import Commanded, Do
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


async def test_supervision_is_asked_for_with_whom_how_and_why(board: Switchboard) -> None:
    await ctl("supervise", "2060", "take-over", "--operator", "2001", "--reason", "苦情", "--follow")
    (event,) = board.journal.events
    assert isinstance(event, Commanded)
    assert (event.do, event.supervisor, event.extension) == (Do.TAKE_OVER, "2060", "2001")
    assert (event.reason, event.follow) == ("苦情", True)


async def test_stop_needs_nothing_else(board: Switchboard) -> None:
    await ctl("supervise", "2060", "stop")
    (event,) = board.journal.events
    assert isinstance(event, Commanded)
    assert (event.do, event.supervisor) == (Do.STOP_SUPERVISION, "2060")


async def test_text_goes_to_a_group(board: Switchboard) -> None:
    await ctl("text", "台風", "--group", "tax", "--as", "2060")
    (event,) = board.journal.events
    assert isinstance(event, Commanded)
    assert (event.do, event.argument, event.group, event.supervisor) == (Do.TEXT, "台風", "tax", "2060")


async def test_caller_is_moved_with_authority_and_reason(board: Switchboard) -> None:
    await ctl("call", "1.1", "move", "tax", "--as", "2060", "--reason", "混雑")
    (event,) = board.journal.events
    assert isinstance(event, Commanded)
    assert (event.do, event.call, event.argument, event.supervisor) == (Do.MOVE, "1.1", "tax", "2060")


async def test_operator_is_changed_with_authority_and_reason(board: Switchboard) -> None:
    await ctl("operator", "2001", "logout", "--as", "2060", "--reason", "早退")
    (event,) = board.journal.events
    assert isinstance(event, Commanded)
    assert (event.do, event.extension, event.supervisor, event.reason) == (Do.LOGOUT, "2001", "2060", "早退")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("supervise", "2060", "spy"), "allowed: listen"),
        (("supervise", "2060", "listen", "--reason", "x"), "exactly one of --call and --operator"),
        (("supervise", "2060", "listen", "--call", "1", "--operator", "2", "--reason", "x"), "exactly one"),
        (("supervise", "2060", "listen", "--call", "1"), "a reason is needed"),
        (("text", "hello", "--operator", "2001", "--group", "tax"), "at most one"),
        (("call", "1.1", "move", "tax"), "--reason"),
        (("call", "1.1", "hold", "--reason", "x"), "--reason"),
    ],
)
async def test_bad_input_says_what_is_allowed_and_asks_nothing(
    board: Switchboard, arguments: tuple[str, ...], says: str
) -> None:
    done = await ctl(*arguments)
    assert done.exit_code == 2
    assert says in done.stderr
    assert not board.journal.events
