"""Replay: the journal of a call decides the same again, whatever else happened on the floor meanwhile."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ctl.journal.journal import Journal
from ctl.journal.reader import Reader
from ctl.journal.replay import Step, replay
from ctl.switchboard import core, effects, floor
from ctl.switchboard.effects import Effect
from ctl.switchboard.events import Event
from ctl.switchboard.floor import Floor
from ctl.switchboard.ids import CallId, Millis
from tests.floor_driver import Driver


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    """A day of two calls, written as the engine writes it, with a snapshot between them."""
    town = Driver()
    town.ready("2001", "2002")
    leg = town.talks("first", "2001")
    town.passes(5000)
    town.hangs_up("first")
    town.hangs_up(leg)
    between = len(town.history)
    town.waits_in_civil("second")
    town.passes(25_000)
    town.hangs_up("second")
    journal = Journal(tmp_path / "journal.sqlite")
    now = floor.empty()
    for n, (at, event) in enumerate(town.history):
        now, done = core.step(now, event, at)
        seq = journal.append(at, event, [one.fact for one in done if isinstance(one, effects.Record)])
        if n + 1 == between:
            journal.snapshot(seq, now)
    journal.close()
    found = Reader(tmp_path / "journal.sqlite")
    yield found
    found.close()


@pytest.mark.parametrize("call", ["first", "second"])
def test_same_core_decides_the_same(reader: Reader, call: str) -> None:
    result = replay(reader, CallId(call), core.step)
    assert result is not None
    assert result.difference is None
    assert result.facts > 5


def test_other_core_is_found_out_at_the_first_different_fact(reader: Reader) -> None:
    def forgetful(now: Floor, event: Event, at: Millis) -> tuple[Floor, tuple[Effect, ...]]:
        after, done = core.step(now, event, at + 1)
        return after, done

    result = replay(reader, CallId("first"), forgetful)
    assert result is not None
    assert result.difference is not None
    assert result.difference.startswith("fact 1 was CallStarted(")


def test_core_that_stumbles_is_told_with_the_entry(reader: Reader) -> None:
    def broken(now: Floor, event: Event, at: Millis) -> tuple[Floor, tuple[Effect, ...]]:
        raise ValueError("no idea")

    stumbling: Step = broken
    result = replay(reader, CallId("first"), stumbling)
    assert result is not None
    assert "cannot be decided: ValueError('no idea')" in str(result.difference)


def test_unknown_call_is_no_call(reader: Reader) -> None:
    assert replay(reader, CallId("nobody"), core.step) is None
