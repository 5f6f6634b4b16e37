"""Questions to the records about alarms."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from ctl.cms.models import Alarm
from ctl.database.engine import answered


@dataclass(frozen=True, slots=True)
class AlarmRecord:
    """Something that somebody should look at. ``about``: a queue or an extension, None for the whole centre.

    ``what``: what was found when it was raised. ``cleared_at`` is None while it stands.
    """

    id: str
    kind: str | None
    about: str | None
    what: str | None
    raised_at: datetime | None
    seen_by: str | None
    seen_at: datetime | None
    cleared_at: datetime | None


async def alarms_between(engine: AsyncEngine, since: datetime, until: datetime, most: int) -> list[AlarmRecord]:
    """At most so many alarms that were raised from ``since`` on and before ``until``, the newest first.

    Raises `DatabaseAway` or `DatabaseUnprepared`.
    """
    raised = Alarm.raised_at.expression
    wanted = (
        select(Alarm.__table__)
        .where(raised >= since, raised < until)
        .order_by(raised.desc(), Alarm.id.desc())
        .limit(most)
    )
    with answered(engine.url):
        async with engine.connect() as connection:
            return [AlarmRecord(**row._mapping) for row in await connection.execute(wanted)]
