"""``announcements.yaml`` → everything that is said, and the sounds that people have uploaded."""

import wave
from collections.abc import Iterable
from pathlib import Path

from ctl.config.files import AnnouncementsFile, AnnouncementShape, VoiceShape
from ctl.config.folder import Document
from ctl.config.notes import Names, Notes
from ctl.config.numbered import NUMBERED, names_of, numbered
from ctl.config.prompts import PromptSource, synthesised, uploaded
from ctl.config.source import Path_, Source
from ctl.switchboard.ids import PromptName
from ctl.switchboard.plan import Say

LONGEST_SOUND_S = 180
MOST_SOUND_BYTES = 100_000_000


def prompts(source: Source, path: Path_, written: Iterable[str], names: Names, notes: Notes) -> tuple[PromptName, ...]:
    """Announcements that something says: each must exist, and counts as used."""
    for name in written:
        notes.said.add(name)
        notes.known(source, path, name, names.announcements, "announcement")
    return tuple(PromptName(name) for name in written)


def compile_announcements(
    document: Document[AnnouncementsFile], folder: Path, notes: Notes
) -> dict[PromptName, PromptSource]:
    """Call this last: it remarks on announcements that nothing says."""
    source, voice = document.source, document.shape.voice
    written = document.shape.announcements
    for own in Say:
        if own not in written:
            message = f"the announcement {own.value!r} is missing; the switchboard itself says it, so write its text"
            notes.problem(source, ("announcements",), message)
    said = notes.said | names_of(notes.said)
    for name in written:
        if name not in said and name not in set(Say):
            notes.remark(source, ("announcements", name), "nothing says this announcement")
    every = {**{name: written[name] for name in written if name not in NUMBERED}, **numbered(document, notes)}
    return {
        PromptName(name): _prompt(source, ("announcements", name), announcement, voice, folder, notes)
        for name, announcement in every.items()
    }


def _prompt(
    source: Source, path: Path_, announcement: AnnouncementShape, voice: VoiceShape, folder: Path, notes: Notes
) -> PromptSource:
    if announcement.sound is not None:
        file = folder / announcement.sound
        fault = fault_of_sound(file)
        if fault is None:
            return uploaded(announcement.text, file, file.read_bytes())
        notes.problem(source, (*path, "sound"), f"{announcement.sound}: {fault}")
    return synthesised(announcement.text, announcement.reading, voice.speed, voice.half_tone)


def fault_of_sound(file: Path) -> str | None:
    """Why a file cannot be used as an announcement, or None."""
    wanted = (
        f"a WAV file is allowed: PCM, 8 to 32 bits, 8 to 192 kHz, mono or stereo, at most {LONGEST_SOUND_S} seconds"
    )
    try:
        if file.stat().st_size > MOST_SOUND_BYTES:
            return f"too large; {wanted}"
        with wave.open(str(file), "rb") as sound:
            rate, frames, channels = sound.getframerate(), sound.getnframes(), sound.getnchannels()
            there = len(sound.readframes(1))
    except OSError as error:
        return f"cannot be read ({error.strerror}); {wanted}"
    except (wave.Error, EOFError) as error:
        return f"not a PCM WAV file ({error}); {wanted}"
    if not 8000 <= rate <= 192_000 or channels > 2:
        return f"{rate} Hz with {channels} channels; {wanted}"
    if frames == 0 or there == 0:
        return f"it holds no sound; {wanted}"
    if frames / rate > LONGEST_SOUND_S:
        return f"{frames / rate:.0f} seconds long; {wanted}"
    return None
