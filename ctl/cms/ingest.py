"""Takes facts into Postgres: exactly once, whatever is sent twice."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import TextClause, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ctl.cms import numbers
from ctl.cms.figures import refigure
from ctl.cms.models import Shipment, StoredFact
from ctl.cms.shape import key_of, merged, row_of
from ctl.database.base import Base, instant
from ctl.database.engine import answered
from ctl.journal.codec import FACTS, call_of
from ctl.journal.shipper import Shipped
from ctl.switchboard.facts import CallbackRequested, SegmentEnded
from ctl.switchboard.ids import Millis, Private
from ctl.switchboard.records import replace


class Ingest:
    """The shipper's other end. Raises `DatabaseAway` or `DatabaseUnprepared`: nothing was taken then."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def position(self, journal: str) -> int:
        """How far ``journal`` has been taken in."""
        with answered(self._engine.url):
            async with self._engine.connect() as connection:
                found = await connection.scalar(select(Shipment.seq).where(Shipment.journal == journal))
        return found or 0

    async def take(self, journal: str, after: int, upto: int, facts: Sequence[Shipped], now: Millis) -> int:
        """Take what follows ``after`` up to ``upto``, in one transaction with the new position.

        Returns the position: ``upto``, or another one when somebody else has shipped meanwhile and nothing was taken.
        """
        with answered(self._engine.url):
            async with self._engine.begin() as connection:
                position = await _lock_position(connection, journal, now)
                if position != after:
                    return position
                await _store(connection, journal, facts)
                moved = {"seq": upto, "at": instant(now)}
                await connection.execute(update(Shipment).where(Shipment.journal == journal).values(moved))
        return upto


async def _lock_position(connection: AsyncConnection, journal: str, now: Millis) -> int:
    """Hold the journal's line until the transaction ends, so that two shippers take turns."""
    begun = insert(Shipment).values(journal=journal, seq=0, at=instant(now)).on_conflict_do_nothing()
    await connection.execute(begun)
    line = select(Shipment.seq).where(Shipment.journal == journal).with_for_update()
    return int(await connection.scalar(line) or 0)


async def _store(connection: AsyncConnection, journal: str, facts: Sequence[Shipped]) -> None:
    facts = [_storable(one) for one in facts]
    stored = {
        (key := key_of(one.fact)): {
            "key": key,
            "at": instant(one.fact.at),
            "call": call_of(one.fact),
            "type": type(one.fact).__name__,
            "journal": journal,
            "seq": one.seq,
            "body": msgspec.Raw(one.body.encode()),
        }
        for one in facts
    }
    await _write(connection, StoredFact, list(stored.values()), keep_first=True)
    for table, rows in merged(row_of(one.fact) for one in facts).items():
        await _write(connection, table, rows)
    await numbers.note(connection, [one.fact for one in facts])
    await refigure(connection, {one.fact.call for one in facts if isinstance(one.fact, SegmentEnded)})


def _storable(one: Shipped) -> Shipped:
    """Postgres keeps every character but NUL; whoever managed to send one shall not stop all that follows."""
    fact, body = one.fact, one.body
    if r"\u0000" in body:
        body = msgspec.json.encode(_without_nul(msgspec.json.decode(body))).decode()
        fact = FACTS.decode_fact(body)
    if isinstance(fact, CallbackRequested) and isinstance(one.fact, CallbackRequested):  # its number is not in the body
        fact = replace(fact, number=Private(one.fact.number.replace("\0", "")))
    return Shipped(one.seq, fact, body)


def _without_nul(value: Any) -> Any:
    match value:
        case str():
            return value.replace("\0", "")
        case list():
            return [_without_nul(one) for one in value]
        case dict():
            return {name: _without_nul(one) for name, one in value.items()}
        case _:
            return value


async def _write(
    connection: AsyncConnection, table: type[Base], rows: Sequence[Mapping[str, Any]], keep_first: bool = False
) -> None:
    """Insert, or fill the columns that were still empty.

    All rows travel as one JSON text: a statement that names each value takes longer to make than to carry out.
    """
    if not rows:
        return
    statement = _statement(table, tuple(rows[0]), keep_first)
    await connection.execute(statement, {"rows": msgspec.json.encode(rows).decode()})


@cache
def _statement(table: type[Base], columns: tuple[str, ...], keep_first: bool) -> TextClause:
    name, keys = table.__tablename__, [column.name for column in table.__table__.columns if column.primary_key]
    filled = [
        f'"{column}" = coalesce(excluded."{column}", "{name}"."{column}")' for column in columns if column not in keys
    ]
    then = "DO NOTHING" if keep_first else f"({_names(keys)}) DO UPDATE SET {', '.join(filled)}"
    return text(
        f'INSERT INTO "{name}" ({_names(columns)}) SELECT {_names(columns)} '
        f'FROM json_populate_recordset(CAST(NULL AS "{name}"), CAST(CAST(:rows AS text) AS json)) ON CONFLICT {then}'
    )


def _names(columns: Iterable[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)
