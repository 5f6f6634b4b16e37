"""Whether the tables are those of this program, told without alembic: whoever starts asks, and seldom has to do anything."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from ctl.database.engine import DatabaseUnprepared, answered
from ctl.settings import SOURCE_ROOT

STEPS = SOURCE_ROOT / "migrations" / "versions"


def newest() -> str:
    """The revision that this program works with: the last of the numbered steps."""
    return max(path.stem.split("_", 1)[0] for path in STEPS.glob("[0-9]*_*.py"))


async def is_current(engine: AsyncEngine) -> bool:
    """False for a database without tables, too. Raises `DatabaseAway`."""
    try:
        with answered(engine.url):
            async with engine.connect() as connection:
                found = await connection.scalar(text("SELECT version_num FROM alembic_version"))
    except DatabaseUnprepared:
        return False
    return bool(found == newest())
