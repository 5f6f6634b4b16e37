"""A carrier whose 200 OK crosses our CANCEL on the way, told to the centre as if the carrier had sent it.

The town's Asterisk would answer a CANCEL with 487 at once, as it should. So it is put to sleep, its SIP is read from
the wire, and the answer that it never gave is sent in its name. Needs root.
"""

import asyncio
import re
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ctl.lab.pulse import Pulse

SIP = 5060


class SipWire:
    """SIP messages over UDP between two addresses, as text, in the order they were seen. Made by `watching`."""

    def __init__(self, carrier: str, centre: str) -> None:
        self.carrier = carrier
        self.centre = centre
        self.messages: list[str] = []
        self._pulse = Pulse(lambda: "seen: " + ", ".join(one.split("\r\n")[0] for one in self.messages))

    @classmethod
    @asynccontextmanager
    async def watching(cls, carrier: str, centre: str) -> AsyncIterator["SipWire"]:
        wire = cls(carrier, centre)
        loop = asyncio.get_running_loop()
        with socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800)) as tap:
            tap.setblocking(False)
            tap.bind(("lo", 0x0800))
            loop.add_reader(tap, wire._read, tap)
            try:
                yield wire
            finally:
                loop.remove_reader(tap)

    async def seen(self, start: str, about: str, within_s: float = 10) -> str:
        """The latest message whose first line begins with ``start`` and that contains ``about``."""

        def look() -> str | None:
            fitting = (one for one in reversed(self.messages) if one.startswith(start) and about in one)
            return next(fitting, None)

        return await self._pulse.until(look, f"{start} {about}", within_s)

    def answer(self, ringing: str) -> None:
        """Send the 200 OK of the call whose 180 is ``ringing``, in the same dialog."""
        media = f"v=0\r\no=- 1 1 IN IP4 {self.carrier}\r\ns=-\r\nc=IN IP4 {self.carrier}\r\nt=0 0\r\n"
        media += "m=audio 29998 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"
        kept = [
            line for line in ringing.split("\r\n") if re.match(r"(Via|From|To|Call-ID|CSeq|Contact|v|f|t|i|m):", line)
        ]
        lines = ["SIP/2.0 200 OK", *kept, "Content-Type: application/sdp", f"Content-Length: {len(media)}", "", media]
        self._send("\r\n".join(lines))

    def _send(self, text: str) -> None:
        data = text.encode()
        header = struct.pack("!HHHH", SIP, SIP, 8 + len(data), 0)  # checksum 0: none (RFC 768)
        with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP) as raw:
            raw.bind((self.carrier, 0))
            raw.sendto(header + data, (self.centre, 0))

    def _read(self, tap: socket.socket) -> None:
        packet, about = tap.recvfrom(65535)
        outgoing = 4  # PACKET_OUTGOING: the loopback device shows every packet twice
        start = (packet[0] & 0x0F) * 4
        if about[2] == outgoing or packet[9] != socket.IPPROTO_UDP:
            return
        ends = {socket.inet_ntoa(packet[12:16]), socket.inet_ntoa(packet[16:20])}
        ports = struct.unpack("!HH", packet[start : start + 4])
        if ends == {self.carrier, self.centre} and ports == (SIP, SIP):
            self.messages.append(packet[start + 8 :].decode(errors="replace"))
            self._pulse.beat()
