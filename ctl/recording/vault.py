"""Where the bytes of recordings lie. The only module that opens or writes them, so that encryption has one place.

Names are relative to the recordings folder: ``<call>-rx.wav`` from Asterisk, ``segments/<call>.<n>.wav`` from us.
"""

import hashlib
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ctl.settings import Settings
from ctl.switchboard.ids import Millis


@dataclass(frozen=True, slots=True)
class Stored:
    """What was written: its digest (SHA-256 of the bytes as played, hex) and its length."""

    sha256: str
    bytes: int


class Vault:
    """Reads any part of a recording, and writes whole ones at once or not at all."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    @classmethod
    def of(cls, settings: Settings) -> "Vault":
        return cls(settings.recordings_path)

    def size(self, name: str) -> int:
        """Length in bytes. Raises FileNotFoundError."""
        return self._path(name).stat().st_size

    def written_at(self, name: str) -> Millis:
        """When the last byte came. Raises FileNotFoundError."""
        return self._path(name).stat().st_mtime_ns // 1_000_000

    def is_from_before_boot(self, name: str) -> bool:
        """Whether the machine has been booted since the last byte came. Raises FileNotFoundError."""
        booted_at_s = time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
        return self.written_at(name) < booted_at_s * 1000

    def read(self, name: str, first: int = 0, length: int | None = None) -> bytes:
        """``length`` bytes from ``first`` on; fewer when the file ends before. Raises FileNotFoundError."""
        with self._path(name).open("rb") as file:
            file.seek(first)
            return file.read(-1 if length is None else length)

    def write(self, name: str, content: Iterable[bytes]) -> Stored:
        """Put a recording, told in pieces, in place of whatever bore the name. After a crash there is the old one or the new one."""
        path = self._path(name)
        path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.draft")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640)
        digest = hashlib.sha256()
        with os.fdopen(descriptor, "wb") as file:
            for piece in content:
                digest.update(piece)
                file.write(piece)
            file.flush()
            length = file.tell()
            os.fsync(file.fileno())
        os.replace(draft, path)
        _settle(path.parent)
        return Stored(digest.hexdigest(), length)

    def _path(self, name: str) -> Path:
        path = (self._root / name).resolve()
        if not path.is_relative_to(self._root):
            raise FileNotFoundError(name)
        return path


def _settle(folder: Path) -> None:
    """Make the new name itself durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
