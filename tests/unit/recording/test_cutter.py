"""From the two files of a call to one stereo file per talk segment."""

import io
import os
import struct
import time
import wave
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ctl.recording.cutter import LATE_MS, DepartmentLeg, Job, Recording, Talk, Verdict, cut_call
from ctl.recording.vault import Vault
from ctl.recording.wav import Samples
from ctl.switchboard.ids import CallId, DepartmentCode, Extension, LegId
from ctl.switchboard.kinds import CallKind, SegmentKind

CALL = CallId("1795509105.2")
START = 1_795_509_105_000
SECONDS = 10
CITIZEN, OTHER = 1000, -2000
"""Both sides count seconds: in second s the citizen's samples are 1000 + s, the other side's -2000 - s."""


def counting(base: int, seconds: int = SECONDS) -> Samples:
    direction = 1 if base > 0 else -1
    return np.repeat(np.arange(base, base + direction * seconds, direction, dtype="<i2"), 8000)


def write(path: Path, sound: Samples, ended_at: int = START + SECONDS * 1000) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(sound.tobytes())
    os.utime(path, ns=(ended_at * 1_000_000, ended_at * 1_000_000))


def talk(n: int, first_s: float, end_s: float, kind: SegmentKind = SegmentKind.TALK) -> Talk:
    at = (START + round(first_s * 1000), START + round(end_s * 1000))
    return Talk(n, kind, *at, Extension("2001"), DepartmentCode("101"))


def job(*talks: Talk, kind: CallKind = CallKind.INBOUND, seconds: int = SECONDS) -> Job:
    return Job(CALL, kind, START, START + seconds * 1000, talks)


LEG = LegId(f"{CALL}.l6")
DEPARTMENT, WITH_DEPARTMENT = 500, -700
"""The department's leg counts seconds likewise: what it says, what it hears."""


def on_department(n: int, first_s: float, end_s: float, kind: SegmentKind = SegmentKind.CONSULT) -> Talk:
    """A talk that is recorded on the department's leg, which answered in the fourth second."""
    return replace(talk(n, first_s, end_s, kind), on=DepartmentLeg(LEG, START + 4000))


def write_leg(root: Path, seconds: int, closed_s: int) -> None:
    write(root / f"{LEG}-rx.wav", counting(DEPARTMENT, seconds), START + closed_s * 1000)
    write(root / f"{LEG}-tx.wav", counting(WITH_DEPARTMENT, seconds), START + closed_s * 1000)


def played(root: Path, recording: Recording) -> Samples:
    assert recording.file is not None
    with wave.open(io.BytesIO((root / recording.file).read_bytes())) as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write(tmp_path / f"{CALL}-rx.wav", counting(CITIZEN))
    write(tmp_path / f"{CALL}-tx.wav", counting(OTHER))
    return tmp_path


