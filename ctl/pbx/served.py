"""Calls that the fallback brought to their end, read from the lines it leaves and told afterwards.

Each line is told at least once, also across our restarts: how far we have read is kept in a file, and moved on only
when the lines before it were told in an earlier reading. The call's name makes a second telling harmless.
"""

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ctl.switchboard.events import CallServedElsewhere, Event
from ctl.switchboard.ids import CallId, Extension, Number

log = logging.getLogger(__name__)


class Served:
    """Reads the fallback's log at ``path``. ``position`` keeps how many bytes of it need not be told again."""

    def __init__(self, path: Path, position: Path, tell: Callable[[Event], None]) -> None:
        self._path = path
        self._position = position
        self._tell = tell
        self._told = self._kept()

    def read(self) -> None:
        """Tell what is new. A line that is not finished waits for the next reading."""
        try:
            size = self._path.stat().st_size
        except FileNotFoundError:
            return
        if size < self._told:
            self._told = 0  # somebody began a new file
        if size == self._told:
            return
        self._keep(self._told)
        with self._path.open("rb") as file:
            file.seek(self._told)
            whole, end, _ = file.read().rpartition(b"\n")
        for line in whole.splitlines():
            news = served(line)
            if news is not None:
                self._tell(news)
        self._told += len(whole) + len(end)

    def _kept(self) -> int:
        try:
            return int(self._position.read_text(encoding="ascii"))
        except (FileNotFoundError, ValueError):
            return 0

    def _keep(self, told: int) -> None:
        fresh = self._position.with_suffix(".new")
        fresh.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_text(str(told), encoding="ascii")
        fresh.replace(self._position)


def served(line: bytes) -> CallServedElsewhere | None:
    """One line of the log; None, and a word in ours, when it cannot be read."""
    try:
        row: dict[str, Any] = json.loads(line)
        answered_at, operator = row["answered_at"], row["operator"]
        return CallServedElsewhere(
            CallId(row["call"]),
            Number(row["dialled"]),
            str(row["caller"]),
            int(row["arrived_at"]),
            int(answered_at) if answered_at is not None else None,
            int(row["ended_at"]),
            Extension(operator) if operator is not None else None,
            row.get("closed") is True,
        )
    except (ValueError, KeyError, TypeError) as error:
        log.error("fallback_line_unreadable error=%r", str(error))
        return None
