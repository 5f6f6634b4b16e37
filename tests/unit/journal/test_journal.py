"""The journal keeps what it was given: through restarts, kill -9, a full disk, damage, pruning."""

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctl.journal import shipped
from ctl.journal.journal import LOST, RUN, Journal, _first_of_run
from ctl.journal.reader import Reader
from ctl.journal.store import (
    JournalBusy,
    JournalCorrupt,
    JournalError,
    JournalFull,
    JournalMissing,
    set_aside,
)
from ctl.switchboard.events import CallArrived, Event, KeyPressed, PlanAdopted, TimePassed
from ctl.switchboard.facts import CallStarted, Fact
from ctl.switchboard.floor import Floor
from ctl.switchboard.ids import CallId, LegId, Number
from ctl.switchboard.kinds import CallKind
from tests.records import plan

CALL = CallId("1732400000.17")
ARRIVED = CallArrived(CALL, LegId(CALL), Number("0339811111"), "0311112222")
STARTED = CallStarted(CALL, 1000, CallKind.INBOUND, "0339811111", "0311112222", "代表電話")
KEY = KeyPressed(LegId(CALL), "1")


def fill(journal: Journal, count: int, start: int = 0) -> None:
    journal.append_batch([(start + n, KEY, ()) for n in range(count)])


def test_an_event_stands_before_the_facts_it_led_to(journal: Journal) -> None:
    last = journal.append(1000, ARRIVED, [STARTED])
    entries = journal.read(0, 10)
    assert [(e.kind, e.type, e.call) for e in entries] == [
        ("event", "CallArrived", CALL),
        ("fact", "CallStarted", CALL),
    ]
    assert last == entries[-1].seq


def modes(folder: Path) -> dict[str, str]:
    return {one.name: f"{one.stat().st_mode & 0o777:o}" for one in folder.glob("journal.sqlite*")}


def test_no_other_user_of_the_machine_can_read_the_journal(path: Path) -> None:
    """It holds callers' numbers, and so does what is not moved into the database yet."""
    before = os.umask(0o022)
    try:
        journal = Journal(path)
        journal.append(1000, ARRIVED, [STARTED])
        kept = modes(path.parent)
        journal.close()
    finally:
        os.umask(before)
    assert {f"{path.name}-wal", f"{path.name}-shm"} < kept.keys()
    assert set(kept.values()) == {"600"}


def test_a_journal_that_others_could_read_is_shut_to_them_at_the_next_start(path: Path) -> None:
    Journal(path).close()
    set_aside(path)
    first = Journal(path)
    first.append(1000, ARRIVED, [STARTED])
    beside = Reader(path)  # so that WAL and shared memory outlive their writer
    first.close()
    for one in path.parent.glob("journal.sqlite*"):
        one.chmod(0o644)
    again = Journal(path)
    kept = modes(path.parent)
    again.close()
    beside.close()
    assert {f"{path.name}-wal", f"{path.name}-shm", f"{path.name}.aside-1"} < kept.keys()
    kept.pop(f"{path.name}.lock")  # empty
    assert set(kept.values()) == {"600"}


def test_a_restart_finds_the_newest_snapshot_and_what_came_after(path: Path) -> None:
    floor = Floor("v1", {"v1": plan()}, {}, {}, {})
    journal = Journal(path)
    journal.append(1, PlanAdopted(plan()), ())
    journal.snapshot(journal.append(2, ARRIVED, [STARTED]), floor)
    journal.append(3, KEY, ())
    journal.append(4, TimePassed(), ())
    journal.close()

    again = Journal(path)
    restored = again.restore()
    again.close()
    assert restored.floor == floor
    assert restored.events == [(3, KEY), (4, TimePassed())]
    assert restored.at == 4


def test_an_empty_journal_restores_nothing(journal: Journal) -> None:
    restored = journal.restore()
    assert (restored.floor, restored.events, restored.seq, restored.at) == (None, [], 0, 0)


def test_a_plan_is_written_once_however_often_it_is_named(journal: Journal, path: Path) -> None:
    for at in range(3):
        journal.snapshot(journal.append(at, PlanAdopted(plan()), ()), Floor("v1", {"v1": plan()}, {}, {}, {}))
    rows = sqlite3.connect(path).execute("SELECT version FROM plans").fetchall()
    assert rows == [("v1",)]
    assert journal.restore().floor == Floor("v1", {"v1": plan()}, {}, {}, {})


