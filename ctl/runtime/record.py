"""Writes what happened to the journal, and knows what to do when the journal cannot be written.

Calls come before records: with the disk full the switchboard goes on serving callers from memory, keeps what could not
be written in order, and writes it as soon as it can (docs/decisions). A single entry that can never be written (a
programming error) is set aside, so that it does not hold up all that follow.
"""

import logging
from collections.abc import Callable, Sequence
from typing import Protocol

from ctl.journal.store import JournalBusy, JournalError
from ctl.switchboard.events import Event
from ctl.switchboard.facts import Fact
from ctl.switchboard.floor import Floor
from ctl.switchboard.ids import Millis

log = logging.getLogger(__name__)

Entry = tuple[Millis, Event, Sequence[Fact]]


class Memory(Protocol):
    """What we need of `ctl.journal.Journal`."""

    def append_batch(self, entries: Sequence[Entry]) -> int: ...
    def snapshot(self, seq: int, floor: Floor) -> None: ...


class Recorder:
    """``seq``: the last entry written. ``pending``: how many could not be written yet; 0 when all is well.

    ``busy``: it is only a moment's matter, since the disk is waited for.
    """

    def __init__(self, memory: Memory, seq: int, set_aside: Callable[[Entry, Exception], None]) -> None:
        self._memory = memory
        self._set_aside = set_aside
        self._unwritten: list[Entry] = []
        self.seq = seq
        self.failures = 0
        self.busy = False

    @property
    def pending(self) -> int:
        return len(self._unwritten)

    def write(self, entries: Sequence[Entry]) -> bool:
        """Write these after everything that is still pending. False when something is pending afterwards."""
        self._unwritten.extend(entries)
        if not self._unwritten:
            return True
        self.busy = False
        try:
            self.seq = self._memory.append_batch(self._unwritten)
            self._unwritten.clear()
        except JournalBusy:
            self.busy = True
            log.info("the disk is slow: %d entries wait in memory for the journal", len(self._unwritten))
        except JournalError as error:
            self._complain(error)
        except Exception:
            self._one_by_one()
        return not self._unwritten

    def snapshot(self, floor: Floor) -> bool:
        """Keep the floor as it is after the last entry written. False when it could not be kept."""
        if self._unwritten:
            return False
        try:
            self._memory.snapshot(self.seq, floor)
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
        log.error(
            "the journal cannot be written (%s): calls go on, %d entries wait in memory; free disk space or repair %s",
            error,
            len(self._unwritten),
            "the file named in `ctl journal status`",
        )
