"""The way to Postgres.

Two roles: the program works as `USER`, which may read and write rows but owns nothing, and therefore can neither change
tables nor touch what is only ever added to (`ctl.security.audit`). `OWNER` owns the tables; only migrations use it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from asyncpg import PostgresConnectionError
from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from ctl.secrets import Secrets
from ctl.settings import Settings

DATABASE = "toritsugi"
OWNER = "toritsugi"
USER = "toritsugi_app"

CONNECT_S = 5.0
"""An absent Postgres is noticed within this time."""
STATEMENT_S = 30.0


class DatabaseAway(Exception):
    """Postgres does not answer. Calls do not depend on it; what they leave behind is shipped when it is back."""


class DatabaseUnprepared(Exception):
    """Postgres answers, but our tables are not there, or are older than this program."""


def url(settings: Settings, secrets: Secrets) -> URL:
    """Where the centre's database is. The text form of a URL hides the password."""
    return _url(settings, USER, secrets.postgres_app)


def owner_url(settings: Settings, secrets: Secrets) -> URL:
    """The same as the owner of the tables."""
    return _url(settings, OWNER, secrets.postgres)


def _url(settings: Settings, user: str, password: str) -> URL:
    host = settings.postgres_host or str(settings.address)
    return URL.create("postgresql+asyncpg", user, password, host, settings.postgres_port, DATABASE)


def engine_for(where: URL, statement_s: float | None = STATEMENT_S) -> AsyncEngine:
    """A small pool that finds out about dead connections before it gives them away.

    ``statement_s``: how long a statement may take; None for as long as it needs.
    """
    return create_async_engine(
        where,
        pool_size=4,
        max_overflow=4,
        pool_pre_ping=True,
        pool_timeout=CONNECT_S,
        connect_args={"timeout": CONNECT_S, "command_timeout": statement_s, "server_settings": {"timezone": "UTC"}},
    )


def engine_of(settings: Settings) -> AsyncEngine:
    """The engine of a centre."""
    return engine_for(url(settings, Secrets.of(settings)))


def owner_engine_of(settings: Settings) -> AsyncEngine:
    """For migrations alone."""
    return engine_for(owner_url(settings, Secrets.of(settings)))


UNPREPARED = {"42P01", "42703", "3F000", "42501"}
"""SQLSTATE: no such table, no such column, no such schema, not allowed (a migration grants it)."""
AWAY_CLASSES = ("08", "57P", "53")
"""SQLSTATE: connection failures, the server shuts down or starts up, it has no resources."""

REFUSED = ("28", "3D000")
"""SQLSTATE: wrong password or user, no such database."""


@contextmanager
def answered(where: URL | str = "Postgres") -> Iterator[None]:
    """Turn the many ways of a database to be absent into `DatabaseAway`, and a missing table into words."""
    try:
        yield
    except (OSError, TimeoutError, PostgresConnectionError, InterfaceError) as error:
        raise DatabaseAway(_away(where, error)) from error
    except DBAPIError as error:
        state = str(getattr(error.orig, "sqlstate", None) or "")
        if state in UNPREPARED:
            raise DatabaseUnprepared(f"{_place(where)}: {error.orig}; run `ctl database migrate`") from error
        if state.startswith(REFUSED):
            raise DatabaseAway(
                f"{_place(where)} refuses us ({error.orig}): is it the database of another centre? CTL_HOME, CTL_ADDRESS "
                f"and CTL_POSTGRES_PORT belong together. One from before {USER} gets it at the next start of `ctl up`"
            ) from error
        if error.connection_invalidated or state.startswith(AWAY_CLASSES):
            raise DatabaseAway(_away(where, error.orig or error)) from error
        raise


def _place(where: URL | str) -> str:
    return f"Postgres at {where.host}:{where.port}" if isinstance(where, URL) else where


def _away(where: URL | str, error: BaseException) -> str:
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    return f"{_place(where)} does not answer ({reason}); see `ctl status`, or start the centre with `ctl up`"
