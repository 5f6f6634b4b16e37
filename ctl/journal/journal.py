"""The switchboard's memory on this machine: written before anything is acted on, read again after a restart.

One writer, the switchboard; readers in other processes never hold it up. What `append` returned for survives the
death of the process; within 100 ms it survives the loss of power too.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ctl.journal import numbers, shipped
from ctl.journal.codec import call_of, encode_plan
from ctl.journal.reader import Entry, Reader
from ctl.journal.store import explained, lock, open_for_writing
from ctl.journal.syncing import Syncer
from ctl.switchboard.events import Event, PlanAdopted
from ctl.switchboard.facts import Fact
from ctl.switchboard.floor import Floor
from ctl.switchboard.ids import CallId, Millis
from ctl.switchboard.plan import Plan

Row = tuple[int, Millis, str, str, CallId | None, str]


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restart begins with: step ``events`` onto ``floor`` (None: onto an empty floor), in order.

    ``seq`` is the newest entry, ``at`` its instant (0 when the journal is empty): the clock must not go behind it.
    """

    floor: Floor | None
    events: list[tuple[Millis, Event]]
    seq: int
    at: Millis


RUN = 10_000
LOST = RUN // 2
"""More entries than loss of power can take."""


def _first_of_run(last: int) -> int:
    """Every run of the writer begins behind a round number.

    Loss of power takes the last 100 ms of entries, which may have been shipped already. Their numbers must not be given
    to other entries, or the shipper would take those for shipped; they may lie behind the next round number.
    """
    return -(-(last + LOST) // RUN) * RUN if last else 0


class Journal:
    """Raises `store.JournalError` (`JournalFull`, `JournalBusy`, `JournalCorrupt`): nothing was written then."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = lock(path)
        try:
            self._connection = open_for_writing(path)
            self._reader = Reader(path, self._connection)
            self._seq = _first_of_run(self._reader.last_seq)
            self._name = self._reader.journal
            self._syncer = Syncer(path)
        except BaseException:
            os.close(self._lock)
            raise

    def close(self) -> None:
        """Sync, merge the WAL into the database, and let the next writer in."""
        self._syncer.close()
        self._connection.close()
        os.close(self._lock)

    @property
    def trouble(self) -> str | None:
        """What is wrong with the disk at this moment although appends still succeed; None when all is well."""
        return self._syncer.trouble

    # --- writing --------------------------------------------------------------------------------------------------

    def append(self, at: Millis, event: Event, facts: Sequence[Fact]) -> int:
        """Write an event and the facts it led to. Returns the number of the last entry written."""
        return self.append_batch([(at, event, facts)])

    def append_batch(self, entries: Sequence[tuple[Millis, Event, Sequence[Fact]]]) -> int:
        """Write several in one transaction: all of them or, when it raises, none."""
        plans = [event.plan for _, event, _ in entries if isinstance(event, PlanAdopted)]
        with self._transaction():
            rows = list(self._rows(entries))
            self._keep_plans(plans)
            self._connection.executemany("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?)", rows)
        self._seq += len(rows)
        self._syncer.committed()
        return self._seq

    def _rows(self, entries: Sequence[tuple[Millis, Event, Sequence[Fact]]]) -> Iterator[Row]:
        codec, seq = self._reader.codec, self._seq
        for at, event, facts in entries:
            self._reader.numbers.at = at
            seq += 1
            yield seq, at, "event", type(event).__name__, call_of(event), codec.encode_event(event)
            for fact in facts:
                seq += 1
                yield seq, at, "fact", type(fact).__name__, call_of(fact), codec.encode_fact(fact)

    def snapshot(self, seq: int, floor: Floor) -> None:
        """Keep the floor as it is after the entry ``seq``."""
        with self._transaction():
            body = self._reader.codec.encode_floor(floor)
            self._keep_plans(list(floor.plans.values()))
            self._connection.execute("INSERT OR REPLACE INTO snapshots VALUES (?, ?)", (seq, body))
        self._syncer.committed()

    def holds_numbers(self, floor: Floor, before: Millis) -> bool:
        """Whether private numbers from before an instant are here that ``floor`` does not hold."""
        with explained(self.path):
            return self._reader.numbers.any_but(numbers.needed(floor), before)

    def erase_numbers(self, floor: Floor, before: Millis) -> int:
        """Erase the private numbers from before an instant that ``floor`` does not hold. Returns how many.

        ``floor`` must have been kept by `snapshot`: a restart can no longer find them in the entries before it.
        """
        with self._transaction():
            return self._reader.numbers.erase(numbers.needed(floor), before)

    def prune(self, before: Millis, most: int = 500) -> int:
        """Forget entries older than ``before`` that were shipped; at most ``most`` of them, so that it takes moments.

        The cut is always at a snapshot, which is kept, so that every call after it can still be replayed. Returns how
        many entries went; 0 when there is nothing to do.
        """
        confirmed = shipped.told(self.path, self._name)
        cut = self._cut(before, confirmed)
        first = self._reader.first_seq
        if cut is None or first > cut:
            return 0
        upto = min(cut, first + most - 1)
        with self._transaction():
            self._connection.execute("DELETE FROM snapshots WHERE seq < ?", (cut,))
            gone = self._connection.execute("DELETE FROM entries WHERE seq <= ?", (upto,)).rowcount
        return gone

    def _cut(self, before: Millis, confirmed: int) -> int | None:
        """The newest snapshot of which everything up to it is shipped and old."""
        with explained(self.path):
            row = self._connection.execute(
                "SELECT max(seq) FROM snapshots WHERE seq <= ? AND seq <"
                " coalesce((SELECT seq FROM entries WHERE at >= ? ORDER BY seq LIMIT 1), seq + 1)",
                (confirmed, before),
            ).fetchone()
        return int(row[0]) if row[0] is not None else None

    # --- reading --------------------------------------------------------------------------------------------------

    def restore(self) -> Restored:
        """The newest snapshot and the events after it."""
        snapshot = self._reader.snapshot_before(self._seq + 1)
        after = snapshot.seq if snapshot else 0
        entries = list(self._reader.walk(after, self._seq))
        events = [(entry.at, self._reader.event(entry)) for entry in entries if entry.kind == "event"]
        return Restored(snapshot.floor if snapshot else None, events, self._seq, self._reader.last_at)

    def read(self, after: int, limit: int) -> list[Entry]:
        """Up to ``limit`` entries that follow ``after``."""
        return self._reader.read(after, limit)

    # --- inside ---------------------------------------------------------------------------------------------------

    def _keep_plans(self, plans: Sequence[Plan]) -> None:
        for plan in plans:
            known = self._connection.execute("SELECT 1 FROM plans WHERE version = ?", (plan.version,)).fetchone()
            if known is None:
                self._connection.execute("INSERT INTO plans VALUES (?, ?)", (plan.version, encode_plan(plan)))

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with explained(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                # SQLite has already rolled back by itself after a full disk.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
