"""WAV files as Asterisk leaves them, also after it was killed."""

import io
import struct
import wave

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctl.recording import wav

SOUND = np.arange(-400, 400, dtype="<i2")


def mono(told_bytes: int, sound: bytes, rate: int = 8000, channels: int = 1) -> bytes:
    form = struct.pack("<HHIIHH", 1, channels, rate, rate * 2, 2, 16)
    return (
        b"RIFF"
        + struct.pack("<I", 36 + told_bytes)
        + b"WAVEfmt \x10\0\0\0"
        + form
        + b"data"
        + struct.pack("<I", told_bytes)
        + sound
    )


def read(content: bytes) -> wav.Samples:
    track = wav.locate(content[: wav.HEAD], len(content))
    return wav.samples(content[track.first_byte : track.first_byte + track.frames * 2])


def test_a_closed_file_is_read_whole() -> None:
    assert read(mono(SOUND.nbytes, SOUND.tobytes())).tolist() == SOUND.tolist()


def test_a_file_whose_writer_was_killed_is_read_up_to_its_end() -> None:
    assert read(mono(0, SOUND.tobytes())).tolist() == SOUND.tolist()


def test_a_file_cut_short_is_read_as_far_as_it_goes() -> None:
    cut_off = mono(SOUND.nbytes, SOUND.tobytes())[:-101]
    assert read(cut_off).tolist() == SOUND.tolist()[:-51]


def test_a_file_that_was_opened_while_the_disk_was_full_is_read_from_its_beginning() -> None:
    sound = bytearray(SOUND.tobytes())
    sound[4:8], sound[40:44] = struct.pack("<I", len(sound) - 8), struct.pack("<I", len(sound) - 44)
    found = read(bytes(sound)).tolist()
    assert len(found) == len(SOUND)
    assert [n for n, (one, other) in enumerate(zip(found, SOUND, strict=True)) if one != other] == [2, 3, 20, 21]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "no RIFF/WAVE"),
        (b"\0" * 40 + mono(SOUND.nbytes, SOUND.tobytes())[40:], "no RIFF/WAVE"),
        (b"\0" * 4000, "no RIFF/WAVE"),
        (mono(0, b"")[:20], "format cut off"),
        (mono(0, b"")[:36], "no sound"),
        (mono(0, b"", rate=16000), "16000 Hz"),
        (mono(0, b"", channels=2), "2 channels"),
    ],
)
def test_what_is_no_recording_is_refused_with_its_reason(content: bytes, complaint: str) -> None:
    with pytest.raises(wav.DamagedFileError, match=complaint):
        wav.locate(content, len(content))


@given(st.binary(max_size=200))
def test_no_content_whatever_makes_the_reader_stumble(content: bytes) -> None:
    try:
        track = wav.locate(content, len(content))
    except wav.DamagedFileError:
        return
    assert track.first_byte + track.frames * 2 <= len(content)


@given(st.lists(st.integers(-32768, 32767), max_size=50), st.lists(st.integers(-32768, 32767), max_size=50))
def test_stereo_keeps_the_sides_apart_and_fills_the_shorter_with_silence(left: list[int], right: list[int]) -> None:
    sides = np.array(left, "<i2"), np.array(right, "<i2")
    content = b"".join(wav.stereo(max(map(len, sides)), [sides]))
    with wave.open(io.BytesIO(content)) as file:
        assert (file.getnchannels(), file.getframerate(), file.getsampwidth()) == (2, 8000, 2)
        both = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)
    longest = max(len(left), len(right))
    assert both[:, 0].tolist() == left + [0] * (longest - len(left))
    assert both[:, 1].tolist() == right + [0] * (longest - len(right))
