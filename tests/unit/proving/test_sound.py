"""Which recordings a history demands, and what has to be on them."""

import wave
from pathlib import Path

import numpy as np

from ctl.lab.tones import RATE, Samples, tone
from tests.proving.background import Unheard
from tests.proving.history import Leg, Side, Trouble
from tests.proving.sound import Kept, amiss, deaf, to_be_recorded, voices

TROUBLE = Trouble(20, 30)


def talk(caller: str, answered_s: float | None, ended_s: float | None) -> Leg:
    return Leg(caller, Side.OPERATOR, "2001", caller, (answered_s or 0) - 1, answered_s, ended_s)


def stereo(path: Path, left: Samples, right: Samples) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setparams((2, 2, RATE, len(left), "NONE", "not compressed"))
        file.writeframes(np.column_stack((left, right)).tobytes())
    return path


def test_who_talked_has_to_be_recorded() -> None:
    assert to_be_recorded([talk("090", 5, 9), talk("080", None, 9), talk("070", 5, 5.5)], []) == {"090"}


def test_talk_that_a_trouble_touched_need_not_be() -> None:
    made = [talk("090", 5, 9), talk("080", 15, 21), talk("070", 29, 40), talk("060", 32, 40), talk("050", 10, 50)]
    assert to_be_recorded(made, [TROUBLE]) == {"090", "060"}


def test_citizen_whose_first_talk_was_troubled_is_not_asked_for() -> None:
    assert to_be_recorded([talk("090", 19, 25), talk("090", 35, 40)], [TROUBLE]) == set()


def test_voices_are_told_by_side(tmp_path: Path) -> None:
    silence = np.zeros(RATE, np.int16)
    assert voices(stereo(tmp_path / "both.wav", tone(500, 1), tone(700, 1))) == (True, True)
    assert voices(stereo(tmp_path / "left.wav", tone(500, 1), silence)) == (True, False)
    assert voices(stereo(tmp_path / "none.wav", silence, silence)) == (False, False)


def test_whole_recordings_with_the_voices_that_were_heard_are_right(tmp_path: Path) -> None:
    silence = np.zeros(RATE, np.int16)
    stereo(tmp_path / "both.wav", tone(500, 1), tone(700, 1))
    stereo(tmp_path / "left.wav", tone(500, 1), silence)
    rows = [
        Kept("090", "complete", "both.wav", 1000),
        Kept("080", "complete", "left.wav", 1000),
        Kept("070", "short", "both.wav", 1000),
        Kept("080", "complete", "left.wav", 500),
    ]
    assert list(amiss(tmp_path, rows, {"090", "080"})) == [
        "recording of 080 has nobody on the right",
        "recording of 070 is short",
    ]
    assert list(amiss(tmp_path, rows[:2], {"090"})) == []  # the one was not heard by anybody else either


def test_noise_is_accounted_for_by_a_line_in_disorder_and_deafness_is_not() -> None:
    disorder = Trouble(10, 20, loses=False)
    garbled, mute, later = (
        Unheard(5, 12, 16, "noise", True),
        Unheard(5, 12, 16, "nothing", False),
        Unheard(5, 30, 34, "late", True),
    )
    assert list(deaf([garbled, mute, later], [], [disorder])) == ["nothing", "late"]
    assert list(deaf([garbled, mute, later], [disorder], [])) == ["late"]


def test_who_was_cut_off_before_he_was_listened_to_need_not_be_heard() -> None:
    dead, new = Unheard(19, 22, 26, "dead", False), Unheard(21, 22, 26, "new", False)
    assert list(deaf([dead, new], [Trouble(10, 20, loses=True)], [])) == ["new"]
    assert list(deaf([dead, new], [Trouble(10, 20, loses=False)], [])) == ["dead", "new"]
