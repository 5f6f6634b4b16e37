"""The tap on the wire: what every telephone of the laboratory really receives, read from the loopback device.

RTP that is sent to one of the town's addresses is decoded and kept for a few seconds per receiving address and port.
Nothing passes through the laboratory's own Asterisk first, so a bridge there cannot flatter the centre. Needs root.
"""

import asyncio
import socket
import struct
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from types import TracebackType
from typing import Self

import numpy as np

from ctl.lab.g711 import from_ulaw
from ctl.lab.tones import RATE, Heard, Samples, listen

SO_ATTACH_FILTER = 26  # asm-generic/socket.h; the socket module does not name it
KEPT_S = 3.0
ULAW = 0
"""RTP payload type (RFC 3551 §6). Of the others only telephone events are looked at."""

Address = tuple[str, int]


@dataclass
class Line:
    """What arrives at one address and port."""

    packets: deque[tuple[float, Samples]] = field(default_factory=deque)
    keys: list[str] = field(default_factory=list)
    """Keys received as RFC 4733 telephone events."""
    key_stamp: int | None = None
    stamp: int | None = None
    """RTP timestamp at which the next packet belongs."""
    gaps: int = 0
    """Packets that did not begin where the one before ended."""


class Tap:
    """``changed`` is called whenever sound has arrived."""

    def __init__(self, network: IPv4Network, changed: Callable[[], None]) -> None:
        self._network = network
        self._changed = changed
        self._lines: dict[Address, Line] = {}
        self._socket: socket.socket | None = None

    async def __aenter__(self) -> Self:
        wire = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800))
        wire.setblocking(False)
        program = _udp_to(self._network)
        buffer = _KeepAlive(program)
        wire.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, buffer.descriptor(len(program) // 8))
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        wire.bind(("lo", 0x0800))
        self._socket = wire
        asyncio.get_running_loop().add_reader(wire, self._read)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()
            self._socket = None

    def line(self, address: Address) -> Line:
        return self._lines.setdefault(address, Line())

    def forget(self, address: Address) -> None:
        self._lines.pop(address, None)

    def heard(self, address: Address, since: float, seconds: float) -> Heard | None:
        """What arrived in the last ``seconds``; None while that stretch is not wholly after ``since`` (loop time).

        Silence that is not sent counts as silence.
        """
        now = asyncio.get_running_loop().time()
        if now - seconds < since:
            return None
        pieces = [samples for at, samples in self.line(address).packets if at > now - seconds]
        sound = np.concatenate(pieces) if pieces else np.zeros(0, np.int16)
        missing = int(seconds * RATE) - len(sound)
        return listen(np.concatenate([sound, np.zeros(max(missing, 0), np.int16)]))

    def _read(self) -> None:
        assert self._socket is not None
        now = asyncio.get_running_loop().time()
        for _ in range(200):
            try:
                packet = self._socket.recv(2048)
            except BlockingIOError:
                break
            self._take(packet, now)
        self._changed()

    def _take(self, packet: bytes, now: float) -> None:
        header = (packet[0] & 0x0F) * 4
        port = int.from_bytes(packet[header + 2 : header + 4], "big")
        line = self._lines.get((socket.inet_ntoa(packet[16:20]), port))
        rtp = packet[header + 8 :]
        if line is None or len(rtp) < 12 or rtp[0] >> 6 != 2:
            return
        payload = rtp[12 + 4 * (rtp[0] & 0x0F) :]
        kind = rtp[1] & 0x7F
        if kind == ULAW:
            stamp = int.from_bytes(rtp[4:8], "big")
            line.gaps += line.stamp not in (None, stamp)
            line.stamp = (stamp + len(payload)) % 2**32
            line.packets.append((now, from_ulaw(payload)))
            while line.packets[0][0] < now - KEPT_S:
                line.packets.popleft()
        elif kind >= 96 and len(payload) == 4:
            self._take_key(line, payload, int.from_bytes(rtp[4:8], "big"))

    @staticmethod
    def _take_key(line: Line, payload: bytes, stamp: int) -> None:
        # RFC 4733 §2.5: all packets of one press carry its timestamp; only the first counts.
        if payload[0] < 16 and line.key_stamp != stamp:
            line.key_stamp = stamp
            line.keys.append("0123456789*#ABCD"[payload[0]])


class _KeepAlive:
    """The kernel's ``sock_fprog``, with the program it points to held in memory."""

    def __init__(self, program: bytes) -> None:
        self._program = np.frombuffer(program, dtype=np.uint8)

    def descriptor(self, instructions: int) -> bytes:
        return struct.pack("HxxxxxxP", instructions, self._program.ctypes.data)


def _udp_to(network: IPv4Network) -> bytes:
    """A packet filter (classic BPF, `man 7 packet`): UDP to an even port of this network, each packet once.

    The loopback device shows every packet twice, going out and coming in; ports below 10000 carry no RTP.
    """
    drop, outgoing = 12, 4
    steps = [
        (0x28, 0, 0, 0xFFFFF000 + 4),  # A = kind of packet (SKF_AD_PKTTYPE)
        (0x15, drop - 2, 0, outgoing),
        (0x30, 0, 0, 9),  # A = protocol
        (0x15, 0, drop - 4, socket.IPPROTO_UDP),
        (0x20, 0, 0, 16),  # A = destination
        (0x54, 0, 0, int(network.netmask)),
        (0x15, 0, drop - 7, int(network.network_address)),
        (0xB1, 0, 0, 0),  # X = length of the IP header
        (0x48, 0, 0, 2),  # A = destination port
        (0x35, 0, drop - 10, 10000),
        (0x45, drop - 11, 0, 1),  # odd ports carry RTCP
        (0x06, 0, 0, 0xFFFF),
        (0x06, 0, 0, 0),
    ]
    return b"".join(struct.pack("HBBI", *step) for step in steps)
