"""The vault of call-back numbers: the only place in Postgres that holds them, and no longer than needed."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ctl.cms.models import CallbackNumber
from ctl.database.base import instant
from ctl.database.engine import answered
from ctl.switchboard.facts import CallbackEnded, CallbackRequested, Fact
from ctl.switchboard.ids import FORGOTTEN, Millis
from ctl.switchboard.kinds import CallbackResult

OWED = frozenset({CallbackResult.GAVE_UP, CallbackResult.EXPIRED, CallbackResult.NOT_ALLOWED})
"""The citizen was not reached, and somebody may want to try once more by hand: the number stays until it expires."""


async def note(connection: AsyncConnection, facts: Sequence[Fact]) -> None:
    """Take in the numbers of new call-backs, and forget those of call-backs that are done with."""
    taken = [
        {"call": fact.call, "number": fact.number, "forget_at": instant(fact.forget_at)}
        for fact in facts
        if isinstance(fact, CallbackRequested) and fact.number not in ("", FORGOTTEN)
    ]
    done = [fact.call for fact in facts if isinstance(fact, CallbackEnded) and fact.result not in OWED]
    if taken:
        await connection.execute(insert(CallbackNumber).values(taken).on_conflict_do_nothing())
    if done:
        await connection.execute(delete(CallbackNumber).where(CallbackNumber.call.in_(done)))


async def forget(engine: AsyncEngine, now: Millis) -> int:
    """Delete what has expired. Returns how many numbers that were."""
    with answered(engine.url):
        async with engine.begin() as connection:
            expired = await connection.execute(delete(CallbackNumber).where(CallbackNumber.forget_at <= instant(now)))
    return int(expired.rowcount)


async def held(engine: AsyncEngine) -> Sequence[tuple[str, str, datetime]]:
    """Call-back, number and the instant at which it is forgotten, the earliest first."""
    wanted = select(CallbackNumber.call, CallbackNumber.number, CallbackNumber.forget_at)
    with answered(engine.url):
        async with engine.connect() as connection:
            rows = await connection.execute(wanted.order_by(CallbackNumber.forget_at, CallbackNumber.call))
            return [(row.call, row.number, row.forget_at) for row in rows]
