"""Certificate, music and directories: made once, the same again, and ready before Asterisk ever runs."""

import stat
import wave
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import numpy as np
import pytest
from cryptography import x509

from ctl.pbx.deploy.certificate import RENEW_BEFORE, VALID, ensure_certificate
from ctl.pbx.deploy.music import MusicError, find_music
from ctl.pbx.deploy.places import prepare
from ctl.pbx.deploy.tune import loop
from ctl.settings import Settings

NOW = datetime(2026, 4, 1, tzinfo=UTC)


@pytest.fixture(name="centre")
def a_centre(tmp_path: Path) -> Settings:
    settings = Settings(home=tmp_path / "home", cache=tmp_path / "cache")
    prepare(settings, None)
    return settings


def write_wav(path: Path, rate: int = 8000, channels: int = 1) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(bytes(2 * channels * rate))


def test_prompts_are_found_where_asterisk_looks_for_sounds(centre: Settings) -> None:
    (centre.prompts_path / "hello.wav").write_bytes(b"sound")
    assert (centre.under("asterisk", "data", "sounds", "ctl") / "hello.wav").read_bytes() == b"sound"


def test_preparing_again_changes_nothing(centre: Settings) -> None:
    before = {path: path.lstat().st_mtime_ns for path in centre.under().rglob("*")}
    prepare(centre, None)
    assert {path: path.lstat().st_mtime_ns for path in centre.under().rglob("*")} == before


def test_certificate_is_made_once_for_the_address_and_its_key_is_private(centre: Settings) -> None:
    assert ensure_certificate(centre, None, NOW)
    assert not ensure_certificate(centre, None, NOW)
    path = centre.under("asterisk", "keys", "centre.crt")
    names = x509.load_pem_x509_certificate(path.read_bytes()).extensions.get_extension_for_class(
        x509.SubjectAlternativeName
    )
    assert names.value.get_values_for_type(x509.IPAddress) == [centre.address]
    assert stat.S_IMODE(path.with_suffix(".key").stat().st_mode) == 0o600


def test_certificate_is_renewed_in_good_time(centre: Settings) -> None:
    ensure_certificate(centre, None, NOW)
    due = NOW + VALID - RENEW_BEFORE
    assert not ensure_certificate(centre, None, due - timedelta(hours=1))
    assert ensure_certificate(centre, None, due)
    assert not ensure_certificate(centre, None, due)


def test_certificate_follows_the_address(centre: Settings) -> None:
    ensure_certificate(centre, None, NOW)
    assert ensure_certificate(centre.model_copy(update={"address": IPv4Address("127.9.9.9")}), None, NOW)


def test_our_music_is_the_same_on_every_machine_and_fits_a_telephone() -> None:
    first, second = loop(8000), loop(8000)
    assert np.array_equal(first, second)
    assert 20 < first.size / 8000 < 120
    assert 3000 < np.abs(first).max() < 16384
    assert abs(float(first.mean())) < 50


def test_our_music_has_no_silence_and_no_click_at_its_seam() -> None:
    samples = loop(8000).astype(float)
    quarters = np.sqrt((samples[: samples.size // 2000 * 2000].reshape(-1, 2000) ** 2).mean(axis=1))
    assert quarters.min() > 100
    assert abs(samples[0] - samples[-1]) < np.abs(np.diff(samples)).max()


def test_music_lies_under_the_name_of_its_content(centre: Settings, tmp_path: Path) -> None:
    ours = find_music(centre)
    assert find_music(centre) == ours
    ours.place(centre)
    ours.place(centre)
    assert [path.suffix for path in centre.under("asterisk", "music", ours.name).iterdir()] == [".wav"]
    write_wav(tmp_path / "music" / "march.wav")
    theirs = find_music(centre.model_copy(update={"music": tmp_path / "music"}))
    assert theirs.name != ours.name


@pytest.mark.parametrize(
    ("rate", "channels", "said"), [(44100, 1, "44100 Hz"), (8000, 2, "2 channels"), (16000, 1, "16000 Hz")]
)
def test_music_that_a_telephone_cannot_carry_is_refused(
    centre: Settings, tmp_path: Path, rate: int, channels: int, said: str
) -> None:
    write_wav(tmp_path / "music" / "loud.wav", rate, channels)
    with pytest.raises(MusicError, match=rf"loud\.wav: .*{said}.*allowed: 8000 Hz, 1 channel, 16 bit"):
        find_music(centre.model_copy(update={"music": tmp_path / "music"}))


def test_a_folder_without_music_is_refused(centre: Settings, tmp_path: Path) -> None:
    for folder in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(MusicError, match="CTL_MUSIC"):
            find_music(centre.model_copy(update={"music": folder}))
