"""The accounts of the centre: who there is, with which roles. Passwords and the like: `ctl.security.credentials`.

Every method raises `DatabaseAway` or `DatabaseUnprepared`.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Select, delete, func, insert, or_, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ctl.database.engine import answered
from ctl.security.models import Account, PasswordLink
from ctl.security.policy import Role
from ctl.security.who import Who

LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,63}")
LOGIN_ENGLISH = "2 to 64 of a-z, 0-9, '.', '_', '-', beginning with a letter or digit"
LONGEST_NAME = 100
LAST_ADMIN = "最後のシステム管理者です。先に別の人をシステム管理者にしてください。"
_ONE_AT_A_TIME = 7_464_732_003
"""Changes of roles take turns, so that two at once cannot take away the last administrator."""


def login_of(typed: str) -> str:
    """The log-in name that is meant, also when it was typed wide (ｈａｎａｋｏ) or in capitals."""
    return unicodedata.normalize("NFKC", typed).strip().lower()


class BadAccount(Exception):
    """What is wrong with ``field``: ``message`` for the screens, ``english`` for the command line."""

    def __init__(self, field: str, message: str, english: str) -> None:
        super().__init__(f"{field}: {english}")
        self.field, self.message, self.english = field, message, english


@dataclass(frozen=True, slots=True)
class Person:
    """An account, without what proves it. ``has_password``: False until the first link was used."""

    id: int
    login: str
    name: str
    roles: frozenset[Role]
    extension: str | None
    groups: frozenset[str] | None
    has_password: bool
    second_factor: bool
    recovery_left: int
    created_at: datetime
    disabled_at: datetime | None
    signed_in_at: datetime | None

    @property
    def who(self) -> Who:
        return Who(self.id, self.login, self.name, self.roles, self.extension, self.groups)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What may be said of an account by those who manage them."""

    name: str
    roles: frozenset[Role]
    extension: str | None = None
    groups: frozenset[str] | None = None


Column = Literal["login", "name", "signed_in_at", "created_at"]


@dataclass(frozen=True, slots=True)
class PersonQuery:
    """``text`` is looked for in login and name. ``active``: None for all, False for the disabled ones."""

    text: str = ""
    role: Role | None = None
    active: bool | None = None
    sort: Column = "login"
    descending: bool = False
    limit: int = 50
    offset: int = 0


SHOWN = (
    Account.id,
    Account.login,
    Account.name,
    Account.roles,
    Account.extension,
    Account.groups,
    Account.password.is_not(None).label("has_password"),
    Account.totp.is_not(None).label("second_factor"),
    func.cardinality(Account.recovery).label("recovery_left"),
    Account.created_at,
    Account.disabled_at,
    Account.signed_in_at,
)


def person(columns: Mapping[str, Any]) -> Person:
    """From a row of `SHOWN`. A role that this program does not know gives nothing."""
    found = dict(columns)
    known = frozenset(Role(role) for role in found.pop("roles") if role in set(Role))
    groups = found.pop("groups")
    return Person(roles=known, groups=None if groups is None else frozenset(groups), **found)


