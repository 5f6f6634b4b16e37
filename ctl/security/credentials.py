"""What proves an account: password, second factor, one-time link. Who manages accounts gets to see none of them.

Every method raises `DatabaseAway` or `DatabaseUnprepared`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from ctl.database.engine import answered
from ctl.security.accounts import login_of
from ctl.security.models import Account, PasswordLink, SessionRow
from ctl.security.sessions import hashed, new_token

LINK_HOLDS = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Proofs:
    """As kept: hashed and locked. ``account`` None: there is no such account, or it is shut."""

    account: int | None = None
    password: str | None = None
    totp: str | None = None
    password_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Link:
    account: int
    login: str
    name: str


class Credentials:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def of_login(self, login: str) -> Proofs:
        return await self._proofs(Account.login == login_of(login))

    async def of(self, account: int) -> Proofs:
        return await self._proofs(Account.id == account)

    async def _proofs(self, which: ColumnElement[bool]) -> Proofs:
        asked = select(Account.id, Account.password, Account.totp, Account.password_at).where(
            which, Account.disabled_at.is_(None)
        )
        with answered(self._engine.url):
            async with self._engine.connect() as connection:
                row = (await connection.execute(asked)).one_or_none()
        return Proofs(row.id, row.password, row.totp, row.password_at) if row else Proofs()

    async def set_password(self, account: int, password: str, now: datetime) -> None:
        """``password`` is hashed already. Links that wait are void from now on."""
        await self._set(account, {"password": password, "password_at": now}, void_links=True)

    async def rehash(self, account: int, password: str) -> None:
        """The same password, hashed with today's parameters."""
        await self._set(account, {"password": password})

    async def set_second_factor(self, account: int, totp: str, recovery: list[str], step: int) -> None:
        """``totp`` is locked already, ``recovery`` hashed; ``step`` was used to confirm."""
        await self._set(account, {"totp": totp, "recovery": recovery, "totp_step": step})

    async def drop_second_factor(self, account: int) -> None:
        await self._set(account, {"totp": None, "recovery": [], "totp_step": 0})

    async def set_recovery(self, account: int, recovery: list[str]) -> None:
        await self._set(account, {"recovery": recovery})

    async def signed_in(self, account: int, now: datetime) -> None:
        await self._set(account, {"signed_in_at": now})

    async def _set(self, account: int, values: dict[str, object], *, void_links: bool = False) -> None:
        with answered(self._engine.url):
            async with self._engine.begin() as connection:
                await connection.execute(update(Account).where(Account.id == account).values(values))
                if void_links:
                    await connection.execute(delete(PasswordLink).where(PasswordLink.account == account))

    async def use_step(self, account: int, step: int) -> bool:
        """False when a code of this time step, or a later one, was used before."""
        fresh = update(Account).where(Account.id == account, Account.totp_step < step).values(totp_step=step)
        with answered(self._engine.url):
            async with self._engine.begin() as connection:
                return (await connection.execute(fresh)).rowcount == 1

    async def use_recovery(self, account: int, code: str) -> bool:
        """``code`` is hashed. True once."""
        used = (
            update(Account)
            .where(Account.id == account, Account.recovery.any_() == code)
            .values(recovery=func.array_remove(Account.recovery, code))
        )
        with answered(self._engine.url):
            async with self._engine.begin() as connection:
                return (await connection.execute(used)).rowcount == 1

    async def make_link(self, account: int, by: str, now: datetime, *, second_factor: bool = False) -> str:
        """A token with which the owner sets the password, once, within `LINK_HOLDS`. Earlier ones are void."""
        token = new_token()
        values = {
            "token": hashed(token),
            "account": account,
            "made_at": now,
            "made_by": by,
            "expires_at": now + LINK_HOLDS,
            "second_factor": second_factor,
        }
        with answered(self._engine.url):
            async with self._engine.begin() as connection:
                await connection.execute(delete(PasswordLink).where(PasswordLink.account == account))
                await connection.execute(insert(PasswordLink).values(values))
        return token

    async def link(self, token: str, now: datetime) -> Link | None:
        """Whose link this is; None when it is void."""
        asked = (
            select(Account.id, Account.login, Account.name)
            .join(PasswordLink, PasswordLink.account == Account.id)
            .where(PasswordLink.token == hashed(token), PasswordLink.expires_at > now, Account.disabled_at.is_(None))
        )
        with answered(self._engine.url):
            async with self._engine.connect() as connection:
                row = (await connection.execute(asked)).one_or_none()
        return Link(row.id, row.login, row.name) if row else None

    async def use_link(self, token: str, password: str, now: datetime) -> bool:
        """Set the password (hashed already) with a link, once; every session of the account ends."""
        taken = (
            delete(PasswordLink)
            .where(PasswordLink.token == hashed(token), PasswordLink.expires_at > now)
            .returning(PasswordLink.account, PasswordLink.second_factor)
        )
        with answered(self._engine.url):
            async with self._engine.begin() as connection:
                row = (await connection.execute(taken)).one_or_none()
                if row is None:
                    return False
                values: dict[str, object] = {"password": password, "password_at": now}
                if row.second_factor:
                    values |= {"totp": None, "recovery": [], "totp_step": 0}
                await connection.execute(update(Account).where(Account.id == row.account).values(values))
                await connection.execute(delete(SessionRow).where(SessionRow.account == row.account))
        return True
