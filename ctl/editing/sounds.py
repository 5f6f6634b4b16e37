"""Recordings that people upload in place of a spoken text: checked before they are kept."""

import re
from pathlib import Path

from ctl.config.speech import fault_of_sound
from ctl.editing.desk import Desk

FOLDER = "sounds"
FILE = "announcements.yaml"
_NAME = re.compile(r"[A-Za-z0-9_-]{1,60}")


class BadSound(ValueError):
    """The upload cannot be used. Says why, and what is allowed."""


def upload(flows: Path, announcement: str, content: bytes) -> str:
    """Keep a WAV file for an announcement; returns its path as it is written in the file. Raises `BadSound`."""
    if not _NAME.fullmatch(announcement):
        raise BadSound(f"{announcement!r} cannot name a file")
    path = f"{FOLDER}/{announcement}.wav"
    target = flows / path
    target.parent.mkdir(exist_ok=True)
    aside = target.with_name(f".{target.name}.new")
    aside.write_bytes(content)
    try:
        fault = fault_of_sound(aside)
        if fault is not None:
            raise BadSound(fault)
        aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)
    return path


def use(desk: Desk, announcement: str, text: str, sound: str) -> None:
    """Let an announcement be this recording; its text is what people read."""
    desk.put(FILE, ("announcements", announcement), {"text": text, "sound": sound})


def speak(desk: Desk, announcement: str, text: str, reading: str | None = None) -> None:
    """Let an announcement be spoken by the voice; ``reading`` where the text would be read wrongly."""
    desk.put(FILE, ("announcements", announcement), {"text": text, "reading": reading} if reading else text)


def sweep(flows: Path) -> None:
    """Remove recordings that no announcement uses any more."""
    used = set(re.findall(r"sounds/[A-Za-z0-9_-]+\.wav", (flows / FILE).read_text(encoding="utf-8-sig")))
    for file in (flows / FOLDER).glob("*.wav"):
        if f"{FOLDER}/{file.name}" not in used:
            file.unlink()
