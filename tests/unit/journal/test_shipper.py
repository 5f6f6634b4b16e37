"""Facts arrive in Postgres once each, whatever fails on the way."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from ctl.cms.ingest import Ingest
from ctl.database.engine import DatabaseAway
from ctl.journal import shipped
from ctl.journal.codec import CodecError
from ctl.journal.journal import Journal
from ctl.journal.reader import Reader
from ctl.journal.shipper import Shipped, Shipper
from ctl.journal.store import set_aside
from ctl.switchboard.events import TimePassed
from ctl.switchboard.facts import CallStarted, Fact
from ctl.switchboard.ids import CallId, Millis
from ctl.switchboard.kinds import CallKind
from tests.postgres import Cluster, everything
from tests.stories import handed_off

STORY = handed_off()


class Shelf:
    """A sink in memory that can fail before or after it has taken something."""

    def __init__(self) -> None:
        self.positions: dict[str, int] = {}
        self.facts: list[Fact] = []
        self.fail_before = self.fail_after = False

    async def position(self, journal: str) -> int:
        return self.positions.get(journal, 0)

    async def take(self, journal: str, after: int, upto: int, facts: Sequence[Shipped], now: Millis) -> int:
        if self.fail_before:
            raise ConnectionError("cut before the transaction")
        if self.positions.get(journal, 0) != after:
            return self.positions[journal]
        self.positions[journal] = upto
        self.facts += [one.fact for one in facts]
        if self.fail_after:
            raise ConnectionError("cut before the answer")
        return upto


def started(n: int) -> CallStarted:
    return CallStarted(CallId(f"1764.{n}"), n, CallKind.INBOUND, "0339811111", "", None)


async def test_everything_is_shipped_and_the_journal_is_told(journal: Journal, path: Path) -> None:
    shelf = Shelf()
    journal.append(1, TimePassed(), STORY)
    shipper = Shipper(path, shelf)
    assert await shipper.drain() == 1 + len(STORY)
    assert shelf.facts == STORY
    assert shipped.told(path, Reader(path).journal) == 1 + len(STORY)
    assert await shipper.once() == 0


async def test_a_journal_that_does_not_exist_yet_is_nothing_to_ship(path: Path) -> None:
    assert await Shipper(path, Shelf()).once() == 0


@pytest.mark.parametrize("when", ["fail_before", "fail_after"])
async def test_a_cut_at_any_moment_loses_nothing_and_doubles_nothing(journal: Journal, path: Path, when: str) -> None:
    shelf = Shelf()
    journal.append(1, TimePassed(), [started(1)])
    shipper = Shipper(path, shelf)
    setattr(shelf, when, True)
    with pytest.raises(ConnectionError):
        await shipper.once()
    journal.append(2, TimePassed(), [started(2)])
    setattr(shelf, when, False)
    await shipper.drain()
    assert shelf.facts == [started(1), started(2)]


async def test_two_shippers_do_not_double_anything(journal: Journal, path: Path) -> None:
    shelf = Shelf()
    journal.append(1, TimePassed(), [started(1)])
    one, other = Shipper(path, shelf), Shipper(path, shelf)
    await one.drain()
    journal.append(2, TimePassed(), [started(2)])
    await other.drain()
    await one.drain()
    assert shelf.facts == [started(1), started(2)]


async def test_what_a_promoted_standby_had_not_received_is_shipped_again(journal: Journal, path: Path) -> None:
    primary, standby = Shelf(), Shelf()
    shipper = Shipper(path, primary)
    for n, received in ((1, True), (2, False)):
        journal.append(n, TimePassed(), [started(n)])
        await shipper.drain()
        if received:
            standby.positions, standby.facts = dict(primary.positions), list(primary.facts)
    primary.positions, primary.facts = standby.positions, standby.facts
    for _ in range(2):  # the first time it finds that there is more to ship than it knew
        await shipper.once()
    assert primary.facts == [started(1), started(2)]
    assert shipped.told(path, Reader(path).journal) == journal.append(3, TimePassed(), []) - 1


async def test_a_replaced_journal_is_shipped_from_its_beginning(path: Path) -> None:
    shelf = Shelf()
    shipper = Shipper(path, shelf)
    for n in range(2):
        journal = Journal(path)
        journal.append(1, TimePassed(), [started(n)])
        await shipper.drain()
        journal.close()
        set_aside(path)
    assert shelf.facts == [started(0), started(1)]


async def test_a_fact_that_cannot_be_read_stops_shipping_there_and_loses_nothing(journal: Journal, path: Path) -> None:
    shelf = Shelf()
    journal.append(1, TimePassed(), [started(1)])
    journal._connection.execute(
        "INSERT INTO entries VALUES (3, 2, 'fact', 'Tomorrow', NULL, '{\"type\": \"Tomorrow\"}')"
    )
    with pytest.raises(CodecError, match="entry 3"):
        await Shipper(path, shelf).drain()
    assert shelf.positions == {}


async def test_postgres_away_for_a_while_and_back(
    cluster: Cluster, engine: AsyncEngine, journal: Journal, path: Path
) -> None:
    shipper = Shipper(path, Ingest(engine))
    journal.append(1, TimePassed(), STORY[:10])
    await shipper.drain()
    cluster.stop()
    try:
        journal.append(2, TimePassed(), STORY[10:25])
        for _ in range(3):
            with pytest.raises(DatabaseAway):
                await shipper.once()
    finally:
        cluster.start()
    journal.append(3, TimePassed(), STORY[25:])
    await shipper.drain()
    rows = await everything(engine)
    assert len(rows["facts"]) == len(STORY)
    assert len(rows["calls"]) == 1

    async with engine.begin() as connection:
        await connection.execute(text("DELETE FROM shipments"))
    restarted = Shipper(path, Ingest(engine))
    assert await restarted.drain() == 3 + len(STORY), "shipped a second time from the beginning"
    assert await everything(engine) == rows
