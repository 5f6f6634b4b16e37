"""How long to wait after vain attempts to sign in. Pure.

Counted for each account from each address, and for each address: who guesses waits longer and longer, and the person
whose account is guessed at, at another address, does not. Accounts that do not exist are counted alike, so that
waiting tells nothing.

Codes of the second factor are counted for the account as well, wherever they come from: who gets as far as to guess at
them knows the password, and six digits are few for somebody with many addresses. The owner waits, too, until there is a
new password.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

FORGOTTEN = timedelta(hours=1)
"""After so long without a vain attempt counting begins anew."""


@dataclass(frozen=True, slots=True)
class Rule:
    """The first ``free`` attempts cost nothing; each further one doubles the wait, from one second up to ``most_s``."""

    free: int
    most_s: int

    def wait_s(self, failures: int) -> int:
        over = failures - self.free
        return 0 if over < 0 else min(self.most_s, 2 ** min(over, 20))


ACCOUNT = Rule(free=5, most_s=900)
ADDRESS = Rule(free=30, most_s=300)
"""An office behind one address mistypes more."""


CODES = Rule(free=20, most_s=300)
"""At three codes of a million that fit and one guess in five minutes, a month of guessing succeeds with 3 %."""


@dataclass(frozen=True, slots=True)
class Count:
    failures: int
    last_at: datetime


def keys(login: str, where: str) -> tuple[tuple[str, Rule], ...]:
    """Under which names an attempt is counted. Hashed: what people type into the wrong field must not be kept."""
    both = _hashed(f"{login}\0{where}")
    return (f"account:{both}", ACCOUNT), (f"address:{where}", ADDRESS)


def code_key(login: str) -> str:
    """Under which name an attempt at a code is counted besides, with the rule `CODES`."""
    return f"codes:{_hashed(login)}"


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def wait_s(counts: Iterable[tuple[Rule, Count]], now: datetime) -> int:
    """Whole seconds until the next attempt is looked at; 0 for at once."""
    waits = [
        cost_s - (now - count.last_at).total_seconds()
        for rule, count in counts
        if now - count.last_at < FORGOTTEN and (cost_s := rule.wait_s(count.failures))
    ]
    longest = max(waits, default=0.0)
    return 0 if longest <= 0 else int(longest) + 1
