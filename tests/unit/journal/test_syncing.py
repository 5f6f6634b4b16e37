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
