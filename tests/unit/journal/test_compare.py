"""Comparing with the PBX's account: nothing to say when they agree, a sentence for each way to differ."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from ctl.journal.compare import TOLERANCE_MS, compare
from ctl.journal.journal import Journal
from ctl.journal.reader import Reader
from ctl.switchboard.events import Cause, TimePassed
from ctl.switchboard.facts import CallStarted, Fact, LegClosed, LegEstablished, LegStarted
from ctl.switchboard.ids import CallId, LegId
from ctl.switchboard.kinds import CallKind, LegRole

LEG, CALL = LegId("1.1"), CallId("1.1")


@dataclass(frozen=True)
class Told:
    started_at: int | None = 1000
    answered_at: int | None = 2000
    ended_at: int | None = 9000
    ours: bool = True


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    journal = Journal(tmp_path / "journal.sqlite")
    closed = LegClosed(LEG, CALL, 9000, LegRole.CITIZEN, "03", True, 1000, 2000, Cause.NORMAL, 16)
    facts: list[Fact] = [
        LegStarted(LEG, CALL, 1000, LegRole.CITIZEN, "03", True),
        LegEstablished(LEG, CALL, 2000),
        closed,
    ]
    journal.append(9000, TimePassed(), facts)
    journal.close()
    found = Reader(tmp_path / "journal.sqlite")
    yield found
    found.close()


def test_agreement_within_the_tolerance_is_silent(reader: Reader) -> None:
    assert compare(reader, {LEG: Told(ended_at=9000 + TOLERANCE_MS)}, 0) == (1, [])


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (
            replace(Told(), ended_at=9001 + TOLERANCE_MS),
            "ended: we say 01-01 09:00:09.000, the PBX says 01-01 09:00:10.501",
        ),
        (replace(Told(), answered_at=None), "was answered: we say 01-01 09:00:02.000, the PBX says never"),
        (None, "never had such a channel"),
    ],
)
def test_each_difference_is_named(reader: Reader, told: Told | None, words: str) -> None:
    _, found = compare(reader, {LEG: told} if told else {}, 0)
    assert [one.leg for one in found] == [LEG]
    assert words in found[0].what


def test_channel_that_no_leg_knows_is_named_only_when_it_was_ours(reader: Reader) -> None:
    _, found = compare(reader, {LEG: Told(), LegId("2.2"): Told(), LegId("3.3"): Told(ours=False)}, 0)
    assert [one.leg for one in found] == ["2.2"]


def test_call_that_the_fallback_served_is_known_without_a_leg(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.sqlite")
    served = CallStarted(CallId("2.2"), 1000, CallKind.INBOUND, "0339811111", "", None)
    journal.append(9000, TimePassed(), [served])
    journal.close()
    assert compare(Reader(tmp_path / "journal.sqlite"), {LegId("2.2"): Told()}, 0) == (0, [])


def test_leg_that_was_found_missing_says_so(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.sqlite")
    lost = LegClosed(LEG, CALL, 60_000, LegRole.CITIZEN, "03", True, 1000, 2000, Cause.LOST, 0)
    started: list[Fact] = [LegStarted(LEG, CALL, 1000, LegRole.CITIZEN, "03", True), LegEstablished(LEG, CALL, 2000)]
    journal.append(60_000, TimePassed(), [*started, lost])
    journal.close()
    _, (found,) = compare(Reader(tmp_path / "journal.sqlite"), {LEG: Told()}, 0)
    assert found.what.endswith("(it was found missing after a gap)")
