"""``music:`` in ``queues.yaml`` → what the callers of a queue hear between announcements, or what is wrong with it."""

import wave
from pathlib import Path

from ctl.config.files import QueuesFile
from ctl.config.folder import Document
from ctl.config.notes import Names, Notes
from ctl.config.source import Path_, Source
from ctl.switchboard.ids import MusicName

RATE = 8000
"""Hertz. Telephones carry no more, and Asterisk need not convert."""
USUAL = MusicName("default")
"""The centre's own, which everybody hears who is on hold, and who waits in a queue that names no other."""


def compile_music(document: Document[QueuesFile], folder: Path, notes: Notes) -> dict[MusicName, tuple[Path, ...]]:
    """The files of each music. Call this last: it remarks on music that no queue plays."""
    source = document.source
    for name, written in document.shape.music.items():
        here: Path_ = ("music", name)
        if name == USUAL:
            message = f"{USUAL!r} is the centre's own music, which CTL_MUSIC names; choose another name"
            notes.problem(source, here, message)
        if name not in notes.played:
            notes.remark(source, here, "no queue plays this music")
        for file in written:
            fault = fault_of_music(folder / file)
            if fault is not None:
                notes.problem(source, here, f"{file}: {fault}")
    return {MusicName(name): tuple(folder / file for file in written) for name, written in document.shape.music.items()}


def music_of_queue(source: Source, here: Path_, written: str | None, names: Names, notes: Notes) -> MusicName | None:
    """None: the centre's own. `USUAL` may be written, for a mode in which a queue gives up its music."""
    if written is None or written == USUAL:
        return None
    notes.played.add(written)
    notes.known(source, here, written, None if names.music is None else {*names.music, USUAL}, "music")
    return MusicName(written)


def fault_of_music(file: Path) -> str | None:
    """Why a file cannot be played to those who wait, or None."""
    wanted = f"allowed: {RATE} Hz, 1 channel, 16 bit"
    try:
        with wave.open(str(file), "rb") as sound:
            found = (sound.getframerate(), sound.getnchannels(), sound.getsampwidth())
            there = sound.readframes(1)
    except OSError as error:
        return f"cannot be read ({error.strerror}); a WAV file is {wanted}"
    except (wave.Error, EOFError) as error:
        return f"not a WAV file ({error}); {wanted}"
    if found != (RATE, 1, 2):
        return f"{found[0]} Hz, {found[1]} channel{'s' * (found[1] > 1)}, {8 * found[2]} bit; {wanted}"
    return None if there else f"it holds no sound; {wanted}"
