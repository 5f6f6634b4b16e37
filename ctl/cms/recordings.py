"""The index of recordings: which calls have talk segments without one, and what was made of them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from ctl.cms.models import Call, Recording, Segment
from ctl.database.base import instant, millis
from ctl.database.engine import answered
from ctl.switchboard.facts import CallKind, SegmentKind
from ctl.switchboard.ids import Millis

TALK = (SegmentKind.TALK, SegmentKind.THREE_WAY, SegmentKind.HANDED_OFF)
"""Segments in which the citizen talks with somebody."""


@dataclass(frozen=True, slots=True)
class TalkSegment:
    n: int
    kind: SegmentKind
    started_at: Millis
    ended_at: Millis
    operator: str | None
    department: str | None


@dataclass(frozen=True, slots=True)
class Uncut:
    """A call that has ended, with its talk segments that have no recording yet."""

    call: str
    kind: CallKind
    started_at: Millis
    ended_at: Millis
    talks: Sequence[TalkSegment]


async def uncut(engine: AsyncEngine, ended_after: datetime, ended_before: datetime, limit: int = 20) -> list[Uncut]:
    """Calls that ended between two instants and still have talk to cut, the oldest first."""
    cut = exists().where(Recording.call == Segment.call, Recording.segment == Segment.n)
    todo = (
        select(Segment.call)
        .join(Call, Call.id == Segment.call)
        .where(Call.ended_at >= ended_after, Call.ended_at < ended_before)
        .where(Call.started_at.is_not(None), Segment.kind.in_(TALK), ~cut)
        .where(Segment.started_at.is_not(None), Segment.ended_at.is_not(None))
        .group_by(Segment.call, Call.ended_at)
        .order_by(Call.ended_at)
        .limit(limit)
    )
    with answered(engine.url):
        async with engine.connect() as connection:
            ids = (await connection.scalars(todo)).all()
            calls = (await connection.execute(select(Call.__table__).where(Call.id.in_(ids)))).all()
            wanted = (
                select(Segment.__table__)
                .where(Segment.call.in_(ids), Segment.kind.in_(TALK), ~cut)
                .order_by(Segment.call, Segment.n)
            )
            talks: defaultdict[str, list[TalkSegment]] = defaultdict(list)
            for row in await connection.execute(wanted):
                talks[row.call].append(
                    TalkSegment(
                        row.n,
                        SegmentKind(row.kind),
                        millis(row.started_at),
                        millis(row.ended_at),
                        row.operator,
                        row.department,
                    )
                )
    made = [Uncut(c.id, CallKind(c.kind), millis(c.started_at), millis(c.ended_at), talks[c.id]) for c in calls]
    return sorted(made, key=lambda one: (one.ended_at, one.call))


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
