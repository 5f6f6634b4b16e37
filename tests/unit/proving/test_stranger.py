"""What the attacks read from answers."""

from tests.proving.stranger import statuses


def test_what_an_answer_repeats_of_the_question_is_no_answer() -> None:
    echo = b"SIP/2.0 401 Unauthorized\r\nCall-ID: ncl.0ha0isndakOPTIONS sip:;a=b SIP/2.0 200 = 2**3\r\n\r\n"
    assert statuses(echo + b"SIP/2.0 100 Trying\r\n\r\nSIP/2.0 200 OK\r\n\r\n") == [401, 100, 200]
