"""What the attacks read from answers."""

import socket

from tests.proving.stranger import Stranger, header, status, statuses


def test_what_an_answer_repeats_of_the_question_is_no_answer() -> None:
    echo = b"SIP/2.0 401 Unauthorized\r\nCall-ID: ncl.0ha0isndakOPTIONS sip:;a=b SIP/2.0 200 = 2**3\r\n\r\n"
    assert statuses(echo + b"SIP/2.0 100 Trying\r\n\r\nSIP/2.0 200 OK\r\n\r\n") == [401, 100, 200]


INVITE = (
    b"INVITE sip:2005@127.1.0.46:28010 SIP/2.0\r\nVia: SIP/2.0/UDP 127.1.0.1:5060;branch=z9hG4bK1\r\n"
    b"From: <sip:0312345678@127.1.0.1>;tag=ours\r\nTo: <sip:2005@127.1.0.46>\r\nContact: <sip:asterisk@127.1.0.1:5060>\r\n"
    b"Call-ID: c1\r\nCSeq: 7 INVITE\r\nContent-Length: 0\r\n\r\n"
)


class Wire:
    """What a stranger with this wire has sent."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.address = "127.1.0.46"

    def sendto(self, message: bytes) -> None:
        self.sent.append(message)

    def get_extra_info(self, _: str) -> tuple[str, int]:
        return self.address, 28010


def telephone() -> tuple[Stranger, Wire]:
    phone, wire = Stranger("127.1.0.1"), Wire()
    phone.takes_calls = True
    phone._transport = wire  # type: ignore[assignment]
    return phone, wire


def test_a_telephone_that_takes_calls_answers_with_sound_and_counts_a_repeated_invitation_once() -> None:
    phone, wire = telephone()
    for _ in range(2):
        phone.datagram_received(INVITE, ("127.1.0.1", 5060))
    assert phone.taken == [INVITE]
    answer = wire.sent[0]
    assert status(answer) == 200
    assert header(answer, "To") == "<sip:2005@127.1.0.46>;tag=here"
    assert header(answer, "From") == "<sip:0312345678@127.1.0.1>;tag=ours"
    body = answer.partition(b"\r\n\r\n")[2]
    assert b"m=audio" in body
    assert int(header(answer, "Content-Length")) == len(body)


def test_a_telephone_that_sends_calls_on_names_who_is_to_be_called_instead() -> None:
    phone, wire = telephone()
    phone.sends_on_to = "sip:PJSIP/0990123456%40carrier@x"
    phone.datagram_received(INVITE, ("127.1.0.1", 5060))
    (answer,) = wire.sent
    assert status(answer) == 302
    assert header(answer, "Contact") == "<sip:PJSIP/0990123456%40carrier@x>"
    assert header(answer, "To") == "<sip:2005@127.1.0.46>;tag=here"
    assert phone.taken == [INVITE]


def test_whoever_registers_may_say_that_he_is_elsewhere() -> None:
    phone, _ = telephone()
    said = phone.request("REGISTER", "2005", contacts=["<sip:a@192.0.2.1>;expires=0", "<sip:b@192.0.2.2>"])
    assert said.count(b"\r\nContact: ") == 2
    assert b"\r\nContact: <sip:b@192.0.2.2>\r\n" in said


def test_what_it_says_within_the_call_comes_from_who_was_called() -> None:
    phone, _ = telephone()
    said = phone.within(INVITE, "REFER", 1, {"Refer-To": "<sip:010441234567@127.1.0.1>"})
    assert said.startswith(b"REFER sip:asterisk@127.1.0.1:5060 SIP/2.0\r\n")
    named = {name: header(said, name) for name in ("From", "To", "Call-ID", "CSeq", "Refer-To")}
    assert named == {
        "From": "<sip:2005@127.1.0.46>;tag=here",
        "To": "<sip:0312345678@127.1.0.1>;tag=ours",
        "Call-ID": "c1",
        "CSeq": "1 REFER",
        "Refer-To": "<sip:010441234567@127.1.0.1>",
    }


def test_a_key_comes_as_one_event_whose_end_is_told_three_times() -> None:
    phone, wire = telephone()
    wire.address = "127.26.0.9"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as centre:
        centre.bind(("127.26.0.9", 0))
        centre.settimeout(5)
        sdp = f"v=0\r\nc=IN IP4 127.26.0.9\r\nm=audio {centre.getsockname()[1]} RTP/AVP 0 101\r\n".encode()
        phone.press(b"SIP/2.0 200 OK\r\n\r\n" + sdp, "#")
        phone.press(b"SIP/2.0 200 OK\r\n\r\n" + sdp, "1")
        packets = [centre.recv(100) for _ in range(12)]
    first, second = packets[:6], packets[6:]
    assert [packet[12] for packet in first] == [11] * 6
    assert [packet[12] for packet in second] == [1] * 6
    assert [bool(packet[13] & 0x80) for packet in first] == [False] * 3 + [True] * 3
    assert [packet[1] for packet in first] == [101 | 0x80] + [101] * 5
    assert len({packet[4:8] for packet in first}) == len({packet[4:8] for packet in second}) == 1
    assert first[0][4:8] != second[0][4:8]
