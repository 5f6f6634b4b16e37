"""Entries that wait for Postgres: one file each, so that any process may add some, and none is half written.

A file's name begins with the instant, so names sort as things happened. Files are given up only when their entries are
in the chain; whoever dies in between leaves entries whose ids the chain knows already.
"""

import json
import logging
import os
import time
import uuid
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from ctl.security.audit.entry import Kept
from ctl.settings import Settings

log = logging.getLogger(__name__)

SUFFIX = ".json"
BROKEN = ".broken"


class Spool:
    """The folder of those who wait."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._last_ns = 0

    @classmethod
    def of(cls, settings: Settings) -> "Spool":
        return cls(settings.under("audit", "spool"))

    def add(self, kept: Kept) -> None:
        """Keep an entry; when this returns, it survives loss of power. Raises OSError."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        # A clock that is set back must not turn the order of one process round.
        self._last_ns = max(self._last_ns + 1, time.time_ns())
        name = f"{self._last_ns:020d}-{uuid.uuid4().hex}"
        draft = self.folder / f"{name}.draft"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(asdict(kept), file)
            file.flush()
            os.fsync(file.fileno())
            self._hand_over(file.fileno())
        draft.rename(self.folder / f"{name}{SUFFIX}")
        self._sync()

    def waiting(self) -> list[Path]:
        """All that wait, in their order."""
        return sorted(self.folder.glob(f"*{SUFFIX}"))

    def oldest_s(self, now_ns: int) -> float | None:
        """For how long the first one has waited; None when none does."""
        first = next(iter(self.waiting()), None)
        return (now_ns - int(first.name.split("-")[0])) / 1e9 if first is not None else None

    def read(self, paths: list[Path]) -> Iterator[Kept]:
        """What is in these files. One that cannot be read is set aside beside the others, and said in the log."""
        for path in paths:
            try:
                yield Kept(**json.loads(path.read_text(encoding="utf-8")))
            except FileNotFoundError:
                continue  # somebody else has chained it
            except (ValueError, TypeError) as error:
                log.critical("an entry of the audit trail cannot be read and is set aside: %s (%s)", path, error)
                path.rename(path.with_suffix(BROKEN))

    def give_up(self, paths: list[Path]) -> None:
        """Forget entries that are in the chain."""
        for path in paths:
            path.unlink(missing_ok=True)
        self._sync()

    def _hand_over(self, file: int) -> None:
        """What root leaves belongs to whoever runs the centre, who shall read it."""
        if os.geteuid() == 0:
            owner = self.folder.stat()
            os.fchown(file, owner.st_uid, owner.st_gid)

    def _sync(self) -> None:
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
