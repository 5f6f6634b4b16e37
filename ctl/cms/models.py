"""The tables. docs/data.md says what every one of them means.

There are no foreign keys, and every column beside the key may be empty, unless it is computed: facts come in any order, so a leg may be told
before its call, an end before its beginning. Words (kinds, causes, results) are text, so that a new word needs no
migration. Rows are written only by `ctl.cms.ingest`, except ``recordings`` (`ctl.cms.recordings`).
"""

from typing import Any

from sqlalchemy import Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from ctl.database.base import Base, Instant


def _text_key() -> Mapped[str]:
    return mapped_column(primary_key=True)


def _number_key() -> Mapped[int]:
    return mapped_column(primary_key=True, autoincrement=False)


def _figure() -> Mapped[int]:
    """Not told by any fact but computed from several (`ctl.cms.figures`)."""
    return mapped_column(server_default="0", info={"computed": True})


class Call(Base):
    __tablename__ = "calls"

    id: Mapped[str] = _text_key()
    kind: Mapped[str | None]
    started_at: Mapped[Instant | None]
    ended_at: Mapped[Instant | None]
    called: Mapped[str | None]
    caller: Mapped[str | None]
    service: Mapped[str | None]
    extension: Mapped[str | None]
    mode: Mapped[str | None]
    menu: Mapped[str | None]
    queue: Mapped[str | None]
    operator: Mapped[str | None]
    outcome: Mapped[str | None]
    ended_by: Mapped[str | None]
    wait_ms: Mapped[int] = _figure()
    talk_ms: Mapped[int] = _figure()
    hold_ms: Mapped[int] = _figure()

    __table_args__ = (
        Index(None, "wait_ms", "id"),
        Index(None, "talk_ms", "id"),
        Index(None, "hold_ms", "id"),
        Index(None, "started_at"),
        Index(None, "ended_at"),
        Index(None, "outcome", "started_at"),
        Index(None, "queue", "started_at"),
        Index(None, "operator", "started_at"),
        Index(None, "called", "started_at"),
    )


class Leg(Base):
    __tablename__ = "legs"

    id: Mapped[str] = _text_key()
    call: Mapped[str | None] = mapped_column(index=True)
    role: Mapped[str | None]
    party: Mapped[str | None]
    outside: Mapped[bool | None]
    started_at: Mapped[Instant | None] = mapped_column(index=True)
    answered_at: Mapped[Instant | None]
    ended_at: Mapped[Instant | None]
    cause: Mapped[str | None]
    code: Mapped[int | None]


class Segment(Base):
    __tablename__ = "segments"

    call: Mapped[str] = _text_key()
    n: Mapped[int] = _number_key()
    kind: Mapped[str | None]
    started_at: Mapped[Instant | None]
    ended_at: Mapped[Instant | None]
    operator: Mapped[str | None]
    department: Mapped[str | None]


class IvrStep(Base):
    __tablename__ = "ivr_steps"

    call: Mapped[str] = _text_key()
    n: Mapped[int] = _number_key()
    flow: Mapped[str | None]
    flow_version: Mapped[str | None]
    node: Mapped[str | None]
    kind: Mapped[str | None]
    outcome: Mapped[str | None]
    key: Mapped[str | None]
    menu: Mapped[str | None]
    entered_at: Mapped[Instant | None] = mapped_column(index=True)
    left_at: Mapped[Instant | None]


class QueueEntry(Base):
    __tablename__ = "queue_entries"

    call: Mapped[str] = _text_key()
    n: Mapped[int] = _number_key()
    entered_at: Mapped[Instant | None]
    queue: Mapped[str | None]
    menu: Mapped[str | None]
    priority: Mapped[int | None]
    ahead: Mapped[int | None]
    moved_by: Mapped[str | None]
    kept_from: Mapped[str | None]

    __table_args__ = (Index(None, "queue", "entered_at"),)


