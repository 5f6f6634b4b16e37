"""`ctl alarm`: what somebody should look at, and that somebody does."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ctl.cli import alarm
from ctl.cms.alarms import AlarmRecord
from ctl.switchboard.events import AlarmFound, AlarmKind, AlarmsFound, Commanded, Do
from tests.floor_driver import Driver
from tests.unit.cli.running import ctl
from tests.unit.runtime.board import Switchboard


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CTL_HOME", str(tmp_path))


@pytest.fixture
async def board(tmp_path: Path) -> AsyncIterator[Switchboard]:
    """A switchboard with two alarms."""
    town = Driver()
    two = (AlarmFound(AlarmKind.LONG_WAIT, "civil", "too long"), AlarmFound(AlarmKind.TRUNK_FULL, None, "all taken"))
    town.happens(AlarmsFound(two))
    board = Switchboard(tmp_path)
    board.engine.floor = town.floor
    async with board.live.listening(board.settings.command_socket):
        yield board


async def test_the_list_says_what_it_is_and_since_when(board: Switchboard) -> None:
    done = await ctl("alarm", "list")
    assert done.exit_code == 0
    assert all(word in done.stdout for word in ("long_wait:civil", "10:00:00", "too long", "trunk_full"))
    rows = json.loads((await ctl("alarm", "list", "--json")).stdout)
    assert [(row["alarm"], row["seen_by"]) for row in rows] == [("long_wait:civil", None), ("trunk_full", None)]


@pytest.mark.parametrize(
    ("arguments", "seen"), [(("trunk_full",), ["trunk_full"]), (("--all",), ["long_wait:civil", "trunk_full"])]
)
async def test_seen_is_a_command_for_each_alarm(
    board: Switchboard, arguments: tuple[str, ...], seen: list[str]
) -> None:
    done = await ctl("alarm", "seen", *arguments)
    assert (done.exit_code, done.stdout.split()) == (0, ["done"] * len(seen))
    asked = [(event.do, event.argument) for event in board.journal.events if isinstance(event, Commanded)]
    assert asked == [(Do.ALARM_SEEN, name) for name in seen]


@pytest.mark.parametrize("arguments", [("pbx_away",), (), ("trunk_full", "--all")])
async def test_bad_input_names_what_is_allowed_and_asks_nothing(board: Switchboard, arguments: tuple[str, ...]) -> None:
    done = await ctl("alarm", "seen", *arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "ctl alarm list" in done.stderr or "long_wait:civil, trunk_full" in done.stderr
    assert board.journal.events == []


async def test_without_a_switchboard_it_says_so() -> None:
    done = await ctl("alarm", "list")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr


STOOD = AlarmRecord(
    id="long_wait:civil@1.1",
    kind="long_wait",
    about="civil",
    what="too long",
    raised_at=datetime(2026, 4, 1, 1, 0, tzinfo=UTC),
    seen_by=None,
    seen_at=None,
    cleared_at=datetime(2026, 4, 1, 1, 5, tzinfo=UTC),
)


async def test_history_says_from_when_until_when_and_who_looked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alarm, "looked_up", lambda _: [STOOD])
    (line,) = (await ctl("alarm", "history")).stdout.splitlines()
    assert line == "2026-04-01 10:00:00 – 2026-04-01 10:05:00  long_wait:civil, seen by nobody: too long"
    (row,) = json.loads((await ctl("alarm", "history", "--json")).stdout)
    assert (row["id"], row["raised_at"]) == ("long_wait:civil@1.1", "2026-04-01T01:00:00.000Z")


@pytest.mark.parametrize("typed", [("--since", "soon"), ("--until", "2020-01-01"), ("--limit", "0")])
async def test_history_of_a_bad_stretch_names_the_option(typed: tuple[str, str]) -> None:
    done = await ctl("alarm", "history", *typed)
    assert (done.exit_code, done.stdout) == (2, "")
    assert typed[0] in done.stderr
