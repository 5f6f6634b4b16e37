"""The clock of the measurements misses nothing."""

import socket
from pathlib import Path

from tests.bench import wire

INVITE = (
    b"INVITE sip:0399990001@127.0.0.1 SIP/2.0\r\nFrom: <sip:0350000001@127.0.0.10>;tag=a\r\n"
    b"Call-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
)


async def test_capture_has_what_was_sent_until_its_end(tmp_path: Path) -> None:
    path = tmp_path / "d.pcap"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender, socket.socket(type=socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        port = receiver.getsockname()[1]
        async with wire.captured(path, f"udp port {port}"):
            sender.sendto(INVITE, ("127.0.0.1", port))
    assert [one.method for one in wire.sip(path)] == ["INVITE"]
