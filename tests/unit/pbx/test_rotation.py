"""What Asterisk writes for ever is turned over, and nobody who reads it loses a line or gets one twice."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ctl.pbx import cel, rotation
from ctl.pbx.names import FALLBACK_LOG, FALLBACK_POSITION
from ctl.pbx.parts import Parts
from ctl.pbx.rotation import Rotation
from ctl.pbx.served import Served
from ctl.secrets import Secrets
from ctl.settings import Settings
from ctl.switchboard.events import CallServedElsewhere, Event
from ctl.switchboard.ids import LegId


@pytest.fixture(name="centre")
def a_centre(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Its limit is the smallest that is allowed, and megabytes are small here."""
    monkeypatch.setattr(rotation, "MB", 1000)
    centre = Settings(home=tmp_path / "run", log_file_mb=1, log_files_kept=2, account_files_kept=3)
    centre.under("asterisk", "log").mkdir(parents=True)
    return centre


def served_line(call: int) -> str:
    row = {"call": str(call), "dialled": "0339811111", "caller": "", "arrived_at": 1, "ended_at": 2}
    return json.dumps(row | {"answered_at": None, "operator": None}) + "\n"


class Fallback:
    """Asterisk adds lines, the switchboard reads them, the worker turns them over."""

    def __init__(self, centre: Settings) -> None:
        self.centre = centre
        self.path = centre.under(*FALLBACK_LOG)
        self.written = 0
        self.told: list[int] = []
        self.restart()

    def restart(self) -> None:
        self.reader = Served(self.path, self.centre.under(*FALLBACK_POSITION), self._tell)

    def _tell(self, event: Event) -> None:
        assert isinstance(event, CallServedElsewhere)
        self.told.append(int(event.call))

    def write(self, lines: int) -> None:
        with self.path.open("a") as file:
            for _ in range(lines):
                self.written += 1
                file.write(served_line(self.written))

    async def turn_over(self) -> None:
        await Rotation(self.centre, Secrets.of(self.centre)).once()

    @property
    def parts(self) -> list[str]:
        return sorted(path.name for path in self.path.parent.glob("fallback.jsonl*"))


async def test_calls_of_the_fallback_are_told_once_each_across_parts(centre: Settings) -> None:
    fallback = Fallback(centre)
    for _ in range(6):
        fallback.write(7)
        fallback.reader.read()
        fallback.write(5)
        await fallback.turn_over()
    fallback.reader.read()
    assert fallback.told == list(range(1, fallback.written + 1))
    await fallback.turn_over()
    assert fallback.parts == ["fallback.jsonl.5", "fallback.jsonl.6"]


async def test_parts_that_nobody_has_told_yet_are_kept_however_many(centre: Settings) -> None:
    fallback = Fallback(centre)
    for _ in range(5):
        fallback.write(12)
        await fallback.turn_over()
    assert len(fallback.parts) == 5
    fallback.reader.read()
    assert fallback.told == list(range(1, fallback.written + 1))


async def test_line_that_was_being_written_at_the_turn_is_told(centre: Settings) -> None:
    """Whoever had the file open writes into what has become the part before."""
    fallback = Fallback(centre)
    fallback.write(12)
    with fallback.path.open("a") as late:
        await fallback.turn_over()
        fallback.write(1)
        fallback.reader.read()
        late.write(served_line(99))
    fallback.reader.read()
    assert fallback.told == [*range(1, 14), 99]


async def test_what_was_kept_before_there_were_parts_still_counts(centre: Settings) -> None:
    fallback = Fallback(centre)
    fallback.write(12)
    position = centre.under(*FALLBACK_POSITION)
    position.parent.mkdir()
    position.write_text(str(2 * len(served_line(1))), encoding="ascii")
    fallback.restart()
    await fallback.turn_over()
    fallback.reader.read()
    assert fallback.told == list(range(3, 13))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(steps=st.lists(st.one_of(st.integers(1, 15), st.sampled_from(("read", "turn over", "restart"))), max_size=25))
async def test_no_order_of_things_loses_a_call_or_tells_one_twice_but_for_the_last_reading(
    tmp_path_factory: pytest.TempPathFactory, steps: list[int | str]
) -> None:
    centre = Settings(home=tmp_path_factory.mktemp("run"), log_file_mb=1, log_files_kept=2)
    centre.under("asterisk", "log").mkdir(parents=True)
    fallback = Fallback(centre)
    before_last = 0
    for step in steps:
        told = len(fallback.told)
        match step:
            case "read":
                fallback.reader.read()
                before_last = told if len(fallback.told) > told else before_last
            case "turn over":
                Parts(fallback.path).turn_over(0)
            case "restart":
                fallback.restart()
                del fallback.told[before_last:]
            case lines:
                fallback.write(int(lines))
    fallback.reader.read()
    assert fallback.told == list(range(1, fallback.written + 1))


def cel_line(kind: str, at_s: int, leg: str) -> str:
    return json.dumps({"eventtype": kind, "eventtime": at_s, "uniqueid": leg, "padding": "x" * 100}) + "\n"


def a_day_of_channels(path: Path, first: int) -> None:
    with path.open("a") as file:
        for n in range(first, first + 10):
            file.write(cel_line("CHAN_START", n * 10, f"1.{n}") + cel_line("HANGUP", n * 10 + 5, f"1.{n}"))


async def test_asterisks_account_is_read_over_all_its_parts(centre: Settings) -> None:
    path = centre.under(*cel.FILE)
    for first in (0, 10):
        a_day_of_channels(path, first)
        await Rotation(centre, Secrets.of(centre)).once()
    a_day_of_channels(path, 20)
    told = cel.channels_of(centre)
    assert told.since == 0
    assert len(told.channels) == 30
    assert told.channels[LegId("1.9")].ended_at == 95_000


async def test_comparison_begins_with_what_is_kept_of_the_account(centre: Settings) -> None:
    path = centre.under(*cel.FILE)
    for first in range(0, 50, 10):
        a_day_of_channels(path, first)
        await Rotation(centre, Secrets.of(centre)).once()
    told = cel.channels_of(centre)
    assert told.since == 200_000
    assert min(channel.started_at or 0 for channel in told.channels.values()) == 200_000


async def test_what_is_small_stays(centre: Settings) -> None:
    path = centre.under(*cel.FILE)
    path.write_text(cel_line("CHAN_START", 1, "1.1"))
    assert await Rotation(centre, Secrets.of(centre)).once() == 0
    assert Parts(path).finished() == []
