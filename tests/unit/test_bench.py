"""The measuring instruments measure right: what is written to a capture is read from it."""

from pathlib import Path

import dpkt
import pytest

from tests.bench import wire
from tests.bench.figures import Spread

INVITE = (
    b"INVITE sip:0399990001@127.0.0.1 SIP/2.0\r\nFrom: <sip:0350000001@127.0.0.10>;tag=a\r\n"
    b"Call-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
)
ANSWER = b"SIP/2.0 200 OK\r\nFrom: <sip:0350000001@127.0.0.10>;tag=a\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"


def capture(path: Path, packets: list[tuple[float, str, str, bytes]]) -> Path:
    with path.open("wb") as file:
        writer = dpkt.pcap.Writer(file)
        for at_s, source, target, data in packets:
            udp = dpkt.udp.UDP(sport=5060, dport=5060, data=data, ulen=8 + len(data))
            octets = [bytes(int(part) for part in address.split(".")) for address in (source, target)]
            packet = dpkt.ip.IP(src=octets[0], dst=octets[1], p=dpkt.ip.IP_PROTO_UDP, data=udp, len=28 + len(data))
            writer.writepkt(bytes(dpkt.ethernet.Ethernet(data=packet)), ts=at_s)
    return path


def test_sip_messages_are_read_with_time_parties_and_call(tmp_path: Path) -> None:
    path = capture(
        tmp_path / "a.pcap", [(10.0, "127.0.0.10", "127.0.0.1", INVITE), (10.5, "127.0.0.1", "127.0.0.10", ANSWER)]
    )
    invite, answer = wire.sip(path)
    assert (invite.method, invite.status, invite.user, invite.caller) == ("INVITE", None, "0399990001", "0350000001")
    assert (answer.method, answer.status, answer.call_id) == ("INVITE", 200, "one")
    assert answer.at_s - invite.at_s == pytest.approx(0.5)


def test_end_of_a_telephone_event_is_told_from_its_middle(tmp_path: Path) -> None:
    header = bytes([0x80, 101]) + bytes(10)
    middle, end = header + bytes([1, 0x0A, 0, 160]), header + bytes([1, 0x8A, 0, 160])
    path = capture(
        tmp_path / "b.pcap", [(1.0, "127.0.0.10", "127.0.0.1", middle), (1.1, "127.0.0.10", "127.0.0.1", end)]
    )
    assert [packet.event_end for packet in wire.rtp(path)] == [False, True]


def test_spread_of_a_hundred_durations() -> None:
    spread = Spread.of([n / 1000 for n in range(101)])
    assert (spread.p50_ms, spread.p99_ms, spread.most_ms) == pytest.approx((50, 99, 100))
    with pytest.raises(ValueError, match="nothing was measured"):
        Spread.of([])
