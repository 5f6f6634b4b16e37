"""Every forgery in a real Postgres is found, with the first wrong entry and what was done to it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from ctl.security.audit.chain import BEGINNING, Chain
from ctl.security.audit.trail import Trail
from ctl.security.audit.verifying import Fault
from tests.postgres import Cluster
from tests.unit.security.audit.trails import entry, filled, forge, heads, ledger, verdict

SHIFT = "UPDATE audit_entries SET seq = -seq WHERE seq {0}; UPDATE audit_entries SET seq = -seq {1} WHERE seq < 0"
COPY = (
    "INSERT INTO audit_entries SELECT {0}, 'forged', at, who, place, action, 'forged', outcome, before, after, reason, "
    "{1}, md5('x') || md5('y') FROM audit_entries WHERE seq = 2"
)
SEAL_OF = "(SELECT hash FROM audit_entries WHERE seq = {0})"


@pytest.fixture
async def owner(cluster: Cluster) -> AsyncIterator[AsyncEngine]:
    made = cluster.engine()
    yield made
    await made.dispose()


def orders(*parts: str) -> list[str]:
    return [one for part in parts for one in part.split("; ")]


@pytest.mark.parametrize(
    ("forgery", "fault", "seq"),
    [
        pytest.param(["UPDATE audit_entries SET who = 'nobody' WHERE seq = 3"], Fault.ALTERED, 3, id="who"),
        pytest.param(["UPDATE audit_entries SET at = at + interval '1 ms' WHERE seq = 3"], Fault.ALTERED, 3, id="when"),
        pytest.param(["UPDATE audit_entries SET place = '::1' WHERE seq = 3"], Fault.ALTERED, 3, id="where"),
        pytest.param(["UPDATE audit_entries SET outcome = 'refused' WHERE seq = 3"], Fault.ALTERED, 3, id="outcome"),
        pytest.param(["UPDATE audit_entries SET after = '{}' WHERE seq = 7"], Fault.ALTERED, 7, id="the last one"),
        pytest.param(["UPDATE audit_entries SET reason = NULL WHERE seq = 1"], Fault.ALTERED, 1, id="to nothing"),
        pytest.param(
            ["UPDATE audit_entries SET who = 'x', hash = md5('a') || md5('b') WHERE seq = 3"],
            Fault.ALTERED,
            3,
            id="with a seal made up",
        ),
        pytest.param(["DELETE FROM audit_entries WHERE seq = 3"], Fault.TAKEN_OUT, 3, id="taken out"),
        pytest.param(["DELETE FROM audit_entries WHERE seq < 3"], Fault.TAKEN_OUT, 1, id="the beginning taken out"),
        pytest.param(
            orders("DELETE FROM audit_entries WHERE seq = 3", SHIFT.format("> 3", "- 1")),
            Fault.TAKEN_OUT,
            3,
            id="taken out and numbered anew",
        ),
        pytest.param(
            orders(SHIFT.format("> 3", "+ 1"), COPY.format(4, SEAL_OF.format(3))), Fault.PUT_IN, 4, id="put in"
        ),
        pytest.param(orders(COPY.format(8, SEAL_OF.format(7))), Fault.ALTERED, 8, id="put behind the end"),
        pytest.param(orders(COPY.format(0, f"'{BEGINNING}'")), Fault.PUT_IN, 0, id="put before the beginning"),
        pytest.param(
            [
                "UPDATE audit_entries SET seq = -seq WHERE seq IN (3, 4)",
                "UPDATE audit_entries SET seq = 7 + seq WHERE seq < 0",
            ],
            Fault.MOVED,
            3,
            id="exchanged",
        ),
        pytest.param(["UPDATE audit_entries SET seq = 900 WHERE seq = 7"], Fault.MOVED, 900, id="moved away"),
        pytest.param(["DELETE FROM audit_entries WHERE seq > 5"], Fault.CUT_OFF, 6, id="cut off"),
        pytest.param(["DELETE FROM audit_entries"], Fault.CUT_OFF, 1, id="emptied"),
    ],
)
async def test_forgery_is_found_with_the_first_wrong_entry(
    engine: AsyncEngine, owner: AsyncEngine, tmp_path: Path, forgery: list[str], fault: Fault, seq: int
) -> None:
    await filled(engine, tmp_path)
    newest = await Trail(engine).newest()
    assert newest is not None
    heads(tmp_path).write(*newest, datetime.now(UTC))
    assert (await verdict(engine, tmp_path)).sound
    await forge(owner, *forgery)
    found = await verdict(engine, tmp_path)
    assert found.finding is not None
    assert (found.finding.fault, found.finding.seq) == (fault, seq)
    assert found.rows == max(0, min(seq, 8) - 1) or fault is Fault.MOVED


async def test_chain_that_was_made_anew_with_the_key_does_not_fit_the_signed_heads(
    engine: AsyncEngine, owner: AsyncEngine, tmp_path: Path
) -> None:
    await filled(engine, tmp_path, 4)
    newest = await Trail(engine).newest()
    assert newest is not None
    heads(tmp_path).write(*newest, datetime.now(UTC))
    await forge(owner, "DELETE FROM audit_entries")
    thief = ledger(engine, tmp_path)
    for n in range(1, 7):
        await thief.note(entry(n, reason="all is well"))
    found = (await verdict(engine, tmp_path)).finding
    assert found is not None
    assert (found.fault, found.seq) == (Fault.MADE_ANEW, 4)


async def test_heads_of_somebody_else_are_no_heads(engine: AsyncEngine, tmp_path: Path) -> None:
    await filled(engine, tmp_path, 2)
    stranger = heads(tmp_path / "elsewhere")
    stranger.folder = tmp_path / "heads"
    stranger.write(2, "0" * 64, datetime.now(UTC))
    found = (await verdict(engine, tmp_path)).finding
    assert found is not None
    assert found.fault is Fault.HEAD_FORGED
    assert str(tmp_path / "heads") in str(found)


async def test_another_key_verifies_nothing(engine: AsyncEngine, tmp_path: Path) -> None:
    await filled(engine, tmp_path, 2)
    found = (await Trail(engine).verified(Chain(b"guessed"), heads(tmp_path))).finding
    assert found is not None
    assert found.seq == 1


@pytest.mark.parametrize(
    "order",
    [
        "UPDATE audit_entries SET who = 'nobody'",
        "DELETE FROM audit_entries",
        "TRUNCATE audit_entries",
        "ALTER TABLE audit_entries DISABLE TRIGGER USER",
        "DROP TABLE audit_entries",
        "DROP FUNCTION audit_entries_stay CASCADE",
        "UPDATE alembic_version SET version_num = '0'",
        "CREATE TABLE mine (a int)",
    ],
)
async def test_program_may_not_touch_what_is_written(engine: AsyncEngine, tmp_path: Path, order: str) -> None:
    await filled(engine, tmp_path, 2)
    with pytest.raises(DBAPIError) as refused:
        async with engine.begin() as connection:
            await connection.execute(text(order))
    assert getattr(refused.value.orig, "sqlstate", None) == "42501"
    assert (await verdict(engine, tmp_path)).rows == 2


@pytest.mark.parametrize(
    "order", ["UPDATE audit_entries SET who = ''", "DELETE FROM audit_entries", "TRUNCATE audit_entries"]
)
async def test_even_the_owner_is_stopped_by_the_triggers(
    engine: AsyncEngine, owner: AsyncEngine, tmp_path: Path, order: str
) -> None:
    await filled(engine, tmp_path, 2)
    with pytest.raises(DBAPIError, match="only ever added to"):
        async with owner.begin() as connection:
            await connection.execute(text(order))
    assert (await verdict(engine, tmp_path)).rows == 2


async def test_a_verdict_is_for_people(engine: AsyncEngine, owner: AsyncEngine, tmp_path: Path) -> None:
    await filled(engine, tmp_path, 3)
    await forge(owner, "UPDATE audit_entries SET subject = 'x' WHERE seq = 2")
    found = (await verdict(engine, tmp_path)).finding
    assert str(found).startswith("entry 2 is not what was written")
