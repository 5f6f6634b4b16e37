"""Tones: what each party of a laboratory call says, and how it is recognised in what another party hears."""

import math
import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE = 8000
"""Samples per second: telephones and recordings alike."""

MUSIC = 1900
"""What the laboratory's centre plays as music on hold: a tone (Hz), so that music is recognised like a voice."""

RINGING = 400
"""The Japanese ringing tone (Hz). It comes and goes."""

VOICES = (500, 700, 800, 1000, 1100, 1300, 1400, 1600, 1700, 2000, 2200, 2300, 2500, 2600, 2800, 2900, 3100)
"""The voices (Hz) that are given out to parties: multiples of 100, so that every 10 ms of sound closes on itself."""

AMPLITUDE = 0.2
"""Of full scale. Four voices at once still fit."""

HEARD_FROM = 0.02
"""A tone counts as heard from this amplitude on: a tenth of what was sent."""

OTHER_FROM = 0.01
"""Root mean square of what is left without the tones, from which on something else (speech) is heard."""

Samples = NDArray[np.int16]


@dataclass(frozen=True)
class Heard:
    """What a stretch of sound holds: the tones of ``VOICES``, ``MUSIC`` and ``RINGING``, and whether there is anything else."""

    tones: frozenset[int]
    other: bool

    @property
    def silent(self) -> bool:
        return not self.tones and not self.other


def tone(hertz: int, seconds: float) -> Samples:
    """A pure tone as 16-bit samples."""
    at = np.arange(int(seconds * RATE)) / RATE
    return (AMPLITUDE * 32767 * np.sin(2 * math.pi * hertz * at)).astype(np.int16)


def listen(samples: Samples) -> Heard:
    """Recognise who is heard. Exact from 100 ms of sound on; shorter stretches blur neighbouring tones."""
    if not len(samples):
        return Heard(frozenset(), False)
    sound = samples.astype(np.float64) / 32768
    window = np.hanning(len(sound))
    spectrum = np.abs(np.fft.rfft(sound * window)) * 2 / window.sum()
    reach = 3 * RATE / len(sound)  # a Hann window spreads a tone over two bins to each side
    frequencies = np.fft.rfftfreq(len(sound), 1 / RATE)
    tones = set()
    rest = spectrum.copy()
    for hertz in (*VOICES, MUSIC, RINGING):
        near = np.abs(frequencies - hertz) <= reach
        if spectrum[near].max(initial=0) >= HEARD_FROM:
            tones.add(hertz)
            rest[near] = 0
    # Parseval for a Hann window: the sum of squared amplitudes is 1.5 times twice the mean square.
    other = math.sqrt(float((rest**2).sum()) / 3)
    return Heard(frozenset(tones), other >= OTHER_FROM)


def amplitude(samples: Samples, hertz: int) -> float:
    """How loud a tone is in a stretch of sound, of full scale; exact for 10 ms of sound and their multiples."""
    at = np.arange(len(samples)) / RATE
    return float(2 * np.abs(np.mean(samples / 32768 * np.exp(-2j * math.pi * hertz * at))))


def write_wav(path: Path, samples: Samples) -> None:
    """A mono WAV file as Asterisk plays it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, len(samples), "NONE", "not compressed"))
        file.writeframes(samples.tobytes())


def read_wav(path: Path) -> Samples:
    """The samples of a mono 8 kHz WAV file. One that is still being written counts as far as it goes."""
    sound = path.read_bytes()[44:]
    return np.frombuffer(sound[: len(sound) & ~1], dtype="<i2")


def heard_over_time(samples: Samples, window_ms: int = 200) -> list[Heard]:
    """What is heard in each window of a recording, one after the other; the last odd piece is left out."""
    size = RATE * window_ms // 1000
    return [listen(samples[start : start + size]) for start in range(0, len(samples) - size + 1, size)]
