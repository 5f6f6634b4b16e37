"""Bring the tables to this program's state: linear steps of ``migrations/``, each run once, all or nothing."""

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from ctl.database.engine import USER, DatabaseNewer, answered, engine_for
from ctl.database.revision import newest
from ctl.settings import SOURCE_ROOT

LOCK = 7_464_732_001
"""Any number nobody else of this database uses: two who migrate at once take turns, the second finds nothing to do."""


def config(connection: Connection | None = None) -> Config:
    made = Config()
    made.set_main_option("script_location", str(SOURCE_ROOT / "migrations"))
    made.attributes["connection"] = connection
    return made


class RoleMissing(Exception):
    """The role with which the program works does not exist, and the owner of the tables may not make it."""


async def migrate(engine: AsyncEngine) -> tuple[str | None, str]:
    """Run what is missing, as the owner. Returns the revision before (None: an empty database) and after.

    Raises `DatabaseAway`, `DatabaseNewer` and `RoleMissing`; nothing is changed then.
    """
    patient = engine_for(engine.url, statement_s=None)  # ten years of calls are not changed within half a minute
    try:
        with answered(engine.url):
            return await _migrate(patient)
    finally:
        await patient.dispose()


async def _migrate(engine: AsyncEngine) -> tuple[str | None, str]:
    async with engine.begin() as connection:
        await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        return await connection.run_sync(_upgrade)


def _upgrade(connection: Connection) -> tuple[str | None, str]:
    before = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in ScriptDirectory.from_config(config()).walk_revisions()}
    if before is not None and before not in known:
        raise DatabaseNewer(f"the tables are at {before}, which this program does not know: install the newer program")
    if not connection.scalar(text("SELECT count(*) FROM pg_roles WHERE rolname = :name"), {"name": USER}):
        raise RoleMissing(
            f"the role {USER} is missing. Our own Postgres gets it at its next start (`ctl down`, `ctl up`); in another "
            f"one its administrator runs CREATE ROLE {USER} LOGIN PASSWORD '…' with the password that "
            f"CTL_HOME/secrets.json calls postgres_app"
        )
    command.upgrade(config(connection), "head")
    return before, newest()
