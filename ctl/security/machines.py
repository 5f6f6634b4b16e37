"""Programs that sign in with a token: to the data that its scopes name, until it ends or is revoked.

A token is shown once, when it is made; only its hash is kept. Whoever has it needs no second factor, so it never opens
what belongs to people: accounts, tokens, taking settings back, and listening to calls.
"""

import secrets
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import Row, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from ctl.database.engine import DatabaseAway, answered
from ctl.security.models import MachineToken
from ctl.security.policy import Action, Reach
from ctl.security.sessions import hashed
from ctl.security.who import Who

SCOPES = (
    Action.SEE_FLOOR,
    Action.SEE_WALLBOARD,
    Action.SEE_CALLS,
    Action.SEE_NUMBERS,
    Action.HEAR_RECORDINGS,
    Action.EXPORT_CALLS,
    Action.SEE_ALARMS,
    Action.SWITCH_MODE,
    Action.ANNOUNCE,
    Action.SEE_SETTINGS,
    Action.EDIT_SETTINGS,
    Action.SEE_AUDIT,
    Action.EXPORT_AUDIT,
    Action.SEE_METRICS,
)
"""What a token can be for."""
LONGEST = timedelta(days=366)
PREFIX = "ctl_"
"""So that a token is found where it does not belong, by people and by programs that look for secrets."""
NOTED_EVERY = timedelta(minutes=1)
REMEMBERED_FOR = timedelta(minutes=5)
REMEMBERED = 200


@dataclass(frozen=True, slots=True)
class Machine(Who):
    """A program with a token."""

    scopes: frozenset[Action] = frozenset()

    def reach(self, action: Action) -> Reach:
        return Reach.ALL if action in self.scopes else Reach.NONE


@dataclass(frozen=True, slots=True)
class Token:
    """What is known of a token. The token itself is not."""

    name: str
    scopes: frozenset[Action]
    created_at: datetime
    created_by: str
    expires_at: datetime
    revoked_at: datetime | None = None
    used_at: datetime | None = None
    used_from: str | None = None

    def holds(self, now: datetime) -> bool:
        return self.revoked_at is None and now < self.expires_at

    @property
    def machine(self) -> Machine:
        login = f"token:{self.name}"
        return Machine(0, login, self.name, frozenset(), scopes=self.scopes)


