"""The voice: Japanese text → speech, by Open JTalk on this machine, without a network."""

import contextlib
import io
from typing import Any

import numpy as np
from numpy.typing import NDArray


def speak(text: str, speed: float, half_tone: float) -> tuple[NDArray[np.float64], int]:
    """The spoken text with full scale 1, and its rate in Hz. Raises ValueError when there is nothing to speak."""
    voice = _voice()
    if not voice.g2p(text, predict_nani=False).replace("pau", "").strip():
        raise ValueError(f"{text!r} has nothing that can be spoken")
    sound, rate = voice.tts(text, speed=speed, half_tone=half_tone, predict_nani=False)
    return np.asarray(sound, np.float64) / 2**15, int(rate)


def reading(text: str) -> str:
    """What the voice will say, in katakana: to see whether a name or a number is read as it should be."""
    said: str = _voice().g2p(text, kana=True, predict_nani=False)
    return said


def _voice() -> Any:
    # It greets its importer with a hint about an optional part, on standard output.
    with contextlib.redirect_stdout(io.StringIO()):
        import pyopenjtalk  # noqa: PLC0415 - heavy, and only needed where something new is spoken
    return pyopenjtalk
