"""The replay of a day says what became of every call, and never passes over a record that says something else."""

import pytest

from ctl.lab.centre import Record
from ctl.lab.tally import Fate, Seen, by_hour, differences, why_full


def seen(fate: Fate, caller: str = "09010000000", operator: str | None = "2001", hour: int = 10) -> Seen:
    return Seen(hour, 3, fate, caller, operator, waited_s=1.25, lasted_s=4.0)


def record(outcome: str, operator: str | None = "2001", caller: str = "09010000000") -> Record:
    return {"caller": caller, "outcome": outcome, "operator": operator}


@pytest.mark.parametrize(
    ("played", "recorded"),
    [
        (seen(Fate.ANSWERED), record("answered")),
        (seen(Fate.GAVE_UP, operator=None), record("abandoned_queue", None)),
        (seen(Fate.GAVE_UP, operator=None), record("abandoned_ringing", None)),
        (seen(Fate.GAVE_UP), record("answered")),  # lifted in the moment in which patience ended
        (seen(Fate.GAVE_UP), record("abandoned_ringing")),
    ],
)
def test_a_record_that_says_what_was_played_is_no_difference(played: Seen, recorded: Record) -> None:
    assert differences([played], [recorded]) == []


@pytest.mark.parametrize(
    ("played", "records", "said"),
    [
        (seen(Fate.ANSWERED), [record("abandoned_queue")], "recorded as abandoned_queue"),
        (seen(Fate.ANSWERED), [record("answered", "2002")], "2001 answered, and 2002 is recorded"),
        (seen(Fate.GAVE_UP, operator=None), [record("answered")], "recorded as answered"),
        (seen(Fate.FAILED, operator=None), [record("lost", None)], "recorded as lost"),
        (seen(Fate.ANSWERED), [], "recorded 0 times"),
        (seen(Fate.ANSWERED), [record("answered"), record("answered")], "recorded 2 times"),
    ],
)
def test_every_other_record_is_a_difference(played: Seen, records: list[Record], said: str) -> None:
    assert differences([played], records) == [f"09010000000 at 10:00 {played.fate}: {said}"]


def test_whom_the_carrier_refused_the_centre_need_not_know() -> None:
    assert differences([seen(Fate.TRUNK_FULL, caller="", operator=None)], []) == []


def test_the_table_counts_every_call_once() -> None:
    calls = [seen(Fate.ANSWERED), seen(Fate.ANSWERED), seen(Fate.GAVE_UP), seen(Fate.TRUNK_FULL, hour=11)]
    table = [line.split() for line in by_hour(calls).splitlines()[1:]]
    assert table == [
        ["10:00", "3", "2", "1", "0", "0", "0", "1.2", "s", "3"],
        ["11:00", "1", "0", "0", "1", "0", "0", "1.2", "s", "3"],
    ]


def test_a_full_trunk_is_explained_in_figures() -> None:
    """90 calls an hour that hold a channel for 4 s: 24 channels at 240 times the speed, and few at the speed of life."""
    calls = [seen(Fate.ANSWERED)] * 89 + [seen(Fate.TRUNK_FULL)]
    text = why_full(calls, limit=40, speed=240, talk_s=120)
    assert text.startswith("1 calls met a full trunk.")
    assert "40 channels" in text
    assert "4.0 s, which is 16 minutes of that day" in text
    assert "needs 24 channels on average" in text
    assert "it needed 3." in text  # 90 × (120 + 3.5) / 3600
    assert why_full([seen(Fate.ANSWERED)], 40, 240, 120) == ""
