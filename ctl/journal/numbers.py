"""Numbers of citizens who are called back: entries and snapshots hold a reference, the number stands apart and is erased.

The journal is kept for weeks, a number for hours. So wherever the switchboard's vocabulary says `ids.Private`, the
journal writes ``~17``, and what 17 is stands in the table ``private`` until nobody needs it (docs/decisions). Reading
what has been erased gives `FORGOTTEN`.
"""

import sqlite3
from collections.abc import Collection, Iterator
from typing import Protocol

from ctl.switchboard.floor import Floor
from ctl.switchboard.ids import FORGOTTEN, Millis

MARK = "~"
TABLE = """
CREATE TABLE IF NOT EXISTS private (ref INTEGER PRIMARY KEY AUTOINCREMENT, value TEXT NOT NULL, at INTEGER NOT NULL)
"""


class Numbers(Protocol):
    """Keeps private values apart: ``recall(keep(value)) == value`` until the value is erased."""

    def keep(self, value: str) -> str: ...
    def recall(self, written: str) -> str: ...


class InClear:
    """Keeps nothing apart: for values that never leave this process."""

    def keep(self, value: str) -> str:
        return value

    def recall(self, written: str) -> str:
        return written


class Hidden:
    """Has no table: writes no number, knows none."""

    def keep(self, value: str) -> str:
        return MARK

    def recall(self, written: str) -> str:
        return FORGOTTEN


class Apart:
    """The table ``private`` of a journal. ``at``: the instant that values kept from now on belong to."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.at: Millis = 0

    def keep(self, value: str) -> str:
        """Write a value, or find it. A single digit is never shared: it would outlive the number it was part of."""
        if not value:
            return value
        found = None
        if len(value) > 1:
            found = self._connection.execute("SELECT ref FROM private WHERE value = ?", (value,)).fetchone()
        if found is None:
            inserted = "INSERT INTO private (value, at) VALUES (?, ?) RETURNING ref"
            found = self._connection.execute(inserted, (value, self.at)).fetchone()
        return f"{MARK}{found[0]}"

    def recall(self, written: str) -> str:
        if not written.startswith(MARK):
            return written
        found = self._connection.execute("SELECT value FROM private WHERE ref = ?", (written[1:],)).fetchone()
        return str(found[0]) if found is not None else FORGOTTEN

    def any_but(self, but: Collection[str], before: Millis) -> bool:
        """Whether there is anything to `erase`."""
        condition = f"at < ? AND value NOT IN ({', '.join('?' * len(but))})"
        return (
            self._connection.execute(f"SELECT 1 FROM private WHERE {condition}", (before, *but)).fetchone() is not None
        )

    def erase(self, but: Collection[str], before: Millis) -> int:
        """Erase what is older than ``before``, ``but`` these. The bytes on the disk are overwritten."""
        condition = f"at < ? AND value NOT IN ({', '.join('?' * len(but))})"
        self._connection.execute("PRAGMA secure_delete=1")
        try:
            erased = self._connection.execute(f"DELETE FROM private WHERE {condition}", (before, *but))
            return erased.rowcount
        finally:
            self._connection.execute("PRAGMA secure_delete=0")


def needed(floor: Floor) -> set[str]:
    """The private values that the floor still holds."""
    return {value for value in _held(floor) if value}


def _held(floor: Floor) -> Iterator[str]:
    for call in floor.calls.values():
        if call.callback is not None:
            yield call.callback.number
        if call.asking is not None:
            yield call.asking.number
            yield call.asking.keyed
