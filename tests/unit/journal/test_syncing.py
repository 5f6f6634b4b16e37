"""What was committed is on the disk soon, and before the journal is closed."""

import os
import threading
from pathlib import Path

import pytest

from ctl.journal.journal import Journal
from ctl.journal.syncing import Syncer

PATIENCE_S = 10


def test_what_was_committed_during_a_sync_is_synced_before_the_end(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commits, synced = [1], []
    begun, go_on = threading.Event(), threading.Event()

    def slowly(_: int) -> None:
        synced.append(len(commits))
        begun.set()
        assert go_on.wait(PATIENCE_S)

    journal = Journal(path)
    monkeypatch.setattr(os, "fdatasync", slowly)
    syncer = Syncer(path)
    syncer.committed()
    assert begun.wait(PATIENCE_S)
    commits.append(2)
    syncer.committed()
    closing = threading.Thread(target=syncer.close)
    closing.start()
    assert syncer._stop.wait(PATIENCE_S)  # nothing else tells that it was asked to end
    go_on.set()
    closing.join(PATIENCE_S)
    assert synced == [1, 2], "the last sync begins after the last commit"
    journal.close()


def test_an_end_that_comes_just_when_gathering_is_over_is_heard(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread has waited for the end in vain, and takes away the word that there is something to do: also that of the end."""
    journal = Journal(path)
    syncer = Syncer(path)
    closing = threading.Thread(target=syncer.close, daemon=True)
    words, give_word = threading.Semaphore(0), syncer._dirty.set

    def word() -> None:
        give_word()
        words.release()

    def just_before_the_end(_: float) -> bool:
        if not closing.is_alive():
            closing.start()
            for _of in ("the commit", "the end"):
                assert words.acquire(timeout=PATIENCE_S)
        return False

    monkeypatch.setattr(syncer._dirty, "set", word)
    monkeypatch.setattr(syncer._stop, "wait", just_before_the_end)
    syncer.committed()
    syncer._thread.join(PATIENCE_S)
    assert not syncer._thread.is_alive()
    closing.join(PATIENCE_S)
    journal.close()
