"""What people upload, WAV or MP3, in place of a spoken text or for those who wait: checked and made playable, then kept."""

import io
import re
from enum import StrEnum
from itertools import count
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from ctl.config.speech import LONGEST_SOUND_S
from ctl.editing.desk import Desk
from ctl.prompts.sound import RATE, Sound, fit, write_wav

FOLDER = "sounds"
FILE = "announcements.yaml"
MUSIC_FOLDER = "music"
MUSIC_FILE = "queues.yaml"
LONGEST_MUSIC_S = 300
HIGHEST_RATE = 48_000
"""A second. What is above it no telephone carries, and unpacked it would fill the memory."""
TAKEN = ("WAV", "WAVEX", "MP3")
_BLOCK = 65_536
_NAME = re.compile(r"[A-Za-z0-9_-]{1,60}")


class Fault(StrEnum):
    NAME = "name"
    UNREADABLE = "unreadable"
    SHAPE = "shape"
    SILENT = "silent"
    TOO_LONG = "too_long"


class BadSound(ValueError):
    """The upload cannot be used."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault = fault


def heard(content: bytes, longest_s: int) -> tuple[Sound, int]:
    """One channel of an upload, and its rate. Never more than ``longest_s`` is unpacked. Raises `BadSound`."""
    try:
        with soundfile.SoundFile(io.BytesIO(content)) as file:
            if file.format not in TAKEN:
                raise BadSound(Fault.UNREADABLE)
            rate, left = file.samplerate, longest_s * file.samplerate
            if not 8000 <= rate <= HIGHEST_RATE or file.channels > 2:
                raise BadSound(Fault.SHAPE)
            blocks = []
            for block in file.blocks(blocksize=_BLOCK, dtype="float32", always_2d=True):
                left -= len(block)
                if left < 0:
                    raise BadSound(Fault.TOO_LONG)
                blocks.append(block.mean(axis=1))
    except BadSound:
        raise
    except (soundfile.SoundFileError, ValueError):  # the latter for a header that promises what a file cannot hold
        raise BadSound(Fault.UNREADABLE) from None
    whole = np.concatenate(blocks).astype(np.float64) if blocks else np.zeros(0)
    if not np.abs(whole).max(initial=0.0) > 0:
        raise BadSound(Fault.SILENT)
    return whole, rate


def upload(flows: Path, announcement: str, content: bytes) -> str:
    """Keep a recording for an announcement, in all its quality: it is fitted to the telephone when it is put in force.
    Returns its path as it is written in the file. Raises `BadSound`."""
    sound, rate = heard(content, LONGEST_SOUND_S)
    return _keep(flows, FOLDER, announcement, (np.clip(sound, -1, 1) * 32767).astype(np.int16), rate)


def upload_music(flows: Path, name: str, content: bytes) -> str:
    """The same for those who wait: as the PBX plays it."""
    sound, rate = heard(content, LONGEST_MUSIC_S)
    try:
        fitted = fit(sound, rate)
    except ValueError:
        raise BadSound(Fault.SILENT) from None
    return _keep(flows, MUSIC_FOLDER, name, fitted, RATE)


def _keep(flows: Path, folder: str, name: str, samples: NDArray[np.int16], rate: int) -> str:
    if not _NAME.fullmatch(name):
        raise BadSound(Fault.NAME)
    target = flows / folder / f"{name}.wav"
    target.parent.mkdir(exist_ok=True)
    aside = target.with_name(f".{target.name}.new")
    write_wav(aside, samples, rate)
    aside.replace(target)
    return f"{folder}/{name}.wav"


def play(desk: Desk, music: str, files: list[str]) -> None:
    """Let a music be these files, one after the other."""
    desk.put(MUSIC_FILE, ("music", music), files[0] if len(files) == 1 else files)


def use(desk: Desk, announcement: str, text: str, sound: str) -> None:
    """Let an announcement be this recording; its text is what people read."""
    desk.put(FILE, ("announcements", announcement), {"text": text, "sound": sound})


def speak(desk: Desk, announcement: str, text: str, reading: str | None = None) -> None:
    """Let an announcement be spoken by the voice; ``reading`` where the text would be read wrongly."""
    desk.put(FILE, ("announcements", announcement), {"text": text, "reading": reading} if reading else text)


def sweep(flows: Path, base: Path) -> None:
    """Remove recordings and music of a draft that it has made or used and uses no more.

    What lay in its ``base`` without being used lies ready for somebody, and stays.
    """
    for folder, source in ((FOLDER, FILE), (MUSIC_FOLDER, MUSIC_FILE)):
        used, before = _used(flows, folder, source), _used(base, folder, source)
        for file in (flows / folder).glob("*.wav"):
            piece = f"{folder}/{file.name}"
            if piece not in used and (piece in before or not (base / piece).exists()):
                file.unlink()


def _used(flows: Path, folder: str, source: str) -> set[str]:
    path = flows / source
    written = path.read_text(encoding="utf-8-sig") if path.exists() else ""
    return set(re.findall(rf"{folder}/[A-Za-z0-9_-]+\.wav", written))


def next_piece(flows: Path, music: str, pieces: int) -> str:
    """The name of one more piece of a music that has some: none that lies there is overwritten."""
    numbered = (f"{music}_{n:02}" for n in count(pieces + 1))
    return next(name for name in numbered if not (flows / MUSIC_FOLDER / f"{name}.wav").exists())
