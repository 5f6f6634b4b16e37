"""Questions to the records about the centre as a whole: modes and short messages."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from ctl.cms.models import ModeSwitch, Notice, NoticeHeard
from ctl.database.engine import answered


@dataclass(frozen=True, slots=True)
class SwitchRecord:
    """A mode somebody asked for. ``began_at`` is None for one that never held, ``ended_at`` for one that still does."""

    id: str
    mode: str | None
    requested_by: str | None
    approved_by: str | None
    reason: str | None
    by: str | None
    permitted_by: str | None
    permitted_at: datetime | None
    permitted_until: datetime | None
    asked_at: datetime | None
    from_at: datetime | None
    until_at: datetime | None
    began_at: datetime | None
    ended_at: datetime | None
    how: str | None
    end_by: str | None
    end_requested_by: str | None
    end_approved_by: str | None
    end_reason: str | None


@dataclass(frozen=True, slots=True)
class NoticeRecord:
    """A short message; ``heard``: how many callers it was said to."""

    id: str
    text: str | None
    numbers: list[str]
    by: str | None
    began_at: datetime | None
    until_at: datetime | None
    ended_at: datetime | None
    how: str | None
    end_by: str | None
    heard: int


class ConditionRecords:
    """Every method raises `DatabaseAway` when Postgres does not answer and `DatabaseUnprepared` without our tables."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def switches(self, most: int) -> list[SwitchRecord]:
        """The latest first."""
        names = tuple(SwitchRecord.__dataclass_fields__)
        columns = [ModeSwitch.__table__.columns[name] for name in names]
        wanted = select(*columns).order_by(ModeSwitch.asked_at.desc().nulls_last(), ModeSwitch.id).limit(most)
        with answered(self._engine.url):
            async with self._engine.connect() as connection:
                rows = (await connection.execute(wanted)).all()
        return [SwitchRecord(**row._mapping) for row in rows]

    async def notices(self, most: int) -> list[NoticeRecord]:
        """The latest first."""
        heard = select(func.count()).where(NoticeHeard.notice == Notice.id).scalar_subquery()
        wanted = (
            select(Notice, heard.label("heard")).order_by(Notice.began_at.desc().nulls_last(), Notice.id).limit(most)
        )
        with answered(self._engine.url):
            async with self._engine.connect() as connection:
                rows = (
                    await connection.execute(wanted.with_only_columns(*Notice.__table__.columns, heard.label("heard")))
                ).all()
        return [
            NoticeRecord(
                id=row.id,
                text=row.text,
                numbers=list(row.numbers or ()),
                by=row.by,
                began_at=row.began_at,
                until_at=row.until_at,
                ended_at=row.ended_at,
                how=row.how,
                end_by=row.end_by,
                heard=row.heard,
            )
            for row in rows
        ]
