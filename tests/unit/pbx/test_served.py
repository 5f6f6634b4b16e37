"""Calls that the fallback ended: told at least once, also across restarts, whatever state its log is in."""

import json
from pathlib import Path

import pytest

from ctl.pbx.served import Served
from ctl.switchboard.events import CallServedElsewhere, Event, TalkElsewhere
from ctl.switchboard.ids import Extension


def line(call: str, answered_at: int | None = None, operator: str | None = None) -> str:
    numbers = {"dialled": "0339811111", "caller": "0312345678"}
    instants = {"arrived_at": 1000, "answered_at": answered_at, "ended_at": 9000}
    return json.dumps({"call": call, **numbers, **instants, "operator": operator}) + "\n"


class Reader:
    def __init__(self, folder: Path) -> None:
        self.log = folder / "fallback.jsonl"
        self.told: list[str] = []
        self.reader = Served(self.log, folder / "journal" / "position", self._tell)

    def _tell(self, event: Event) -> None:
        assert isinstance(event, CallServedElsewhere)
        self.told.append(event.call)

    def add(self, text: str) -> None:
        with self.log.open("a") as file:
            file.write(text)
        self.reader.read()


def test_no_log_is_nothing_to_tell(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    reader.reader.read()
    assert reader.told == []


def test_each_line_is_told_once(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    reader.add(line("9.1") + line("9.2"))
    reader.add(line("9.3"))
    reader.reader.read()
    assert reader.told == ["9.1", "9.2", "9.3"]


def test_line_that_is_still_being_written_waits(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    whole = line("9.1")
    reader.add(whole[:20])
    assert reader.told == []
    reader.add(whole[20:])
    assert reader.told == ["9.1"]


def test_restart_tells_the_last_reading_again_and_no_more(tmp_path: Path) -> None:
    before = Reader(tmp_path)
    before.add(line("9.1"))
    before.add(line("9.2"))
    after = Reader(tmp_path)
    after.reader.read()
    assert after.told == ["9.2"]


def test_restart_tells_nothing_that_was_told_long_before(tmp_path: Path) -> None:
    before = Reader(tmp_path)
    before.add(line("9.1"))
    before.reader.settle()
    at_once = Reader(tmp_path)
    at_once.reader.read()
    assert at_once.told == ["9.1"], "who dies just after it was told may not have kept it"
    before.reader.settle()
    later = Reader(tmp_path)
    later.reader.read()
    assert later.told == []


def test_what_cannot_be_kept_is_told_all_the_same(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    (tmp_path / "journal").write_text("in the place of the folder")
    reader.add(line("9.1"))
    reader.add(line("9.2"))
    assert reader.told == ["9.1", "9.2"]


def test_what_could_not_be_kept_is_kept_when_there_is_room_again(tmp_path: Path) -> None:
    before = Reader(tmp_path)
    (tmp_path / "journal").write_text("in the place of the folder")
    before.add(line("9.1"))
    for _ in range(3):
        before.reader.settle()
    (tmp_path / "journal").unlink()
    before.reader.settle()
    after = Reader(tmp_path)
    after.reader.read()
    assert after.told == []


def test_new_file_is_read_from_its_beginning(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    reader.add(line("9.1") + line("9.2"))
    reader.log.write_text("")
    reader.add(line("9.3"))
    assert reader.told == ["9.1", "9.2", "9.3"]


@pytest.mark.parametrize("broken", ["{", "[]", "null", '{"call": "9.1"}', '{"call":"9.1","arrived_at":"noon"}'])
def test_line_that_cannot_be_read_does_not_hide_the_next(
    tmp_path: Path, broken: str, caplog: pytest.LogCaptureFixture
) -> None:
    reader = Reader(tmp_path)
    reader.add(broken + "\n" + line("9.2"))
    assert reader.told == ["9.2"]
    assert "fallback_line_unreadable" in caplog.text


def test_who_answered_and_when(tmp_path: Path) -> None:
    told: list[Event] = []
    log = tmp_path / "fallback.jsonl"
    log.write_text(line("9.1", 5000, "2001") + line("9.2"))
    Served(log, tmp_path / "position", told.append).read()
    answered, abandoned = told
    assert isinstance(answered, CallServedElsewhere)
    assert isinstance(abandoned, CallServedElsewhere)
    assert (answered.answered_at, answered.operator) == (5000, "2001")
    assert (abandoned.answered_at, abandoned.operator) == (None, None)


def test_line_says_whether_the_caller_heard_that_it_is_closed(tmp_path: Path) -> None:
    """Lines of an older dialplan say nothing of it."""
    told: list[Event] = []
    log = tmp_path / "fallback.jsonl"
    closed = line("9.1").replace("}", ', "closed": true}')
    log.write_text(closed + closed.replace("true", "false") + line("9.2"))
    Served(log, tmp_path / "position", told.append).read()
    assert [event.closed for event in told if isinstance(event, CallServedElsewhere)] == [True, False, False]


def test_line_says_whether_the_call_was_too_short_to_be_heard_of(tmp_path: Path) -> None:
    told: list[Event] = []
    log = tmp_path / "fallback.jsonl"
    log.write_text(line("9.1").replace("}", ', "unheard": true}') + line("9.2"))
    Served(log, tmp_path / "position", told.append).read()
    assert [event.unheard for event in told if isinstance(event, CallServedElsewhere)] == [True, False]


def test_line_says_who_talked_until_his_telephone_was_torn_out(tmp_path: Path) -> None:
    """What is no talk is passed over; a line of an older dialplan says nothing of it."""
    told: list[Event] = []
    log = tmp_path / "fallback.jsonl"
    torn = line("9.1", 7000, "2002").replace("}", ', "talks": "/2001:2000:5000/2003::6000/2004:5500:6500"}')
    log.write_text(torn + line("9.2"))
    Served(log, tmp_path / "position", told.append).read()
    talks = [event.talks for event in told if isinstance(event, CallServedElsewhere)]
    assert talks == [
        (TalkElsewhere(Extension("2001"), 2000, 5000), TalkElsewhere(Extension("2004"), 5500, 6500)),
        (),
    ]


def test_line_says_who_hung_up(tmp_path: Path) -> None:
    """A line of an older dialplan does not, and nobody whom we do not know has."""
    told: list[Event] = []
    log = tmp_path / "fallback.jsonl"
    said = [line("9.1").replace("}", f', "ended_by": "{who}"}}') for who in ("operator", "citizen", "centre", "pbx")]
    log.write_text("".join(said) + line("9.2"))
    Served(log, tmp_path / "position", told.append).read()
    ended_by = [event.ended_by for event in told if isinstance(event, CallServedElsewhere)]
    assert ended_by == ["operator", "citizen", "centre", None, None]
