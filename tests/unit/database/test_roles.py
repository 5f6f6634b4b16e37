"""The program works with a role of its own; a cluster from before there was one gets it at its next start."""

import pytest
from sqlalchemy import text

from ctl.database.engine import OWNER, USER, engine_of, owner_engine_of
from ctl.database.migrate import RoleMissing, migrate
from ctl.house import postgres as house
from ctl.secrets import Secrets
from tests.postgres import Cluster


async def user_of(engine_name: str, cluster: Cluster) -> str:
    made = {"program": engine_of, "owner": owner_engine_of}[engine_name](cluster.settings)
    async with made.connect() as connection:
        name = str(await connection.scalar(text("SELECT current_user")))
    await made.dispose()
    return name


async def test_program_and_migrations_are_two_roles_and_none_is_a_superuser(cluster: Cluster) -> None:
    assert (await user_of("program", cluster), await user_of("owner", cluster)) == (USER, OWNER)
    assert (house.APP, house.OWNER) == (USER, OWNER)
    engine = cluster.engine()
    async with engine.connect() as connection:
        rows = await connection.execute(text("SELECT rolname FROM pg_roles WHERE rolsuper OR rolcreaterole"))
        assert {row.rolname for row in rows}.isdisjoint({USER, OWNER})
    await engine.dispose()


async def test_cluster_from_before_gets_the_role_at_its_next_start(cluster: Cluster) -> None:
    cluster.stop()
    (marker,) = (cluster.settings.under("postgres") / "data").glob("toritsugi.*")
    marker.unlink()
    house.ensure_cluster(cluster.settings, Secrets.of(cluster.settings), lambda _: None)
    cluster.start()
    assert marker.exists()
    assert await user_of("program", cluster) == USER


async def test_without_the_role_nothing_is_changed_and_the_way_out_is_said(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ctl.database.migrate.USER", "nobody_has_this_name")
    engine = cluster.engine()
    with pytest.raises(RoleMissing, match="CREATE ROLE nobody_has_this_name LOGIN PASSWORD"):
        await migrate(engine)
    await engine.dispose()
