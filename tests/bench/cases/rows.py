"""How fast facts become rows in Postgres: in batches, as they are shipped, and one by one."""

import asyncio
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from ctl.cms.ingest import Ingest
from ctl.cms.shape import key_of
from ctl.database.base import Base
from ctl.journal.codec import FACTS
from ctl.journal.shipper import BATCH, Shipped
from ctl.simulation import simulate
from ctl.switchboard import core
from ctl.switchboard.effects import Effect, Record
from ctl.switchboard.events import Event
from ctl.switchboard.facts import Fact
from ctl.switchboard.floor import Floor
from ctl.switchboard.ids import Millis
from tests.bench.cases.decisions import busy_centre
from tests.bench.figures import Row
from tests.postgres import Cluster

ROUNDS, BATCHES, SINGLES = 5, 4, 200
TIMES = 20


def rows(rounds: int = ROUNDS, batches: int = BATCHES, singles: int = SINGLES) -> list[Row]:
    """Facts of simulated calls through the shipper's sink: a thousand a transaction, and each for itself.

    Told besides: rows inserted one by one as plainly as it goes, without any of the work that the sink does.
    """
    return asyncio.run(_rows(rounds, batches, singles))


async def _rows(rounds: int, batches: int, singles: int) -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="bench-rows-") as folder:
        cluster = Cluster(Path(folder))
        cluster.start(durable=True)
        try:
            owner = cluster.engine()
            await cluster.has_tables(owner)
            facts = _facts(rounds * (batches * BATCH + singles))
            rates = await _in_turns(owner, facts, rounds, batches, singles)
            await owner.dispose()
        finally:
            cluster.stop()
    batched, singly, plain = (median(of) for of in zip(*rates, strict=True))
    ratio, beside_plain = (median(one[side] / one[0] for one in rates) for side in (1, 2))
    return [
        Row(
            "rows a second into Postgres, all of the sink's work done: in batches, beside each fact for itself",
            f"{batched:.0f}, {BATCH} facts a transaction",
            f"{singly:.0f}, one fact a transaction",
            f"{1 / ratio:.0f}× faster",
            f"≥ {TIMES}× faster",
            ratio <= 1 / TIMES,
            {"rows into Postgres": ratio},
        ),
        Row(
            "the same batches beside bare INSERTs: prepared, a row each, none of the sink's work (no goal)",
            f"{batched:.0f}",
            f"{plain:.0f}",
            f"{1 / beside_plain:.0f}× faster",
        ),
    ]


async def _in_turns(
    owner: AsyncEngine, facts: Sequence[Fact], rounds: int, batches: int, singles: int
) -> list[tuple[float, float, float]]:
    """Of each round, rows a second: in batches, one by one, and plain."""
    ingest = Ingest(owner)
    shipped = [Shipped(seq, fact, FACTS.encode_fact(fact)) for seq, fact in enumerate(facts, 1)]
    at = 0

    async def taken(count: int, of: int) -> float:
        nonlocal at
        before, began = await _count(owner), time.perf_counter()
        for _ in range(count):
            at = await ingest.take("bench", at, at + of, shipped[at : at + of], now=0)
        took_s = time.perf_counter() - began
        return (await _count(owner) - before) / took_s

    return [
        (await taken(batches, BATCH), await taken(singles, 1), singles / await _plain(owner, facts[:singles]))
        for _ in range(rounds)
    ]


async def _plain(owner: AsyncEngine, facts: Sequence[Fact]) -> float:
    """Seconds that it takes to insert so many rows of facts, each for itself."""
    async with owner.connect() as connection:
        await connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS singles (LIKE facts INCLUDING ALL)")
        await connection.exec_driver_sql("TRUNCATE singles")
        await connection.commit()
        raw = (await connection.get_raw_connection()).driver_connection
        assert raw is not None
        statement = await raw.prepare("INSERT INTO singles VALUES ($1, now(), NULL, $2, 'bench', $3, $4)")
        some = [(key_of(fact), type(fact).__name__, n, FACTS.encode_fact(fact)) for n, fact in enumerate(facts)]
        began = time.perf_counter()
        for one in some:
            await statement.fetch(*one)
        return time.perf_counter() - began


async def _count(owner: AsyncEngine) -> int:
    """Rows of all tables."""
    async with owner.connect() as connection:
        counts = [
            (await connection.execute(select(func.count()).select_from(table))).scalar_one()
            for table in Base.metadata.tables.values()
        ]
    return sum(counts)


def _facts(count: int) -> list[Fact]:
    """What is stated while a busy centre works."""
    stated: list[Fact] = []

    def watched(floor: Floor, event: Event, now: Millis) -> tuple[Floor, tuple[Effect, ...]]:
        after, effects = core.step(floor, event, now)
        stated.extend(effect.fact for effect in effects if isinstance(effect, Record))
        return after, effects

    simulate(busy_centre(calls=count // 8), watched)
    assert len(stated) >= count, f"{len(stated)} facts are too few"
    return stated[:count]