class WaitAnnouncement(Base):
    """What a caller who waited was told of the wait; None for what was not told."""

    __tablename__ = "wait_announcements"

    call: Mapped[str] = _text_key()
    n: Mapped[int] = _number_key()
    at: Mapped[Instant | None]
    queue: Mapped[str | None]
    position: Mapped[int | None]
    expected_wait_s: Mapped[int | None]
    surge: Mapped[bool | None]
    after_hours: Mapped[bool | None]

    __table_args__ = (Index(None, "queue", "at"),)


class QueueOverflow(Base):
    """A rule of a queue sent a caller elsewhere: to another queue, to a department, to a call-back, or to a message."""

    __tablename__ = "queue_overflows"

    call: Mapped[str] = _text_key()
    n: Mapped[int] = _number_key()
    at: Mapped[Instant | None]
    queue: Mapped[str | None]
    rule: Mapped[int | None]
    why: Mapped[str | None]
    waited_ms: Mapped[int | None]
    waiting: Mapped[int | None]
    at_work: Mapped[int | None]
    to_queue: Mapped[str | None]
    to_department: Mapped[str | None]
    to_callback: Mapped[bool | None]
    expected_ms: Mapped[int | None]

    __table_args__ = (Index(None, "queue", "at"),)


class Callback(Base):
    """Calls back instead of waiting, counted apart from abandoned calls (B-2, 別紙4). The number is not here."""

    __tablename__ = "callbacks"

    call: Mapped[str] = _text_key()
    origin: Mapped[str | None] = mapped_column(index=True)
    queue: Mapped[str | None]
    place: Mapped[Instant | None]
    requested_at: Mapped[Instant | None] = mapped_column(index=True)
    expires_at: Mapped[Instant | None]
    ended_at: Mapped[Instant | None]
    result: Mapped[str | None]
    attempts: Mapped[int | None]
    by: Mapped[str | None]


class CallbackAttempt(Base):
    """``cause`` is null for the attempt that the citizen answered."""

    __tablename__ = "callback_attempts"

    call: Mapped[str] = _text_key()
    n: Mapped[int] = _number_key()
    attempt: Mapped[int | None]
    operator: Mapped[str | None]
    leg: Mapped[str | None]
    started_at: Mapped[Instant | None]
    ended_at: Mapped[Instant | None]
    cause: Mapped[str | None]
    next_at: Mapped[Instant | None]


class CallbackNumber(Base):
    """The vault: the only place where the number of a call-back is kept, and no longer than needed."""

    __tablename__ = "callback_numbers"

    call: Mapped[str] = _text_key()
    number: Mapped[str]
    forget_at: Mapped[Instant] = mapped_column(index=True)


class Offer(Base):
    __tablename__ = "offers"

    call: Mapped[str] = _text_key()
    n: Mapped[int] = _number_key()
    leg: Mapped[str | None]
    queue: Mapped[str | None]
    operator: Mapped[str | None]
    offered_at: Mapped[Instant | None]
    ended_at: Mapped[Instant | None]
    result: Mapped[str | None]
    waited_ms: Mapped[int | None]
    candidates: Mapped[Any | None] = mapped_column(JSONB(none_as_null=True))
    unfit: Mapped[Any | None] = mapped_column(JSONB(none_as_null=True))
    pulled_by: Mapped[str | None]
    preferred: Mapped[bool | None]
    picked_up_from: Mapped[str | None]

    __table_args__ = (Index(None, "operator", "offered_at"),)


class OperatorStay(Base):
    """The instant is part of the key: after the loss of a journal an operator's changes are numbered from 1 again."""

    __tablename__ = "operator_states"

    extension: Mapped[str] = _text_key()
    since: Mapped[Instant] = mapped_column(primary_key=True)
    n: Mapped[int] = _number_key()
    state: Mapped[str | None]
    reason: Mapped[str | None]
    kind: Mapped[str | None]
    previous: Mapped[str | None]
    call: Mapped[str | None]
    by: Mapped[str | None]

    __table_args__ = (Index(None, "since"), Index(None, "call"))


