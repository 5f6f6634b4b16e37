"""Several hosts for one database: whichever takes writing is found, also beside one that is dead."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from ctl.database.engine import DatabaseAway, answered, engine_of, url
from ctl.secrets import Secrets
from ctl.settings import Settings
from tests.postgres import Cluster


@pytest.fixture
def mute() -> Iterator[str]:
    """Host and port of a machine that is half dead: it takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"127.0.0.1:{listening.getsockname()[1]}"


def engine_at(cluster: Cluster, hosts: str) -> AsyncEngine:
    return engine_of(cluster.settings.model_copy(update={"postgres_host": hosts}))


async def do(engine: AsyncEngine, *orders: str) -> object:
    """In one transaction. Returns what the last says, if it says anything."""
    with answered(engine.url):
        async with engine.begin() as connection:
            done = [await connection.execute(text(order)) for order in orders]
            return done[-1].scalar() if done[-1].returns_rows else None


def test_each_host_may_say_its_port(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, postgres_host="db1, db2:5433", postgres_port=5432)
    where = url(settings, Secrets.of(settings))
    assert where.normalized_query["host"] == ("db1:5432", "db2:5433")


async def test_the_one_that_takes_writing_is_found_behind_one_that_is_mute(
    cluster: Cluster, mute: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ctl.database.engine.CONNECT_S", 1.0)
    engine = engine_at(cluster, f"{mute},127.0.0.1")
    assert await do(engine, "SHOW timezone") == "UTC"
    await engine.dispose()


async def test_where_none_takes_writing_it_is_said_of_each_why(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = cluster.engine()
    await do(owner, "ALTER DATABASE toritsugi SET default_transaction_read_only = on")
    engine = engine_at(cluster, "127.0.0.1:1,127.0.0.1")
    try:
        with pytest.raises(DatabaseAway, match=r"127\.0\.0\.1:1: .*failed.*; 127\.0\.0\.1:\d+: takes no writing"):
            await do(engine, "SELECT 1")
    finally:
        await do(owner, "SET TRANSACTION READ WRITE", "ALTER DATABASE toritsugi RESET default_transaction_read_only")
        await owner.dispose()
        await engine.dispose()


async def test_connections_of_before_that_lead_to_a_standby_now_are_away(cluster: Cluster) -> None:
    engine = engine_at(cluster, "127.0.0.1")
    with pytest.raises(DatabaseAway, match="read-only"):
        await do(engine, "SET TRANSACTION READ ONLY", "CREATE TEMPORARY TABLE one (n int)")
    await engine.dispose()


@pytest.mark.parametrize(("host", "said"), [("db.example", "cannot be resolved"), ("192.0.2.1", "TimeoutError")])
def test_a_name_that_nobody_may_know_is_named(tmp_path: Path, host: str, said: str) -> None:
    settings = Settings(home=tmp_path, postgres_host=host)
    with pytest.raises(DatabaseAway, match=said), answered(url(settings, Secrets.of(settings))):
        raise TimeoutError
