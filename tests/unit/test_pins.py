"""PINs: kept as hashes, proved, and not to be tried without end."""

import tracemalloc
from pathlib import Path

import pytest

from ctl.pins import LOCKED_FOR_S, MOST_FAILURES, BadPin, Pins


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "pins.json"


def test_pin_that_was_made_is_right_and_every_other_is_wrong(path: Path) -> None:
    pins = Pins(path)
    pin = pins.make("2001")
    assert pins.prove("2001", pin)
    assert not pins.prove("2001", pin[::-1] + "0")
    assert not pins.prove("2002", pin)


def test_file_holds_no_pin_and_is_its_owners_alone(path: Path) -> None:
    pins = Pins(path)
    pins.set("2001", "73541928")
    assert "73541928" not in path.read_text(encoding="utf-8")
    assert path.stat().st_mode & 0o077 == 0


def test_same_pin_of_two_operators_looks_different(path: Path) -> None:
    pins = Pins(path)
    pins.set("2001", "1234")
    pins.set("2002", "1234")
    first, second = (line.split('"')[3] for line in path.read_text(encoding="utf-8").splitlines() if ":" in line)
    assert first != second


def test_new_pin_takes_the_place_of_the_old_one_for_everybody_who_asks(path: Path) -> None:
    asking, setting = Pins(path), Pins(path)
    setting.set("2001", "1234")
    setting.set("2001", "5678")
    assert not asking.prove("2001", "1234")
    assert asking.prove("2001", "5678")


@pytest.mark.parametrize("pin", ["123", "123456789", "12a4", "１２３４", ""])
def test_what_no_telephone_can_key_is_refused(path: Path, pin: str) -> None:
    with pytest.raises(BadPin, match="4 to 8 digits"):
        Pins(path).set("2001", pin)
    assert not path.exists()


def test_after_some_wrong_ones_even_the_right_one_must_wait(path: Path) -> None:
    now = 1000.0
    pins = Pins(path, lambda: now)
    pins.set("2001", "1234")
    for _ in range(MOST_FAILURES):
        assert not pins.prove("2001", "9999")
    assert not pins.prove("2001", "1234")
    now += LOCKED_FOR_S
    assert pins.prove("2001", "1234")


def test_one_wrong_pin_after_the_wait_does_not_lock_the_right_one_out_again(path: Path) -> None:
    now = 1000.0
    pins = Pins(path, lambda: now)
    pins.set("2001", "1234")
    for _ in range(MOST_FAILURES):
        pins.prove("2001", "9999")
    now += LOCKED_FOR_S
    for _ in range(MOST_FAILURES - 1):
        assert not pins.prove("2001", "9999")
    assert pins.prove("2001", "1234")


def test_so_many_wrong_ones_after_the_wait_are_too_many_once_more(path: Path) -> None:
    now = 1000.0
    pins = Pins(path, lambda: now)
    pins.set("2001", "1234")
    for _ in range(2):
        for _ in range(MOST_FAILURES):
            assert not pins.prove("2001", "9999")
        assert not pins.prove("2001", "1234")
        now += LOCKED_FOR_S


def test_names_of_nobody_are_not_remembered_however_many_are_tried(path: Path) -> None:
    pins = Pins(path)
    pins.set("2001", "1234")
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for n in range(200):
            assert not pins.prove(f"{n}" * 1000, "9999")
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 100_000


def test_operator_without_a_pin_proves_nothing(path: Path) -> None:
    assert not Pins(path).prove("2001", "")
