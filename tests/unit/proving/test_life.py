"""Passwords are found in whatever way they are written."""

import base64

import pytest

from tests.proving.life import told, writings

PASSWORD = "p-Ss_w0rd/+?17abcXYZ"


@pytest.mark.parametrize("before", ["", "a", "ctl:", "operator-2001:"])
@pytest.mark.parametrize("behind", ["", "!", ":x", "\n\n\n"])
def test_base64_wherever_the_password_begins_and_ends(before: str, behind: str) -> None:
    text = (before + PASSWORD + behind).encode()
    assert told({"ari": PASSWORD}, b"Basic " + base64.b64encode(text)) == ["ari"]
    assert told({"ari": PASSWORD}, base64.urlsafe_b64encode(text)) == ["ari"]


@pytest.mark.parametrize("text", [PASSWORD, "p-Ss_w0rd%2F%2B%3F17abcXYZ", PASSWORD.encode().hex()])
def test_as_it_is_escaped_and_in_hexadecimal(text: str) -> None:
    assert told({"ari": PASSWORD, "ami": "another one"}, f"<a>{text}</a>".encode()) == ["ari"]


def test_what_is_searched_for_is_long_enough_not_to_be_found_by_accident() -> None:
    assert min(len(one) for one in writings(PASSWORD)) >= 20
    assert told({"ari": PASSWORD}, base64.b64encode(PASSWORD[::-1].encode())) == []
