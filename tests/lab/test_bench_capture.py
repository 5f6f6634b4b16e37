"""The clock of the measurements misses nothing."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

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


async def test_capture_ends_while_packets_keep_coming(tmp_path: Path) -> None:
    path = tmp_path / "e.pcap"
    with socket.socket(type=socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        with _pouring(address := receiver.getsockname()):
            async with wire.captured(path, f"udp port {address[1]}"):
                pass
    assert {one.method for one in wire.sip(path)} == {"INVITE"}


@contextmanager
def _pouring(address: tuple[str, int]) -> Iterator[None]:
    """Some thousand messages a second while the context lasts."""
    enough = Event()

    def pour() -> None:
        with socket.socket(type=socket.SOCK_DGRAM) as sender:
            while not enough.wait(0.002):
                for _ in range(10):
                    sender.sendto(INVITE * 5, address)

    pouring = Thread(target=pour)
    pouring.start()
    try:
        yield
    finally:
        enough.set()
        pouring.join()