class BadToken(Exception):
    """What is wrong with what was asked for: the field, and what is allowed."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field, self.message = field, message


class Tokens(Protocol):
    """Where tokens are kept. Raises `DatabaseAway` or `DatabaseUnprepared`."""

    async def make(self, name: str, scopes: Iterable[Action], until: datetime, by: str, now: datetime) -> str: ...
    async def find(self, token: str, where: str, now: datetime) -> Token | None: ...
    async def all(self) -> Sequence[Token]: ...
    async def revoke(self, name: str, now: datetime) -> bool: ...


def givable(maker: Who) -> tuple[Action, ...]:
    """What somebody may give to a program: what he may do himself, and for all, for a token knows no own calls or groups."""
    return tuple(scope for scope in SCOPES if maker.reach(scope) is Reach.ALL)


def checked(name: str, scopes: Iterable[Action], until: datetime, now: datetime) -> frozenset[Action]:
    """The scopes, when all of it is allowed. Raises `BadToken`."""
    if not (2 <= len(name) <= 64 and name.isascii() and all(sign.isalnum() or sign in "._-" for sign in name)):
        raise BadToken("name", "2 to 64 of a-z, A-Z, 0-9, '.', '_', '-'")
    wanted = frozenset(scopes)
    if not wanted or not wanted <= set(SCOPES):
        raise BadToken("scopes", f"one or more of {', '.join(SCOPES)}")
    if not now < until <= now + LONGEST:
        raise BadToken("until", f"1 to {LONGEST.days} days from now")
    return wanted


def new() -> str:
    """256 random bits."""
    return PREFIX + secrets.token_urlsafe(32)


class KeptTokens:
    """Those in Postgres; for five minutes without it those that were good when last looked at stay good."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._in_mind: OrderedDict[str, tuple[Token, datetime]] = OrderedDict()

    async def make(self, name: str, scopes: Iterable[Action], until: datetime, by: str, now: datetime) -> str:
        """The new token. Raises `BadToken` when the name is taken, by a token that was revoked too."""
        wanted, token = checked(name, scopes, until, now), new()
        row: dict[str, object] = {"name": name, "hash": hashed(token), "scopes": sorted(wanted)}
        row |= {"created_at": now, "created_by": by, "expires_at": until}
        try:
            with answered(self._engine.url):
                async with self._engine.begin() as connection:
                    await connection.execute(insert(MachineToken), row)
        except IntegrityError:
            raise BadToken("name", f"there is, or was, a token {name!r} already: choose another name") from None
        return token

    async def find(self, token: str, where: str, now: datetime) -> Token | None:
        key = hashed(token)
        try:
            found = await self._read(key, where, now)
        except DatabaseAway:
            known = self._in_mind.get(key)
            if known is None:
                raise
            return known[0] if known[0].holds(now) and now - known[1] < REMEMBERED_FOR else None
        self._in_mind.pop(key, None)
        if found is None or not found.holds(now):
            return None
        self._in_mind[key] = found, now
        while len(self._in_mind) > REMEMBERED:
            self._in_mind.popitem(last=False)
        return found

    async def all(self) -> Sequence[Token]:
        """Every token that there is or was, the newest first."""
        newest_first = select(MachineToken.__table__).order_by(MachineToken.created_at.desc(), MachineToken.id.desc())
        with answered(self._engine.url):
            async with self._engine.connect() as connection:
                return [_token(row) for row in await connection.execute(newest_first)]

    async def revoke(self, name: str, now: datetime) -> bool:
        """End a token at once. False when none of this name holds."""
        ending = (
            update(MachineToken)
            .where(MachineToken.name == name, MachineToken.revoked_at.is_(None))
            .values(revoked_at=now)
        )
        with answered(self._engine.url):
            async with self._engine.begin() as connection:
                done = await connection.execute(ending)
        return bool(done.rowcount)

    async def _read(self, key: str, where: str, now: datetime) -> Token | None:
        wanted = select(MachineToken.__table__).where(MachineToken.hash == key)
        with answered(self._engine.url):
            async with self._engine.begin() as connection:
                row = (await connection.execute(wanted)).one_or_none()
                if row is None:
                    return None
                if row.used_at is None or now - row.used_at >= NOTED_EVERY or row.used_from != where:
                    used = update(MachineToken).where(MachineToken.id == row.id)
                    await connection.execute(used.values(used_at=now, used_from=where))
        return _token(row)


class MemoryTokens:
    """Tokens that end with the process."""

    def __init__(self) -> None:
        self._known: dict[str, Token] = {}

    async def make(self, name: str, scopes: Iterable[Action], until: datetime, by: str, now: datetime) -> str:
        wanted, token = checked(name, scopes, until, now), new()
        if any(one.name == name for one in self._known.values()):
            raise BadToken("name", f"there is, or was, a token {name!r} already: choose another name")
        self._known[hashed(token)] = Token(name, wanted, now, by, until)
        return token

    async def find(self, token: str, where: str, now: datetime) -> Token | None:
        found = self._known.get(hashed(token))
        return found if found is not None and found.holds(now) else None

    async def all(self) -> Sequence[Token]:
        return list(reversed(self._known.values()))

    async def revoke(self, name: str, now: datetime) -> bool:
        for key, one in self._known.items():
            if one.name == name and one.revoked_at is None:
                self._known[key] = Token(one.name, one.scopes, one.created_at, one.created_by, one.expires_at, now)
                return True
        return False


def _token(row: Row[Any]) -> Token:
    known = {str(action) for action in Action}
    return Token(
        row.name,
        frozenset(Action(scope) for scope in row.scopes if scope in known),
        row.created_at,
        row.created_by,
        row.expires_at,
        row.revoked_at,
        row.used_at,
        row.used_from,
    )
