"""Sessions that end with the process: for tests, and for a web without a database of its own."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from ctl.security.sessions import USUAL, Limits, Session, hashed, name_of, new_token
from ctl.security.who import Who


class MemorySessions:
    """Sessions that end with the process."""

    def __init__(self, limits: Limits = USUAL) -> None:
        self._limits = limits
        self._known: dict[str, Session] = {}

    async def find(self, token: str, now: datetime) -> Session | None:
        key = hashed(token)
        found = self._known.get(key)
        if found is None or not self._limits.allow(found, now):
            self._known.pop(key, None)
            return None
        self._known[key] = seen = replace(found, seen_at=now)
        return seen

    async def begin(self, who: Who, now: datetime, where: str = "", agent: str = "") -> str:
        token = new_token()
        key = hashed(token)
        self._known[key] = Session(name_of(key), who, now, now, now, where, agent)
        return token

    async def proved(self, token: str, now: datetime) -> None:
        key = hashed(token)
        self._known[key] = replace(self._known[key], proved_at=now)

    async def end(self, token: str) -> None:
        self._known.pop(hashed(token), None)

    async def of(self, account: int, now: datetime) -> Sequence[Session]:
        return [one for one in self._known.values() if one.who.account == account and self._limits.allow(one, now)]

    async def end_one(self, account: int, session: str) -> None:
        self._drop(lambda one: one.who.account == account and one.id == session)

    async def end_all(self, account: int, but: str | None = None) -> int:
        return self._drop(lambda one: one.who.account == account and one.id != but)

    def _drop(self, wrong: Callable[[Session], bool]) -> int:
        gone = [key for key, one in self._known.items() if wrong(one)]
        for key in gone:
            del self._known[key]
        return len(gone)
