"""Codes of authenticators and recovery codes."""

from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest

from ctl.security.secondfactor import (
    CODES,
    Locker,
    address,
    code_at,
    new_secret,
    picture,
    recovery_codes,
    recovery_hash,
    step_of,
)

RFC_SECRET = b"12345678901234567890"


@pytest.mark.parametrize(
    ("at", "code"), [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")]
)
def test_codes_are_those_of_the_standard(at: int, code: str) -> None:
    """RFC 6238, appendix B, the last six digits."""
    now = datetime.fromtimestamp(at, UTC)
    assert code_at(RFC_SECRET, now) == code
    assert step_of(RFC_SECRET, code, now) == at // 30


def test_a_clock_may_be_half_a_minute_off_and_no_more() -> None:
    now = datetime(2026, 6, 15, 1, 0, 5, tzinfo=UTC)
    code = code_at(RFC_SECRET, now)
    assert step_of(RFC_SECRET, code, now + timedelta(seconds=30)) is not None
    assert step_of(RFC_SECRET, code, now - timedelta(seconds=30)) is not None
    assert step_of(RFC_SECRET, code, now + timedelta(seconds=90)) is None


@pytest.mark.parametrize("typed", ["２８７０８２", " 287 082 ", "287\u3000082"])
def test_a_code_may_be_typed_wide_and_with_blanks(typed: str) -> None:
    assert step_of(RFC_SECRET, typed, datetime.fromtimestamp(59, UTC)) == 1


@pytest.mark.parametrize("code", ["", "28708", "2870822", "abcdef", "٢٨٧٠٨٢", "-87082", "28 70 8"])
def test_what_is_no_code_is_wrong(code: str) -> None:
    assert step_of(RFC_SECRET, code, datetime.fromtimestamp(59, UTC)) is None


def test_the_picture_is_svg_without_style_or_script() -> None:
    drawn = picture(new_secret(), "hanako")
    assert "style" not in drawn
    assert ElementTree.fromstring(drawn).tag.endswith("svg")
    assert address(RFC_SECRET, "hanako").startswith("otpauth://totp/")


def test_recovery_codes_differ_and_are_known_however_they_are_typed() -> None:
    codes = recovery_codes()
    assert len(set(codes)) == CODES
    assert recovery_hash(1, codes[0]) == recovery_hash(1, f" {codes[0].upper().replace('-', ' ')} ")
    assert recovery_hash(1, codes[0]) != recovery_hash(2, codes[0])


def test_secrets_are_opened_only_with_the_key_they_were_shut_with() -> None:
    kept = Locker("one").shut(RFC_SECRET)
    assert Locker("one").open(kept) == RFC_SECRET
    assert Locker("two").open(kept) is None
    assert Locker("one").open("nonsense") is None
    assert Locker("one").open("全角") is None
