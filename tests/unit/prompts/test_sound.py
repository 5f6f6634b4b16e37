"""Any sound comes out at the telephone's rate, at one loudness, unclipped, between two short silences."""

import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from ctl.prompts.sound import LEAD_MS, LEVEL_DBFS, PEAK, RATE, TAIL_MS, fit, read_wav

RATES = st.sampled_from([8000, 11025, 16000, 22050, 24000, 32000, 44100, 48000, 96000])


def tone(hz: float, seconds: float, rate: int, strength: float = 0.5) -> NDArray[np.float64]:
    result: NDArray[np.float64] = strength * np.sin(2 * np.pi * hz * np.arange(int(seconds * rate)) / rate)
    return result


def strength_at(samples: NDArray[np.int16], hz: float) -> float:
    """How strong one frequency is, full scale sine = 1."""
    x = samples / 32768
    return float(2 * abs(np.mean(x * np.exp(-2j * np.pi * hz * np.arange(len(x)) / RATE))))


@settings(max_examples=25)
@given(RATES, st.floats(0.001, 1.0), st.floats(300, 3300), st.floats(0.3, 2.0))
def test_tone_keeps_its_pitch_and_length_and_gets_the_level(
    rate: int, strength: float, hz: float, seconds: float
) -> None:
    samples = fit(tone(hz, seconds, rate, strength), rate)
    speech = samples[LEAD_MS * 8 + 400 : -TAIL_MS * 8 - 400] / 32768
    assert 20 * np.log10(np.sqrt((speech**2).mean())) == pytest.approx(LEVEL_DBFS, abs=0.7)
    assert len(samples) / RATE == pytest.approx(seconds + (LEAD_MS + TAIL_MS) / 1000, abs=0.05)
    spectrum = np.abs(np.fft.rfft(speech * np.hanning(len(speech))))
    assert np.argmax(spectrum) * RATE / len(speech) == pytest.approx(hz, abs=RATE / len(speech))


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), RATES, st.floats(1, 60))
def test_no_sound_however_spiky_is_clipped(seed: int, rate: int, spike: float) -> None:
    noise = np.random.default_rng(seed).normal(0, 0.01, rate)
    noise[rate // 2 :: rate // 7] *= spike
    assert np.abs(fit(noise, rate)).max() <= PEAK * 32768 + 1


def test_what_the_telephone_cannot_carry_does_not_fold_back() -> None:
    samples = fit(tone(1000, 1, 48000) + tone(5200, 1, 48000), 48000)
    folded_hz = RATE - 5200
    assert strength_at(samples, folded_hz) < strength_at(samples, 1000) / 1000


def test_silence_around_the_words_is_cut_to_the_same_length() -> None:
    words = tone(700, 0.5, 16000)
    around = np.concatenate([np.zeros(16000 * 2), words, np.zeros(16000 * 3)])
    assert len(fit(around, 16000)) / RATE == pytest.approx(0.5 + (LEAD_MS + TAIL_MS) / 1000, abs=0.12)


@pytest.mark.parametrize("sound", [np.zeros(0), np.zeros(8000), np.zeros(3)], ids=["empty", "silent", "tiny"])
def test_nothing_to_be_heard_is_refused(sound: NDArray[np.float64]) -> None:
    with pytest.raises(ValueError, match="nothing to be heard"):
        fit(sound, 8000)


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_every_width_of_wav_is_read(tmp_path: Path, width: int, channels: int) -> None:
    wanted = tone(440, 0.25, 22050)
    whole = np.round(wanted * (2 ** (8 * width - 1) - 1)).astype(np.int64)
    if width == 1:
        whole += 128
    data = b"".join(int(value).to_bytes(width, "little", signed=width > 1) * channels for value in whole)
    with wave.open(str(tmp_path / "a.wav"), "wb") as file:
        file.setparams((channels, width, 22050, 0, "NONE", ""))
        file.writeframes(data)
    sound, rate = read_wav(tmp_path / "a.wav")
    assert rate == 22050
    assert np.allclose(sound, wanted, atol=0.01)


@pytest.mark.parametrize("content", [b"", b"ID3\x04 this is an mp3", b"RIFF\x10\0\0\0WAVEfmt "])
def test_what_is_no_wav_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.wav").write_bytes(content)
    with pytest.raises(ValueError, match="16 bit"):
        read_wav(tmp_path / "a.wav")
