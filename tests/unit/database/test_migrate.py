"""The migrations lead, from nothing and for everybody at once, to exactly the tables of the models."""

import asyncio
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, insert, text

from ctl.cms.models import Segment
from ctl.cms.shape import row_of
from ctl.database.base import Base
from ctl.database.engine import DatabaseNewer
from ctl.database.migrate import config, migrate
from ctl.database.revision import is_current, newest
from tests.postgres import Cluster
from tests.stories import CALL, handed_off


async def test_two_who_migrate_at_once_make_the_tables_of_the_models(cluster: Cluster) -> None:
    engine = cluster.engine()
    async with engine.begin() as connection:
        await connection.execute(text("DROP SCHEMA public CASCADE"))
        await connection.execute(text("CREATE SCHEMA public"))
    results = await asyncio.gather(migrate(engine), migrate(engine))
    assert sorted(before or "" for before, _ in results) == ["", newest()]
    assert ScriptDirectory.from_config(config()).get_current_head() == newest()

    def differences(connection: Connection) -> list[Any]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, Base.metadata))

    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await engine.dispose()


async def test_whether_anything_is_to_be_done_is_told_beforehand(cluster: Cluster) -> None:
    engine = cluster.engine()
    assert await is_current(engine)
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '0015'"))
    assert not await is_current(engine)
    async with engine.begin() as connection:
        await connection.execute(text("DROP SCHEMA public CASCADE"))
        await connection.execute(text("CREATE SCHEMA public"))
    assert not await is_current(engine)
    await migrate(engine)
    assert await is_current(engine)
    await engine.dispose()


async def test_calls_from_before_the_figures_get_them(cluster: Cluster) -> None:
    engine = cluster.engine()
    segments = [dict(row.key) | dict(row.columns) for row in map(row_of, handed_off()) if row.table is Segment]
    async with engine.begin() as connection:
        await connection.execute(text("DROP SCHEMA public CASCADE"))
        await connection.execute(text("CREATE SCHEMA public"))
        await connection.run_sync(lambda there: command.upgrade(config(there), "0001"))
        await connection.execute(text("INSERT INTO calls (id) VALUES (:call), ('without')"), {"call": CALL})
        await connection.execute(insert(Segment), segments)
    await migrate(engine)
    async with engine.connect() as connection:
        rows = await connection.execute(text("SELECT id, wait_ms, talk_ms, hold_ms FROM calls"))
        assert {tuple(row) for row in rows} == {(CALL, 25_000, 40_000, 10_000), ("without", 0, 0, 0)}
    await engine.dispose()


async def test_tables_of_a_newer_program_are_left_alone(cluster: Cluster) -> None:
    engine = cluster.engine()
    await migrate(engine)
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseNewer, match="9999"):
        await migrate(engine)
    async with engine.begin() as connection:
        await connection.execute(text(f"UPDATE alembic_version SET version_num = '{newest()}'"))
    await engine.dispose()
