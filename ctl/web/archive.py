"""What the screens need of the records in Postgres, and what they say when it is away.

The records themselves and their SQL belong to `ctl.cms`; this is only the seam, so that the floor needs no database.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ctl.switchboard.facts import Fact
from ctl.web.filters import CallFilter
from ctl.web.trouble import Trouble


class RecordsAway(Exception):
    """Postgres does not answer, or has not been prepared yet."""


AWAY = "データベースにつながりません。通話は続いており、記録は後から届きます。いまの様子は「現在の状況」で見られます。"


@dataclass(frozen=True, slots=True)
class HandoffRow:
    department: str
    number: str
    result: str
    consult_ms: int
    outside_ms: int


@dataclass(frozen=True, slots=True)
class RecordingRow:
    """``file`` is None when there is no sound; ``verdict`` says why (`ctl.recording.cutter.Verdict`)."""

    segment: int
    kind: str
    operator: str | None
    department: str | None
    started_at: datetime
    seconds: float
    verdict: str
    lost_ms: int
    file: str | None
    sha256: str | None
    bytes: int | None


@dataclass(frozen=True, slots=True)
class CallRow:
    """One call as the list shows it; the names of ``ctl calls --json``. ``ended_at`` is None while it goes on."""

    id: str
    kind: str
    started_at: datetime
    ended_at: datetime | None
    called: str
    caller: str
    menu: str | None
    queue: str | None
    operator: str | None
    outcome: str | None
    ended_by: str | None
    wait_ms: int
    talk_ms: int
    hold_ms: int
    handoffs: Sequence[HandoffRow]
    recordings: Sequence[RecordingRow]


@dataclass(frozen=True, slots=True)
class Page:
    rows: Sequence[CallRow]
    total: int


@dataclass(frozen=True, slots=True)
class Story:
    """``facts``: all of this call, in the order in which they were stated."""

    call: CallRow
    facts: Sequence[Fact]


class Archive(Protocol):
    """Every method raises `RecordsAway` when Postgres does not answer."""

    async def ping(self) -> None: ...
    async def calls(self, wanted: CallFilter) -> Page: ...
    async def story(self, call: str) -> Story | None: ...
    async def recording(self, call: str, segment: int) -> RecordingRow | None: ...


class Unprepared:
    """Stands in while there is no database to ask."""

    async def ping(self) -> None:
        raise RecordsAway("no database")

    async def calls(self, wanted: CallFilter) -> Page:
        raise RecordsAway("no database")

    async def story(self, call: str) -> Story | None:
        raise RecordsAway("no database")

    async def recording(self, call: str, segment: int) -> RecordingRow | None:
        raise RecordsAway("no database")


@contextmanager
def remembered() -> Iterator[None]:
    """Turn an absent database into an answer for people."""
    try:
        yield
    except RecordsAway:
        raise Trouble(503, AWAY) from None
