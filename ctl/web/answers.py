"""What the JSON API answers, as types: the pages' own records, and what stands around them."""

from typing import Any, TypedDict

from ctl.cms.records import CallRecord
from ctl.runtime.document import FloorDocument


class CallsAnswer(TypedDict):
    """One page of the calls that fit; ``total``: how many there are altogether."""

    calls: list[CallRecord]
    total: int
    page: int
    size: int


class CallAnswer(TypedDict):
    """One call, and all that was stated about it (docs/data.md): ``type``, ``at``, and what belongs to the type."""

    call: CallRecord
    facts: list[dict[str, Any]]


class FloorAnswer(FloorDocument):
    """The floor; ``live``: whether it is of now, or of ``seen_at``."""

    live: bool
    seen_at: str | None


class AuditEntryTold(TypedDict):
    """Who did what (docs/audit.md)."""

    seq: int
    id: str
    at: str
    who: str
    where: str
    action: str
    subject: str
    outcome: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    reason: str | None
    previous: str
    hash: str


class VerdictTold(TypedDict):
    """What the last walk along the whole chain found."""

    at: str
    sound: bool
    rows: int
    proved: int
    fault: str | None
    seq: int | None
    finding: str | None


class AuditAnswer(TypedDict):
    """One page of the entries that fit; ``verdict`` is null before the first walk."""

    entries: list[AuditEntryTold]
    total: int
    page: int
    size: int
    verdict: VerdictTold | None
