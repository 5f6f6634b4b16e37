"""Questions to the records."""

import json
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Executable, Row, Select, case, func, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ctl.cms.figures import FIGURES, lasted_ms
from ctl.cms.models import Call, Handoff, Leg, Recording, StoredFact
from ctl.cms.records import (
    CITIZEN_IS_CALLED,
    CallQuery,
    CallRecord,
    Column,
    HandoffRecord,
    Page,
    RecordingRecord,
    Story,
    Within,
)
from ctl.database.engine import answered
from ctl.journal.codec import FACTS

COLUMNS: dict[Column, ColumnElement[Any]] = {
    "started_at": Call.started_at.expression,
    "wait_ms": Call.wait_ms.expression,
    "talk_ms": Call.talk_ms.expression,
    "hold_ms": Call.hold_ms.expression,
    "outcome": Call.outcome.expression,
    "operator": Call.operator.expression,
    "queue": Call.queue.expression,
    "called": Call.called.expression,
}
BEGUN = select(Call.__table__).where(Call.started_at.is_not(None))
"""Calls whose beginning has been told; one of which only a later fact has arrived is not shown yet."""
NEVER_EMPTY = {"started_at", *FIGURES}


class Records:
    """Every method raises `DatabaseAway` when Postgres does not answer and `DatabaseUnprepared` without our tables."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def ping(self) -> None:
        """Whether Postgres answers and holds our tables."""
        with answered(self._engine.url):
            async with self._engine.connect() as connection:
                await connection.execute(select(literal(1)).select_from(Call).limit(1))

    async def calls(self, wanted: CallQuery) -> Page:
        """One page of the calls that fit."""
        with answered(self._engine.url):
            async with self._engine.connect() as connection:
                rows = (await connection.execute(page_of(wanted))).all()
                counted = _fitting(wanted).with_only_columns(func.count(), maintain_column_froms=True)
                total = await connection.scalar(counted)
                return Page(await _with_details(connection, rows), total or 0)

    async def story(self, call: str) -> Story | None:
        """One call and everything that was stated about it; None when nothing is known of it."""
        told = (
            select(StoredFact.body)
            .where(StoredFact.call == call)
            .order_by(StoredFact.at, StoredFact.journal, StoredFact.seq)
        )
        with answered(self._engine.url):
            async with self._engine.connect() as connection:
                rows = (await connection.execute(BEGUN.where(Call.id == call))).all()
                if not rows:
                    return None
                (record,) = await _with_details(connection, rows)
                bodies = (await connection.scalars(told)).all()
        return Story(record, [FACTS.decode_fact(json.dumps(body)) for body in bodies])

    async def recording(self, call: str, segment: int) -> RecordingRecord | None:
        """The sound of one talk segment; None when it was not cut (yet)."""
        wanted = select(Recording.__table__).where(Recording.call == call, Recording.segment == segment)
        with answered(self._engine.url):
            async with self._engine.connect() as connection:
                row = (await connection.execute(wanted)).one_or_none()
        return _recording(row) if row else None


def page_of(wanted: CallQuery) -> Select[Any]:
    """The calls of one page, in their order."""
    column = COLUMNS[wanted.sort]
    if wanted.sort == "called" and wanted.hides_numbers:
        column = case((_number_known(wanted), column))
    ordered = column.desc() if wanted.descending else column.asc()
    if wanted.sort not in NEVER_EMPTY:  # "nulls last" would keep Postgres from reading the index backwards
        ordered = ordered.nulls_last()
    # The id settles equal ones, so that no call is on two pages.
    tie = Call.id.desc() if wanted.descending else Call.id.asc()
    return _fitting(wanted).order_by(ordered, tie).limit(wanted.limit).offset(wanted.offset)


def _fitting(wanted: CallQuery) -> Select[Any]:
    fitting = BEGUN
    if wanted.since is not None:
        fitting = fitting.where(Call.started_at >= wanted.since)
    if wanted.until is not None:
        fitting = fitting.where(Call.started_at < wanted.until)
    for column, value in (
        (Call.kind, wanted.kind),
        (Call.outcome, wanted.outcome),
        (Call.queue, wanted.queue),
        (Call.operator, wanted.operator),
        (Call.called, wanted.called),
    ):
        if value is not None:
            fitting = fitting.where(column == value)
    if wanted.called is not None and wanted.hides_numbers:
        fitting = fitting.where(_number_known(wanted))
    if wanted.within is not None:
        fitting = fitting.where(_among(wanted.within))
    return fitting


def _number_known(wanted: CallQuery) -> ColumnElement[bool]:
    """Whether the number that was called is ours, or one that may be known."""
    ours = Call.kind.not_in(CITIZEN_IS_CALLED)
    return ours if wanted.numbers is None else ours | _among(wanted.numbers)


def _among(some: Within) -> ColumnElement[bool]:
    return Call.operator.in_(some.operators) | Call.queue.in_(some.queues)


async def _with_details(connection: AsyncConnection, rows: Sequence[Row[Any]]) -> list[CallRecord]:
    ids = [row.id for row in rows]
    handoffs: defaultdict[str, list[HandoffRecord]] = defaultdict(list)
    recordings: defaultdict[str, list[RecordingRecord]] = defaultdict(list)
    for row in await connection.execute(_handoffs_of(ids)):
        record = HandoffRecord(row.department, row.number, row.result, row.consult_ms, row.outside_ms)
        handoffs[row.call].append(record)
    cut = select(Recording.__table__).where(Recording.call.in_(ids)).order_by(Recording.call, Recording.segment)
    for row in await connection.execute(cut):
        recordings[row.call].append(_recording(row))
    return [_call(row, handoffs[row.id], recordings[row.id]) for row in rows]


def _handoffs_of(ids: Sequence[str]) -> Executable:
    return (
        select(
            Handoff.call,
            Handoff.department,
            Handoff.number,
            Handoff.result,
            lasted_ms(Handoff.started_at.expression, Handoff.ended_at.expression).label("consult_ms"),
            lasted_ms(Leg.answered_at.expression, Leg.ended_at.expression).label("outside_ms"),
        )
        .join(Leg, Leg.id == Handoff.leg, isouter=True)
        .where(Handoff.call.in_(ids))
        .order_by(Handoff.call, Handoff.n)
    )


def _recording(row: Row[Any]) -> RecordingRecord:
    return RecordingRecord(
        segment=row.segment,
        kind=row.kind,
        operator=row.operator,
        department=row.department,
        started_at=row.started_at,
        seconds=row.duration_ms / 1000,
        verdict=row.verdict,
        lost_ms=row.lost_ms,
        gap_ms=row.gap_ms,
        file=row.file,
        sha256=row.sha256,
        bytes=row.bytes,
    )


def _call(row: Row[Any], handoffs: list[HandoffRecord], recordings: list[RecordingRecord]) -> CallRecord:
    return CallRecord(
        id=row.id,
        kind=row.kind,
        started_at=row.started_at,
        ended_at=row.ended_at,
        called=row.called,
        caller=row.caller,
        service=row.service,
        menu=row.menu,
        queue=row.queue,
        operator=row.operator,
        outcome=row.outcome,
        ended_by=row.ended_by,
        wait_ms=row.wait_ms,
        talk_ms=row.talk_ms,
        hold_ms=row.hold_ms,
        handoffs=handoffs,
        recordings=recordings,
    )
