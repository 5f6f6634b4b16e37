"""Vain attempts to sign in, kept in Postgres so that a restart forgives nothing. The rules: `ctl.security.backoff`.

An attempt counts before it is looked at, so that many at once are many; success takes the account's count away.
"""

from datetime import datetime

from sqlalchemy import case, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from ctl.database.engine import answered
from ctl.security.backoff import CODES, FORGOTTEN, Count, code_key, keys, wait_s
from ctl.security.models import LoginFailure

_OURS = 7_464_733
"""With an address, or an account, it names a lock: attempts from it are counted one after the other."""


class Failures:
    """Methods raise `DatabaseAway` or `DatabaseUnprepared`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def attempt(self, login: str, where: str, now: datetime, *, code: bool = False) -> int:
        """Count an attempt and give 0; or the seconds for which this one is not looked at, nor counted.

        ``code``: what is shown may be a code of the second factor.
        """
        rules = dict(keys(login, where))
        if code:
            rules[code_key(login)] = CODES
        known = select(LoginFailure).where(LoginFailure.key.in_(rules))
        with answered(self._engine.url):
            async with self._engine.begin() as connection:
                for name in (where, code_key(login)) if code else (where,):
                    await connection.execute(select(func.pg_advisory_xact_lock(_OURS, func.hashtext(name))))
                rows = (await connection.execute(known)).all()
                if wait := wait_s(((rules[row.key], Count(row.failures, row.last_at)) for row in rows), now):
                    return wait
                added = insert(LoginFailure).values([{"key": key, "failures": 1, "last_at": now} for key in rules])
                again = case((LoginFailure.last_at < now - FORGOTTEN, 1), else_=LoginFailure.failures + 1)
                await connection.execute(
                    added.on_conflict_do_update(index_elements=["key"], set_={"failures": again, "last_at": now})
                )
        return 0

    async def succeeded(self, login: str, where: str, attempts: int, codes: int = 0) -> None:
        """So many attempts that were counted, ``codes`` of them as codes, were no failures; the account's from here are forgiven."""
        (account, _), (address, _) = keys(login, where)
        with answered(self._engine.url):
            async with self._engine.begin() as connection:
                await connection.execute(delete(LoginFailure).where(LoginFailure.key == account))
                for key, counted in ((address, attempts), (code_key(login), codes)):
                    fewer = update(LoginFailure).where(LoginFailure.key == key)
                    await connection.execute(fewer.values(failures=func.greatest(0, LoginFailure.failures - counted)))

    async def forget(self, now: datetime) -> None:
        """Drop what counts no more."""
        with answered(self._engine.url):
            async with self._engine.begin() as connection:
                await connection.execute(delete(LoginFailure).where(LoginFailure.last_at < now - FORGOTTEN))
