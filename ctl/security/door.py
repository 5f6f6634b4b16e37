"""Signing in: who knocks, what they must show, and how long they wait after showing the wrong thing.

An unknown login, a wrong password and a shut account cannot be told apart, not by words nor by time nor by waiting.
"""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from ctl.secrets import Secrets
from ctl.security.accounts import Accounts, login_of
from ctl.security.credentials import Credentials, Proofs
from ctl.security.failures import Failures
from ctl.security.kept import KeptSessions
from ctl.security.passwords import Passwords, check
from ctl.security.policy import Role
from ctl.security.secondfactor import Locker, recovery_codes, recovery_hash, step_of
from ctl.security.sessions import USUAL, Limits, hashed
from ctl.security.who import Who

CODE_WITHIN = timedelta(minutes=5)
"""Between password and code."""
MOST_PENDING = 1000


@dataclass(frozen=True, slots=True)
class Wait:
    """Not looked at for so long."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Wrong:
    """What was shown is not right."""


@dataclass(frozen=True, slots=True)
class CodeWanted:
    """The password is right; the second factor is still to come."""


@dataclass(frozen=True, slots=True)
class Welcome:
    who: Who


Answer = Wait | Wrong | CodeWanted | Welcome


@dataclass(frozen=True, slots=True)
class _Pending:
    account: int
    login: str
    since: datetime


@dataclass(slots=True)
class Door:
    """Methods raise `DatabaseAway`, `DatabaseUnprepared` or `Busy`."""

    accounts: Accounts
    credentials: Credentials
    failures: Failures
    sessions: KeptSessions
    locker: Locker
    second_factor: frozenset[Role]
    passwords: Passwords = field(default_factory=Passwords)
    _pending: OrderedDict[str, _Pending] = field(default_factory=OrderedDict)

    @classmethod
    def of(
        cls, engine: AsyncEngine, secrets: Secrets, second_factor: frozenset[Role], limits: Limits = USUAL
    ) -> "Door":
        return cls(
            Accounts(engine),
            Credentials(engine),
            Failures(engine),
            KeptSessions(engine, second_factor, limits),
            Locker.of(secrets),
            second_factor,
        )

    async def knock(self, login: str, password: str, where: str, visitor: str, now: datetime) -> Answer:
        """Password first. ``visitor``: the token of the browser, which must bring the code, too."""
        name = login_of(login)
        if wait := await self.failures.attempt(name, where, now):
            return Wait(wait)
        proofs = await self.credentials.of_login(name)
        if not await self.passwords.right(password, proofs.password) or proofs.account is None:
            return Wrong()
        await self._renew(proofs, password, now)
        if proofs.totp is not None:
            self._pending[hashed(visitor)] = _Pending(proofs.account, name, now)
            while len(self._pending) > MOST_PENDING:
                self._pending.popitem(last=False)
            return CodeWanted()
        return await self._let_in(proofs.account, name, where, now)

    def pending(self, visitor: str, now: datetime) -> str | None:
        """Whose code is awaited from this browser."""
        found = self._pending.get(hashed(visitor))
        return found.login if found and now - found.since < CODE_WITHIN else None

    async def show_code(self, code: str, where: str, visitor: str, now: datetime) -> Answer:
        """Then the code of the authenticator, or a recovery code. `Wrong` too when no code is awaited (any more)."""
        found = self._pending.get(hashed(visitor))
        if found is None or self.pending(visitor, now) is None:
            return Wrong()
        if wait := await self.failures.attempt(found.login, where, now, code=True):
            return Wait(wait)
        proofs = await self.credentials.of(found.account)
        if proofs.password_at is not None and proofs.password_at > found.since:  # the password that was shown is old
            self._pending.pop(hashed(visitor), None)
            return Wrong()
        if not await self.right_code(proofs, code, now):
            return Wrong()
        self._pending.pop(hashed(visitor), None)
        return await self._let_in(found.account, found.login, where, now, codes=1)

    async def prove(self, who: Who, shown: str, where: str, now: datetime, *, code_will_do: bool = True) -> Answer:
        """The password, or a code where that will do, once more (step-up)."""
        proofs = await self.credentials.of(who.account)
        code = code_will_do and proofs.totp is not None
        if wait := await self.failures.attempt(who.login, where, now, code=code):
            return Wait(wait)
        right = code and await self.right_code(proofs, shown, now)
        if not right and not await self.passwords.right(shown, proofs.password):
            return Wrong()
        await self.failures.succeeded(who.login, where, 1, codes=int(code))
        return Welcome(who)

    async def right_code(self, proofs: Proofs, code: str, now: datetime) -> bool:
        """Whether it is a code of the account's second factor that was not used before."""
        secret = self.locker.open(proofs.totp) if proofs.totp else None
        if proofs.account is None or secret is None:
            return False
        step = step_of(secret, code, now)
        if step is not None:
            return await self.credentials.use_step(proofs.account, step)
        return await self.credentials.use_recovery(proofs.account, recovery_hash(proofs.account, code))

    async def _let_in(self, account: int, login: str, where: str, now: datetime, codes: int = 0) -> Answer:
        """After a password, and so many codes."""
        person = await self.accounts.by_id(account)
        if person is None or person.disabled_at is not None:
            return Wrong()
        await self.failures.succeeded(login, where, 1 + codes, codes)
        await self.credentials.signed_in(account, now)
        return Welcome(person.who)

    async def _renew(self, proofs: Proofs, password: str, now: datetime) -> None:
        if proofs.account and proofs.password and self.passwords.stale(proofs.password):
            await self.credentials.rehash(proofs.account, await self.passwords.hashed(password))

    async def new_password(self, password: str, about: Iterable[str]) -> str:
        """The hash of a password that may be one. Raises `BadPassword`."""
        check(password, about)
        return await self.passwords.hashed(password)

    async def new_recovery(self, account: int) -> list[str]:
        """Fresh recovery codes in place of the old ones, told once."""
        codes = recovery_codes()
        await self.credentials.set_recovery(account, [recovery_hash(account, code) for code in codes])
        return codes

    async def keep_second_factor(self, account: int, secret: bytes, code: str, now: datetime) -> list[str] | None:
        """Take a second factor into use once its code is right; gives the recovery codes, None for a wrong code."""
        step = step_of(secret, code, now)
        if step is None:
            return None
        codes = recovery_codes()
        hashes = [recovery_hash(account, one) for one in codes]
        await self.credentials.set_second_factor(account, self.locker.shut(secret), hashes, step)
        return codes
