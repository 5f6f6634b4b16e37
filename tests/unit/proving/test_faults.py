"""What tells whether a fault has been felt."""

import os
from pathlib import Path

from ctl.settings import Settings
from tests.proving.faults import FAULTS, NO_MEMORY, data_of, told


def test_faults_are_told_apart_by_their_names() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)


def test_complaints_of_a_service_are_counted_in_its_own_logs(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    (tmp_path / "log").mkdir()
    (tmp_path / "log" / "switchboard.log").write_text(
        "MemoryError\nall is well\nOSError: Cannot allocate memory\n", "utf-8"
    )
    (tmp_path / "log" / "worker.log").write_text("MemoryError\n", "utf-8")
    assert told(settings, "switchboard", NO_MEMORY) == 2
    assert told(settings, "sentinel", NO_MEMORY) == 0


def test_memory_that_is_taken_is_counted() -> None:
    before = data_of(os.getpid())
    taken = bytearray(64 << 20)
    assert data_of(os.getpid()) >= before + len(taken)
