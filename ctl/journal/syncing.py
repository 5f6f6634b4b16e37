"""Makes commits durable against loss of power, off the event loop.

SQLite in WAL mode with synchronous=NORMAL writes each commit to the WAL but leaves it to the kernel when that reaches
the disk. A thread of its own calls fdatasync within `GROUP_S` of a commit, many commits at a time, and moves the WAL
into the database every `CHECKPOINT_S`.

Whoever commits first after all of the WAL was moved begins it anew, and SQLite has its header on the disk before it goes
on (or loss of power could mix the old with the new). On a slow disk every call would wait for that: so the thread commits
first. Who appends meanwhile finds the journal busy, and keeps what it has for a moment.
"""

import os
import sqlite3
import threading
import time
from pathlib import Path

GROUP_S = 0.05
"""How long commits are gathered before one fdatasync; with the sync itself the loss window stays under 100 ms."""
CHECKPOINT_S = 5.0
_BEGIN_ANEW = "INSERT INTO meta VALUES ('moved', 1) ON CONFLICT (key) DO UPDATE SET value = value + 1"
"""What does not change anything is not written."""


class Syncer:
    """Syncs and moves until it is closed."""

    def __init__(self, path: Path) -> None:
        self._unsynced: str | None = None
        self._unmoved: str | None = None
        self._path = path
        # Of the WAL only: closing any descriptor of the database file itself would drop SQLite's locks (POSIX).
        self._wal = os.open(path.with_name(path.name + "-wal"), os.O_RDWR)
        # Opened before anybody appends: who opens a database reads it for a moment, and a WAL being read is not begun anew.
        self._connection = sqlite3.connect(path, isolation_level=None, timeout=0, check_same_thread=False)
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._dirty = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="journal-sync", daemon=True)
        self._thread.start()

    @property
    def trouble(self) -> str | None:
        """The last failure, until the same succeeds again; None when all is well."""
        return self._unsynced or self._unmoved

    def committed(self) -> None:
        """Something was committed: sync it soon."""
        self._dirty.set()

    def close(self) -> None:
        """Sync a last time and stop."""
        self._stop.set()
        self._dirty.set()
        self._thread.join()
        self._connection.close()
        os.close(self._wal)

    def _run(self) -> None:
        checkpointed = time.monotonic()
        stopped = False
        while not stopped:
            self._dirty.wait()
            self._stop.wait(GROUP_S)
            self._dirty.clear()
            # Looked at before the sync: what is committed while it runs needs another. And after the clearing, which may have taken
            # away the word of an end that came just then.
            stopped = self._stop.is_set()
            self._try_sync()
            if time.monotonic() - checkpointed > CHECKPOINT_S:
                self.checkpoint()
                checkpointed = time.monotonic()

    def _try_sync(self) -> None:
        try:
            os.fdatasync(self._wal)
        except OSError as error:
            self._unsynced = f"{self._path}: not synced to disk: {error}"
        else:
            self._unsynced = None

    def checkpoint(self) -> None:
        """Move the WAL into the database, and begin it anew when all of it was moved."""
        try:
            _, frames, moved = self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            if frames == moved:
                self._connection.execute(_BEGIN_ANEW)
            self._unmoved = None
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorname", "").startswith("SQLITE_BUSY"):
                return  # somebody appends at this moment, and has begun the WAL anew if it was to be
            self._unmoved = f"{self._path}: checkpoint failed, the WAL grows: {error}"
