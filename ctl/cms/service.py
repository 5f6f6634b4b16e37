"""The service level of any stretch of time, computed afterwards from Postgres: `ctl.kpi` in SQL.

It agrees with what was shown live, to the call (tests/property/test_service.py).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, Subquery, and_, case, func, select, true
from sqlalchemy.ext.asyncio import AsyncEngine

from ctl.cms.figures import lasted_ms
from ctl.cms.models import Call, Offer, QueueEntry, QueueOverflow
from ctl.database.engine import answered
from ctl.kpi.definitions import SERVICE_LEVEL, ServiceLevel
from ctl.kpi.windows import Count, Key
from ctl.switchboard.ids import QueueName
from ctl.switchboard.kinds import CallKind, OfferResult


async def service_between(
    engine: AsyncEngine, after: datetime, until: datetime, definition: ServiceLevel = SERVICE_LEVEL
) -> Mapping[Key, Count]:
    """Counts of the waits that ended after ``after`` and not after ``until``, by queue and in all (None).

    Raises `DatabaseAway` or `DatabaseUnprepared`.
    """
    with answered(engine.url):
        async with engine.connect() as connection:
            rows = (await connection.execute(_counted(after, until, definition))).all()
    counts: dict[Key, Count] = {}
    for row in rows:
        count = Count(row.offered, row.answered, row.within, row.abandoned, row.turned_away)
        queue = () if row.queue is None else (QueueName(row.queue),)
        for key in (*queue, *(() if row.exempt else (None,))):
            counts[key] = counts.get(key, Count()) + count
    return counts


def _counted(after: datetime, until: datetime, definition: ServiceLevel) -> Select[Any]:
    wait = _waits(after, until, definition)
    ended = wait.c.ended_at
    return (
        select(
            wait.c.queue,
            wait.c.exempt,
            func.count().label("offered"),
            func.count().filter(wait.c.answered).label("answered"),
            func.count().filter(wait.c.waited_ms <= definition.threshold_ms).label("within"),
            func.count().filter(wait.c.abandoned).label("abandoned"),
            func.count().filter(wait.c.turned_away).label("turned_away"),
        )
        .where(wait.c.queue.is_not(None) | wait.c.turned_away, ended > after, ended <= until)
        .group_by(wait.c.queue, wait.c.exempt)
    )


def _waits(after: datetime, until: datetime, definition: ServiceLevel) -> Subquery:
    """One row for each citizen's call whose wait may have ended in the stretch. ``waited_ms``: of answered ones."""
    first = _first_entry()
    answer = _first_answer()
    overflow = _last_overflow()
    answered_by_us: ColumnElement[bool] = answer.c.ended_at.is_not(None)
    waited_in = func.coalesce(first.c.queue, Call.queue)
    turned_away = and_(waited_in.is_(None), Call.outcome.in_(definition.turned_away))
    return (
        select(
            func.coalesce(waited_in, case((turned_away, overflow.c.queue))).label("queue"),
            func.coalesce(answer.c.ended_at, Call.ended_at).label("ended_at"),
            Call.called.in_(definition.exempt).label("exempt"),
            (answered_by_us | Call.outcome.in_(definition.answered_elsewhere)).label("answered"),
            case((answered_by_us, _waited_ms(first, answer, definition))).label("waited_ms"),
            and_(~answered_by_us, Call.outcome.in_(definition.abandoned)).label("abandoned"),
            turned_away.label("turned_away"),
        )
        .join_from(Call, first, true(), isouter=True)
        .join(answer, true(), isouter=True)
        .join(overflow, true(), isouter=True)
        .where(
            Call.kind == CallKind.INBOUND,
            Call.started_at <= until,
            Call.ended_at.is_(None) | (Call.ended_at > after),
        )
        .subquery()
    )


def _waited_ms(first: FromClause, answer: FromClause, definition: ServiceLevel) -> ColumnElement[Any]:
    """From the place to the answer; of a place older than the call as `ctl.kpi.waits` says."""
    since_place: ColumnElement[Any] = answer.c.waited_ms
    if not definition.on_the_line:
        return since_place
    began_at = case((first.c.menu.is_not(None), first.c.entered_at), else_=Call.started_at)
    older = since_place > lasted_ms(Call.started_at.expression, answer.c.ended_at)
    return case((older, lasted_ms(began_at, answer.c.ended_at)), else_=since_place)


def _first_entry() -> FromClause:
    of_call = select(QueueEntry.queue, QueueEntry.menu, QueueEntry.entered_at).where(QueueEntry.call == Call.id)
    return of_call.order_by(QueueEntry.n).limit(1).lateral()


def _first_answer() -> FromClause:
    waited = Offer.waited_ms + lasted_ms(Offer.offered_at.expression, Offer.ended_at.expression)
    of_call = select(Offer.ended_at, waited.label("waited_ms")).where(
        Offer.call == Call.id, Offer.result == OfferResult.ANSWERED
    )
    return of_call.order_by(Offer.n).limit(1).lateral()


def _last_overflow() -> FromClause:
    of_call = select(QueueOverflow.queue).where(QueueOverflow.call == Call.id)
    return of_call.order_by(QueueOverflow.n.desc()).limit(1).lateral()
