"""The number of a citizen who is called back: there while it is needed, and nowhere afterwards."""

import sqlite3
from pathlib import Path

from ctl.journal.journal import Journal
from ctl.journal.reader import Reader
from ctl.switchboard import core, effects
from ctl.switchboard.callback_wish import marked
from ctl.switchboard.events import KeyPressed
from ctl.switchboard.facts import CallbackRequested
from ctl.switchboard.floor import Floor, empty
from ctl.switchboard.ids import FORGOTTEN, CallId
from tests.floor_driver import Driver
from tests.plans import callback_plan

SHOWN, KEYED = "0312345678", "09087654321"
BACK = CallId("c1-back")


def call_back_at_a_keyed_number(journal: Journal) -> Floor:
    """A caller keys another number and is promised a call there; everything is written as the switchboard does it."""
    desk = Driver(callback_plan())
    desk.waits_in_civil("c1")
    desk.passes(30_000)
    desk.presses("c1", f"12{KEYED}#1")
    floor = empty()
    for at, happened in desk.history:
        event = marked(floor, happened)
        floor, done = core.step(floor, event, at)
        journal.append(at, event, [one.fact for one in done if isinstance(one, effects.Record)])
    assert floor == desk.floor
    return floor


def written(path: Path) -> str:
    with sqlite3.connect(path) as connection:
        rows = [*connection.execute("SELECT body FROM entries"), *connection.execute("SELECT body FROM snapshots")]
    return "\n".join(body for (body,) in rows)


def digits_written(path: Path) -> list[str]:
    """What the entries hold of the private keys themselves."""
    with sqlite3.connect(path) as connection:
        keys = connection.execute(
            "SELECT body ->> '$.digit' FROM entries WHERE type = 'KeyPressed' AND body ->> '$.private' ORDER BY seq"
        )
        return [digit for (digit,) in keys]


def test_entries_and_snapshots_hold_no_number(path: Path, journal: Journal) -> None:
    floor = call_back_at_a_keyed_number(journal)
    journal.snapshot(journal.restore().seq, floor)
    assert KEYED not in written(path)
    assert len(digits_written(path)) == len(KEYED)
    assert all(digit.startswith("~") for digit in digits_written(path))
    assert len(set(digits_written(path))) == len(KEYED), "equal digits would tell each other"


def test_a_restart_knows_the_number(journal: Journal) -> None:
    floor = call_back_at_a_keyed_number(journal)
    restored = journal.restore()
    again = empty()
    for at, event in restored.events:
        again, _ = core.step(again, event, at)
    assert again == floor
    callback = again.calls[BACK].callback
    assert callback is not None
    assert callback.number == KEYED


def test_a_number_that_is_needed_stays_and_its_keys_go(path: Path, journal: Journal) -> None:
    floor = call_back_at_a_keyed_number(journal)
    later = journal.restore().at + 1
    journal.snapshot(journal.restore().seq, floor)
    assert journal.erase_numbers(floor, later) == len(KEYED)
    kept = journal.restore().floor
    assert kept == floor
    assert not journal.holds_numbers(floor, later)


def test_nothing_of_it_is_left_when_the_call_back_is_over(path: Path) -> None:
    journal = Journal(path)
    floor = call_back_at_a_keyed_number(journal)
    journal.snapshot(journal.restore().seq, floor)
    over = empty()
    journal.snapshot(journal.restore().seq + 1, over)
    assert journal.erase_numbers(over, journal.restore().at + 1) > 0
    journal.close()
    assert KEYED.encode() not in path.read_bytes()
    reader = Reader(path)
    entries = reader.read(0, 1000)
    facts = [reader.fact(entry) for entry in entries if entry.kind == "fact"]
    events = [reader.event(entry) for entry in entries if entry.kind == "event"]
    assert [fact.number for fact in facts if isinstance(fact, CallbackRequested)] == [FORGOTTEN]
    keys = [event for event in events if isinstance(event, KeyPressed) and event.private]
    assert {key.digit for key in keys} == {FORGOTTEN}


def test_what_is_forgotten_is_decided_again_as_it_was(path: Path, journal: Journal) -> None:
    reader = Reader(path)
    call_back_at_a_keyed_number(journal)
    recorded = [entry for entry in journal.read(0, 1000) if entry.kind == "fact"]
    known = [reader.fact(entry) for entry in recorded]
    journal.erase_numbers(empty(), journal.restore().at + 1)
    floor, decided = empty(), []
    for at, event in journal.restore().events:
        floor, done = core.step(floor, event, at)
        decided += [one.fact for one in done if isinstance(one, effects.Record)]
    assert decided == known


def test_numbers_that_are_not_old_enough_stay(journal: Journal) -> None:
    call_back_at_a_keyed_number(journal)
    assert not journal.holds_numbers(empty(), 0)
    assert journal.erase_numbers(empty(), 0) == 0
