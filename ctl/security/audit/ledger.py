"""Writing to the audit trail: into Postgres when it is there, else into the spool, and never twice."""

import asyncio
import logging
import time
import uuid
from collections.abc import Sequence

from sqlalchemy import insert, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ctl.database.engine import DatabaseAway, DatabaseUnprepared, answered, engine_of
from ctl.secrets import Secrets
from ctl.security.audit.chain import BEGINNING, Chain
from ctl.security.audit.entry import Entry, Kept, keep
from ctl.security.audit.models import AuditEntry
from ctl.security.audit.rows import columns
from ctl.security.audit.spool import Spool
from ctl.settings import Settings

log = logging.getLogger(__name__)

LOCK = 7_464_732_003
"""Whoever adds to the chain holds it until the end of his transaction: there is one chain, and it has one end."""
AWAY_REST_S = 5.0
"""Postgres is not asked again for so long after it did not answer: those who wait for us wait once."""
PORTION = 500
"""Entries of the spool that are chained in one transaction."""


class Ledger:
    """The audit trail of a centre."""

    def __init__(self, engine: AsyncEngine, chain: Chain, spool: Spool) -> None:
        self.engine = engine
        self.chain = chain
        self.spool = spool
        self._away_until = 0.0

    @classmethod
    def of(cls, settings: Settings, engine: AsyncEngine | None = None) -> "Ledger":
        return cls(engine or engine_of(settings), Chain.of(Secrets.of(settings)), Spool.of(settings))

    async def note(self, entry: Entry, connection: AsyncConnection | None = None) -> None:
        """Keep an entry: for good when this returns, or with the transaction of ``connection``.

        In a transaction do it last: others who want to add something wait for its end. It must be READ COMMITTED.
        Without one this never raises: an entry that can be kept nowhere is told to the log, whole.
        """
        kept = keep(entry, uuid.uuid4().hex)
        if connection is not None:
            await self._add(connection, [kept])
            return
        if time.monotonic() >= self._away_until and not self.spool.waiting() and await self._chained([kept]):
            return
        try:
            await asyncio.to_thread(self.spool.add, kept)
        except OSError as error:
            log.critical("an entry of the audit trail can be kept nowhere (%s): %s", error, kept)
            return
        if time.monotonic() >= self._away_until:
            await self.catch_up()

    async def catch_up(self) -> int:
        """Chain what waits in the spool. Returns how many entries there were; none while Postgres is away."""
        done = 0
        while waiting := (await asyncio.to_thread(self.spool.waiting))[:PORTION]:
            entries = await asyncio.to_thread(lambda paths: list(self.spool.read(paths)), waiting)
            if not await self._chained(entries):
                break
            await asyncio.to_thread(self.spool.give_up, waiting)
            done += len(entries)
        return done

    async def _chained(self, entries: Sequence[Kept]) -> bool:
        try:
            with answered(self.engine.url):
                async with self.engine.begin() as connection:
                    await self._add(connection, entries)
        except (DatabaseAway, DatabaseUnprepared) as error:
            log.warning("entries of the audit trail wait in %s: %s", self.spool.folder, error)
            self._away_until = time.monotonic() + AWAY_REST_S
            return False
        except SQLAlchemyError:
            log.exception("entries of the audit trail were not taken; they wait in %s", self.spool.folder)
            self._away_until = time.monotonic() + AWAY_REST_S
            return False
        return True

    async def _add(self, connection: AsyncConnection, entries: Sequence[Kept]) -> None:
        """Those that are not there yet, at the end."""
        await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        ids = [kept.id for kept in entries]
        known = set(await connection.scalars(select(AuditEntry.id).where(AuditEntry.id.in_(ids))))
        last = (
            await connection.execute(select(AuditEntry.seq, AuditEntry.hash).order_by(AuditEntry.seq.desc()).limit(1))
        ).first()
        seq, seal = (last.seq, last.hash) if last is not None else (0, BEGINNING)
        rows = []
        for kept in entries:
            if kept.id not in known:
                row = self.chain.link(kept, seq + 1, seal)
                seq, seal = row.seq, row.hash
                rows.append(columns(row))
        if rows:
            await connection.execute(insert(AuditEntry), rows)
