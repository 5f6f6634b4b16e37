"""The worker's share of recordings: cut what is over, note it, come to the same result after any interruption."""

import os
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ctl.cms.recordings import DepartmentLeg, TalkSegment, Uncut
from ctl.recording import work
from ctl.recording.cutter import Job, Recording, cut_call
from ctl.recording.vault import Vault
from ctl.recording.wav import stereo
from ctl.recording.work import SETTLE_MS, Cutting
from ctl.switchboard.kinds import CallKind, SegmentKind
from tests.unit.recording.test_cutter import counting, write

START = 1_795_509_105_000
ENDED = START + 10_000
LATER = ENDED + SETTLE_MS


class MemoryIndex:
    """The index of `ctl.cms.recordings`, as far as its promises go."""

    def __init__(self, *calls: str) -> None:
        self.rows: dict[tuple[str, int], Mapping[str, Any]] = {}
        self._calls = calls
        self.talks = [TalkSegment(3, SegmentKind.TALK, START + 2000, START + 4000, "2001", None)]
        self.fails = False

    async def uncut(self, ended_before: int) -> Sequence[Uncut]:
        left = [call for call in self._calls if (call, 3) not in self.rows and ended_before >= ENDED]
        return [Uncut(call, CallKind.INBOUND, START, ENDED, self.talks) for call in left]

    async def note(self, rows: Sequence[Mapping[str, Any]], now: int) -> None:
        if self.fails:
            raise ConnectionError("Postgres went away")
        self.rows.update({(row["call"], row["segment"]): row for row in rows})


def record(root: Path, call: str, ended_at: int = ENDED) -> None:
    write(root / f"{call}-rx.wav", counting(1000), ended_at)
    write(root / f"{call}-tx.wav", counting(-2000), ended_at)


async def test_each_call_is_cut_once_and_noted_with_its_digest(tmp_path: Path) -> None:
    index = MemoryIndex("a", "b")
    record(tmp_path, "a")
    record(tmp_path, "b")
    cutting = Cutting(index, Vault(tmp_path), lambda: LATER)
    assert await cutting.once() == 2
    assert await cutting.once() == 0
    row = index.rows["a", 3]
    kept = (tmp_path / str(row["file"])).read_bytes()
    assert (row["verdict"], row["duration_ms"], row["bytes"]) == ("complete", 2000, len(kept))
    said, heard = counting(1000)[16_000:32_000], counting(-2000)[16_000:32_000]
    assert kept == b"".join(stereo(16_000, [(np.array(said), np.array(heard))]))


async def test_files_that_are_still_written_are_left_for_later(tmp_path: Path) -> None:
    index = MemoryIndex("a")
    record(tmp_path, "a", ENDED + 1)
    assert await Cutting(index, Vault(tmp_path), lambda: LATER).once() == 0
    assert index.rows == {}
    assert await Cutting(index, Vault(tmp_path), lambda: LATER + 1).once() == 1


async def test_a_departments_leg_that_still_hangs_up_keeps_its_call_waiting(tmp_path: Path) -> None:
    index = MemoryIndex("a")
    leg = DepartmentLeg("a.l6", START + 4000)
    index.talks.append(TalkSegment(5, SegmentKind.CONSULT, START + 4000, START + 7000, "2001", "101", leg))
    record(tmp_path, "a")
    record(tmp_path, "a.l6", ENDED + 1)
    assert await Cutting(index, Vault(tmp_path), lambda: LATER).once() == 0
    assert await Cutting(index, Vault(tmp_path), lambda: LATER + 1).once() == 1
    assert (index.rows["a", 5]["kind"], index.rows["a", 5]["duration_ms"]) == ("consult", 3000)


async def test_a_call_without_files_is_noted_as_missing_and_not_asked_again(tmp_path: Path) -> None:
    index = MemoryIndex("a")
    cutting = Cutting(index, Vault(tmp_path), lambda: LATER)
    assert await cutting.once() == 1
    assert (index.rows["a", 3]["verdict"], index.rows["a", 3]["file"]) == ("missing", None)
    assert await cutting.once() == 0


async def test_an_interruption_between_file_and_index_changes_nothing(tmp_path: Path) -> None:
    index = MemoryIndex("a")
    record(tmp_path, "a")
    cutting = Cutting(index, Vault(tmp_path), lambda: LATER)
    index.fails = True
    with pytest.raises(ConnectionError):
        await cutting.once()
    first = (tmp_path / "segments" / "a.3.wav").read_bytes()
    index.fails = False
    assert await cutting.once() == 1
    assert (tmp_path / "segments" / "a.3.wav").read_bytes() == first


async def test_a_call_that_cannot_be_read_does_not_keep_the_others_waiting(tmp_path: Path) -> None:
    index = MemoryIndex("a", "b")
    (tmp_path / "a-rx.wav").mkdir()
    os.utime(tmp_path / "a-rx.wav", (0, 0))
    record(tmp_path, "b")
    cutting = Cutting(index, Vault(tmp_path), lambda: LATER)
    assert await cutting.once() == 1
    assert ("b", 3) in index.rows
    with pytest.raises(IsADirectoryError):
        await cutting.once()


async def test_nor_does_a_call_that_is_more_than_can_be_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = MemoryIndex("a", "b")
    record(tmp_path, "a")
    record(tmp_path, "b")

    def cut(vault: Vault, job: Job) -> list[Recording]:
        if job.call == "a":
            raise struct.error("a length does not fit into its field")
        return cut_call(vault, job)

    monkeypatch.setattr(work, "cut_call", cut)
    cutting = Cutting(index, Vault(tmp_path), lambda: LATER)
    assert await cutting.once() == 1
    assert ("b", 3) in index.rows
    with pytest.raises(struct.error):
        await cutting.once()
