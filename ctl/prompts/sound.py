"""Fits any sound to the telephone: 8 kHz, mono, 16 bit, at one loudness, with a short silence at both ends.

scipy costs most of a second and some 70 MB, so it comes with the first sound: the screens seldom see one.
"""

import wave
from math import gcd
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE = 8000
LEVEL_DBFS = -22.0
"""Loudness (RMS) while somebody speaks. Telephone speech is at home a little below -20 dBFS."""
PEAK = 0.7
"""No sample goes beyond this share of full scale, so that G.711 clips nothing."""
SPEECH_BELOW_PEAK_DB = 40.0
"""Frames weaker than the strongest by more than this are silence."""
LEAD_MS, TAIL_MS = 80, 160
FRAME_MS = 20
MARGIN_FRAMES = 2
"""Kept around what is loud enough: a word may begin with a breath (は) or end in one (です)."""

Sound = NDArray[np.float64]
"""One channel, full scale is 1."""


def fit(sound: Sound, rate: int) -> NDArray[np.int16]:
    """The sound as the PBX plays it. Raises ValueError when there is nothing to be heard in it."""
    from scipy.signal import butter, sosfiltfilt  # noqa: PLC0415 - see above

    low = _resample(sound, rate)
    # Below 100 Hz a telephone carries only hum and the thump of a microphone.
    low = sosfiltfilt(butter(2, 100, "highpass", fs=RATE, output="sos"), low) if len(low) > RATE // 50 else low
    power = _power(low)
    if power.size == 0 or power.max() < 1e-10:
        raise ValueError("there is nothing to be heard")
    speaking = power > power.max() * 10 ** (-SPEECH_BELOW_PEAK_DB / 10)
    frame = RATE * FRAME_MS // 1000
    first, last = int(np.argmax(speaking)), len(speaking) - int(np.argmax(speaking[::-1]))
    low = low[max(0, first - MARGIN_FRAMES) * frame : (last + MARGIN_FRAMES) * frame]
    gain = min(10 ** (LEVEL_DBFS / 20) / np.sqrt(power[speaking].mean()), PEAK / np.abs(low).max())
    silence = [np.zeros(RATE * length // 1000) for length in (LEAD_MS, TAIL_MS)]
    whole = np.concatenate([silence[0], low * gain, silence[1]])
    return np.clip(np.round(whole * 32767), -32768, 32767).astype(np.int16)


def _resample(sound: Sound, rate: int) -> Sound:
    from scipy.signal import resample_poly  # noqa: PLC0415 - see above

    common = gcd(rate, RATE)
    if rate == RATE:
        return sound
    # A longer filter than scipy's own: flat to 3.5 kHz, and 70 dB down where it would fold back into speech.
    resampled: Sound = resample_poly(sound, RATE // common, rate // common, window=("kaiser", 7.0))
    return resampled


def _power(sound: Sound) -> Sound:
    frame = RATE * FRAME_MS // 1000
    whole = np.concatenate([sound, np.zeros(-len(sound) % frame)])
    mean: Sound = (whole.reshape(-1, frame) ** 2).mean(axis=1)
    return mean


def read_wav(path: Path) -> tuple[Sound, int]:
    """A PCM WAV file of any rate, width and number of channels, mixed to one. Raises ValueError, saying what is wrong."""
    try:
        with wave.open(str(path), "rb") as file:
            width, channels, rate = file.getsampwidth(), file.getnchannels(), file.getframerate()
            data = file.readframes(file.getnframes())
    except (wave.Error, EOFError, RuntimeError) as error:  # the last, without a word, for lengths that lead nowhere
        raise ValueError(f"not a PCM WAV file ({error}); save it as WAV, PCM, 16 bit") from error
    data = data[: len(data) - len(data) % (width * channels)]
    match width:
        case 1:
            samples = (np.frombuffer(data, np.uint8).astype(np.float64) - 128) / 128
        case 2:
            samples = np.frombuffer(data, "<i2").astype(np.float64) / 2**15
        case 3:
            raw = np.frombuffer(data, np.uint8).reshape(-1, 3).astype(np.int32)
            samples = ((raw[:, 0] << 8 | raw[:, 1] << 16 | raw[:, 2] << 24) / 2**31).astype(np.float64)
        case _:
            samples = np.frombuffer(data, "<i4").astype(np.float64) / 2**31
    mixed: Sound = samples.reshape(-1, channels).mean(axis=1)
    return mixed, rate


def write_wav(path: Path, samples: NDArray[np.int16], rate: int = RATE) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.astype("<i2").tobytes())
