"""The journal's file: one SQLite database, its tables, and its errors in words that help.

| table | holds |
|---|---|
| meta | ``schema`` (version of these tables), ``journal`` (the file's own name for ever: a new file is a new journal), ``moved`` (`syncing`) |
| entries | events and facts in the order they happened; an event stands before the facts that it led to |
| plans | every plan ever adopted, once |
| private | numbers of citizens who are called back, for as long as they are needed (`numbers`) |
| snapshots | the floor after the entry ``seq``, so that a restart need not begin at the beginning |
"""

import fcntl
import os
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ctl.journal import numbers

SCHEMA_VERSION = 1
PARTS = ("-wal", "-shm")
"""What SQLite keeps beside the database while it is open."""
BUSY_MS = 20
"""How long an append may wait for `ctl.journal.syncing`: calls wait for it, too."""

_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE entries (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('event', 'fact')),
    type TEXT NOT NULL,
    call TEXT,
    body TEXT NOT NULL
);
CREATE INDEX entries_call ON entries (call, seq) WHERE call IS NOT NULL;
CREATE TABLE plans (version TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE snapshots (seq INTEGER PRIMARY KEY, body TEXT NOT NULL);
"""


class JournalError(Exception):
    """The journal cannot do what it was asked; the text says what would help."""


class JournalMissing(JournalError):
    """There is no journal yet."""


class JournalCorrupt(JournalError):
    """The file is damaged, or is not a journal."""


class JournalFull(JournalError):
    """No room on the disk. Nothing of the transaction was written; it can be tried again."""


class JournalBusy(JournalError):
    """Somebody else writes at this moment: our own thread that waits for the disk, or another process. Try again soon."""


_FULL = {"SQLITE_FULL"}
_CORRUPT = {"SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_FORMAT"}
_BUSY = {"SQLITE_BUSY", "SQLITE_LOCKED"}


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into ours."""
    try:
        yield
    except sqlite3.Error as error:
        raise _explain(path, error) from error


def _explain(path: Path, error: sqlite3.Error) -> JournalError:
    # Extended codes are named after their family: SQLITE_CORRUPT_INDEX, SQLITE_BUSY_SNAPSHOT.
    family = "_".join(getattr(error, "sqlite_errorname", "").split("_")[:2])
    if family in _FULL:
        return JournalFull(f"{path}: the disk is full; free some room there, then it goes on by itself ({error})")
    if family in _BUSY:
        return JournalBusy(f"{path}: somebody else writes to it at this moment ({error})")
    if family in _CORRUPT or (isinstance(error, sqlite3.DatabaseError) and not family):
        return JournalCorrupt(
            f"{path}: damaged, or not a journal ({error}). What was shipped is safe in Postgres. Way out: stop the "
            f"switchboard, run `ctl journal set-aside`, start again; what the old file still holds can be read with "
            f"`sqlite3 FILE .recover`"
        )
    return JournalError(f"{path}: {error}; is the directory there, and may this user write to it?")


def open_for_writing(path: Path) -> sqlite3.Connection:
    """Open the journal, made new if there is none, in the mode its one writer needs.

    WAL with synchronous=NORMAL survives the death of the process at every commit; `ctl.journal.syncing` adds the
    fsync against loss of power. Checkpoints are made there too, so that no append ever waits for one.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    _shut_to_others(path)
    with explained(path):
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA wal_autocheckpoint=0")
        if not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            _make(connection)
        connection.execute(numbers.TABLE)
        connection.execute(f"PRAGMA busy_timeout={BUSY_MS}")
    _check_version(path, connection)
    return connection


def _shut_to_others(path: Path) -> None:
    """Let nobody but this user read the journal, nor those that were set aside: callers' numbers are in them.

    SQLite gives ``-wal`` and ``-shm`` the mode of the database when it makes them. A place in which this cannot be done is
    no reason not to serve; what is wrong with it SQLite tells better.
    """
    with suppress(OSError):
        path.touch(mode=0o600)
    for one in (path, *(path.with_name(path.name + part) for part in PARTS), *path.parent.glob(f"{path.name}.aside-*")):
        with suppress(OSError):
            one.chmod(0o600)


def open_for_reading(path: Path) -> sqlite3.Connection:
    """Open an existing journal beside its writer; can never change it nor hold it up."""
    if not path.exists():
        raise JournalMissing(f"{path}: no journal there; it is made when the switchboard first runs (CTL_HOME right?)")
    with explained(path):
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5)
        connection.execute("PRAGMA query_only=1")
    _check_version(path, connection)
    return connection


def _make(connection: sqlite3.Connection) -> None:
    connection.executescript(f"BEGIN IMMEDIATE; {_TABLES}")
    connection.executemany(
        "INSERT INTO meta VALUES (?, ?)", [("schema", str(SCHEMA_VERSION)), ("journal", uuid.uuid4().hex)]
    )
    connection.execute("COMMIT")


def _check_version(path: Path, connection: sqlite3.Connection) -> None:
    try:
        with explained(path):
            row = connection.execute("SELECT value FROM meta WHERE key = 'schema'").fetchone()
    except JournalError as error:
        connection.close()
        if "no such table" in str(error):
            raise JournalCorrupt(f"{path}: an SQLite file, but not a journal; is CTL_HOME right?") from error
        raise
    if row is None or row[0] != str(SCHEMA_VERSION):
        connection.close()
        raise JournalError(
            f"{path}: written as version {row and row[0]}, this program reads version {SCHEMA_VERSION}; "
            f"run the program that wrote it, ship everything (`ctl journal ship`), then `ctl journal set-aside`"
        )


def lock(path: Path) -> int:
    """Be the only writer. A lock of its own file: SQLite's locks would let two writers take turns."""
    descriptor = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise JournalBusy(f"{path}: another switchboard of this centre is running; stop it first") from error
    return descriptor


def set_aside(path: Path) -> Path:
    """Rename the journal (with its WAL) so that the next start makes a new one. Returns where the old one lies.

    Raises `JournalBusy` while a switchboard runs.
    """
    held = lock(path)
    try:
        n = 1
        while (aside := path.with_name(f"{path.name}.aside-{n}")).exists():
            n += 1
        for suffix in (*PARTS, ""):
            part = path.with_name(path.name + suffix)
            if part.exists():
                part.rename(aside.with_name(aside.name + suffix))
    finally:
        os.close(held)
    return aside
