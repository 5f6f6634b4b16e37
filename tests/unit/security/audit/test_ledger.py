"""Entries are kept once, in their order, with Postgres and without."""

import asyncio
import json
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from ctl.database.engine import engine_for
from ctl.security.audit import Entry, Ledger, Outcome
from ctl.security.audit import ledger as ledgers
from ctl.security.audit.spool import Spool
from ctl.security.audit.trail import AuditQuery, Trail
from tests.postgres import Cluster
from tests.unit.security.audit.trails import CHAIN, entry, filled, ledger, verdict


class Died(Exception):
    """The process is gone."""


async def subjects(engine: AsyncEngine) -> list[str]:
    return [row.kept.subject async for row in Trail(engine).each()]


@pytest.fixture(autouse=True)
def _asked_again_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledgers, "AWAY_REST_S", 0.0)


async def test_entry_comes_back_as_it_was_written(engine: AsyncEngine, tmp_path: Path) -> None:
    said = entry(
        5, before={"a": [1, None, 0.1], "あ": "い"}, after={"nul": "\0", "half": "\ud800"}, subject="x\0\ud800"
    )
    await ledger(engine, tmp_path).note(said)
    (row,) = (await Trail(engine).find(AuditQuery())).rows
    assert (row.seq, row.kept.who, row.kept.at) == (1, said.who, "2026-06-15T00:00:05.000Z")
    assert row.kept.subject == "x�?"
    assert json.loads(row.kept.before or "") == said.before
    assert json.loads(row.kept.after or "") == said.after
    assert (await verdict(engine, tmp_path)).sound


async def test_many_who_write_at_once_make_one_chain(engine: AsyncEngine, tmp_path: Path) -> None:
    both = [ledger(engine, tmp_path), ledger(engine, tmp_path)]
    await asyncio.gather(*(both[n % 2].note(entry(n)) for n in range(40)))
    found = await verdict(engine, tmp_path)
    assert (found.rows, found.finding) == (40, None)


async def test_entry_goes_with_the_transaction_of_the_caller(engine: AsyncEngine, tmp_path: Path) -> None:
    book = ledger(engine, tmp_path)
    async with engine.begin() as connection:
        await book.note(entry(1), connection)
    async with engine.connect() as connection:
        await book.note(entry(2), connection)
        await connection.rollback()
    await book.note(entry(3))
    assert await subjects(engine) == ["thing 1", "thing 3"]
    assert (await verdict(engine, tmp_path)).sound


async def test_entries_made_while_postgres_is_away_are_chained_in_their_order_when_it_is_back(
    engine: AsyncEngine, cluster: Cluster, tmp_path: Path
) -> None:
    book = await filled(engine, tmp_path, 2)
    cluster.stop()
    try:
        for n in (3, 4, 5):
            await book.note(entry(n))
    finally:
        cluster.start()
    assert len(book.spool.waiting()) == 3
    await book.note(entry(6))
    assert await subjects(engine) == [f"thing {n}" for n in range(1, 7)]
    assert book.spool.waiting() == []
    rows = (await Trail(engine).find(AuditQuery(descending=False))).rows
    assert [row.kept.at[-8:-5] for row in rows] == [f":0{n}"[:3] for n in range(1, 7)]
    assert (await verdict(engine, tmp_path)).sound


async def test_whoever_dies_between_chaining_and_forgetting_leaves_nothing_twice(
    engine: AsyncEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = Ledger(engine_for(engine.url.set(port=1)), CHAIN, Spool(tmp_path / "spool"))
    for n in (1, 2, 3):
        await away.note(entry(n))

    def die(_: Spool, __: object) -> None:
        raise Died

    with monkeypatch.context() as dying:
        dying.setattr(Spool, "give_up", die)
        with pytest.raises(Died):
            await ledger(engine, tmp_path).catch_up()
    book = ledger(engine, tmp_path)
    assert len(book.spool.waiting()) == 3
    await asyncio.gather(book.catch_up(), ledger(engine, tmp_path).catch_up())
    assert await subjects(engine) == ["thing 1", "thing 2", "thing 3"]
    assert book.spool.waiting() == []


async def test_before_the_tables_are_there_entries_wait_too(
    cluster: Cluster, engine: AsyncEngine, tmp_path: Path
) -> None:
    owner = cluster.engine()
    try:
        async with owner.begin() as connection:
            await connection.execute(text("ALTER TABLE audit_entries RENAME TO not_yet"))
        book = ledger(engine, tmp_path)
        await book.note(entry(1))
        assert len(book.spool.waiting()) == 1
    finally:
        async with owner.begin() as connection:
            await connection.execute(text("ALTER TABLE not_yet RENAME TO audit_entries"))
        await owner.dispose()
    assert await book.catch_up() == 1
    assert await subjects(engine) == ["thing 1"]


async def test_file_that_cannot_be_read_is_set_aside_and_does_not_hold_up_the_others(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    book = ledger(engine, tmp_path)
    book.spool.folder.mkdir()
    (book.spool.folder / "00000000000000000001-a.json").write_text('{"half": ', encoding="utf-8")
    await book.note(entry(1))
    assert await subjects(engine) == ["thing 1"]
    assert [path.suffix for path in book.spool.folder.iterdir()] == [".broken"]


async def test_nowhere_to_keep_it_is_told_to_the_log_whole(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, engine: AsyncEngine
) -> None:
    (tmp_path / "spool").write_text("a file where the folder should be", encoding="utf-8")
    book = Ledger(engine_for(engine.url.set(port=1)), CHAIN, Spool(tmp_path / "spool"))
    await book.note(Entry("hanako", "::1", "mode.switch", "typhoon", Outcome.DONE))
    assert "typhoon" in caplog.text


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (AuditQuery(), [6, 5, 4, 3, 2, 1]),
        (AuditQuery(who="hanako"), [6, 4, 2]),
        (AuditQuery(action="mode.switch"), [6, 3]),
        (AuditQuery(action="settings."), [4, 1]),
        (AuditQuery(action="se"), []),
        (AuditQuery(outcome="refused"), []),
        (AuditQuery(sort="who", descending=False), [6, 4, 2, 5, 3, 1]),
        (AuditQuery(limit=2, offset=2), [4, 3]),
    ],
)
async def test_questions(engine: AsyncEngine, tmp_path: Path, wanted: AuditQuery, found: list[int]) -> None:
    await filled(engine, tmp_path, 6)
    assert [row.seq for row in (await Trail(engine).find(wanted)).rows] == found
