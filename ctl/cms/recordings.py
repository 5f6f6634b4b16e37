"""The index of recordings: which calls have talk without one, where its sound lies, and what was made of it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ctl.cms.models import Call, Handoff, Leg, Recording, Segment
from ctl.database.base import instant, millis
from ctl.database.engine import answered
from ctl.switchboard.floor import SERVED
from ctl.switchboard.ids import Millis
from ctl.switchboard.kinds import CallKind, LegRole, SegmentKind

WITH_CITIZEN = (SegmentKind.TALK, SegmentKind.THREE_WAY, SegmentKind.HANDED_OFF)
"""Segments in which the citizen talks with somebody."""


@dataclass(frozen=True, slots=True)
class DepartmentLeg:
    """A leg that answered and is recorded apart from the call's first leg: a department's, or a citizen's called back."""

    leg: str
    answered_at: Millis


@dataclass(frozen=True, slots=True)
class TalkSegment:
    """``on``: the leg whose recording holds it, None for the call's first leg. A consultation starts at the answer."""

    n: int
    kind: SegmentKind
    started_at: Millis
    ended_at: Millis
    operator: str | None
    department: str | None
    on: DepartmentLeg | None = None


@dataclass(frozen=True, slots=True)
class Uncut:
    """A call that has ended, with its talk segments that have no recording yet."""

    call: str
    kind: CallKind
    started_at: Millis
    ended_at: Millis
    talks: Sequence[TalkSegment]


def _answered_during() -> ColumnElement[bool]:
    """A department that was consulted had answered, and was there in this segment. While it rings nobody talks."""
    return exists().where(
        Handoff.call == Segment.call,
        Handoff.direct.is_(False),
        Handoff.answered_at < Segment.ended_at,
        or_(Handoff.ended_at.is_(None), Handoff.ended_at > Segment.started_at),
    )


def _to_be_cut() -> ColumnElement[bool]:
    cut = exists().where(Recording.call == Segment.call, Recording.segment == Segment.n)
    talked = Segment.kind.in_(WITH_CITIZEN)
    consulted = and_(Segment.kind == SegmentKind.CONSULT, _answered_during())
    return and_(or_(talked, consulted), Segment.started_at.is_not(None), Segment.ended_at.is_not(None), ~cut)


async def uncut(engine: AsyncEngine, ended_after: datetime, ended_before: datetime, limit: int = 20) -> list[Uncut]:
    """Calls that ended between two instants and still have talk to cut, the oldest first."""
    todo = (
        select(Segment.call)
        .join(Call, Call.id == Segment.call)
        .where(Call.ended_at >= ended_after, Call.ended_at < ended_before)
        .where(Call.started_at.is_not(None), _to_be_cut())
        .group_by(Segment.call, Call.ended_at)
        .order_by(Call.ended_at)
        .limit(limit)
    )
    with answered(engine.url):
        async with engine.connect() as connection:
            ids = (await connection.scalars(todo)).all()
            calls = (await connection.execute(select(Call.__table__).where(Call.id.in_(ids)))).all()
            kinds = {call.id: CallKind(call.kind) for call in calls}
            talks = await _talks(connection, kinds)
    made = [Uncut(c.id, kinds[c.id], millis(c.started_at), millis(c.ended_at), talks[c.id]) for c in calls]
    return sorted(made, key=lambda one: (one.ended_at, one.call))


async def _talks(connection: AsyncConnection, kinds: Mapping[str, CallKind]) -> Mapping[str, Sequence[TalkSegment]]:
    departments: defaultdict[str, list[DepartmentLeg]] = defaultdict(list)
    picked_up = (
        select(Handoff.call, Handoff.leg, Handoff.answered_at)
        .where(Handoff.call.in_(kinds), Handoff.leg.is_not(None), Handoff.answered_at.is_not(None))
        .order_by(Handoff.answered_at)
    )
    for row in await connection.execute(picked_up):
        departments[row.call].append(DepartmentLeg(row.leg, millis(row.answered_at)))
    citizens = await _citizens_called_back(connection, kinds)
    talks: defaultdict[str, list[TalkSegment]] = defaultdict(list)
    wanted = select(Segment.__table__).where(Segment.call.in_(kinds), _to_be_cut()).order_by(Segment.call, Segment.n)
    for row in await connection.execute(wanted):
        talk = _talk(row, kinds[row.call], departments[row.call])
        if talk.on is None and row.call in citizens:
            talk = replace(talk, on=citizens[row.call])
        talks[row.call].append(talk)
    return talks


async def _citizens_called_back(
    connection: AsyncConnection, kinds: Mapping[str, CallKind]
) -> Mapping[str, DepartmentLeg]:
    """Of a call-back the leg of the citizen who answered holds all talk: there is no first leg of a dialplan."""
    backs = [call for call, kind in kinds.items() if kind is CallKind.CALLBACK]
    reached = (
        select(Leg.call, Leg.id, Leg.answered_at)
        .where(Leg.call.in_(backs), Leg.role == LegRole.CITIZEN, Leg.answered_at.is_not(None))
        .order_by(Leg.answered_at)  # who answered as an attempt was given up came before the one who talked
    )
    rows = (await connection.execute(reached)).all() if backs else []
    return {row.call: DepartmentLeg(row.id, millis(row.answered_at)) for row in rows}


def _talk(row: Any, kind: CallKind, departments: Sequence[DepartmentLeg]) -> TalkSegment:
    segment = SegmentKind(row.kind)
    started_at, ended_at = millis(row.started_at), millis(row.ended_at)
    on = None
    if segment is SegmentKind.CONSULT:
        on = max((one for one in departments if one.answered_at < ended_at), key=_answer)
        started_at = max(started_at, on.answered_at)  # whose operator was relieved during it had answered before
    elif segment is SegmentKind.HANDED_OFF and kind not in SERVED:
        # The call's first leg was the operator's, who is gone.
        on = max((one for one in departments if one.answered_at <= started_at), key=_answer, default=None)
    return TalkSegment(row.n, segment, started_at, ended_at, row.operator, row.department, on)


def _answer(one: DepartmentLeg) -> Millis:
    return one.answered_at


async def index(engine: AsyncEngine, recordings: Sequence[Mapping[str, Any]], now: Millis) -> None:
    """Note what was made of talk segments (columns of `models.Recording`). Noting it again replaces it."""
    if not recordings:
        return
    statement = insert(Recording).values([{**one, "indexed_at": instant(now)} for one in recordings])
    keys = [Recording.call, Recording.segment]
    changed = {c.name: statement.excluded[c.name] for c in Recording.__table__.columns if not c.primary_key}
    with answered(engine.url):
        async with engine.begin() as connection:
            await connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed))
