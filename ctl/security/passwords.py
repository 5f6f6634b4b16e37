"""Passwords: argon2id (RFC 9106), in a thread of its own, and what a password must be (NIST SP 800-63B §3.1.1).

At least twelve signs, any signs; not one that is easily guessed; nothing about digits or capitals, no expiry.
"""

import asyncio
import os
import unicodedata
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn

SHORTEST, LONGEST = 12, 128
TOO_EASY = 3
"""A score below this (of 0 to 4) means that guessing takes less than 10^8 tries."""
LOOKED_AT = 72
"""So many signs decide how easily a password is guessed."""
CENTRE_WORDS = ("toshima", "toritsugi", "callcenter", "callcentre", "豊島区", "コールセンター")
WAITING = 30
"""So many may wait for the one thread; more are told to come again (`Busy`)."""

T = TypeVar("T")


class Busy(Exception):
    """Too many passwords are being checked at once."""


class BadPassword(Exception):
    """The sentence says, in Japanese, what is wrong."""


def plain(password: str) -> str:
    """One spelling of the same signs, however they were typed (a full-width Ａ is an A)."""
    return unicodedata.normalize("NFKC", password)


def check(password: str, about: Iterable[str]) -> None:
    """Raises `BadPassword`. ``about``: the account's login and name, which others know."""
    given = plain(password)
    if len(given) < SHORTEST:
        raise BadPassword(f"{SHORTEST}文字以上にしてください。")
    if len(given) > LONGEST:
        raise BadPassword(f"{LONGEST}文字以内にしてください。")
    known = [word.lower() for word in (*about, *CENTRE_WORDS) if word]
    if zxcvbn(given[:LOOKED_AT], user_inputs=known)["score"] < TOO_EASY:
        raise BadPassword("推測されやすいパスワードです。関係のない単語をいくつか並べるなど、別のものにしてください。")


class Passwords:
    """Hashes and checks, one at a time and behind the telephones: a guesser must not cost a call its sound."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=1)
        self._thread = ThreadPoolExecutor(1, "passwords", initializer=os.nice, initargs=(10,))
        self._waiting = 0
        self._of_nobody = cache(lambda: self._hasher.hash(os.urandom(16).hex()))

    async def hashed(self, password: str) -> str:
        """Raises `Busy`."""
        return await self._aside(lambda: self._hasher.hash(plain(password)))

    async def right(self, password: str, known: str | None) -> bool:
        """Whether it is the one. Takes as long when there is no account (``known`` None). Raises `Busy`."""
        return await self._aside(lambda: self._verify(password, known))

    def stale(self, known: str) -> bool:
        """Whether the hash was made with weaker parameters than today's."""
        return self._hasher.check_needs_rehash(known)

    def _verify(self, password: str, known: str | None) -> bool:
        try:
            same = self._hasher.verify(known or self._of_nobody(), plain(password)[: 4 * LONGEST])
        except (VerificationError, InvalidHashError):
            return False
        return same and known is not None

    async def _aside(self, work: Callable[[], T]) -> T:
        if self._waiting >= WAITING:
            raise Busy
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        finally:
            self._waiting -= 1
