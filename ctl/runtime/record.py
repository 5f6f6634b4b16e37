"""Writes what happened to the journal, and knows what to do when the journal cannot be written.

Calls come before records: with the disk full the switchboard goes on serving callers from memory, keeps what could not
be written in order, and writes it as soon as it can (docs/decisions): a part at a time, since calls go on meanwhile. A
single entry that can never be written (a programming error) is set aside, so that it does not hold up all that follow.
"""

import logging
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from ctl.journal.store import JournalBusy, JournalError
from ctl.switchboard.events import Event
from ctl.switchboard.facts import Fact
from ctl.switchboard.floor import Floor
from ctl.switchboard.ids import Millis

log = logging.getLogger(__name__)

Entry = tuple[Millis, Event, Sequence[Fact]]
RETRY_S = 1.0
"""How long to wait when the journal could not be written."""
BUSY_RETRY_S = 0.05
"""The same when it is a moment's matter: what was acted on is to be in it soon."""
AT_ONCE = 1000
"""Entries of one commit: a hundred thousand that waited for room on the disk must not hold up a call for seconds."""
LAST_PATIENCE_S = 2.0


class Memory(Protocol):
    """What we need of `ctl.journal.Journal`."""

    def append_batch(self, entries: Sequence[Entry]) -> int: ...
    def snapshot(self, seq: int, floor: Floor) -> None: ...


class Recorder:
    """``seq``: the last entry written. ``pending``: how many could not be written yet; 0 when all is well.

    ``busy``: it is only a moment's matter, since the disk is waited for or there is much to write. ``monotonic`` in seconds.
    """

    def __init__(
        self,
        memory: Memory,
        seq: int,
        set_aside: Callable[[Entry, Exception], None],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._memory = memory
        self._set_aside = set_aside
        self._unwritten: list[Entry] = []
        self._monotonic = monotonic
        self._not_before = monotonic()
        self.seq = seq
        self.failures = 0
        self.busy = False

    @property
    def pending(self) -> int:
        return len(self._unwritten)

    def write(self, entries: Sequence[Entry]) -> bool:
        """Write these after everything that is still pending. False when something is pending afterwards."""
        self._unwritten.extend(entries)
        if self._unwritten and self._monotonic() >= self._not_before:
            self._write(self._unwritten[:AT_ONCE])
        return not self._unwritten

    def finish(self, sleep: Callable[[float], None] = time.sleep) -> None:
        """Write what is pending before the end. A disk that is only slow is waited for, no longer than `LAST_PATIENCE_S`."""
        self._not_before = self._monotonic()
        until = self._not_before + LAST_PATIENCE_S
        while not self.write(()) and self.busy and self._monotonic() < until:
            sleep(BUSY_RETRY_S)
        if self._unwritten:
            log.error("the journal could not be written to the end: its last %d entries are lost", len(self._unwritten))

    def _write(self, entries: Sequence[Entry]) -> None:
        """Write the first of those that are pending."""
        self.busy = False
        try:
            self.seq = self._memory.append_batch(entries)
            del self._unwritten[: len(entries)]
            self.busy = bool(self._unwritten)
        except JournalBusy:
            self.busy = True
            log.info("the disk is slow: %d entries wait in memory for the journal", len(self._unwritten))
        except JournalError as error:
            self._complain(error)
        except Exception:
            self._one_by_one()

    def snapshot(self, floor: Floor) -> bool:
        """Keep the floor as it is after the last entry written. False when it could not be kept."""
        if self._unwritten:
            return False
        try:
            self._memory.snapshot(self.seq, floor)
        except JournalBusy:
            return False
        except Exception:
            self.failures += 1
            log.exception("the floor could not be kept in the journal; the next start reads further back")
            return False
        return True

    def _one_by_one(self) -> None:
        """One of the entries cannot be written whatever we do: find it, set it aside, write the rest."""
        while self._unwritten:
            entry = self._unwritten[0]
            try:
                self.seq = self._memory.append_batch([entry])
            except JournalError as error:
                self._complain(error)
                return
            except Exception as error:
                self.failures += 1
                self._set_aside(entry, error)
            del self._unwritten[0]

    def _complain(self, error: Exception) -> None:
        self.failures += 1
        self._not_before = self._monotonic() + RETRY_S
        log.error(
            "the journal cannot be written (%s): calls go on, %d entries wait in memory; free disk space or repair %s",
            error,
            len(self._unwritten),
            "the file named in `ctl journal status`",
        )
