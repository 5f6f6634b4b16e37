"""Reading the audit trail: what fits a question, everything in order, and whether it is sound."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from ctl.database.engine import answered
from ctl.security.audit.chain import Chain
from ctl.security.audit.entry import Row
from ctl.security.audit.heads import Heads
from ctl.security.audit.models import AuditEntry
from ctl.security.audit.rows import row_of
from ctl.security.audit.verifying import Verdict, verify

Column = Literal["seq", "at", "who", "action", "subject", "outcome"]
COLUMNS: dict[Column, ColumnElement[Any]] = {
    "seq": AuditEntry.seq.expression,
    "at": AuditEntry.at.expression,
    "who": AuditEntry.who.expression,
    "action": AuditEntry.action.expression,
    "subject": AuditEntry.subject.expression,
    "outcome": AuditEntry.outcome.expression,
}
PORTION = 1000
"""Rows that are fetched at a time."""


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """What fits: ``since`` and later, before ``until``. ``action``: a whole name, or ``noun.`` for all of a noun."""

    since: datetime | None = None
    until: datetime | None = None
    who: str | None = None
    action: str | None = None
    outcome: str | None = None
    sort: Column = "seq"
    descending: bool = True
    limit: int = 50
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """One page, and how many fit altogether."""

    rows: Sequence[Row]
    total: int


class Trail:
    """Every method raises `DatabaseAway` or `DatabaseUnprepared`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def find(self, wanted: AuditQuery) -> Found:
        """One page of the entries that fit."""
        fitting = _fitting(wanted)
        column = COLUMNS[wanted.sort]
        order = column.desc() if wanted.descending else column.asc()
        page = fitting.order_by(order, AuditEntry.seq.desc()).limit(wanted.limit).offset(wanted.offset)
        with answered(self._engine.url):
            async with self._engine.connect() as connection:
                rows = (await connection.execute(page)).mappings().all()
                total = await connection.scalar(select(func.count()).select_from(fitting.subquery()))
        return Found([row_of(row) for row in rows], total or 0)

    async def actions(self) -> Sequence[str]:
        """Every action that was ever noted."""
        with answered(self._engine.url):
            async with self._engine.connect() as connection:
                told = await connection.scalars(select(AuditEntry.action).distinct().order_by(AuditEntry.action))
                return told.all()

    async def each(self, wanted: AuditQuery | None = None) -> AsyncIterator[Row]:
        """All that fit, in the order of the chain, however many."""
        fitting = _fitting(wanted or AuditQuery()).order_by(AuditEntry.seq)
        with answered(self._engine.url):
            async with self._engine.connect() as connection:
                streamed = await connection.stream(fitting, execution_options={"yield_per": PORTION})
                async for row in streamed.mappings():
                    yield row_of(row)

    async def after(self, seq: int, most: int) -> AsyncIterator[Row]:
        """The next entries behind number ``seq``, at most so many."""
        following = select(AuditEntry.__table__).where(AuditEntry.seq > seq).order_by(AuditEntry.seq).limit(most)
        with answered(self._engine.url):
            async with self._engine.connect() as connection:
                rows = (await connection.execute(following)).mappings().all()
        for row in rows:
            yield row_of(row)

    async def newest(self) -> tuple[int, str] | None:
        """Number and seal of the last entry."""
        last = select(AuditEntry.seq, AuditEntry.hash).order_by(AuditEntry.seq.desc()).limit(1)
        with answered(self._engine.url):
            async with self._engine.connect() as connection:
                row = (await connection.execute(last)).first()
        return (row.seq, row.hash) if row is not None else None

    async def verified(self, chain: Chain, heads: Heads) -> Verdict:
        """Whether all of it is what was written."""
        # Heads first: one that is written meanwhile may be of an entry that the walk does not see.
        return await verify(self.each(), list(heads.read()), chain)


def _fitting(wanted: AuditQuery) -> Select[tuple[object, ...]]:
    chosen: Select[tuple[object, ...]] = select(AuditEntry.__table__)
    if wanted.since is not None:
        chosen = chosen.where(AuditEntry.at >= wanted.since)
    if wanted.until is not None:
        chosen = chosen.where(AuditEntry.at < wanted.until)
    if wanted.who is not None:
        chosen = chosen.where(AuditEntry.who == wanted.who)
    if wanted.outcome is not None:
        chosen = chosen.where(AuditEntry.outcome == wanted.outcome)
    if wanted.action is not None:
        whole = not wanted.action.endswith(".")
        fits = (
            AuditEntry.action == wanted.action
            if whole
            else AuditEntry.action.startswith(wanted.action, autoescape=True)
        )
        chosen = chosen.where(fits)
    return chosen
