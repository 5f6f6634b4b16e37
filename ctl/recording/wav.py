"""Reading what Asterisk wrote and writing what we keep: 8 kHz, 16 bit, PCM.

Asterisk puts the length into the header when it closes the file. A file whose writer was killed still says zero, so
the length that counts is the file's own. Where the disk was full as it opened the file there is no header: the sound, from
when there was room again, begins with the file, and lengths stand in it where those of a header would be.
"""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RATE = 8000
FRAMES_PER_MS = RATE // 1000
BYTES_PER_SAMPLE = 2
HEAD = 4096
"""Bytes that hold every header we have met."""
ASTERISKS = 44
"""Bytes of Asterisk's own: the length of the file less 8 stands at 4, that of the sound at 40."""

Samples = NDArray[np.int16]


class DamagedFileError(Exception):
    """Not a recording as Asterisk makes them; the message says what is wrong."""


@dataclass(frozen=True, slots=True)
class Track:
    """Where the sound lies in a mono file: ``first_byte`` onwards, ``frames`` samples. ``closed``: its writer came to its end,
    so the last sample is the last that was recorded."""

    first_byte: int
    frames: int
    closed: bool = True


def locate(head: bytes, size: int) -> Track:
    """Find the sound in a mono file of ``size`` bytes that begins with ``head``."""
    if _has_lengths_alone(head, size):
        return Track(0, size // BYTES_PER_SAMPLE)
    if head[:4] != b"RIFF" or head[8:12] != b"WAVE":
        raise DamagedFileError("no RIFF/WAVE header")
    at, known_format = 12, False
    while at + 8 <= len(head):
        name, length = struct.unpack_from("<4sI", head, at)
        at += 8
        if name == b"fmt ":
            _check_format(head[at : at + 16])
            known_format = True
        elif name == b"data":
            if not known_format:
                raise DamagedFileError("sound before its format")
            there = max(0, size - at)
            closed = 0 < length <= there
            return Track(at, (length if closed else there) // BYTES_PER_SAMPLE, closed)
        at += length + length % 2
    raise DamagedFileError("no sound in the file")


def _has_lengths_alone(head: bytes, size: int) -> bool:
    if size <= ASTERISKS or head[:4] == b"RIFF":
        return False
    return head[4:8] == struct.pack("<I", size - 8) and head[40:ASTERISKS] == struct.pack("<I", size - ASTERISKS)


def _check_format(chunk: bytes) -> None:
    if len(chunk) < 16:
        raise DamagedFileError("format cut off")
    coding, channels, rate, _, _, bits = struct.unpack("<HHIIHH", chunk)
    if (coding, channels, rate, bits) != (1, 1, RATE, 16):
        raise DamagedFileError(f"coding {coding}, {channels} channels, {rate} Hz, {bits} bit instead of PCM mono 8 kHz")


def samples(data: bytes) -> Samples:
    """Sound as Asterisk lays it out; half a sample at the end is dropped."""
    return np.frombuffer(data, "<i2", count=len(data) // BYTES_PER_SAMPLE)


def after_silence(frames: int, sound: Samples) -> Samples:
    """The same, later by so many samples."""
    return np.concatenate((np.zeros(frames, "<i2"), sound)) if frames else sound


def stereo(frames: int, blocks: Iterable[tuple[Samples, Samples]]) -> Iterator[bytes]:
    """A complete WAV file of so many samples a side, piece by piece: left and right of each block. The shorter side of a block is
    filled up with silence."""
    frame_bytes = 2 * BYTES_PER_SAMPLE
    length = frames * frame_bytes
    form = struct.pack("<HHIIHH", 1, 2, RATE, RATE * frame_bytes, frame_bytes, 16)
    yield struct.pack("<4sI4s", b"RIFF", 36 + length, b"WAVE") + struct.pack("<4sI", b"fmt ", 16) + form
    yield struct.pack("<4sI", b"data", length)
    for left, right in blocks:
        both = np.zeros((max(len(left), len(right)), 2), "<i2")
        both[: len(left), 0] = left
        both[: len(right), 1] = right
        yield both.tobytes()
