"""What the records say about calls, typed. The names are those of ``ctl calls --json``; docs/data.md defines each figure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from ctl.switchboard.facts import Fact
from ctl.switchboard.kinds import CallKind, Outcome

CITIZEN_IS_CALLED = frozenset({CallKind.OUTBOUND})
"""Of calls of these kinds the number that was called is the citizen's. Not of a call-back: that was called is the number of ours which
the citizen had dialled, and his own is in no record; on the floor it is the caller's."""

Column = Literal["started_at", "wait_ms", "talk_ms", "hold_ms", "outcome", "operator", "queue", "called"]


@dataclass(frozen=True, slots=True)
class HandoffRecord:
    """One number of one department that was tried. ``result`` is None while it is being tried."""

    department: str
    number: str
    result: str | None
    consult_ms: int
    outside_ms: int


@dataclass(frozen=True, slots=True)
class RecordingRecord:
    """One talk segment's sound. ``file`` is None when there is none; ``verdict`` says why."""

    segment: int
    kind: str
    operator: str | None
    department: str | None
    started_at: datetime
    seconds: float
    verdict: str
    lost_ms: int
    gap_ms: int
    """How far the sound may lie from its true place in the call."""
    file: str | None
    sha256: str | None
    bytes: int | None


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One call. ``ended_at`` and ``outcome`` are None while it goes on; ``outcome`` also when no citizen made it."""

    id: str
    kind: str
    started_at: datetime
    ended_at: datetime | None
    called: str
    caller: str
    service: str | None
    menu: str | None
    queue: str | None
    operator: str | None
    outcome: str | None
    ended_by: str | None
    wait_ms: int
    talk_ms: int
    hold_ms: int
    handoffs: Sequence[HandoffRecord]
    recordings: Sequence[RecordingRecord]


@dataclass(frozen=True, slots=True)
class Within:
    """Calls of these operators, and those of these queues."""

    operators: frozenset[str]
    queues: frozenset[str] = frozenset()

    def covers(self, call: CallRecord) -> bool:
        return call.operator in self.operators or call.queue in self.queues


@dataclass(frozen=True, slots=True)
class CallQuery:
    """Which calls. ``since`` is included, ``until`` is not, both by the start of the call; ``kind`` None is every kind.

    ``within``: whatever else is asked, only those; None for all. ``numbers``: of which calls a citizen's number may be
    known. Others are neither found nor put in order by the number that was called when it is the citizen's.
    """

    since: datetime | None = None
    until: datetime | None = None
    kind: CallKind | None = CallKind.INBOUND
    outcome: Outcome | None = None
    queue: str | None = None
    operator: str | None = None
    called: str | None = None
    sort: Column = "started_at"
    descending: bool = True
    limit: int = 50
    offset: int = 0
    within: Within | None = None
    numbers: Within | None = None

    @property
    def hides_numbers(self) -> bool:
        """Whether calls may fit of which the number that was called must not be known."""
        return self.numbers is not None and (self.kind is None or self.kind in CITIZEN_IS_CALLED)


@dataclass(frozen=True, slots=True)
class Page:
    """``total``: how many calls fit, on all pages."""

    rows: Sequence[CallRecord]
    total: int


@dataclass(frozen=True, slots=True)
class Story:
    """``facts``: everything that was stated about the call, in the order in which it was stated."""

    call: CallRecord
    facts: Sequence[Fact] = field(default_factory=tuple)
