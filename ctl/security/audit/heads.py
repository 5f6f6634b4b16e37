"""Heads: the newest seal of the chain, signed, in a second place.

The chain alone cannot show that its end is missing, nor that somebody who stole its key made it anew. A head can: it
says what entry N was, is signed with a key of the centre (Ed25519), and lies where whoever has Postgres in his hands
does not reach. One line of JSON each, a file a month.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from ctl.security.audit.entry import canonical, iso
from ctl.settings import Settings

PRIVATE = "signing.key"
PUBLIC = "signing.pub"


@dataclass(frozen=True, slots=True)
class Head:
    """Entry ``seq`` had the seal ``hash`` at ``at``."""

    seq: int
    hash: str
    at: str


@dataclass(frozen=True, slots=True)
class Seen:
    """A line of the second place. ``head`` is None when it cannot be read or its signature is not ours."""

    where: str
    head: Head | None


class Signer:
    """The centre's key, made at first use, readable by its owner only; its public half lies beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key = self._key()

    @property
    def public(self) -> Ed25519PublicKey:
        return self.key.public_key()

    @property
    def public_pem(self) -> bytes:
        return self.public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def sign(self, head: Head) -> bytes:
        return self.key.sign(canonical(asdict(head)).encode())

    def _key(self) -> Ed25519PrivateKey:
        path = self.folder / PRIVATE
        if not path.exists():
            self._make(path)
        key = load_pem_private_key(path.read_bytes(), None)
        if not isinstance(key, Ed25519PrivateKey):
            raise ValueError(f"{path} is no Ed25519 key: put back the one that was there")
        return key

    def _make(self, path: Path) -> None:
        """Whole or not at all; of two who make one at once the first one's stays."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_name(f"{PRIVATE}.{os.getpid()}")
        pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()


class Heads:
    """The second place."""

    def __init__(self, folder: Path, signer: Signer) -> None:
        self.folder = folder
        self._signer = signer

    @classmethod
    def of(cls, settings: Settings) -> "Heads":
        here = settings.under("audit")
        return cls(settings.audit_heads or here / "heads", Signer(here))

    def write(self, seq: int, seal: str, at: datetime) -> Head:
        """Sign that entry ``seq`` bears this seal, and keep it. Raises OSError when the place is away."""
        head = Head(seq, seal, iso(at))
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / PUBLIC).write_bytes(self._signer.public_pem)
        line = canonical({**asdict(head), "signature": self._signer.sign(head).hex()})
        with (self.folder / f"heads-{at:%Y-%m}.jsonl").open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")
            file.flush()
            os.fsync(file.fileno())
        return head

    def read(self) -> Iterator[Seen]:
        """All of them, oldest first. The signature is checked with our own key, not with the one that lies there."""
        for path in sorted(self.folder.glob("heads-*.jsonl")):
            for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
                yield Seen(f"{path}:{number}", self._head(line))

    def _head(self, line: str) -> Head | None:
        try:
            told = json.loads(line)
            signature = bytes.fromhex(told.pop("signature"))
            head = Head(**told)
            self._signer.public.verify(signature, canonical(asdict(head)).encode())
        except (ValueError, TypeError, KeyError, AttributeError, InvalidSignature):
            return None
        return head
