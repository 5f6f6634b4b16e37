"""The seal of an entry: HMAC-SHA-256 over what it says, its number, and the seal before it."""

import hashlib
import hmac
from dataclasses import asdict

from ctl.secrets import Secrets
from ctl.security.audit.entry import Kept, Row, canonical

BEGINNING = "0" * 64
"""Stands before the first entry."""


class Chain:
    """Seals with one key. Whoever has it can make seals: it never leaves this machine."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    @classmethod
    def of(cls, secrets: Secrets) -> "Chain":
        return cls(secrets.get("audit_chain").encode())

    def link(self, kept: Kept, seq: int, previous: str) -> Row:
        """The entry as number ``seq``, behind the entry whose seal is ``previous``."""
        said = canonical({"seq": seq, "previous": previous, **asdict(kept)})
        return Row(seq, kept, previous, hmac.new(self._key, said.encode(), hashlib.sha256).hexdigest())

    def holds(self, row: Row, seq: int | None = None) -> bool:
        """Whether the seal is that of this content, as number ``seq`` (by default the one it bears)."""
        made = self.link(row.kept, row.seq if seq is None else seq, row.previous)
        return hmac.compare_digest(made.hash, row.hash)
