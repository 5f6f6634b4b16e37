"""Numbers in national form, and unreadable in logs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctl.pbx.numbers import mask, national
from ctl.switchboard.numbering import SHOWN_DIGITS

DIGITS = st.text("0123456789", min_size=9, max_size=11)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("+81339811111", "0339811111"),
        ("0339811111", "0339811111"),
        ("03-3981-1111", "0339811111"),
        ("+81-(0)3-3981-1111", "0339811111"),
        ("+12125551234", "01012125551234"),
        ("anonymous", ""),
        ("", ""),
    ],
)
def test_national_form(text: str, expected: str) -> None:
    assert national(text) == expected


@given(DIGITS)
def test_national_form_of_a_national_number_is_itself(digits: str) -> None:
    number = "0" + digits.lstrip("0")
    assert national(number) == number
    assert national("+81" + number[1:]) == number


@given(DIGITS, st.text("abc ,"))
def test_masked_text_keeps_its_length_and_only_the_digits_that_screens_show(digits: str, around: str) -> None:
    masked = mask(around + digits + around)
    assert len(masked) == len(around) * 2 + len(digits)
    assert [letter for letter in masked if letter.isdigit()] == list(digits[:SHOWN_DIGITS])


def test_extensions_stay_readable() -> None:
    assert mask("2001 called 0339811111") == "2001 called 0339******"
