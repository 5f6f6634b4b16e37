"""The loop that callers on hold hear when operations has put no music of its own: a slow music box in C major.

Plain sines with a few overtones that fade, since a telephone carries 300 to 3400 Hz and G.711 makes noise of anything
sharper. Four bars of broken chords (C, A minor, F, G) with one soft melody note a beat, 32 s in all; notes ring over
the end into the beginning, so the seam is not heard.
"""

import functools

import numpy as np
from numpy.typing import NDArray

BEAT_S = 1.0
PEAK = 9000
"""Of 32767: about 11 dB below the loudest a telephone carries, so that it soothes."""
FADE_S = 0.9
"""A struck note loses two thirds of its loudness in this time."""
OVERTONES = ((1, 1.0), (2, 0.35), (3, 0.12))

C, D, E, F, G, A, B = 60, 62, 64, 65, 67, 69, 71
"""MIDI numbers of the octave from middle C; an octave is 12."""
CHORDS = ((C, E, G, E), (A - 12, C, E, C), (F - 12, A - 12, C, A - 12), (G - 12, B - 12, D, B - 12))
MELODY = (
    (G, 0, E, 0, G, A, G, E),
    (E, 0, C, 0, E, G, A, 0),
    (A, 0, F, 0, A, C + 12, A, F),
    (G, 0, D, 0, F, E, D, 0),
)
"""One row a bar of eight beats; 0 is silence."""


@functools.cache
def loop(rate: int) -> NDArray[np.int16]:
    """The loop as samples, ``rate`` a second. The same on every machine. Nobody may change it: it is made once."""
    beats = [(bar, beat) for bar in range(len(CHORDS)) for beat in range(len(MELODY[0]))]
    total = np.zeros(int(len(beats) * BEAT_S * rate))
    for n, (bar, beat) in enumerate(beats):
        _strike(total, n * BEAT_S, CHORDS[bar][beat % len(CHORDS[bar])] + 12, 0.6, rate)
        if MELODY[bar][beat]:
            _strike(total, n * BEAT_S + BEAT_S / 2, MELODY[bar][beat] + 12, 1.0, rate)
    samples: NDArray[np.int16] = np.round(total * (PEAK / np.abs(total).max())).astype(np.int16)
    samples.flags.writeable = False
    return samples


def _strike(total: NDArray[np.float64], at_s: float, note: int, loudness: float, rate: int) -> None:
    """Add one note, its end wrapped round to the beginning of the loop."""
    seconds = np.arange(int(6 * FADE_S * rate)) / rate
    hertz = 440.0 * 2.0 ** ((note - 69) / 12)
    sound = sum(share * np.sin(2 * np.pi * hertz * harmonic * seconds) for harmonic, share in OVERTONES)
    attack = np.minimum(seconds / 0.01, 1.0)
    places = (int(at_s * rate) + np.arange(seconds.size)) % total.size
    np.add.at(total, places, loudness * attack * np.exp(-seconds / FADE_S) * sound)