def test_numbers_go_on_after_everything_was_pruned(path: Path) -> None:
    journal = Journal(path)
    fill(journal, 5)
    last = journal.append(9, KEY, ())
    journal.snapshot(last, Floor(None, {}, {}, {}, {}))
    shipped.tell(path, Reader(path).journal, last, 0)
    assert journal.prune(before=100) == 6
    journal.close()
    again = Journal(path)
    assert again.append(10, KEY, ()) > last
    again.close()


def test_numbers_lost_with_the_power_are_not_given_again(path: Path) -> None:
    before = Journal(path)
    before.append(1, KEY, ())
    shipped_already = before.append(1, KEY, ())
    # As if the second had never reached the disk.
    before._connection.execute("DELETE FROM entries WHERE seq = ?", (shipped_already,))
    before._connection.execute("UPDATE sqlite_sequence SET seq = ?", (shipped_already - 1,))
    before.close()
    after = Journal(path)
    assert after.append(2, KEY, ()) > shipped_already
    after.close()


def test_only_one_process_writes(journal: Journal, path: Path) -> None:
    with pytest.raises(JournalBusy, match="another switchboard"):
        Journal(path)


def test_readers_see_new_entries_without_holding_the_writer(journal: Journal, path: Path) -> None:
    reader = Reader(path)
    before = reader.version
    journal.append(1, KEY, ())
    assert reader.version != before
    assert [reader.event(entry) for entry in reader.read(0, 10)] == [KEY]
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader._connection.execute("DELETE FROM entries")


def test_a_journal_that_is_not_there_says_where_it_was_looked_for(path: Path) -> None:
    with pytest.raises(JournalMissing, match=str(path)):
        Reader(path)


WRITER = """
import os, sys
from pathlib import Path
from ctl.journal.journal import Journal
from ctl.switchboard.events import KeyPressed
journal = Journal(Path(sys.argv[1]))
for n in range(1_000_000):
    seq = journal.append(n, KeyPressed("1.1", "1"), ())
    os.write(1, b"%d\\n" % seq)
"""