class Accounts:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def by_login(self, login: str) -> Person | None:
        return await self._one(select(*SHOWN).where(Account.login == login_of(login)))

    async def by_id(self, account: int) -> Person | None:
        return await self._one(select(*SHOWN).where(Account.id == account))

    async def _one(self, asked: Select[Any]) -> Person | None:
        with answered(self._engine.url):
            async with self._engine.connect() as connection:
                row = (await connection.execute(asked)).one_or_none()
        return person(dict(row._mapping)) if row else None

    async def people(self, wanted: PersonQuery) -> tuple[Sequence[Person], int]:
        """One page of them, and how many there are in all."""
        found = select(*SHOWN)
        if wanted.text:
            found = found.where(
                or_(
                    Account.login.icontains(wanted.text, autoescape=True),
                    Account.name.icontains(wanted.text, autoescape=True),
                )
            )
        if wanted.role:
            found = found.where(Account.roles.contains([wanted.role.value]))
        if wanted.active is not None:
            found = found.where(Account.disabled_at.is_(None) if wanted.active else Account.disabled_at.is_not(None))
        column = getattr(Account, wanted.sort)
        ordered = found.order_by((column.desc() if wanted.descending else column.asc()).nulls_last(), Account.id)
        with answered(self._engine.url):
            async with self._engine.connect() as connection:
                rows = (await connection.execute(ordered.limit(wanted.limit).offset(wanted.offset))).all()
                total = await connection.scalar(select(func.count()).select_from(found.subquery()))
        return [person(dict(row._mapping)) for row in rows], total or 0

    async def create(self, login: str, wanted: Wanted, by: str, now: datetime) -> int:
        """Make an account without password. Raises `BadAccount`."""
        given = login_of(login)
        if not LOGIN.fullmatch(given):
            raise BadAccount("login", "半角英数字で始まる2～64文字（英数字と . _ -）にしてください。", LOGIN_ENGLISH)
        _check(wanted)
        values = {**_columns(wanted), "login": given, "created_at": now, "created_by": by}
        with answered(self._engine.url):
            try:
                async with self._engine.begin() as connection:
                    made: int = (
                        await connection.execute(insert(Account).values(values).returning(Account.id))
                    ).scalar_one()
            except IntegrityError:
                raise BadAccount("login", "このログイン名はすでに使われています。", f"{given} exists already") from None
        return made

    async def change(self, account: int, wanted: Wanted) -> None:
        """Raises `BadAccount` when the last administrator would no longer be one."""
        _check(wanted)
        with answered(self._engine.url):
            async with self._engine.begin() as connection:
                if Role.ADMIN not in wanted.roles:
                    await _keep_an_administrator(connection, account, "roles")
                await connection.execute(update(Account).where(Account.id == account).values(_columns(wanted)))

    async def disable(self, account: int, now: datetime) -> None:
        """Links that wait are void as well. Raises `BadAccount` for the last administrator."""
        with answered(self._engine.url):
            async with self._engine.begin() as connection:
                await _keep_an_administrator(connection, account, "login")
                shut = func.coalesce(Account.disabled_at, now)
                await connection.execute(update(Account).where(Account.id == account).values(disabled_at=shut))
                await connection.execute(delete(PasswordLink).where(PasswordLink.account == account))

    async def enable(self, account: int) -> None:
        with answered(self._engine.url):
            async with self._engine.begin() as connection:
                await connection.execute(update(Account).where(Account.id == account).values(disabled_at=None))


def _name(wanted: Wanted) -> str:
    """Japanese names are written with a wide blank between their parts."""
    return wanted.name.replace("\u3000", " ").strip()


def _check(wanted: Wanted) -> None:
    name = _name(wanted)
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise BadAccount(
            "name", f"氏名を{LONGEST_NAME}文字以内で入力してください。", f"1 to {LONGEST_NAME} printable signs"
        )
    if not wanted.roles:
        raise BadAccount("roles", "役割を1つ以上選んでください。", "name at least one role")
    if wanted.extension is not None and not re.fullmatch(r"[0-9]{2,8}", wanted.extension):
        raise BadAccount("extension", "内線番号は数字（例 2001）で入力してください。", "digits, such as 2001")


def _columns(wanted: Wanted) -> dict[str, object]:
    return {
        "name": _name(wanted),
        "roles": sorted(wanted.roles),
        "extension": wanted.extension,
        "groups": None if wanted.groups is None else sorted(wanted.groups),
    }


async def _keep_an_administrator(connection: AsyncConnection, account: int, field: str) -> None:
    await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ONE_AT_A_TIME})
    admins = select(Account.id).where(Account.roles.contains([Role.ADMIN.value]), Account.disabled_at.is_(None))
    if set((await connection.scalars(admins)).all()) == {account}:
        raise BadAccount(field, LAST_ADMIN, "this is the last administrator: make another one first")
