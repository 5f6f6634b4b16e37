"""What is said: announcements by content. The same words in the same voice have the same name on every machine."""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ctl.switchboard.ids import Media

SYNTHESIS = 1
"""Raised whenever the same text would be made to sound different, so that caches make it anew."""

_TELEPHONE = re.compile(r"(?<![0-9-])0[0-9]{1,4}-[0-9]{1,4}-[0-9]{3,4}(?![0-9-])")
_GAP = re.compile(r"(?<=[^\x00-\x7f])\s+(?=[^\x00-\x7f])|(?<=[^\x00-\x7f])\s+(?=[0-9])|(?<=[0-9])\s+(?=[^\x00-\x7f])")
"""Blanks that a text got from being written on several lines; Japanese has none between words."""


@dataclass(frozen=True, slots=True)
class PromptSource:
    """One announcement before it is sound. ``key`` names its content; exactly one of ``spoken`` and ``sound`` is used.

    ``text`` is what people read on screens; ``spoken`` what the voice says; ``sound`` an uploaded WAV instead.
    """

    key: str
    text: str
    spoken: str
    speed: float
    half_tone: float
    sound: Path | None = None

    @property
    def media(self) -> Media:
        return Media(f"sound:ctl/{self.key}")


def joined(text: str) -> str:
    """The text as one line."""
    return _GAP.sub("", text.strip())


def spoken(text: str) -> str:
    """How people say telephone numbers: 「03の、3981の、1111」. Written with hyphens, or they are read as amounts."""
    return _TELEPHONE.sub(lambda match: match[0].replace("-", "の、"), text)


def synthesised(text: str, reading: str | None, speed: float, half_tone: float) -> PromptSource:
    words = spoken(joined(reading or text))
    key = _key(json.dumps([SYNTHESIS, words, speed, half_tone], ensure_ascii=False).encode())
    return PromptSource(key, joined(text), words, speed, half_tone)


def voiced_like(others: Iterable[PromptSource], text: str, reading: str | None) -> PromptSource:
    """In the voice of the other announcements; in the usual one where all of these are recordings."""
    voice = next((source for source in others if source.sound is None), None)
    return synthesised(text, reading, *((voice.speed, voice.half_tone) if voice is not None else (1.0, 0.0)))


def uploaded(text: str, sound: Path, content: bytes) -> PromptSource:
    return PromptSource(_key(b"%d\0%b" % (SYNTHESIS, content)), joined(text), "", 1.0, 0.0, sound)


def _key(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:24]
