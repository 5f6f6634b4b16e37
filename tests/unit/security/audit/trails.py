"""An audit trail for tests: entries of a day, a ledger on a real Postgres, and hands that may do what nobody may."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from ctl.security.audit import Entry, Ledger, Outcome
from ctl.security.audit.chain import Chain
from ctl.security.audit.heads import Heads, Signer
from ctl.security.audit.spool import Spool
from ctl.security.audit.trail import Trail
from ctl.security.audit.verifying import Verdict

CHAIN = Chain(b"a key of the tests")
MORNING = datetime(2026, 6, 15, 0, 0, tzinfo=UTC)


def entry(n: int, **changes: object) -> Entry:
    """The ``n``-th of the day."""
    told: dict[str, object] = {
        "who": ("hanako", "shell:taro")[n % 2],
        "where": "192.0.2.7",
        "action": ("mode.switch", "settings.apply", "session.begin")[n % 3],
        "subject": f"thing {n}",
        "outcome": Outcome.DONE,
        "after": {"値": n, "share": n / 7},
        "reason": "台風",
        "at": MORNING + timedelta(seconds=n),
    }
    return Entry(**(told | changes))  # type: ignore[arg-type]


def ledger(engine: AsyncEngine, folder: Path) -> Ledger:
    return Ledger(engine, CHAIN, Spool(folder / "spool"))


def heads(folder: Path) -> Heads:
    return Heads(folder / "heads", Signer(folder))


async def filled(engine: AsyncEngine, folder: Path, count: int = 7) -> Ledger:
    """A trail of ``count`` entries."""
    made = ledger(engine, folder)
    for n in range(1, count + 1):
        await made.note(entry(n))
    return made


async def verdict(engine: AsyncEngine, folder: Path) -> Verdict:
    return await Trail(engine).verified(CHAIN, heads(folder))


async def forge(owner: AsyncEngine, *orders: str) -> None:
    """Change what is there as somebody who has the database in his hands."""
    async with owner.begin() as connection:
        await connection.execute(text("ALTER TABLE audit_entries DISABLE TRIGGER USER"))
        for order in orders:
            await connection.execute(text(order))
        await connection.execute(text("ALTER TABLE audit_entries ENABLE TRIGGER USER"))
