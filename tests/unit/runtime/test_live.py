"""The door: what may be asked, what is answered, and watchers who are slow."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import cast

import pytest

from ctl.runtime.client import SwitchboardAway, SwitchboardClient, SwitchboardRefused
from ctl.runtime.document import FloorDocument
from ctl.runtime.live import Transport
from ctl.settings import Settings
from ctl.switchboard.events import AlarmFound, AlarmKind, Commanded, Do, PhoneReachable
from ctl.switchboard.ids import Endpoint, Extension
from tests.unit.runtime.board import Switchboard

FULL = AlarmFound(AlarmKind.DISK_NEARLY_FULL, "/srv", "1 MiB is free")
GUESSED = AlarmFound(AlarmKind.BRUTE_FORCE, "hanako", "refused ten times")


@pytest.fixture
async def board(tmp_path: Path) -> AsyncIterator[Switchboard]:
    board = Switchboard(tmp_path)
    async with board.live.listening(board.settings.command_socket):
        yield board


# --- requests ---------------------------------------------------------------------------------------------------------


async def test_only_the_owner_may_open_the_socket(board: Switchboard) -> None:
    assert board.settings.command_socket.stat().st_mode & 0o777 == 0o600


async def test_a_socket_left_by_a_killed_switchboard_is_taken_over(tmp_path: Path) -> None:
    (tmp_path / "switchboard.sock").touch()
    board = Switchboard(tmp_path)
    async with board.live.listening(board.settings.command_socket):
        assert (await board.client.health())["state"] == "serving"


async def test_a_command_becomes_an_event_and_its_reply_the_answer(board: Switchboard) -> None:
    answer = await board.client.command(Do.NOT_READY, by="tester", extension="2001", argument="break")
    assert (answer.ok, answer.message) == (True, "done")
    (event,) = board.journal.events
    assert isinstance(event, Commanded)
    assert (event.do, event.by, event.extension, event.argument) == (Do.NOT_READY, "tester", "2001", "break")


async def test_every_command_has_a_name_of_its_own(board: Switchboard) -> None:
    for _ in range(2):
        await board.client.command(Do.READY, by="tester", extension="2001")
    names = {event.command for event in board.journal.events if isinstance(event, Commanded)}
    assert len(names) == 2


async def test_the_floor_is_told_with_the_stable_names(board: Switchboard) -> None:
    board.engine.deliver(PhoneReachable(Extension("2001"), Endpoint("2001w")))
    floor = await board.client.floor()
    assert {"calls", "queues", "operators", "trunk"} <= set(floor)
    assert {"extension", "state", "since", "reason", "call"} <= set(floor["operators"][0])
    assert set(floor["trunk"]) == {"used", "limit", "reserve"}


async def test_adopting_says_what_it_did(board: Switchboard) -> None:
    answer = await board.client.adopt()
    assert (answer.ok, answer.message, board.adopted) == (True, "plan v2 is in force", 1)


@pytest.mark.parametrize(
    ("line", "names"),
    [
        (b"hello", ["JSON"]),
        (b"{}", ["floor", "watch", "health", "adopt", "command"]),
        (b'{"flor": true}', ["flor"]),
        (b'{"floor": true, "health": true}', ["exactly one"]),
        (b'{"floor": false}', ["floor", "True"]),
        (b'{"command": {"do": "dance", "by": "x", "extension": "2001"}}', ["command.do", "'login'", "'transfer'"]),
        (b'{"command": {"do": "ready", "extension": "2001"}}', ["command.by"]),
        (b'{"command": {"do": "hold", "by": "x"}}', ["exactly one of extension", "call"]),
        (b'{"command": {"do": "listen", "by": "x", "call": "1", "reason": "r"}}', ["needs supervisor"]),
        (b'{"command": {"do": "listen", "by": "x", "call": "1", "supervisor": "2060"}}', ["needs reason"]),
        (b'{"command": {"do": "move", "by": "x", "call": "1", "reason": "r"}}', ["needs argument", "queue"]),
        (b'{"command": {"do": "move", "by": "x", "extension": "2001", "reason": "r"}}', ["name the call"]),
        (b'{"command": {"do": "hold", "by": "x", "call": "1", "group": "tax"}}', ["group belongs to text"]),
        (b'{"command": {"do": "ready", "by": "x", "extension": "1", "supervisor": "2"}}', ["needs reason"]),
        (b'{"command": {"do": "hold", "by": "x", "call": "1", "follow": true}}', ["follow belongs"]),
        (b'{"command": {"do": "hold", "by": "x", "extension": "2001", "call": "1.1"}}', ["exactly one of extension"]),
        (b'{"command": {"do": "ready", "by": "x", "call": "1.1"}}', ["name the extension"]),
        (b'{"command": {"do": "consult", "by": "x", "call": "1.1"}}', ["argument", "department"]),
        (b'{"command": {"do": "ready", "by": "x", "extension": ""}}', ["command.extension", "at least 1"]),
        (b'{"command": {"do": "ready", "by": "x", "extension": "2001", "volume": 3}}', ["command.volume"]),
        (b'{"centre": {"do": "party", "by": "x"}}', ["centre", "'mode'", "'announce'"]),
        (b'{"centre": {"do": "mode", "by": "x", "mode": "busy"}}', ["requested_by", "approved_by", "reason"]),
        (b'{"centre": {"do": "announce", "by": "x", "text": "a", "media": "/etc/passwd"}}', ["media"]),
        (b'{"centre": {"do": "announce_stop", "by": " "}}', ["by", "at least 1"]),
        (b"[1]", ["object"]),
        (b"\xff\xfe", ["JSON"]),
    ],
)
async def test_a_bad_request_names_the_field_and_changes_nothing(
    board: Switchboard, line: bytes, names: list[str]
) -> None:
    (answer,) = await board.say(line)
    assert answer["ok"] is False
    assert all(name in str(answer["message"]) for name in names), answer["message"]
    assert board.journal.events == []


async def test_the_line_stays_open_after_a_bad_request(board: Switchboard) -> None:
    bad, good = await board.say(b"hello", b'{"health": true}')
    assert (bad["ok"], good["state"]) == (False, "serving")


async def test_a_request_without_end_is_refused(board: Switchboard) -> None:
    (answer,) = await board.say(b"x" * 200_000)
    assert "longer than" in str(answer["message"])


async def test_the_client_tells_a_bad_request_from_a_refused_wish(board: Switchboard) -> None:
    with pytest.raises(SwitchboardRefused, match=r"command\.do"):
        await board.client.command("dance", by="x", extension="2001")


async def test_a_switchboard_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SwitchboardAway, match="ctl up"):
        await SwitchboardClient(Settings(home=tmp_path)).floor()


async def test_a_switchboard_that_does_not_answer_is_away(tmp_path: Path) -> None:
    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    settings = Settings(home=tmp_path)
    async with await asyncio.start_unix_server(mute, settings.command_socket):
        with pytest.raises(SwitchboardAway, match="did not answer"):
            await SwitchboardClient(settings, deadline_s=0.05).health()


async def test_reading_a_plan_may_take_longer_than_any_other_answer(tmp_path: Path) -> None:
    another_gave_up = asyncio.Event()

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        await another_gave_up.wait()
        writer.write(b'{"ok": true, "message": "plan v2 is in force"}\n')
        writer.close()

    client = SwitchboardClient(Settings(home=tmp_path), deadline_s=0.05)
    async with await asyncio.start_unix_server(slow, Settings(home=tmp_path).command_socket):
        adopting = asyncio.create_task(client.adopt())
        with pytest.raises(SwitchboardAway):
            await client.health()
        another_gave_up.set()
        assert (await adopting).message == "plan v2 is in force"


async def test_a_home_too_deep_for_a_socket_is_refused(tmp_path: Path) -> None:
    board = Switchboard(tmp_path / ("deep" * 30))
    with pytest.raises(OSError, match="CTL_HOME"):
        async with board.live.listening(board.settings.command_socket):
            pass


# --- watching ---------------------------------------------------------------------------------------------------------


def phone(n: int) -> PhoneReachable:
    return PhoneReachable(Extension(f"20{n:02}"), Endpoint(f"20{n:02}"))


async def test_a_watcher_gets_a_snapshot_and_then_every_change_by_number(board: Switchboard) -> None:
    watching = board.client.watch()
    first = await anext(watching)
    assert cast(FloorDocument, first["snapshot"])["operators"] == []
    board.engine.deliver(phone(1))
    second = await anext(watching)
    board.engine.deliver(phone(2))
    third = await anext(watching)
    numbers = [cast(int, told["n"]) for told in (first, second, third)]
    assert numbers == [numbers[0], numbers[0] + 1, numbers[0] + 2]
    assert set(cast(Mapping[str, object], third["operators"])) == {"2002"}
    await watching.aclose()


async def test_a_slow_watcher_gets_a_new_snapshot_instead_of_slowing_us(board: Switchboard) -> None:
    reader, writer = await asyncio.open_unix_connection(board.settings.command_socket, limit=8 * 1024 * 1024)
    writer.write(b'{"watch": true}\n')
    snapshot = json.loads(await reader.readline())
    # Nobody reads: the client's own buffer, the kernel's and ours fill up, and then changes are left out.
    reader._transport.pause_reading()  # type: ignore[attr-defined]
    told = 6000
    for n in range(told):
        board.engine.deliver(phone(n % 60))
        await asyncio.sleep(0)
    assert board.engine.figures.events == told
    reader._transport.resume_reading()  # type: ignore[attr-defined]
    lines: list[dict[str, int]] = []
    async with asyncio.timeout(10):
        while not lines or "snapshot" not in lines[-1]:
            lines.append(json.loads(await reader.readline()))
    assert [line["n"] for line in lines[:-1]] == list(range(snapshot["n"] + 1, snapshot["n"] + len(lines)))
    assert len(lines) < told
    assert lines[-1]["n"] == snapshot["n"] + told
    writer.close()


def test_who_has_hung_up_and_is_not_missed_yet_is_told_nothing_and_hinders_nobody() -> None:
    """uvloop raises at a connection that is closed, where asyncio's own loop says nothing."""

    class HungUp:
        written = b""

        def is_closing(self) -> bool:
            return True

        def write(self, data: bytes) -> None:
            self.written += data

    gone = HungUp()
    Transport(cast(asyncio.StreamWriter, gone)).write(b"{}")
    assert gone.written == b""


async def test_a_report_of_others_is_handed_on_whole(board: Switchboard) -> None:
    await board.client.report("worker", [FULL], [GUESSED], 60)
    (report,) = board.reports
    assert (report.source, report.for_s) == ("worker", 60)
    assert [one.found() for one in report.standing] == [FULL]
    assert [one.found() for one in report.happened] == [GUESSED]
    assert board.journal.events == []


@pytest.mark.parametrize(
    ("standing", "happened", "named"),
    [((GUESSED,), (), "standing: brute_force"), ((), (FULL,), "happened: disk_nearly_full")],
)
async def test_a_report_of_the_wrong_kind_is_refused_by_name(
    board: Switchboard, standing: tuple[AlarmFound, ...], happened: tuple[AlarmFound, ...], named: str
) -> None:
    with pytest.raises(SwitchboardRefused, match=named):
        await board.client.report("worker", standing, happened, 60)
    assert board.reports == []
