"""What telephones saw, read from the messages on the wire."""

import pytest

from tests.bench.wire import Sip
from tests.proving.history import Leg, Side
from tests.proving.telephones import legs

CENTRE, CARRIER, PHONES = "127.1.0.1", "127.1.0.10", "127.1.0.30"


def said(at_s: float, source: str, target: str, method: str, status: int | None = None, call: str = "x") -> Sip:
    return Sip(at_s, source, target, method, status, call, "2001" if target == PHONES else "0339811111", "090")


def test_answered_call_is_read_from_the_wire() -> None:
    messages = [
        said(1.0, CARRIER, CENTRE, "INVITE"),
        said(1.5, CARRIER, CENTRE, "INVITE"),
        said(1.6, CENTRE, CARRIER, "INVITE", 100),
        said(2.0, CENTRE, CARRIER, "INVITE", 200),
        said(9.0, CENTRE, CARRIER, "BYE"),
        said(9.1, CARRIER, CENTRE, "BYE", 200),
    ]
    assert legs(messages, CENTRE, CARRIER) == [Leg("x", Side.CITIZEN, "090", "090", 1.0, 2.0, 9.0, True)]


@pytest.mark.parametrize(("answers", "forgotten"), [([200], False), ([200, 481], False), ([481], True), ([], True)])
def test_centre_that_does_not_know_the_call_any_more_has_forgotten_it(answers: list[int], forgotten: bool) -> None:
    messages = [
        said(1.0, CENTRE, PHONES, "INVITE"),
        said(2.0, PHONES, CENTRE, "INVITE", 200),
        said(9.0, PHONES, CENTRE, "BYE"),
        *(said(9.1, CENTRE, PHONES, "BYE", answer) for answer in answers),
    ]
    (leg,) = legs(messages, CENTRE, CARRIER)
    assert (leg.side, leg.telephone, leg.ended_s, leg.ended_by_centre) == (Side.OPERATOR, "2001", 9.0, False)
    assert leg.forgotten is forgotten


def test_telephone_that_is_not_answered_ends_with_its_refusal() -> None:
    messages = [
        said(1.0, CENTRE, PHONES, "INVITE"),
        said(5.0, CENTRE, PHONES, "CANCEL"),
        said(5.1, PHONES, CENTRE, "CANCEL", 200),
        said(5.2, PHONES, CENTRE, "INVITE", 487),
    ]
    (leg,) = legs(messages, CENTRE, CARRIER)
    assert (leg.answered_s, leg.ended_s, leg.ended_by_centre) == (None, 5.2, True)


def test_answer_that_crosses_the_cancel_is_no_call() -> None:
    messages = [
        said(1.0, CENTRE, PHONES, "INVITE"),
        said(5.0, CENTRE, PHONES, "CANCEL"),
        said(5.1, PHONES, CENTRE, "INVITE", 200),
        said(5.2, CENTRE, PHONES, "BYE"),
        said(5.3, PHONES, CENTRE, "BYE", 200),
    ]
    (leg,) = legs(messages, CENTRE, CARRIER)
    assert (leg.answered_s, leg.ended_s, leg.ended_by_centre) == (None, 5.2, True)


def test_asking_for_a_password_is_no_end() -> None:
    messages = [said(1.0, PHONES, CENTRE, "INVITE"), said(1.1, CENTRE, PHONES, "INVITE", 401)]
    (leg,) = legs(messages, CENTRE, CARRIER)
    assert (leg.side, leg.ended_s) == (Side.DIALLED, None)


@pytest.mark.parametrize(("status", "refused"), [(503, 503), (404, 404), (487, None), (401, None)])
def test_call_that_the_centre_does_not_take_is_refused_unless_the_citizen_took_it_back(
    status: int, refused: int | None
) -> None:
    (leg,) = legs([said(1.0, CARRIER, CENTRE, "INVITE"), said(1.1, CENTRE, CARRIER, "INVITE", status)], CENTRE, CARRIER)
    assert leg.refused == refused
    assert leg.ended_by_centre is (refused is not None)


def test_telephone_that_is_called_and_says_nothing_at_all_has_no_call_to_end() -> None:
    rung = [said(1.0, CENTRE, PHONES, "INVITE"), said(1.5, CENTRE, PHONES, "INVITE")]
    assert [leg.mute for leg in legs(rung, CENTRE, CARRIER)] == [True]
    rung.append(said(2.0, PHONES, CENTRE, "INVITE", 180))
    assert [leg.mute for leg in legs(rung, CENTRE, CARRIER)] == [False]
