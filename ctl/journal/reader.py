"""Reading the journal, from its own process or beside it."""

import sqlite3
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ctl.journal.codec import Codec, decode_plan
from ctl.journal.numbers import Apart
from ctl.journal.store import explained, open_for_reading
from ctl.switchboard.events import Event
from ctl.switchboard.facts import Fact
from ctl.switchboard.floor import Floor
from ctl.switchboard.ids import CallId, Millis
from ctl.switchboard.plan import Plan


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the journal. ``body`` is JSON; `Reader.event` and `Reader.fact` read it."""

    seq: int
    at: Millis
    kind: Literal["event", "fact"]
    type: str
    call: CallId | None
    body: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The floor after the entry ``seq``."""

    seq: int
    floor: Floor


_COLUMNS = "SELECT seq, at, kind, type, call, body FROM entries"


class Reader:
    """Every method raises `store.JournalError` or `codec.CodecError`."""

    def __init__(self, path: Path, connection: sqlite3.Connection | None = None) -> None:
        self.path = path
        self._connection = connection or open_for_reading(path)
        self._plans: dict[str, Plan] = {}
        self.numbers = Apart(self._connection)
        self.codec = Codec(self.plan, self.numbers)

    def close(self) -> None:
        self._connection.close()

    @property
    def journal(self) -> str:
        """The journal's own name; another file, another name."""
        (name,) = self._one("SELECT value FROM meta WHERE key = 'journal'")
        return str(name)

    @property
    def last_seq(self) -> int:
        """The number of the newest entry ever written, 0 when there was none."""
        row = self._one("SELECT max(seq) FROM sqlite_sequence WHERE name = 'entries'")
        return int(row[0] or 0)

    @property
    def first_seq(self) -> int:
        """The oldest entry still here; one past the newest when all were pruned."""
        row = self._one("SELECT min(seq) FROM entries")
        return int(row[0] or self.last_seq + 1)

    @property
    def last_at(self) -> Millis:
        """The instant of the newest entry still here; 0 when there is none."""
        row = self._one_or_none("SELECT at FROM entries ORDER BY seq DESC LIMIT 1")
        return int(row[0]) if row else 0

    @property
    def version(self) -> int:
        """Changes whenever the writer has committed; cheap to ask."""
        return int(self._one("PRAGMA data_version")[0])

    def plan(self, version: str) -> Plan:
        """The plan of a version; KeyError when it was never adopted here."""
        if version not in self._plans:
            row = self._one_or_none("SELECT body FROM plans WHERE version = ?", version)
            if row is None:
                raise KeyError(f"no plan {version} in this journal")
            self._plans[version] = decode_plan(row[0])
        return self._plans[version]

    def event(self, entry: Entry) -> Event:
        return self.codec.decode_event(entry.body)

    def fact(self, entry: Entry) -> Fact:
        return self.codec.decode_fact(entry.body)

    def read(self, after: int, limit: int) -> list[Entry]:
        """Up to ``limit`` entries that follow ``after``, events and facts, in order."""
        return self._entries(f"{_COLUMNS} WHERE seq > ? ORDER BY seq LIMIT ?", after, limit)

    def of_call(self, call: CallId) -> list[Entry]:
        """What names the call, in order. Not all that mattered to it: see `ctl.journal.replay`."""
        return self._entries(f"{_COLUMNS} WHERE call = ? ORDER BY seq", call)

    def walk(self, after: int, until: int, page: int = 2000) -> Iterator[Entry]:
        """Every entry from past ``after`` up to and including ``until``, a page at a time."""
        while after < until and (entries := self.read(after, min(page, until - after))):
            yield from (entry for entry in entries if entry.seq <= until)
            after = entries[-1].seq

    def first_since(self, at: Millis) -> int:
        """The number of the first entry written at ``at`` or later; one past the newest when there is none.

        Instants never fall along the journal (`ctl.runtime.clock`), so a few looks find it among millions.
        """
        low, high = self.first_seq, self.last_seq + 1
        while low < high:
            middle = (low + high) // 2
            row = self._one_or_none("SELECT at FROM entries WHERE seq >= ? ORDER BY seq LIMIT 1", middle)
            if row is not None and row[0] < at:
                low = middle + 1
            else:
                high = middle
        return low

    def facts_of(self, kinds: Collection[type[Fact]], first: int, until: int) -> Iterator[Fact]:
        """The facts of some kinds among the entries ``first`` to ``until``, both included, in order."""
        names = [kind.__name__ for kind in kinds]
        marks = ", ".join("?" * len(names))
        where = f"kind = 'fact' AND type IN ({marks}) AND seq BETWEEN ? AND ?"
        for entry in self._entries(f"{_COLUMNS} WHERE {where} ORDER BY seq", *names, first, until):
            yield self.fact(entry)

    def snapshot_before(self, seq: int) -> Snapshot | None:
        """The newest snapshot that already stood when the entry ``seq`` was written."""
        row = self._one_or_none("SELECT seq, body FROM snapshots WHERE seq < ? ORDER BY seq DESC LIMIT 1", seq)
        return Snapshot(row[0], self.codec.decode_floor(row[1])) if row else None

    def check(self) -> list[str]:
        """Read the whole file and name every fault found; empty when sound. Takes a second per 100 MB."""
        with explained(self.path):
            rows = self._connection.execute("PRAGMA integrity_check(20)").fetchall()
        return [text for (text,) in rows if text != "ok"]

    def _entries(self, sql: str, *values: object) -> list[Entry]:
        with explained(self.path):
            return [Entry(*row) for row in self._connection.execute(sql, values)]

    def _one_or_none(self, sql: str, *values: object) -> tuple[Any, ...] | None:
        with explained(self.path):
            row: tuple[Any, ...] | None = self._connection.execute(sql, values).fetchone()
            return row

    def _one(self, sql: str, *values: object) -> tuple[Any, ...]:
        row = self._one_or_none(sql, *values)
        assert row is not None, sql
        return row
