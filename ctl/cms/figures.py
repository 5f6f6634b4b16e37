"""The figures of a call, from its segments. docs/data.md defines them in words.

They stand in the call's own row, so that a list can be sorted by them (docs/decisions say why), and are computed anew from
all segments of a call whenever one of them arrives: the order of arrival makes no difference. A new definition needs a
migration that runs `refigure` for every call.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, cast, extract, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from ctl.cms.models import Call, Segment
from ctl.switchboard.kinds import SegmentKind


def lasted_ms(start: ColumnElement[Any], end: ColumnElement[Any]) -> ColumnElement[int]:
    """The milliseconds between two instants, 0 when one is missing. Exact: ``extract`` from an interval is numeric."""
    return cast(func.coalesce(func.round(extract("epoch", end - start) * 1000), 0), BigInteger)


def _spent(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
    """Milliseconds in the segments of a group that fit."""
    lasted = lasted_ms(Segment.started_at.expression, Segment.ended_at.expression)
    return cast(func.coalesce(func.sum(lasted).filter(*conditions), 0), BigInteger)


FIGURES = {
    # Waiting for a department is not waiting for an operator.
    "wait_ms": _spent(Segment.kind == SegmentKind.WAIT, Segment.department.is_(None)),
    "talk_ms": _spent(Segment.kind.in_((SegmentKind.TALK, SegmentKind.THREE_WAY))),
    "hold_ms": _spent(Segment.kind == SegmentKind.HOLD),
}


async def refigure(connection: AsyncConnection, calls: Collection[str]) -> None:
    """Compute the figures of these calls. One whose beginning has not arrived gets its row already."""
    if not calls:
        return
    # In the order of their ids, so that two who write at once lock rows in the same order.
    figured = select(Segment.call, *FIGURES.values()).where(Segment.call.in_(calls)).group_by(Segment.call)
    statement = insert(Call).from_select(["id", *FIGURES], figured.order_by(Segment.call))
    anew = {name: statement.excluded[name] for name in FIGURES}
    await connection.execute(statement.on_conflict_do_update(index_elements=[Call.id], set_=anew))
