"""What the centre sends while it is attacked is judged by the wire alone."""

import pytest

from tests.proving.overheard import Overheard, is_ordinary

CARRIER, PHONES = "127.1.0.10", "127.1.0.30"


def invite(number: str, more: str = "") -> bytes:
    return f"INVITE sip:{number}@127.1.0.10:5060 SIP/2.0\r\nVia: x\r\n{more}\r\n".encode()


@pytest.mark.parametrize("number", ["0312345678", "09012345678", "0120123456", "0800123456"])
def test_ordinary_numbers_may_be_called_where_calls_are_allowed_at_all(number: str) -> None:
    assert is_ordinary(number)
    heard = Overheard([(CARRIER, invite(number))])
    assert heard.case("fuzz", CARRIER, ordinary=True).held
    assert not heard.case("fuzz", CARRIER, ordinary=False).held


@pytest.mark.parametrize(
    "number",
    [
        *("+441234567890", "010441234567", "0033010441234567", "0570000000", "0990123456", "0180123456"),
        *("1840570000000", "2001", "*21", "", "03${X}", "0312345678&PJSIP", "０３１２３４５６７８"),
    ],
)
def test_any_other_call_outside_is_found_whatever_it_is_written_like(number: str) -> None:
    case = Overheard([(CARRIER, invite(number))]).case("fuzz", CARRIER, ordinary=True)
    assert not case.held
    assert (number or "nobody") in case.seen


def test_calls_to_telephones_of_the_ward_are_no_calls_outside() -> None:
    assert Overheard([(PHONES, invite("2001"))]).case("keys", CARRIER, ordinary=False).held


@pytest.mark.parametrize(
    "text", ["X-Evil: 1", "X: a%0d%0aX%2dEvil%3A", 'From: "${SHELL(x)}"', "From: <sip:%e2%80%ae1@x>"]
)
def test_what_a_caller_wrote_is_found_in_requests_also_where_it_is_escaped(text: str) -> None:
    assert not Overheard([(PHONES, invite("2001", text))]).case("smuggling", CARRIER, ordinary=False).held
    bye = invite("0339811111", text).replace(b"INVITE", b"BYE")
    assert Overheard([(CARRIER, bye)]).case("smuggling", CARRIER, ordinary=False).held
    answer = invite("2001", text).replace(b"INVITE", b"SIP/2.0 404 INVITE")
    assert Overheard([(CARRIER, answer)]).case("smuggling", CARRIER, ordinary=False).held