class Seat(Base):
    """An operator logged in at another telephone than before."""

    __tablename__ = "seats"

    extension: Mapped[str] = _text_key()
    n: Mapped[int] = _number_key()
    at: Mapped[Instant] = mapped_column(primary_key=True)
    telephone: Mapped[str | None]
    before: Mapped[str | None]
    by: Mapped[str | None]


class WrapUp(Base):
    """The time that an operator took after a call, and what ended it."""

    __tablename__ = "wrap_ups"

    call: Mapped[str] = _text_key()
    extension: Mapped[str] = _text_key()
    n: Mapped[int] = _number_key()
    kind: Mapped[str | None]
    how: Mapped[str | None]
    by: Mapped[str | None]
    reason: Mapped[str | None]
    started_at: Mapped[Instant | None]
    ended_at: Mapped[Instant | None]

    __table_args__ = (Index(None, "extension", "started_at"),)


class Handoff(Base):
    __tablename__ = "handoffs"

    call: Mapped[str] = _text_key()
    n: Mapped[int] = _number_key()
    operator: Mapped[str | None]
    department: Mapped[str | None]
    number: Mapped[str | None]
    leg: Mapped[str | None]
    direct: Mapped[bool | None]
    started_at: Mapped[Instant | None]
    answered_at: Mapped[Instant | None]
    ended_at: Mapped[Instant | None]
    result: Mapped[str | None]

    __table_args__ = (Index(None, "department", "started_at"),)


class Supervision(Base):
    """One stretch in which a supervisor heard one call in one way."""

    __tablename__ = "supervisions"

    supervision: Mapped[str] = _text_key()
    n: Mapped[int] = _number_key()
    call: Mapped[str | None] = mapped_column(index=True)
    supervisor: Mapped[str | None]
    operator: Mapped[str | None]
    kind: Mapped[str | None]
    follow: Mapped[bool | None]
    reason: Mapped[str | None]
    by: Mapped[str | None]
    started_at: Mapped[Instant | None]
    ended_at: Mapped[Instant | None]

    __table_args__ = (Index(None, "supervisor", "started_at"), Index(None, "operator", "started_at"))


class Text(Base):
    """A short text to operators."""

    __tablename__ = "texts"

    command: Mapped[str] = _text_key()
    at: Mapped[Instant | None] = mapped_column(index=True)
    by: Mapped[str | None]
    supervisor: Mapped[str | None]
    to: Mapped[Any | None] = mapped_column(JSONB(none_as_null=True))
    text: Mapped[str | None]


class Phone(Base):
    __tablename__ = "phones"

    endpoint: Mapped[str] = _text_key()
    at: Mapped[Instant] = mapped_column(primary_key=True)
    extension: Mapped[str | None]
    reachable: Mapped[bool | None]


class Command(Base):
    __tablename__ = "commands"

    id: Mapped[str] = _text_key()
    at: Mapped[Instant | None] = mapped_column(index=True)
    do: Mapped[str | None]
    by: Mapped[str | None]
    extension: Mapped[str | None]
    call: Mapped[str | None] = mapped_column(index=True)
    argument: Mapped[str | None]
    ok: Mapped[bool | None]
    message: Mapped[str | None]
    supervisor: Mapped[str | None]
    reason: Mapped[str | None]


class ModeSwitch(Base):
    """A mode somebody asked for: by whom, why, when it held, how it ended. ``began_at`` is null while it never held."""

    __tablename__ = "mode_switches"

    id: Mapped[str] = _text_key()
    mode: Mapped[str | None]
    previous: Mapped[str | None]
    by: Mapped[str | None]
    requested_by: Mapped[str | None]
    approved_by: Mapped[str | None]
    reason: Mapped[str | None]
    permitted_by: Mapped[str | None]
    permitted_at: Mapped[Instant | None]
    permitted_until: Mapped[Instant | None]
    asked_at: Mapped[Instant | None] = mapped_column(index=True)
    from_at: Mapped[Instant | None]
    until_at: Mapped[Instant | None]
    began_at: Mapped[Instant | None] = mapped_column(index=True)
    ended_at: Mapped[Instant | None]
    how: Mapped[str | None]
    end_by: Mapped[str | None]
    end_requested_by: Mapped[str | None]
    end_approved_by: Mapped[str | None]
    end_reason: Mapped[str | None]