@pytest.fixture(autouse=True)
def blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every talk here consists of several, whose ends are no whole seconds."""
    monkeypatch.setattr("ctl.recording.cutter.BLOCK_FRAMES", 3001)


def test_each_talk_segment_is_cut_with_the_citizen_on_the_left(root: Path) -> None:
    first, second = cut_call(Vault(root), job(talk(3, 2, 4), talk(5, 6.5, 10, SegmentKind.HANDED_OFF)))
    assert played(root, first)[::8000].tolist() == [[CITIZEN + 2, OTHER - 2], [CITIZEN + 3, OTHER - 3]]
    assert played(root, second)[0].tolist() == [CITIZEN + 6, OTHER - 6]
    assert played(root, second)[-1].tolist() == [CITIZEN + 9, OTHER - 9]
    assert (first.verdict, first.duration_ms, first.lost_ms) == (Verdict.COMPLETE, 2000, 0)
    assert (second.verdict, second.duration_ms) == (Verdict.COMPLETE, 3500)


def test_in_a_call_that_an_operator_made_the_outside_party_is_on_the_left(root: Path) -> None:
    (only,) = cut_call(Vault(root), job(talk(1, 0, 1), kind=CallKind.OUTBOUND))
    assert played(root, only)[0].tolist() == [OTHER, CITIZEN]


def test_a_consultation_is_cut_from_the_departments_leg_with_the_department_on_the_right(root: Path) -> None:
    write_leg(root, 3, closed_s=7)
    before, consultation, after = cut_call(Vault(root), job(talk(3, 2, 4), on_department(5, 4, 7), talk(8, 7, 10)))
    assert played(root, consultation)[::8000].tolist() == [
        [WITH_DEPARTMENT, DEPARTMENT],
        [WITH_DEPARTMENT - 1, DEPARTMENT + 1],
        [WITH_DEPARTMENT - 2, DEPARTMENT + 2],
    ]
    assert (consultation.verdict, consultation.duration_ms, consultation.file) == (
        Verdict.COMPLETE,
        3000,
        f"segments/{CALL}.5.wav",
    )
    assert played(root, before)[0].tolist() == [CITIZEN + 2, OTHER - 2]
    assert played(root, after)[0].tolist() == [CITIZEN + 7, OTHER - 7]


def test_a_leg_that_was_recorded_too_long_gives_no_more_than_the_consultation(root: Path) -> None:
    # We died before we could stop it: the citizen's talk with the department is on it, too.
    write_leg(root, 6, closed_s=10)
    (consultation,) = cut_call(Vault(root), job(on_department(5, 4, 7)))
    assert played(root, consultation)[::8000, 1].tolist() == [DEPARTMENT, DEPARTMENT + 1, DEPARTMENT + 2]


def test_a_departments_leg_is_cut_at_its_true_place_although_we_heard_late_of_its_answer(root: Path) -> None:
    # It answered in the first second and was hung up in the seventh; we noted its answer in the fourth.
    write_leg(root, 6, closed_s=7)
    _, consultation, _ = cut_call(Vault(root), job(talk(3, 2, 4), on_department(5, 4, 7), talk(8, 7, 10)))
    assert played(root, consultation)[::8000].tolist() == [
        [WITH_DEPARTMENT - 3, DEPARTMENT + 3],
        [WITH_DEPARTMENT - 4, DEPARTMENT + 4],
        [WITH_DEPARTMENT - 5, DEPARTMENT + 5],
    ]


def test_a_copied_recording_of_a_leg_is_laid_from_the_departments_answer(root: Path) -> None:
    write_leg(root, 3, closed_s=86_400)
    (consultation,) = cut_call(Vault(root), job(on_department(5, 4, 7)))
    assert (played(root, consultation)[0, 1], consultation.duration_ms) == (DEPARTMENT, 3000)


def test_a_consultation_that_nobody_recorded_is_stated_beside_the_talk_that_was(root: Path) -> None:
    spoken, consultation = cut_call(Vault(root), job(talk(3, 2, 4), on_department(5, 4, 7)))
    assert spoken.verdict is Verdict.COMPLETE
    assert (consultation.verdict, consultation.file, consultation.lost_ms) == (Verdict.MISSING, None, 3000)


def test_a_handed_over_call_of_an_operator_has_the_department_on_the_right(root: Path) -> None:
    write_leg(root, 6, closed_s=10)
    (only,) = cut_call(Vault(root), job(on_department(9, 7, 10, SegmentKind.HANDED_OFF), kind=CallKind.OUTBOUND))
    assert played(root, only)[0].tolist() == [WITH_DEPARTMENT - 3, DEPARTMENT + 3]


def test_cutting_again_gives_the_same_bytes(root: Path) -> None:
    once = cut_call(Vault(root), job(talk(3, 2, 4)))
    assert cut_call(Vault(root), job(talk(3, 2, 4))) == once


def test_a_draft_left_by_a_kill_does_no_harm(root: Path) -> None:
    (root / "segments").mkdir()
    (root / "segments" / f".{CALL}.3.wav.draft").write_bytes(b"half a fi")
    (only,) = cut_call(Vault(root), job(talk(3, 2, 4)))
    assert played(root, only).shape == (2 * 8000, 2)
    assert [path.name for path in (root / "segments").iterdir()] == [f"{CALL}.3.wav"]


def test_without_files_every_segment_is_stated_as_missing(tmp_path: Path) -> None:
    (only,) = cut_call(Vault(tmp_path), job(talk(3, 2, 4)))
    assert (only.verdict, only.file, only.lost_ms) == (Verdict.MISSING, None, 2000)
    assert only.note == "rx: no file; tx: no file"


def test_rubbish_is_stated_as_damaged(root: Path) -> None:
    for side in ("rx", "tx"):
        (root / f"{CALL}-{side}.wav").write_bytes(struct.pack("<100Q", *range(100)))
    (only,) = cut_call(Vault(root), job(talk(3, 2, 4)))
    assert (only.verdict, only.file) == (Verdict.DAMAGED, None)


def test_one_side_alone_is_kept_and_said_to_be_alone(root: Path) -> None:
    (root / f"{CALL}-tx.wav").unlink()
    (only,) = cut_call(Vault(root), job(talk(3, 2, 4)))
    assert only.verdict is Verdict.ONE_SIDED
    assert played(root, only)[0].tolist() == [CITIZEN + 2, 0]


def test_a_side_that_lost_something_before_the_talk_is_heard_at_its_time(root: Path) -> None:
    # The disk was full, and took what the one side said, but for two seconds nothing of the other.
    whole = counting(OTHER)
    write(root / f"{CALL}-tx.wav", np.concatenate((whole[: 3 * 8000], whole[5 * 8000 :])))
    before, after = cut_call(Vault(root), job(talk(3, 2, 6), talk(5, 6, 9)))
    assert played(root, after)[::8000].tolist() == [[CITIZEN + n, OTHER - n] for n in (6, 7, 8)]
    assert (before.verdict, before.lost_ms, after.verdict, after.lost_ms) == (Verdict.SHORT, 2000, Verdict.SHORT, 2000)
    assert played(root, before)[-1].tolist() == [CITIZEN + 5, OTHER - 5]


@pytest.mark.parametrize(
    ("booted_after_s", "verdicts"),
    [(-60, [Verdict.MISSING, Verdict.COMPLETE]), (60, [Verdict.COMPLETE, Verdict.MISSING])],
    ids=["the PBX was killed", "the power went"],
)
def test_a_file_that_was_never_closed_lies_by_its_end_unless_the_power_took_that(
    root: Path, monkeypatch: pytest.MonkeyPatch, booted_after_s: int, verdicts: list[Verdict]
) -> None:
    """Five seconds of ten are in the file, which in both cases tells the same time of its last byte."""
    up_s = time.time() - (START / 1000 + SECONDS + booted_after_s)
    monkeypatch.setattr(time, "clock_gettime", lambda _: up_s)
    for side, base in (("rx", CITIZEN), ("tx", OTHER)):
        path = root / f"{CALL}-{side}.wav"
        write(path, counting(base, 5))
        content = bytearray(path.read_bytes())
        content[4:8] = content[40:44] = bytes(4)
        path.write_bytes(content)
        os.utime(path, ns=((START + SECONDS * 1000) * 1_000_000,) * 2)
    made = cut_call(Vault(root), job(talk(3, 2, 4), talk(5, 7, 9)))
    assert [one.verdict for one in made] == verdicts
    (heard,) = (played(root, one) for one in made if one.file)
    assert heard[::8000].tolist() == [[CITIZEN + n, OTHER - n] for n in (2, 3)]


def test_sides_of_a_writer_that_was_killed_are_heard_from_their_common_beginning(root: Path) -> None:
    path = root / f"{CALL}-tx.wav"
    content = bytearray(path.read_bytes()[: -2 * 8000])  # the last second was in no file yet
    content[4:8] = content[40:44] = bytes(4)
    path.write_bytes(content)
    os.utime(path, ns=((START + SECONDS * 1000) * 1_000_000,) * 2)
    (only,) = cut_call(Vault(root), job(talk(3, 5, 10)))
    assert played(root, only)[::8000].tolist() == [*([CITIZEN + n, OTHER - n] for n in (5, 6, 7, 8)), [CITIZEN + 9, 0]]
    assert (only.verdict, only.lost_ms) == (Verdict.SHORT, 1000)


def test_a_file_that_ends_early_gives_what_it_has_and_the_rest_as_lost(root: Path) -> None:
    # Asterisk died in the eighth second; the call was found dead, and closed, two seconds later.
    for side, base in (("rx", CITIZEN), ("tx", OTHER)):
        write(root / f"{CALL}-{side}.wav", counting(base, 8), START + 8000)
    (only,) = cut_call(Vault(root), job(talk(3, 5, 10)))
    assert (only.verdict, only.duration_ms, only.lost_ms) == (Verdict.SHORT, 3000, 2000)
    assert played(root, only)[0].tolist() == [CITIZEN + 5, OTHER - 5]


@pytest.mark.parametrize(("late_ms", "verdict"), [(9, Verdict.COMPLETE), (LATE_MS + 1, Verdict.SHORT)])
def test_an_end_that_we_heard_of_a_moment_late_is_no_loss(root: Path, late_ms: int, verdict: Verdict) -> None:
    for side, base in (("rx", CITIZEN), ("tx", OTHER)):
        write(root / f"{CALL}-{side}.wav", counting(base, 10), START + 10_000 - late_ms)
    (only,) = cut_call(Vault(root), job(talk(3, 5, 10)))
    assert (only.verdict, only.lost_ms) == (verdict, late_ms)


@pytest.mark.parametrize(("late_ms", "verdict"), [(40, Verdict.COMPLETE), (400, Verdict.SHORT)])
def test_the_moment_until_both_telephones_send_is_no_loss(root: Path, late_ms: int, verdict: Verdict) -> None:
    for side, base in (("rx", DEPARTMENT), ("tx", WITH_DEPARTMENT)):
        write(root / f"{LEG}-{side}.wav", counting(base, 3)[late_ms * 8 :], START + 7000)
    (consultation,) = cut_call(Vault(root), job(on_department(5, 4, 7)))
    assert (consultation.verdict, consultation.lost_ms) == (verdict, late_ms)
    assert played(root, consultation)[-1].tolist() == [WITH_DEPARTMENT - 2, DEPARTMENT + 2]


def test_a_name_that_leads_outside_is_no_recording(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("not a recording")
    (tmp_path / "recordings").mkdir()
    with pytest.raises(FileNotFoundError):
        Vault(tmp_path / "recordings").read("../secret")
