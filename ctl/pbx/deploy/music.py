"""What a citizen hears on hold: the files of ``settings.music``, or a quiet loop of our own, made of sines.

Our own is made on this machine, so nobody's rights are touched and nothing is fetched; equal code makes equal bytes.
"""

import hashlib
import shutil
import wave
from dataclasses import dataclass
from pathlib import Path

from ctl.pbx.deploy.places import asterisk
from ctl.settings import Settings

RATE = 8000
"""Hertz. Telephones carry no more, and Asterisk need not convert."""
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
        making.rename(directory)


def find_music(settings: Settings) -> Music:
    """The music of these settings; our own is made in the cache if it is not there. Raises `MusicError`."""
    sources = _uploaded(settings.music) if settings.music is not None else [_own(settings.cache.resolve())]
    digest = hashlib.sha256()
    for source in sources:
        digest.update(source.name.encode() + b"\0" + source.read_bytes())
    return Music(digest.hexdigest()[:16], tuple(sources))


def _uploaded(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise MusicError(f"CTL_MUSIC: {folder} is no folder; give one with WAV files, or leave it unset for ours")
    found = sorted(path for path in folder.iterdir() if path.suffix == ".wav")
    if not found:
        raise MusicError(f"CTL_MUSIC: {folder} has no file that ends in .wav")
    for path in found:
        _check(path)
    return found


def _check(path: Path) -> None:
    try:
        with wave.open(str(path)) as file:
            found = (file.getframerate(), file.getnchannels(), file.getsampwidth())
    except (wave.Error, EOFError) as error:
        raise MusicError(f"CTL_MUSIC: {path}: not a WAV file ({error})") from None
    if found != (RATE, 1, 2):
        said = f"{found[0]} Hz, {found[1]} channels, {8 * found[2]} bit"
        raise MusicError(f"CTL_MUSIC: {path}: {said}; allowed: {RATE} Hz, 1 channel, 16 bit")


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
        fresh.replace(path)
    return path