class Notice(Base):
    """A short message to every caller; ``numbers`` empty: of every number."""

    __tablename__ = "notices"

    id: Mapped[str] = _text_key()
    text: Mapped[str | None]
    media: Mapped[str | None]
    numbers: Mapped[Any | None] = mapped_column(JSONB(none_as_null=True))
    by: Mapped[str | None]
    began_at: Mapped[Instant | None] = mapped_column(index=True)
    until_at: Mapped[Instant | None]
    ended_at: Mapped[Instant | None]
    how: Mapped[str | None]
    end_by: Mapped[str | None]


class NoticeHeard(Base):
    """A short message was said to a caller."""

    __tablename__ = "notices_heard"

    call: Mapped[str] = _text_key()
    n: Mapped[int] = _number_key()
    at: Mapped[Instant | None]
    notice: Mapped[str | None] = mapped_column(index=True)


class CallForwarding(Base):
    """A call was sent to a second site; the numbers tried there are rows of ``handoffs``."""

    __tablename__ = "call_forwardings"

    call: Mapped[str] = _text_key()
    n: Mapped[int] = _number_key()
    at: Mapped[Instant | None] = mapped_column(index=True)
    site: Mapped[str | None]
    why: Mapped[str | None]
    mode: Mapped[str | None]
    permitted_by: Mapped[str | None]


class OutsideRefusal(Base):
    """A number outside was not dialled, and why. ``number`` is masked."""

    __tablename__ = "outside_refusals"

    call: Mapped[str] = _text_key()
    n: Mapped[int] = _number_key()
    at: Mapped[Instant | None] = mapped_column(index=True)
    extension: Mapped[str | None]
    purpose: Mapped[str | None]
    kind: Mapped[str | None]
    number: Mapped[str | None]
    why: Mapped[str | None]

    __table_args__ = (Index(None, "extension", "at"),)


class Alarm(Base):
    """Something that somebody should look at: from when until when, and who looked first."""

    __tablename__ = "alarms"

    id: Mapped[str] = _text_key()
    kind: Mapped[str | None]
    about: Mapped[str | None]
    what: Mapped[str | None]
    raised_at: Mapped[Instant | None] = mapped_column(index=True)
    seen_by: Mapped[str | None]
    seen_at: Mapped[Instant | None]
    cleared_at: Mapped[Instant | None]


class Recording(Base):
    __tablename__ = "recordings"

    call: Mapped[str] = _text_key()
    segment: Mapped[int] = _number_key()
    kind: Mapped[str]
    operator: Mapped[str | None]
    department: Mapped[str | None]
    started_at: Mapped[Instant]
    duration_ms: Mapped[int]
    verdict: Mapped[str]
    lost_ms: Mapped[int]
    gap_ms: Mapped[int]
    file: Mapped[str | None]
    sha256: Mapped[str | None]
    bytes: Mapped[int | None]
    note: Mapped[str | None]
    indexed_at: Mapped[Instant]

    __table_args__ = (Index(None, "operator", "started_at"), Index(None, "started_at"))


class StoredFact(Base):
    """Every fact as it was stated. All other tables can be made again from this one."""

    __tablename__ = "facts"

    key: Mapped[str] = _text_key()
    at: Mapped[Instant]
    call: Mapped[str | None]
    type: Mapped[str]
    journal: Mapped[str]
    seq: Mapped[int]
    body: Mapped[Any] = mapped_column(JSONB)

    __table_args__ = (Index(None, "call", "at", "seq"),)


class Shipment(Base):
    """How far each journal has been taken in. Moves in the same transaction as the rows."""

    __tablename__ = "shipments"

    journal: Mapped[str] = _text_key()
    seq: Mapped[int]
    at: Mapped[Instant]
