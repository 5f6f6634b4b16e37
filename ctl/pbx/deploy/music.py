"""What a citizen hears on hold: the files of ``settings.music``, or a quiet loop of our own, made of sines; and what the
callers of a queue hear that has music of its own.

The loop is made on this machine, so nobody's rights are touched and nothing is fetched; equal code makes equal bytes.
"""

import hashlib
import shutil
import wave
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ctl.config import Loaded
from ctl.config.music import RATE, USUAL, fault_of_music
from ctl.pbx.deploy.generations import make_durable
from ctl.pbx.deploy.places import asterisk
from ctl.settings import Settings
from ctl.switchboard.ids import MusicName

TUNE = 1
"""Raised whenever the loop would sound different."""


class MusicError(Exception):
    """The folder of music cannot be used. Says which file and what is allowed."""


@dataclass(frozen=True)
class Music:
    """``name``: of its directory below ``asterisk/music``, made from the content, so that a change is a new directory
    and a call on hold keeps playing from the old one."""

    name: str
    sources: tuple[Path, ...]

    def place(self, settings: Settings) -> None:
        """Copy it to where Asterisk plays it from, unless it is there."""
        directory = asterisk(settings, "music", self.name)
        if directory.exists():
            return
        making = directory.with_name(f".{self.name}")
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(parents=True)
        for source in self.sources:
            shutil.copyfile(source, making / source.name)
            make_durable(making / source.name)  # a directory that is there counts as whole, also after a loss of power
        make_durable(making)
        making.rename(directory)


Classes = Mapping[MusicName, Music]
"""What each class of Asterisk's plays; one of them is `USUAL`."""


def find_classes(settings: Settings, loaded: Loaded) -> Classes:
    """The usual music, and that of the queues. Raises `MusicError`."""
    return {USUAL: find_music(settings), **{name: _of(sources) for name, sources in loaded.music.items()}}


def directories(classes: Classes) -> Mapping[MusicName, str]:
    """Where each class lies below ``asterisk/music``."""
    return {name: music.name for name, music in classes.items()}


def place(classes: Classes, settings: Settings) -> None:
    """Copy all of it to where Asterisk plays it from."""
    for music in classes.values():
        music.place(settings)


def find_music(settings: Settings) -> Music:
    """The music of these settings; our own is made in the cache if it is not there. Raises `MusicError`."""
    return _of(_uploaded(settings.music) if settings.music is not None else (_own(settings.cache.resolve()),))


def _of(sources: tuple[Path, ...]) -> Music:
    digest = hashlib.sha256()
    for source in sources:
        digest.update(source.name.encode() + b"\0" + source.read_bytes())
    return Music(digest.hexdigest()[:16], sources)


def _uploaded(folder: Path) -> tuple[Path, ...]:
    if not folder.is_dir():
        raise MusicError(f"CTL_MUSIC: {folder} is no folder; give one with WAV files, or leave it unset for ours")
    found = tuple(sorted(path for path in folder.iterdir() if path.suffix == ".wav"))
    if not found:
        raise MusicError(f"CTL_MUSIC: {folder} has no file that ends in .wav")
    for path in found:
        fault = fault_of_music(path)
        if fault is not None:
            raise MusicError(f"CTL_MUSIC: {path}: {fault}")
    return found


def _own(cache: Path) -> Path:
    path = cache / "music" / f"loop-{TUNE}.wav"
    if not path.exists():
        from ctl.pbx.deploy.tune import loop  # noqa: PLC0415 - brings numpy, needed once in the life of a cache

        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".new")
        with wave.open(str(fresh), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(loop(RATE).tobytes())
        make_durable(fresh)
        fresh.replace(path)
    return path
