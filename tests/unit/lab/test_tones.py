"""The ear of the laboratory is itself tested: it must never hear who does not speak, nor miss who does."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctl.lab.g711 import from_ulaw, to_ulaw
from ctl.lab.tones import MUSIC, RINGING, VOICES, heard_over_time, listen, read_wav, tone, write_wav

EVERYONE = (*VOICES, MUSIC, RINGING)


@settings(deadline=None)
@given(speakers=st.sets(st.sampled_from(EVERYONE), max_size=4), milliseconds=st.integers(150, 600))
def test_exactly_those_who_speak_are_heard_through_a_telephone(speakers: set[int], milliseconds: int) -> None:
    sound = sum((tone(hertz, milliseconds / 1000).astype(np.int32) for hertz in speakers), np.zeros(1, np.int32))
    heard = listen(from_ulaw(to_ulaw(sound.astype(np.int16))))
    assert heard.tones == speakers
    assert heard.silent == (not speakers)


@given(st.binary(min_size=256, max_size=256))
def test_companding_twice_changes_nothing_more(levels: bytes) -> None:
    assert from_ulaw(to_ulaw(from_ulaw(levels))).tolist() == from_ulaw(levels).tolist()


@pytest.mark.parametrize("amplitude", [0.05, 0.2])
def test_speech_is_something_else_than_a_tone(amplitude: float) -> None:
    noise = np.random.default_rng(7).normal(0, amplitude * 32767, 4000).clip(-32768, 32767).astype(np.int16)
    assert listen(noise).other


def test_faint_hiss_is_silence() -> None:
    hiss = np.random.default_rng(7).normal(0, 8, 4000).astype(np.int16)
    assert listen(hiss).silent


def test_a_recording_is_told_window_by_window(tmp_path: Path) -> None:
    write_wav(tmp_path / "call.wav", np.concatenate([tone(400, 0.4), np.zeros(3200, np.int16), tone(700, 0.45)]))
    tones = [sorted(heard.tones) for heard in heard_over_time(read_wav(tmp_path / "call.wav"))]
    assert tones == [[400], [400], [], [], [700], [700]]
