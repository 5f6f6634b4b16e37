"""Music of queues, as written in the files: what comes of it, and what is refused."""

from pathlib import Path

import pytest

from ctl.config import ConfigError, load
from ctl.config.music import RATE
from ctl.lab.tones import Samples, tone, write_wav
from ctl.switchboard.ids import ModeName, MusicName, QueueName
from tests.unit.config.conftest import Files

TAX = QueueName("tax")
SECOND = tone(500, 1)


def plays(
    files: Files, music: str = "spring", named: str = "spring: music/spring.wav", sound: Samples = SECOND
) -> Path:
    """The tax queue plays this music, which is defined like this. Returns the WAV file."""
    files.change("queues.yaml", "  tax:\n    label: 税\n", f"  tax:\n    label: 税\n    music: {music}\n")
    files.write("queues.yaml", files.read("queues.yaml") + f"\nmusic:\n  {named}\n")
    path = files.path / "music" / "spring.wav"
    write_wav(path, sound)
    return path


def faults(files: Files) -> list[str]:
    with pytest.raises(ConfigError) as refused:
        load(files.path)
    return [str(problem) for problem in refused.value.problems]


def test_no_queue_has_music_of_its_own_unless_it_is_written(files: Files) -> None:
    loaded = load(files.path)
    assert all(queue.music is None for queue in loaded.plan.queues.values())
    assert loaded.music == {}


def test_queue_plays_the_files_of_the_music_that_it_names(files: Files) -> None:
    spring = plays(files, named="spring: [music/spring.wav, music/summer.wav]")
    summer = spring.with_name("summer.wav")
    write_wav(summer, SECOND)
    loaded = load(files.path)
    assert {name: queue.music for name, queue in loaded.plan.queues.items() if queue.music} == {TAX: "spring"}
    assert loaded.music == {MusicName("spring"): (spring, summer)}
    assert not loaded.remarks


def test_mode_may_give_a_queue_other_music_or_the_usual(files: Files) -> None:
    plays(files)
    files.change("modes.yaml", "tax: {entry: [busy-notice, connecting],", "tax: {music: default, entry: connecting,")
    files.change("modes.yaml", "general: {priority: 1, repeat: emergency-wait}", "general: {music: spring}")
    plan = load(files.path).plan
    assert plan.queues[TAX].music == "spring"
    assert plan.modes[ModeName("busy")].queues[TAX].music is None
    assert plan.modes[ModeName("emergency")].queues[QueueName("general")].music == "spring"


def test_music_that_no_queue_plays_is_remarked_on(files: Files) -> None:
    plays(files, music="default")
    (remark,) = load(files.path).remarks
    assert (remark.line, remark.message) == (files.line("queues.yaml", "spring:"), "no queue plays this music")


@pytest.mark.parametrize(
    ("music", "named", "at", "says"),
    [
        ("sprng", "spring: music/spring.wav", "music: sprng", "did you mean 'spring'? allowed: default, spring"),
        ("default", "default: music/spring.wav", "default: music", "is the centre's own music, which CTL_MUSIC names"),
        ("spring", "spring: spring.wav", "spring: spring", 'as in "music/spring.wav"'),
        ("spring", "spring: music/../../etc/passwd", "spring: music", 'as in "music/spring.wav"'),
        ("spring", "spring: music/gone.wav", "spring: music", "cannot be read (No such file or directory); a WAV file"),
        ("spring", "spring: []", "spring: []", "at least 1 item"),
    ],
)
def test_music_that_cannot_be_found_is_named_with_its_line(
    files: Files, music: str, named: str, at: str, says: str
) -> None:
    plays(files, music, named)
    line = files.line("queues.yaml", at)
    assert any(fault.startswith(f"ivr_flows/queues.yaml:{line}:") and says in fault for fault in faults(files)), faults(
        files
    )


def test_music_that_a_telephone_cannot_carry_is_refused(files: Files) -> None:
    path = plays(files)
    wav = bytearray(path.read_bytes())
    wav[24:28] = (44_100).to_bytes(4, "little")  # the sampling rate in the header
    path.write_bytes(bytes(wav))
    (fault,) = faults(files)
    assert fault == (
        f"ivr_flows/queues.yaml:{files.line('queues.yaml', 'spring: music')}: music spring: music/spring.wav: "
        f"44100 Hz, 1 channel, 16 bit; allowed: {RATE} Hz, 1 channel, 16 bit"
    )


@pytest.mark.parametrize(("content", "says"), [(b"ID3 ...", "not a WAV file"), (b"", "not a WAV file")])
def test_file_that_is_no_sound_is_refused(files: Files, content: bytes, says: str) -> None:
    plays(files).write_bytes(content)
    (fault,) = faults(files)
    assert f"music/spring.wav: {says}" in fault


def test_silence_of_no_length_is_refused(files: Files) -> None:
    plays(files, sound=SECOND[:0])
    (fault,) = faults(files)
    assert "it holds no sound" in fault
