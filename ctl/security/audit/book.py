"""The audit trail as the screens have it: to write and to read, in Postgres or, for tests, in memory."""

import uuid
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from ctl.security.audit.chain import BEGINNING, Chain
from ctl.security.audit.entry import Entry, Row, keep
from ctl.security.audit.ledger import Ledger
from ctl.security.audit.trail import AuditQuery, Found, Trail


class Book(Protocol):
    """Writing never raises; reading raises `DatabaseAway` or `DatabaseUnprepared`."""

    async def note(self, entry: Entry, connection: AsyncConnection | None = None) -> None: ...
    async def find(self, wanted: AuditQuery) -> Found: ...
    async def actions(self) -> Sequence[str]: ...
    def each(self, wanted: AuditQuery | None = None) -> AsyncIterator[Row]: ...


class PostgresBook(Trail):
    """The one of a centre."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(ledger.engine)
        self._ledger = ledger

    async def note(self, entry: Entry, connection: AsyncConnection | None = None) -> None:
        await self._ledger.note(entry, connection)


class MemoryBook:
    """One that ends with the process."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self._chain = Chain(b"in memory")

    async def note(self, entry: Entry, connection: AsyncConnection | None = None) -> None:
        previous = self.rows[-1].hash if self.rows else BEGINNING
        self.rows.append(self._chain.link(keep(entry, uuid.uuid4().hex), len(self.rows) + 1, previous))

    async def find(self, wanted: AuditQuery) -> Found:
        fitting = [row for row in self.rows if _fits(row, wanted)]
        ordered = sorted(fitting, key=lambda row: (_value(row, wanted.sort), row.seq), reverse=wanted.descending)
        return Found(ordered[wanted.offset :][: wanted.limit], len(fitting))

    async def actions(self) -> Sequence[str]:
        return sorted({row.kept.action for row in self.rows})

    async def each(self, wanted: AuditQuery | None = None) -> AsyncIterator[Row]:
        for row in self.rows:
            if _fits(row, wanted or AuditQuery()):
                yield row


def _fits(row: Row, wanted: AuditQuery) -> bool:
    kept, at = row.kept, datetime.fromisoformat(row.kept.at)
    action = wanted.action
    return (
        (wanted.since is None or at >= wanted.since)
        and (wanted.until is None or at < wanted.until)
        and (wanted.who is None or kept.who == wanted.who)
        and (wanted.outcome is None or kept.outcome == wanted.outcome)
        and (action is None or (kept.action.startswith(action) if action.endswith(".") else kept.action == action))
    )


def _value(row: Row, column: str) -> object:
    return row.seq if column == "seq" else getattr(row.kept, column)
