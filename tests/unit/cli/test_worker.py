"""The worker is ready while it can ship, and only then."""

import asyncio
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from ctl.cli.worker import _work
from ctl.database.revision import is_current, newest
from ctl.house.services import services
from ctl.house.state import serves
from ctl.journal.journal import Journal
from ctl.lab.pulse import eventually
from ctl.ops.jobs import State, publish, published
from ctl.secrets import Secrets
from ctl.security.audit.entry import keep
from ctl.security.audit.heads import Heads
from ctl.security.audit.spool import Spool
from ctl.security.audit.trail import AuditQuery, Trail
from ctl.settings import Settings
from ctl.switchboard.events import TimePassed
from tests.postgres import Cluster
from tests.stories import handed_off
from tests.unit.security.audit.trails import entry


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A centre's home with a journal, and the word of a worker that was killed a moment ago."""
    journal = Journal(tmp_path / "journal" / "journal.sqlite")
    journal.append(1, TimePassed(), handed_off())
    journal.close()
    ship = State()
    ship.succeeded(1, datetime.now(UTC))
    told = Settings(home=tmp_path).told_by("worker")
    told.parent.mkdir()
    publish(told, {"ship": ship})
    return tmp_path


def ready(settings: Settings) -> bool:
    known = services(settings, Secrets.of(settings), Path("/"), Path("/"))
    return serves(next(one for one in known if one.name == "worker").ready)


async def becomes(settings: Settings, wanted: bool) -> None:
    async def so() -> bool:
        return ready(settings) is wanted

    await eventually(so, f"worker ready: {wanted}", 20)


async def test_worker_is_ready_as_long_as_postgres_takes_what_it_ships(cluster: Cluster, home: Path) -> None:
    shutil.copy(cluster.settings.under("secrets.json"), home / "secrets.json")
    settings = cluster.settings.model_copy(update={"home": home})
    working = asyncio.create_task(_work(settings))
    await becomes(settings, True)
    cluster.stop()
    try:
        await becomes(settings, False)  # although there is nothing left to ship
    finally:
        cluster.start()
        working.cancel()
        await working
    assert not settings.told_by("worker").exists()


async def test_worker_chains_what_waits_and_signs_the_end_before_it_stops(
    cluster: Cluster, engine: AsyncEngine, home: Path
) -> None:
    shutil.copy(cluster.settings.under("secrets.json"), home / "secrets.json")
    settings = cluster.settings.model_copy(update={"home": home})
    spool = Spool.of(settings)
    working = asyncio.create_task(_work(settings))
    await becomes(settings, True)
    spool.add(keep(entry(1), "one"))

    async def chained() -> bool:
        return not spool.waiting()

    await eventually(chained, "the entry is chained", 20)
    working.cancel()
    await working
    (row,) = (await Trail(engine).find(AuditQuery())).rows
    (head,) = (seen.head for seen in Heads.of(settings).read())
    assert head is not None
    assert (head.seq, head.hash) == (row.seq, row.hash)


async def test_worker_that_never_reached_postgres_does_not_live_on_an_older_ones_word(home: Path) -> None:
    settings = Settings(home=home, postgres_port=1)
    assert ready(settings)
    working = asyncio.create_task(_work(settings))
    await becomes(settings, False)
    working.cancel()
    await working


async def test_worker_that_came_before_postgres_brings_older_tables_to_its_own_state(
    cluster: Cluster, home: Path
) -> None:
    shutil.copy(cluster.settings.under("secrets.json"), home / "secrets.json")
    settings = cluster.settings.model_copy(update={"home": home})
    engine = cluster.engine()
    async with engine.begin() as connection:
        await connection.execute(text("DROP TABLE machine_tokens"))
        await connection.execute(text("UPDATE alembic_version SET version_num = '0015'"))
    assert not await is_current(engine)
    await engine.dispose()
    cluster.stop()
    working = asyncio.create_task(_work(settings))
    try:
        await becomes(settings, False)
    finally:
        cluster.start()
    await becomes(settings, True)
    working.cancel()
    await working
    assert await is_current(engine)
    await engine.dispose()


async def test_worker_that_meets_newer_tables_does_what_does_not_need_them(cluster: Cluster, home: Path) -> None:
    """A program that was rolled back: disks and certificates are watched, logs are turned over, and nothing is shipped."""
    shutil.copy(cluster.settings.under("secrets.json"), home / "secrets.json")
    settings = cluster.settings.model_copy(update={"home": home})
    engine = cluster.engine()
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    working = asyncio.create_task(_work(settings))
    try:
        await becomes(settings, False)

        async def watched() -> bool:
            told = published(settings.told_by("worker")) or {}
            jobs = cast(dict[str, dict[str, object]], told.get("jobs", {}))
            return bool(jobs and jobs["watch"]["last_success"]) and "newer program" in str(jobs["ship"]["error"])

        await eventually(watched, "the disks are watched, and shipping says why not", 20)
    finally:
        working.cancel()
        await working
        async with engine.begin() as connection:
            await connection.execute(text(f"UPDATE alembic_version SET version_num = '{newest()}'"))
        await engine.dispose()
