"""Announcements are made once, kept by content, placed for the PBX, and sound like somebody speaking."""

import os
import threading
import wave
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from ctl.config.prompts import PromptSource, synthesised, uploaded
from ctl.maker import only_maker
from ctl.prompts import PromptError, ensure
from ctl.prompts.voice import reading
from ctl.settings import Settings
from ctl.switchboard.ids import PromptName

HELLO = synthesised("お電話ありがとうございます。", None, 1.0, 0.0)
HELD = synthesised("保留しました。", None, 1.0, 0.0)


@pytest.fixture
def centre(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "run", cache=tmp_path / "cache")


def prompts(*sources: PromptSource) -> dict[PromptName, PromptSource]:
    return {PromptName(f"p{n}"): source for n, source in enumerate(sources)}


def placed(centre: Settings, source: PromptSource) -> Path:
    return centre.prompts_path / f"{source.key}.wav"


def samples_of(path: Path) -> NDArray[np.float64]:
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 1, 2)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768


def upload(path: Path) -> PromptSource:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 44100, 0, "NONE", ""))
        tone = 8000 * np.sin(2 * np.pi * 500 * np.arange(44100) / 44100)
        file.writeframes(tone.astype("<i2").tobytes())
    return uploaded("放送", path, path.read_bytes())


