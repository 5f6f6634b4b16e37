"""The clock of all measurements: one capture of what passes on loopback, read afterwards.

Nothing that is measured measures itself: both sides of every ratio are read from the same capture by the same rules.
"""

import asyncio
import re
import signal
import socket
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import dpkt

from ctl.lab.pulse import eventually
from tests.bench.sipp import ENDS_WITH_US

TELEPHONE_EVENT = 96
"""The payload type that SIPp sends keys with (RFC 4733), whatever was agreed; so it has to be agreed."""

_MILLISECOND = 8
"""Octets of G.711."""

_MARKS = 9
"""The port of the discard service: nobody listens, nobody answers."""

_STATUS = re.compile(rb"SIP/2\.0 (\d{3})\b")
_CALL_ID = re.compile(rb"^(?:Call-ID|i)\s*:\s*(\S+)", re.MULTILINE | re.IGNORECASE)
_CSEQ = re.compile(rb"^CSeq\s*:\s*\d+\s+(\w+)", re.MULTILINE | re.IGNORECASE)
_USER = re.compile(rb"sips?:([^@;>\s]+)@")
_MEDIA = re.compile(rb"^m=audio (\d+)", re.MULTILINE)
_FROM = re.compile(rb"^(?:From|f)\s*:.*?sips?:([^@;>\s]+)@", re.MULTILINE | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sip:
    """One SIP message. ``at_s``: seconds since the epoch by the kernel's clock; ``status`` None for a request."""

    at_s: float
    source: str
    target: str
    method: str
    status: int | None
    call_id: str
    user: str
    """The user part of the request URI, of a request."""
    caller: str
    media: int = 0
    """The port at which the sender wants to hear, where the message says so."""


@dataclass(frozen=True, slots=True)
class Rtp:
    """One RTP packet.

    ``kind`` is its payload type, ``event_end`` is set on the end of a telephone event (RFC 4733), ``sound`` when the
    payload changes within the packet: silence is one octet over and over. ``tone``: sound that repeats itself every
    millisecond, as no speech does.
    """

    at_s: float
    source: tuple[str, int]
    target: tuple[str, int]
    kind: int
    event_end: bool
    sound: bool
    tone: bool = False


@asynccontextmanager
async def captured(path: Path, wanted: str) -> AsyncIterator[None]:
    """Capture packets on loopback that match a tcpdump filter while the context lasts, to the last one.

    The kernel hands packets over in blocks, and what it still holds is lost when tcpdump ends: so it ends when a mark
    that was sent last has come to the file.
    """
    options = ("-i", "lo", "-s", "1600", "-B", "65536", "-U", "-w", str(path))
    capture = await asyncio.create_subprocess_exec(
        *(*ENDS_WITH_US, "tcpdump", *options, f"({wanted}) or udp port {_MARKS}"),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    assert capture.stderr is not None
    try:
        listening = await asyncio.wait_for(capture.stderr.readline(), 10)
        if b"listening" not in listening:
            raise RuntimeError(f"tcpdump does not capture: {listening.decode()}")
        yield
        await _mark(path, capture)
    finally:
        if capture.returncode is None:
            capture.send_signal(signal.SIGINT)
        report = (await capture.stderr.read()).decode()
        await capture.wait()
    if re.search(r"^[1-9]\d* packets dropped by kernel", report, re.MULTILINE):
        raise RuntimeError(f"the capture has gaps, so no figure of it counts: {report}")


async def _mark(path: Path, capture: asyncio.subprocess.Process) -> None:
    mark = uuid.uuid4().bytes
    begin = (await asyncio.to_thread(path.stat)).st_size

    async def has_come() -> bool:
        if capture.returncode is not None:
            raise RuntimeError(f"tcpdump ended too early, with {capture.returncode}")
        # Again each time: a processor that cannot keep up throws packets of loopback away (net.core.netdev_max_backlog).
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(mark, ("127.0.0.1", _MARKS))
        # All that has come since: whatever else passes meanwhile may be any number of packets after it.
        return mark in await asyncio.to_thread(_since, path, begin)

    await eventually(has_come, "the last packet is in the capture", 30)


def _since(path: Path, begin: int) -> bytes:
    with path.open("rb") as file:
        file.seek(begin)
        return file.read()


def udp(path: Path) -> Iterator[tuple[float, tuple[str, int], tuple[str, int], bytes]]:
    """Every datagram of a capture: when, from where, whereto, and what it carried."""
    with path.open("rb") as file:
        for at_s, frame in dpkt.pcap.Reader(file):
            packet = dpkt.ethernet.Ethernet(frame).data
            if isinstance(packet, dpkt.ip.IP) and isinstance(packet.data, dpkt.udp.UDP):
                datagram = packet.data
                if datagram.dport == _MARKS:
                    continue
                source, target = socket.inet_ntoa(packet.src), socket.inet_ntoa(packet.dst)
                yield float(at_s), (source, datagram.sport), (target, datagram.dport), bytes(datagram.data)


def sip(path: Path) -> list[Sip]:
    """All SIP messages of a capture, in order, repetitions included."""
    return [
        message
        for at_s, source, target, data in udp(path)
        if (message := _sip(at_s, source[0], target[0], data)) is not None
    ]


def _sip(at_s: float, source: str, target: str, data: bytes) -> Sip | None:
    first, _, _ = data.partition(b"\r\n")
    call_id, cseq = _CALL_ID.search(data), _CSEQ.search(data)
    if b"SIP/2.0" not in first or call_id is None or cseq is None:
        return None
    user, caller, media = _USER.search(first), _FROM.search(data), _MEDIA.search(data)
    return Sip(
        at_s,
        source,
        target,
        cseq.group(1).decode(errors="replace"),
        int(status.group(1)) if (status := _STATUS.match(first)) else None,
        call_id.group(1).decode(errors="replace"),
        user.group(1).decode(errors="replace") if user else "",
        caller.group(1).decode(errors="replace") if caller else "",
        int(media.group(1)) if media else 0,
    )


def rtp(path: Path) -> list[Rtp]:
    """All RTP packets of a capture, in order."""
    return [
        _rtp(at_s, source, target, data)
        for at_s, source, target, data in udp(path)
        if len(data) >= 12 and data[0] >> 6 == 2 and (data[1] & 0x7F) not in range(72, 77)  # RTCP
    ]


def _rtp(at_s: float, source: tuple[str, int], target: tuple[str, int], data: bytes) -> Rtp:
    kind = data[1] & 0x7F
    event_end = kind == TELEPHONE_EVENT and len(data) >= 16 and bool(data[13] & 0x80)
    payload = data[12:]
    sound = kind != TELEPHONE_EVENT and len(set(payload)) > 1
    tone = sound and payload[_MILLISECOND:] == payload[:-_MILLISECOND]
    return Rtp(at_s, source, target, kind, event_end, sound, tone)
