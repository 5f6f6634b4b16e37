"""Sessions of signed-in people: a random token in the browser, everything else here.

Whoever reads where sessions are kept cannot use them: only the token's hash is there.
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from ctl.security.who import Who
from ctl.settings import Settings

PROVED = timedelta(minutes=5)
"""So long after password or code were given, sensitive actions need no new proof (step-up)."""


@dataclass(frozen=True, slots=True)
class Session:
    """``id`` names the session in lists; it opens nothing. ``proved_at``: when password or code were last given."""

    id: str
    who: Who
    began_at: datetime
    seen_at: datetime
    proved_at: datetime
    where: str = ""
    agent: str = ""
    owes_second_factor: bool = False
    """The role needs a second factor and the account has none yet: only the account page opens."""

    def proved(self, now: datetime) -> bool:
        return now - self.proved_at < PROVED


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a session may be unused, and last at all: by default an hour, and a working day."""

    idle: timedelta = timedelta(minutes=60)
    absolute: timedelta = timedelta(hours=12)

    @classmethod
    def of(cls, settings: Settings) -> "Limits":
        return cls(timedelta(minutes=settings.session_idle_minutes), timedelta(hours=settings.session_hours))

    def allow(self, session: Session, now: datetime) -> bool:
        return now - session.seen_at < self.idle and now - session.began_at < self.absolute


USUAL = Limits()


class Sessions(Protocol):
    """Where sessions are kept. Methods raise `DatabaseAway` when that is not to be reached.

    `find` counts as use of the session. It knows lately used ones even without a database.
    """

    async def find(self, token: str, now: datetime) -> Session | None: ...
    async def begin(self, who: Who, now: datetime, where: str, agent: str) -> str: ...
    async def proved(self, token: str, now: datetime) -> None: ...
    async def end(self, token: str) -> None: ...
    async def of(self, account: int, now: datetime) -> Sequence[Session]: ...
    async def end_one(self, account: int, session: str) -> None: ...
    async def end_all(self, account: int, but: str | None = None) -> int: ...


def new_token() -> str:
    """256 random bits."""
    return secrets.token_urlsafe(32)


def hashed(token: str) -> str:
    """A token is random enough that a fast hash gives nothing away."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def csrf_of(token: str) -> str:
    """What a form must carry to be believed; tells nothing about the token it belongs to."""
    return hmac.new(token.encode("utf-8", "surrogateescape"), b"csrf", hashlib.sha256).hexdigest()


def name_of(hash_of_token: str) -> str:
    return hash_of_token[:16]
