"""The way to Postgres.

Two roles: the program works as `USER`, which may read and write rows but owns nothing, and therefore can neither change
tables nor touch what is only ever added to (`ctl.security.audit`). `OWNER` owns the tables; only migrations use it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address

from asyncpg import PostgresConnectionError
from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from ctl.database.hosts import Hosts
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


class DatabaseNewer(Exception):
    """A newer program has changed the tables already."""


def url(settings: Settings, secrets: Secrets) -> URL:
    """Where the centre's database is. The text form of a URL hides the password."""
    return _url(settings, USER, secrets.postgres_app)


def owner_url(settings: Settings, secrets: Secrets) -> URL:
    """The same as the owner of the tables."""
    return _url(settings, OWNER, secrets.postgres)


def _url(settings: Settings, user: str, password: str) -> URL:
    places = [
        _at(place, settings.postgres_port) for place in (settings.postgres_host or str(settings.address)).split(",")
    ]
    if len(places) == 1:
        return URL.create("postgresql+asyncpg", user, password, *places[0], DATABASE)
    several = tuple(f"{host}:{port}" for host, port in places)
    return URL.create("postgresql+asyncpg", user, password, database=DATABASE, query={"host": several})


def _at(place: str, port: int) -> tuple[str, int]:
    """``host`` or ``host:port``."""
    host, _, own = place.strip().partition(":")
    return host, int(own or port)


def _several(where: URL) -> tuple[str, ...]:
    """The hosts of a URL that has more than one."""
    return tuple(where.normalized_query.get("host", ()))


def engine_for(where: URL, statement_s: float | None = STATEMENT_S) -> AsyncEngine:
    """A small pool that finds out about dead connections before it gives them away.

    ``statement_s``: how long a statement may take; None for as long as it needs.
    """
    wanted = {"command_timeout": statement_s, "server_settings": {"timezone": "UTC"}}
    pool = {"pool_size": 4, "max_overflow": 4, "pool_pre_ping": True, "pool_timeout": CONNECT_S}
    if several := [_at(place, 0) for place in _several(where)]:
        who = {"user": where.username, "password": where.password, "database": where.database}
        hosts = Hosts(several, CONNECT_S / len(several), **who, **wanted)
        return create_async_engine(where, async_creator=hosts.connect, **pool)
    return create_async_engine(where, connect_args={"timeout": CONNECT_S, **wanted}, **pool)


def engine_of(settings: Settings) -> AsyncEngine:
    """The engine of a centre."""
    return engine_for(url(settings, Secrets.of(settings)))


def owner_engine_of(settings: Settings) -> AsyncEngine:
    """For migrations alone."""
    return engine_for(owner_url(settings, Secrets.of(settings)))


UNPREPARED = {"42P01", "42703", "3F000", "42501"}
"""SQLSTATE: no such table, no such column, no such schema, not allowed (a migration grants it)."""
AWAY_CLASSES = ("08", "57P", "53", "25006")
"""SQLSTATE: connection failures, the server shuts down or starts up, it has no resources, it is a standby."""

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
    if isinstance(where, str):
        return where
    return f"Postgres at {' or '.join(_several(where) or [f'{where.host}:{where.port}'])}"


def _away(where: URL | str, error: BaseException) -> str:
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    if isinstance(error, TimeoutError) and isinstance(where, URL) and where.host and _is_name(where.host):
        reason = f"not in time; if {where.host!r} cannot be resolved: put it into /etc/hosts, or use its address"
    return f"{_place(where)} does not answer ({reason}); see `ctl status`, or start the centre with `ctl up`"


def _is_name(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return True
    return False