def test_what_append_returned_for_survives_kill_9(path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        seen = [int(writer.stdout.readline()) for _ in range(300)]
        os.kill(writer.pid, signal.SIGKILL)
        seen += [int(line) for line in writer.stdout.read().split(b"\n")[:-1]]
    journal = Journal(path)
    kept = [entry.seq for entry in journal.read(0, 1_000_000)]
    journal.close()
    assert set(seen) <= set(kept)
    assert kept == list(range(1, len(kept) + 1))


def test_a_full_disk_is_told_and_writing_goes_on_when_there_is_room(journal: Journal) -> None:
    fill(journal, 10)
    pages = journal._connection.execute("PRAGMA page_count").fetchone()[0]
    journal._connection.execute(f"PRAGMA max_page_count={pages}")
    with pytest.raises(JournalFull, match="disk is full"):
        fill(journal, 5000)
    assert len(journal.read(0, 10_000)) == 10
    journal._connection.execute("PRAGMA max_page_count=1000000")
    fill(journal, 5000)
    assert [entry.seq for entry in journal.read(0, 10_000)] == list(range(1, 5011))


def test_a_damaged_file_names_the_way_out_and_the_way_out_works(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"these are not the bytes of a database" * 200)
    with pytest.raises(JournalCorrupt, match="ctl journal set-aside"):
        Journal(path)
    aside = set_aside(path)
    assert aside.read_bytes().startswith(b"these are not")
    journal = Journal(path)
    assert journal.append(1, KEY, ()) == 1
    journal.close()


def test_a_torn_page_is_damage_and_not_silence(path: Path) -> None:
    journal = Journal(path)
    fill(journal, 3000)
    journal.close()
    with path.open("r+b") as file:
        file.seek(4096 * 10)
        file.write(b"\xff" * 4096 * 20)
    with pytest.raises(JournalCorrupt):
        list(Reader(path).walk(0, 3000))
    assert Reader(path).check()


def test_a_wal_torn_by_loss_of_power_keeps_all_whole_transactions(path: Path, tmp_path: Path) -> None:
    journal = Journal(path)
    fill(journal, 20)
    fill(journal, 20, start=100)
    copy = tmp_path / "copy.sqlite"
    copy.write_bytes(path.read_bytes())
    wal = path.with_name(path.name + "-wal").read_bytes()
    copy.with_name("copy.sqlite-wal").write_bytes(wal[:-100])
    journal.close()
    reopened = Journal(copy)
    assert len(reopened.read(0, 100)) == 20
    reopened.close()


def test_another_sqlite_file_is_not_taken_for_a_journal(path: Path) -> None:
    path.parent.mkdir()
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE cats (name TEXT)")
    other.commit()
    other.close()
    with pytest.raises(JournalCorrupt, match="not a journal"):
        Journal(path)


def test_a_journal_of_another_version_is_left_alone(path: Path) -> None:
    Journal(path).close()
    other = sqlite3.connect(path)
    other.execute("UPDATE meta SET value = '99' WHERE key = 'schema'")
    other.commit()
    other.close()
    with pytest.raises(JournalError, match="version 99"):
        Journal(path)


def test_pruning_keeps_what_was_not_shipped_and_what_is_young(journal: Journal, path: Path) -> None:
    empty = Floor(None, {}, {}, {}, {})
    fill(journal, 100)
    journal.snapshot(100, empty)
    fill(journal, 100, start=100)
    journal.snapshot(200, empty)
    fill(journal, 100, start=200)
    name = Reader(path).journal

    assert journal.prune(before=1000) == 0, "nothing was shipped"
    shipped.tell(path, name, 300, 0)
    assert journal.prune(before=150) == 100, "the second snapshot is not old yet"
    shipped.tell(path, "another journal", 300, 0)
    assert journal.prune(before=1000) == 0, "shipped of another journal says nothing about this one"
    shipped.tell(path, name, 300, 0)
    assert journal.prune(before=1000, most=30) == 30
    assert journal.prune(before=1000) == 70
    assert journal.read(0, 1)[0].seq == 201
    assert journal.restore().seq == 300


def test_trouble_with_the_disk_shows_until_it_is_over(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_: int) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fdatasync", fails)
        journal._syncer._try_sync()
        assert "Input/output error" in str(journal.trouble)
    journal._syncer._try_sync()
    assert journal.trouble is None


def test_who_appends_after_all_was_moved_into_the_database_does_not_wait_for_the_disk(
    journal: Journal, path: Path
) -> None:
    """SQLite has the header on the disk when the WAL begins anew; its third number counts how often that was."""

    def begun() -> bytes:
        return path.with_name(path.name + "-wal").read_bytes()[12:16]

    journal.append(1, KEY, ())
    first = begun()
    journal._syncer.checkpoint()
    anew = begun()
    journal.append(2, KEY, ())
    assert [first, anew, begun()] == [first, anew, anew]
    assert first != anew


def test_who_appends_while_the_disk_is_waited_for_is_told_so_at_once(journal: Journal, path: Path) -> None:
    waiting = sqlite3.connect(path, isolation_level=None)
    waiting.execute("BEGIN IMMEDIATE")
    with pytest.raises(JournalBusy):
        journal.append(1, KEY, ())
    waiting.execute("COMMIT")
    assert journal.append(1, KEY, ()) == 1


def test_facts_and_events_are_read_back_as_values(journal: Journal, path: Path) -> None:
    written: tuple[Event, Fact] = (ARRIVED, STARTED)
    journal.append(1000, ARRIVED, [STARTED])
    reader = Reader(path)
    event, fact = reader.of_call(CALL)
    assert (reader.event(event), reader.fact(fact)) == written


@given(st.integers(1, 10**9), st.integers(0, LOST))
def test_no_number_that_loss_of_power_took_is_given_to_another_entry(written: int, lost: int) -> None:
    found = max(0, written - lost)
    assert _first_of_run(found) >= written or found == 0
    assert _first_of_run(found) % RUN == 0


def test_a_place_that_cannot_be_shut_to_others_is_written_all_the_same(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def not_ours(*_: object, **__: object) -> None:
        raise PermissionError("not the owner")

    monkeypatch.setattr(Path, "touch", not_ours)
    monkeypatch.setattr(Path, "chmod", not_ours)
    journal = Journal(path)
    journal.append(1, KEY, ())
    assert len(journal.read(0, 10)) == 1
    journal.close()
