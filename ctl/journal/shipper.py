"""Carries facts from the journal to whoever keeps them (Postgres), from a process of its own.

The position lives where the facts go, and moves in the same transaction, so nothing is lost and nothing counted twice
whatever fails when. A journal that was replaced is a new journal and begins at its beginning.
"""

import asyncio
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ctl.journal import shipped
from ctl.journal.codec import CodecError
from ctl.journal.reader import Entry, Reader
from ctl.journal.store import JournalMissing
from ctl.switchboard.facts import Fact
from ctl.switchboard.ids import Millis

BATCH = 1000
"""Entries a transaction."""


@dataclass(frozen=True, slots=True)
class Shipped:
    """A fact on its way. ``body``: as it stands in the journal."""

    seq: int
    fact: Fact
    body: str


class Sink(Protocol):
    """Where facts go (`ctl.cms.ingest.Ingest`)."""

    async def position(self, journal: str) -> int: ...
    async def take(self, journal: str, after: int, upto: int, facts: Sequence[Shipped], now: Millis) -> int: ...


def wall_clock() -> Millis:
    return time.time_ns() // 1_000_000


class Shipper:
    """Call `once` again and again; after an error too, it goes on where it stood.

    Raises what the sink raises, `JournalError`, and `CodecError` for a fact that this program cannot read: then
    nothing after it is shipped until a program that can read it is installed, for a gap would never be noticed.
    """

    def __init__(self, path: Path, sink: Sink, clock: Callable[[], Millis] = wall_clock) -> None:
        self._path = path
        self._sink = sink
        self._clock = clock
        self._reader: Reader | None = None
        self._inode = 0
        self._position: int | None = None
        self._told = -1

    async def once(self) -> int:
        """Ship one batch. Returns how many entries that were; 0 when there is nothing new and the sink answers."""
        try:
            reader = self._open()
        except JournalMissing:
            return 0
        try:
            return await self._ship(reader)
        except BaseException:
            self._position = None  # ask again: the transaction may have succeeded although its answer was lost
            raise

    async def drain(self) -> int:
        """Ship until nothing is left. Returns how many entries that were."""
        total = 0
        while done := await self.once():
            total += done
        return total

    def close(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def _open(self) -> Reader:
        inode = os.stat(self._path).st_ino if self._path.exists() else 0
        if self._reader is None or inode != self._inode:
            self.close()
            self._reader = Reader(self._path)
            self._inode, self._position, self._told = inode, None, -1
        return self._reader

    async def _ship(self, reader: Reader) -> int:
        journal = reader.journal
        if self._position is None:
            self._position = await self._sink.position(journal)
        after = self._position
        entries = await asyncio.to_thread(reader.read, after, BATCH)
        if entries:
            facts = [_fact(reader, entry) for entry in entries if entry.kind == "fact"]
            self._position = await self._sink.take(journal, after, entries[-1].seq, facts, self._clock())
        else:  # whether more could be taken is only known by asking
            self._position = await self._sink.position(journal)
        if self._position != self._told:
            shipped.tell(self._path, journal, self._position, self._clock())
            self._told = self._position
        return len(entries)


def _fact(reader: Reader, entry: Entry) -> Shipped:
    try:
        return Shipped(entry.seq, reader.fact(entry), entry.body)
    except CodecError as error:
        raise CodecError(
            f"entry {entry.seq} of {reader.path} cannot be shipped, a newer program wrote it: {error}; "
            f"nothing is lost, install that program again"
        ) from error