def test_speech_has_the_rhythm_and_the_spectrum_of_speech(centre: Settings) -> None:
    ensure(centre, prompts(HELLO), lambda line: None)
    x = samples_of(placed(centre, HELLO))
    morae = len("オデンワアリガトーゴザイマス")
    assert 0.08 < len(x) / 8000 / morae < 0.3
    spectrum = np.abs(np.fft.rfft(x)) ** 2
    hz = np.fft.rfftfreq(len(x), 1 / 8000)
    assert spectrum[(hz > 100) & (hz < 3400)].sum() / spectrum.sum() > 0.95
    # A voice holds its strength below 1 kHz, and has formants above: noise and tones have only one of both.
    above = spectrum[(hz > 1000) & (hz < 3400)].sum() / spectrum.sum()
    assert 0.01 < above < 0.6
    # Syllables come 3 to 9 times a second.
    loudness = np.sqrt((x[: len(x) // 160 * 160].reshape(-1, 160) ** 2).mean(axis=1))
    beat = np.abs(np.fft.rfft(loudness - loudness.mean())) ** 2
    beat_hz = np.fft.rfftfreq(len(loudness), 0.02)
    assert beat[(beat_hz > 2) & (beat_hz < 10)].sum() / beat.sum() > 0.3
    assert np.abs(x).max() < 0.9


def test_second_time_nothing_is_made(centre: Settings) -> None:
    said: list[str] = []
    ensure(centre, prompts(HELLO, HELD), said.append)
    assert len(said) == 2
    made = placed(centre, HELLO).stat()
    ensure(centre, prompts(HELLO, HELD), said.append)
    assert len(said) == 2
    assert placed(centre, HELLO).stat().st_mtime_ns == made.st_mtime_ns


def test_second_centre_takes_it_from_the_cache_without_another_copy(centre: Settings, tmp_path: Path) -> None:
    other = Settings(home=tmp_path / "other", cache=centre.cache)
    said: list[str] = []
    ensure(centre, prompts(HELD), said.append)
    ensure(other, prompts(HELD), said.append)
    assert len(said) == 1
    assert placed(centre, HELD).samefile(placed(other, HELD))


def test_without_hard_links_it_is_copied(centre: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def across_file_systems(made: Path, target: Path) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", across_file_systems)
    ensure(centre, prompts(HELD), lambda line: None)
    made = centre.cache / "prompts" / f"{HELD.key}.wav"
    assert placed(centre, HELD).read_bytes() == made.read_bytes()
    assert sorted(file.name for file in centre.prompts_path.iterdir()) == [f"{HELD.key}.wav"]


def test_uploaded_sound_is_fitted_to_the_telephone(centre: Settings, tmp_path: Path) -> None:
    source = upload(tmp_path / "uploaded.wav")
    ensure(centre, prompts(source), lambda line: None)
    x = samples_of(placed(centre, source))
    assert np.argmax(np.abs(np.fft.rfft(x))) * 8000 / len(x) == pytest.approx(500, abs=5)


def test_what_cannot_be_made_is_named_and_the_rest_is_kept(centre: Settings, tmp_path: Path) -> None:
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"no sound")
    sources = prompts(uploaded("壊", broken, b"no sound"), synthesised("。。。", None, 1.0, 0.0), HELD)
    with pytest.raises(PromptError) as caught:
        ensure(centre, sources, lambda line: None)
    lines = str(caught.value).splitlines()
    assert [line.split(":")[0] for line in lines] == [f"announcement p0 ({broken})", "announcement p1"]
    assert (centre.cache / "prompts" / f"{HELD.key}.wav").exists()


def test_interrupted_work_goes_on_where_it_stopped(centre: Settings) -> None:
    class StopError(Exception):
        pass

    def interrupt(line: str) -> None:
        if line.startswith("announcement 2"):
            raise StopError

    with pytest.raises(StopError):
        ensure(centre, prompts(HELD, HELLO), interrupt)
    assert [file.name for file in (centre.cache / "prompts").iterdir()] == [f"{HELD.key}.wav"]
    said: list[str] = []
    ensure(centre, prompts(HELD, HELLO), said.append)
    assert len(said) == 1
    assert placed(centre, HELLO).exists()


def test_many_are_made_by_all_processors(centre: Settings) -> None:
    sources = [synthesised(f"{n}番です。", None, 1.0, 0.0) for n in range(1, 6)]
    said: list[str] = []
    ensure(centre, prompts(*sources), said.append)
    assert len(said) == 5
    assert all(samples_of(placed(centre, source)).size > 4000 for source in sources)


def test_what_another_process_makes_is_waited_for_and_not_made_twice(centre: Settings) -> None:
    sources = [synthesised(f"{n}番です。", None, 1.0, 0.0) for n in range(1, 6)]
    cache = centre.cache / "prompts"
    waits = threading.Event()
    said: list[str] = []

    def told(line: str) -> None:
        said.append(line)
        waits.set()

    with ThreadPoolExecutor() as second:
        with only_maker(cache, told):
            ensuring = second.submit(ensure, centre, prompts(*sources), told)
            assert waits.wait(30)
            for source in sources:
                (cache / f"{source.key}.wav").write_bytes(b"made by the first")
        ensuring.result(30)
    assert said == ["waiting for another process on this machine, which is making the same"]
    assert {placed(centre, source).read_bytes() for source in sources} == {b"made by the first"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("03-3981-1111", "ゼロサンノ、サンキューハチイチノ、イチイチイチイチ"),
        ("平日の8時30分から", "ヘージツノハチジサンジュップンカラ"),
        ("お取り次ぎは6を", "オトリツギワロクヲ"),
        ("年末年始", "ネンマツネンシ"),
    ],
)
def test_numbers_and_words_of_the_ward_are_read_as_people_say_them(text: str, said: str) -> None:
    assert reading(synthesised(text, None, 1.0, 0.0).spoken) == said


def test_key_of_an_announcement_depends_on_what_is_heard_alone() -> None:
    assert synthesised("豊島区", None, 1.0, 0.0).key != synthesised("豊島区", "としまく", 1.0, 0.0).key
    assert synthesised("一", "としまく", 1.0, 0.0).key == synthesised("二", "としまく", 1.0, 0.0).key
    assert synthesised("豊島区", None, 1.1, 0.0).key != synthesised("豊島区", None, 1.0, 0.0).key
    assert synthesised("豊島区。\n  です", None, 1.0, 0.0).key == synthesised("豊島区。です", None, 1.0, 0.0).key
