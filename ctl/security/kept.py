"""Sessions in Postgres, with what was lately seen of them in mind for the time without it.

Roles are read with every request, so that what is taken away is gone at once. While Postgres is away nobody can sign
in, but people who are keep their floor: a session that was good when last looked at stays good within its limits.
"""

import logging
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from ctl.database.engine import DatabaseAway, answered
from ctl.security.accounts import SHOWN, person
from ctl.security.models import Account, SessionRow
from ctl.security.policy import Role
from ctl.security.sessions import USUAL, Limits, Session, hashed, name_of, new_token
from ctl.security.who import Who

log = logging.getLogger(__name__)

NOTED_EVERY = timedelta(minutes=1)
"""Use of a session is written down no more often."""
REMEMBERED = 1000
"""Sessions in mind."""
TRIED_EVERY = timedelta(seconds=3)
"""An absent Postgres is not asked with every request."""
LONGEST_AGENT = 200


class KeptSessions:
    """``second_factor``: the roles that must have one."""

    def __init__(self, engine: AsyncEngine, second_factor: frozenset[Role], limits: Limits = USUAL) -> None:
        self._engine = engine
        self._limits = limits
        self._second_factor = second_factor
        self._in_mind: OrderedDict[str, Session] = OrderedDict()
        self._away_until: datetime | None = None

    async def find(self, token: str, now: datetime) -> Session | None:
        key = hashed(token)
        if self._away_until is not None and now < self._away_until:
            return self._recalled(key, now)
        try:
            found = await self._read(key, now)
        except DatabaseAway as error:
            if self._away_until is None:
                log.warning("sessions are recalled, not read: %s", error)
            self._away_until = now + TRIED_EVERY
            return self._recalled(key, now)
        self._away_until = None
        if found is None:
            self._in_mind.pop(key, None)
            return None
        return self._kept_in_mind(key, found)

    def _recalled(self, key: str, now: datetime) -> Session | None:
        known = self._in_mind.get(key)
        if known is None or not self._limits.allow(known, now):
            return None
        return self._kept_in_mind(key, replace(known, seen_at=now))

    def _kept_in_mind(self, key: str, session: Session) -> Session:
        self._in_mind[key] = session
        self._in_mind.move_to_end(key)
        while len(self._in_mind) > REMEMBERED:
            self._in_mind.popitem(last=False)
        return session

    async def _read(self, key: str, now: datetime) -> Session | None:
        asked = select(SessionRow, *SHOWN).join(Account).where(SessionRow.token == key, Account.disabled_at.is_(None))
        with answered(self._engine.url):
            async with self._engine.connect() as connection:
                row = (await connection.execute(asked)).one_or_none()
                if row is None:
                    return None
                found = self._session(row)
                recalled = self._in_mind.get(key)
                used_at = max(found.seen_at, recalled.seen_at if recalled else found.seen_at)
                if not self._limits.allow(replace(found, seen_at=used_at), now):
                    await connection.execute(delete(SessionRow).where(SessionRow.token == key))
                    await connection.commit()
                    return None
                if now - found.seen_at >= NOTED_EVERY:
                    await connection.execute(update(SessionRow).where(SessionRow.token == key).values(seen_at=now))
                    await connection.commit()
        return replace(found, seen_at=now)

    def _session(self, row: Row[Any]) -> Session:
        found = dict(row._mapping)
        columns = {name: found.pop(name) for name in ("token", "began_at", "seen_at", "proved_at", "where", "agent")}
        found.pop("account")
        owner = person(found)
        owes = bool(owner.roles & self._second_factor) and not owner.second_factor
        token = str(columns.pop("token"))
        return Session(name_of(token), owner.who, **columns, owes_second_factor=owes)

    async def begin(self, who: Who, now: datetime, where: str, agent: str) -> str:
        token = new_token()
        values = {
            "token": hashed(token),
            "account": who.account,
            "began_at": now,
            "seen_at": now,
            "proved_at": now,
            "where": where,
            "agent": "".join(sign for sign in agent if sign.isprintable())[:LONGEST_AGENT],
        }
        with answered(self._engine.url):
            async with self._engine.begin() as connection:
                idle, absolute = now - self._limits.idle, now - self._limits.absolute
                over = (SessionRow.seen_at < idle) | (SessionRow.began_at < absolute)
                await connection.execute(delete(SessionRow).where(over))
                await connection.execute(insert(SessionRow).values(values))
        return token

    async def proved(self, token: str, now: datetime) -> None:
        with answered(self._engine.url):
            async with self._engine.begin() as connection:
                where = SessionRow.token == hashed(token)
                await connection.execute(update(SessionRow).where(where).values(proved_at=now))

    async def of(self, account: int, now: datetime) -> Sequence[Session]:
        asked = select(SessionRow, *SHOWN).join(Account).where(SessionRow.account == account)
        with answered(self._engine.url):
            async with self._engine.connect() as connection:
                rows = (await connection.execute(asked.order_by(SessionRow.began_at))).all()
        return [one for row in rows if self._limits.allow(one := self._session(row), now)]

    async def end(self, token: str) -> None:
        await self._end(SessionRow.token == hashed(token))

    async def end_one(self, account: int, session: str) -> None:
        await self._end((SessionRow.account == account) & SessionRow.token.startswith(session, autoescape=True))

    async def end_all(self, account: int, but: str | None = None) -> int:
        which = SessionRow.account == account
        if but:
            which &= ~SessionRow.token.startswith(but, autoescape=True)
        return await self._end(which)

    async def _end(self, which: ColumnElement[bool]) -> int:
        with answered(self._engine.url):
            async with self._engine.begin() as connection:
                ended = await connection.scalars(delete(SessionRow).where(which).returning(SessionRow.token))
                gone = list(ended)
        for key in gone:
            self._in_mind.pop(key, None)
        return len(gone)
