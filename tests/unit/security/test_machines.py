"""Tokens in Postgres: only a hash is kept, use is noted, and a short absence of Postgres does not blind monitoring."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from ctl.database.engine import DatabaseAway
from ctl.security.machines import LONGEST, REMEMBERED_FOR, BadToken, KeptTokens, MemoryTokens, Tokens
from ctl.security.policy import Action
from tests.postgres import Cluster

NOW = datetime(2026, 6, 15, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(params=["kept", "memory"])
def tokens(request: pytest.FixtureRequest, engine: AsyncEngine) -> Tokens:
    return KeptTokens(engine) if request.param == "kept" else MemoryTokens()


async def test_token_is_found_until_it_ends_or_is_revoked(tokens: Tokens) -> None:
    token = await tokens.make("monitor", [Action.SEE_CALLS, Action.SEE_METRICS], NOW + DAY, "hanako", NOW)
    found = await tokens.find(token, "::1", NOW)
    assert found is not None
    assert found.scopes == {Action.SEE_CALLS, Action.SEE_METRICS}
    machine = found.machine
    assert (machine.login, machine.may(Action.SEE_CALLS), machine.may(Action.SEE_FLOOR)) == (
        "token:monitor",
        True,
        False,
    )
    assert await tokens.find(token + "x", "::1", NOW) is None
    assert await tokens.find(token, "::1", NOW + DAY) is None
    assert await tokens.revoke("monitor", NOW)
    assert not await tokens.revoke("monitor", NOW)
    assert await tokens.find(token, "::1", NOW) is None
    assert [one.revoked_at for one in await tokens.all()] == [NOW]


@pytest.mark.parametrize(
    ("name", "scopes", "until", "field"),
    [
        ("a", [Action.SEE_CALLS], DAY, "name"),
        ("a b", [Action.SEE_CALLS], DAY, "name"),
        ("x" * 65, [Action.SEE_CALLS], DAY, "name"),
        ("taken", [Action.SEE_CALLS], DAY, "name"),
        ("ab", [], DAY, "scopes"),
        ("ab", [Action.MANAGE_TOKENS], DAY, "scopes"),
        ("ab", [Action.SEE_CALLS], timedelta(0), "until"),
        ("ab", [Action.SEE_CALLS], LONGEST + DAY, "until"),
    ],
)
async def test_what_is_not_allowed_is_named(
    tokens: Tokens, name: str, scopes: list[Action], until: timedelta, field: str
) -> None:
    await tokens.make("taken", [Action.SEE_CALLS], NOW + DAY, "hanako", NOW)
    await tokens.revoke("taken", NOW)
    with pytest.raises(BadToken) as bad:
        await tokens.make(name, scopes, NOW + until, "hanako", NOW)
    assert bad.value.field == field


async def test_nothing_that_is_kept_lets_anybody_in(engine: AsyncEngine) -> None:
    token = await KeptTokens(engine).make("monitor", [Action.SEE_CALLS], NOW + DAY, "hanako", NOW)
    async with engine.connect() as connection:
        kept = str((await connection.execute(text("SELECT * FROM machine_tokens"))).all())
    assert token not in kept
    assert token.removeprefix("ctl_") not in kept


async def test_last_use_is_noted_at_most_once_a_minute(engine: AsyncEngine) -> None:
    tokens = KeptTokens(engine)
    token = await tokens.make("monitor", [Action.SEE_CALLS], NOW + DAY, "hanako", NOW)

    async def used() -> tuple[datetime | None, str | None]:
        (one,) = await tokens.all()
        return one.used_at, one.used_from

    assert await used() == (None, None)
    await tokens.find(token, "192.0.2.1", NOW)
    await tokens.find(token, "192.0.2.1", NOW + timedelta(seconds=59))
    assert await used() == (NOW, "192.0.2.1")
    await tokens.find(token, "192.0.2.2", NOW + timedelta(seconds=59))
    assert await used() == (NOW + timedelta(seconds=59), "192.0.2.2")


async def test_while_postgres_is_away_a_token_of_late_stays_good_for_minutes(
    engine: AsyncEngine, cluster: Cluster
) -> None:
    tokens = KeptTokens(engine)
    known = await tokens.make("known", [Action.SEE_CALLS], NOW + DAY, "hanako", NOW)
    unused = await tokens.make("unused", [Action.SEE_CALLS], NOW + DAY, "hanako", NOW)
    await tokens.find(known, "::1", NOW)
    cluster.stop()
    try:
        assert await tokens.find(known, "::1", NOW + REMEMBERED_FOR / 2) is not None
        assert await tokens.find(known, "::1", NOW + REMEMBERED_FOR) is None
        with pytest.raises(DatabaseAway):
            await tokens.find(unused, "::1", NOW)
    finally:
        cluster.start()
