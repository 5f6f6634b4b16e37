"""Operators' PINs, with which they log in at telephones of other numbers: kept as salted hashes, never as they are.

They lie in ``pins.json`` under the centre's home, readable by its owner only. A PIN is made or set by ``ctl operators pin``;
whoever has none can log in at his own telephone only.
"""

import hashlib
import hmac
import json
import os
import secrets
import time
from collections.abc import Callable
from pathlib import Path

from ctl.settings import Settings

SHORTEST, LONGEST = 4, 8
"""Digits. The dialplan takes no more."""
MADE = 6
MOST_FAILURES = 5
LOCKED_FOR_S = 300.0
"""After so many wrong PINs in a row none of this operator is looked at for so long: a million are not tried in a night.

Then the count begins anew: one wrong PIN now and then does not keep the operator out for ever."""
_COST = {"n": 2**12, "r": 8, "p": 1}
"""scrypt: some ten milliseconds, which the switchboard's one thread can spare."""


class BadPin(Exception):
    """Says what is allowed."""


class Pins:
    """Reads the file at every question: it is asked a few times a day, and changed by other processes."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._clock = clock
        self._failures: dict[str, tuple[int, float]] = {}

    @classmethod
    def of(cls, settings: Settings) -> "Pins":
        return cls(settings.under("pins.json"))

    def make(self, operator: str) -> str:
        """A new PIN. It is not kept, so this is the only time that anybody can be told."""
        pin = "".join(secrets.choice("0123456789") for _ in range(MADE))
        self.set(operator, pin)
        return pin

    def set(self, operator: str, pin: str) -> None:
        """Raises `BadPin`."""
        if not (pin.isascii() and pin.isdecimal() and SHORTEST <= len(pin) <= LONGEST):
            raise BadPin(f"a PIN has {SHORTEST} to {LONGEST} digits, and nothing else")
        salt = secrets.token_bytes(16)
        known = {**self._known(), operator: f"{salt.hex()}:{_hash(pin, salt).hex()}"}
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_suffix(".new")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(known, file, indent=1, sort_keys=True)
        draft.replace(self._path)

    def prove(self, operator: str, pin: str) -> bool:
        """Whether this is the operator's PIN. Nobody's is right while too many wrong ones were tried."""
        known = self._known().get(operator)
        if known is None:  # and nothing to count: whatever is dialled may stand here
            return False
        failures, last = self._failures.get(operator, (0, 0.0))
        if failures >= MOST_FAILURES:
            if self._clock() - last < LOCKED_FOR_S:
                return False
            failures = 0
        salt, _, kept = known.partition(":")
        right = hmac.compare_digest(_hash(pin, bytes.fromhex(salt)).hex(), kept)
        if right:
            self._failures.pop(operator, None)
        else:
            self._failures[operator] = (failures + 1, self._clock())
        return right

    def _known(self) -> dict[str, str]:
        try:
            known: dict[str, str] = json.loads(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        return known


def _hash(pin: str, salt: bytes) -> bytes:
    return hashlib.scrypt(pin.encode(), salt=salt, **_COST)
