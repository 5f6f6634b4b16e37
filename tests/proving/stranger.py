"""Somebody with a socket: says over SIP whatever is wanted, and ends properly what it has begun by accident."""

import asyncio
import re
import socket
import ssl
import struct
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress

import aiohttp

from ctl.lab.pulse import eventually
from ctl.lab.vanishing import proof_of

SDP = "v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\nm=audio {port} RTP/AVP 0 101\r\n"
SDP += "a=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n"
HERE = "here"
"""The tag of whoever takes a call."""
EVENT = 101
"""The payload type of keys in `SDP`."""
RTP = 28000
"""A port that nobody listens at: sound is not the point here."""
_COPIED = re.compile(r"(?im)^(?:via|v|from|f|to|t|call-id|i|cseq)[ \t]*:.*(?:\r\n[ \t].*)*")


def header(message: bytes, name: str, short: str = "\0") -> str:
    """The first value of a header, empty where it is not there."""
    found = re.search(rf"(?im)^(?:{name}|{short})[ \t]*:[ \t]*(.*?)[ \t]*\r?$", message.decode(errors="replace"))
    return found[1] if found else ""


def status(message: bytes) -> int:
    """The status of a response; 0 for anything else."""
    found = re.match(rb"SIP/2\.0 (\d{3})\b", message)
    return int(found[1]) if found else 0


def statuses(stream: bytes) -> list[int]:
    """The statuses of all responses on a connection: at the begin of a line, as what a response repeats of the question
    may hold the like in the middle of one."""
    return [int(code) for code in re.findall(rb"(?m)^SIP/2\.0 (\d{3})\b", stream)]


class Stranger(asyncio.DatagramProtocol):
    """One UDP socket. Whoever calls the PBX by it hangs up as soon as it is answered (``hangs_up``)."""

    def __init__(self, centre: str) -> None:
        self.centre = centre
        self.heard: list[bytes] = []
        self.hangs_up = True
        self.takes_calls = False
        """Picks up at once whoever rings it, and sends no sound."""
        self.sends_on_to = ""
        """The URI at which whoever takes calls says that he is to be called instead (302, RFC 3261 §8.1.3.4)."""
        self.taken: list[bytes] = []
        """The INVITEs of these calls."""
        self._pressed = 0
        self._transport: asyncio.DatagramTransport | None = None

    @classmethod
    @asynccontextmanager
    async def opened(cls, centre: str, address: str, port: int = 0) -> AsyncIterator["Stranger"]:
        """At ``address``; a message whose ``Via`` says nothing of ports is answered at port 5060."""
        loop = asyncio.get_running_loop()
        transport, stranger = await loop.create_datagram_endpoint(
            lambda: cls(centre), local_addr=(address, port), remote_addr=(centre, 5060)
        )
        stranger._transport = transport
        try:
            yield stranger
        finally:
            transport.close()

    @property
    def at(self) -> str:
        assert self._transport is not None
        host, port = self._transport.get_extra_info("sockname")
        return f"{host}:{port}"

    def send(self, message: bytes) -> None:
        assert self._transport is not None
        self._transport.sendto(message)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.heard.append(data)
        if not data.startswith(b"SIP/2.0"):
            if data.startswith(b"INVITE ") and self.takes_calls:
                self.taken += [data] if header(data, "Call-ID", "i") not in self._callers else []
                self.send(_elsewhere(data, self.sends_on_to) if self.sends_on_to else _reply(data, self.at))
            elif not data.startswith(b"ACK "):
                self.send(_reply(data))
        elif status(data) >= 200 and "INVITE" in header(data, "CSeq"):
            self.send(self.inside(data, "ACK"))
            if status(data) < 300 and self.hangs_up:
                self.send(self.inside(data, "BYE", 1))

    @property
    def _callers(self) -> set[str]:
        return {header(one, "Call-ID", "i") for one in self.taken}

    def error_received(self, exc: Exception) -> None:
        """Nobody listens there: it is seen by the silence."""

    def answers_to(self, call: str) -> list[bytes]:
        """What has come back for this Call-ID so far."""
        return [one for one in list(self.heard) if status(one) and header(one, "Call-ID", "i") == call]

    async def answer_to(self, call: str, number: int = 1, within_s: float = 5) -> bytes:
        """The first final answer to the request with this ``CSeq``."""

        async def ask() -> bytes | None:
            answers = [one for one in self.answers_to(call) if status(one) >= 200]
            return next((one for one in answers if header(one, "CSeq").startswith(f"{number} ")), None)

        return await eventually(ask, f"request {number} of {call} is answered", within_s)

    # --- what is said -------------------------------------------------------------------------------------------------

    def request(
        self,
        method: str,
        to: str,
        *,
        sender: str = "stranger",
        name: str = "",
        call: str | None = None,
        number: int = 1,
        more: Mapping[str, str] | None = None,
        contacts: Sequence[str] = (),
        body: str | None = None,
        via: str = "UDP",
    ) -> bytes:
        """A well-formed request outside a dialog; INVITE has an SDP. ``contacts``: other than where we are."""
        call = call or uuid.uuid4().hex
        host = self.at.partition(":")[0]
        if body is None:
            body = SDP.format(host=host, port=RTP) if method == "INVITE" else ""
        shown = f'"{name}" ' if name else ""
        lines = [
            f"{method} sip:{to}@{self.centre} SIP/2.0",
            f"Via: SIP/2.0/{via} {self.at};rport;branch=z9hG4bK{uuid.uuid4().hex}",
            "Max-Forwards: 70",
            f"From: {shown}<sip:{sender}@{self.centre}>;tag={call[:8]}",
            f"To: <sip:{to}@{self.centre}>",
            f"Call-ID: {call}",
            f"CSeq: {number} {method}",
            *(f"Contact: {one}" for one in contacts or [f"<sip:{sender}@{self.at}>"]),
            *(f"{key}: {value}" for key, value in (more or {}).items()),
            *(["Content-Type: application/sdp"] if body else []),
            f"Content-Length: {len(body.encode())}",
        ]
        return ("\r\n".join(lines) + f"\r\n\r\n{body}").encode()

    def inside(self, answer: bytes, method: str, later: int = 0, more: Mapping[str, str] | None = None) -> bytes:
        """A request within the call that ``answer`` belongs to (an ACK of a refusal is close enough to one)."""
        contact = re.search(r"<([^>]*)>", header(answer, "Contact", "m"))
        number = re.match(r"\d+", header(answer, "CSeq"))
        branch = re.search(r"branch=([^;,\s]+)", header(answer, "Via", "v"))
        refused = method == "ACK" and status(answer) >= 300 and branch
        lines = [
            f"{method} {contact[1] if contact else f'sip:{self.centre}'} SIP/2.0",
            f"Via: SIP/2.0/UDP {self.at};rport;branch={branch[1] if refused and branch else f'z9hG4bK{uuid.uuid4().hex}'}",
            "Max-Forwards: 70",
            f"From: {header(answer, 'From', 'f')}",
            f"To: {header(answer, 'To', 't')}",
            f"Call-ID: {header(answer, 'Call-ID', 'i')}",
            f"CSeq: {int(number[0]) + later if number else 1} {method}",
            f"Contact: <sip:stranger@{self.at}>",
            *(f"{key}: {value}" for key, value in (more or {}).items()),
            "Content-Length: 0",
        ]
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    def within(self, invite: bytes, method: str, number: int, more: Mapping[str, str] | None = None) -> bytes:
        """A request within a call that was taken: from us, whom the ``invite`` names in its ``To``."""
        contact = re.search(r"<([^>]*)>", header(invite, "Contact", "m"))
        lines = [
            f"{method} {contact[1] if contact else f'sip:{self.centre}'} SIP/2.0",
            f"Via: SIP/2.0/UDP {self.at};rport;branch=z9hG4bK{uuid.uuid4().hex}",
            "Max-Forwards: 70",
            f"From: {header(invite, 'To', 't')};tag={HERE}",
            f"To: {header(invite, 'From', 'f')}",
            f"Call-ID: {header(invite, 'Call-ID', 'i')}",
            f"CSeq: {number} {method}",
            f"Contact: <sip:stranger@{self.at}>",
            *(f"{key}: {value}" for key, value in (more or {}).items()),
            "Content-Length: 0",
        ]
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    def press(self, answer: bytes, digit: str) -> None:
        """Press a key in the call that was answered so (RFC 4733), from where the SDP says that our sound comes."""
        host = re.search(rb"(?m)^c=IN IP4 (\S+)", answer)
        port = re.search(rb"(?m)^m=audio (\d+)", answer)
        assert host, "the answer names no sound"
        assert port, "the answer names no sound"
        ended = (0, 0, 0, 0x80, 0x80, 0x80)  # the end is told three times (§2.5.1.4)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sound:
            sound.bind((self.at.partition(":")[0], RTP))
            stamp = self._pressed = self._pressed + 1600
            for n, end in enumerate(ended, 1):
                head = struct.pack(
                    "!BBHII", 0x80, EVENT | (0x80 if n == 1 else 0), (stamp // 160 + n) % 65536, stamp, 1
                )
                event = struct.pack("!BBH", "0123456789*#".index(digit), end | 10, min(n, 4) * 160)
                sound.sendto(head + event, (host[1].decode(), int(port[1])))

    # --- conversations ------------------------------------------------------------------------------------------------

    async def ask(self, method: str, to: str, **said: str) -> bytes:
        """Send a request and wait for its final answer."""
        call = uuid.uuid4().hex
        self.send(self.request(method, to, call=call, sender=said.get("sender", "stranger"), name=said.get("name", "")))
        return await self.answer_to(call)

    async def prove(
        self,
        method: str,
        to: str,
        user: str,
        password: str,
        *,
        within_s: float = 8,
        gone: bool = False,
        contacts: Sequence[str] = (),
        more: Mapping[str, str] | None = None,
    ) -> bytes:
        """The same with a password; the answer after it. ``gone``: of REGISTER, that nobody is there any more."""
        call, expires = uuid.uuid4().hex, {"Expires": "0"} if gone else {}
        self.send(self.request(method, to, sender=user, call=call))
        challenge = await self.answer_to(call)
        proof = proof_of(challenge.decode(), method, f"sip:{to}@{self.centre}", user, password)
        proven = {"Authorization": proof, **expires, **(more or {})}
        self.send(self.request(method, to, sender=user, call=call, number=2, more=proven, contacts=contacts))
        return await self.answer_to(call, 2, within_s)


def _elsewhere(request: bytes, uri: str) -> bytes:
    kept = [found[0].rstrip("\r\n") for found in _COPIED.finditer(request.decode(errors="replace"))]
    named = [f"{one};tag={HERE}" if re.match(r"(?i)(to|t)[ \t]*:", one) else one for one in kept]
    lines = ["SIP/2.0 302 Moved Temporarily", *named, f"Contact: <{uri}>", "Content-Length: 0"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _reply(request: bytes, picks_up_at: str = "") -> bytes:
    """``picks_up_at``: our host and port, where it is the answer to a call."""
    kept = [found[0].rstrip("\r\n") for found in _COPIED.finditer(request.decode(errors="replace"))]
    body = ""
    if picks_up_at:
        body = SDP.format(host=picks_up_at.partition(":")[0], port=RTP)
        kept = [
            f"{one};tag={HERE}" if re.match(r"(?i)(to|t)[ \t]*:", one) and "tag=" not in one else one for one in kept
        ]
        kept += [f"Contact: <sip:stranger@{picks_up_at}>", "Content-Type: application/sdp"]
    return ("\r\n".join(["SIP/2.0 200 OK", *kept, f"Content-Length: {len(body)}"]) + f"\r\n\r\n{body}").encode()


async def pour(
    centre: str, port: int, address: str, texts: Sequence[bytes], *, tls: bool = False, quiet_s: float = 0.2
) -> bytes:
    """Send these over one connection, as fast as it takes them; what comes back until it is quiet for so long.

    The PBX may close it at the first nonsense: that ends it, too.
    """
    context = None
    if tls:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    heard = b""
    try:
        reader, writer = await asyncio.open_connection(centre, port, ssl=context, local_addr=(address, 0))
    except OSError:
        return heard
    try:
        for text in texts:
            writer.write(text)
            await asyncio.wait_for(writer.drain(), 5)
        while more := await asyncio.wait_for(reader.read(65536), quiet_s):
            heard += more
    except (OSError, TimeoutError):
        pass
    finally:
        writer.transport.abort()
    return heard


async def pour_web(url: str, address: str, texts: Sequence[bytes]) -> list[bytes]:
    """The same as a browser's telephone: each a message of a WebSocket. What came back, until it was closed or quiet."""
    heard: list[bytes] = []
    connector = aiohttp.TCPConnector(local_addr=(address, 0))
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        session.ws_connect(url, protocols=("sip",)) as wire,
    ):
        with suppress(TimeoutError, ConnectionError):
            for text in texts:
                await wire.send_str(text.decode(errors="replace"))
            while isinstance(data := (await asyncio.wait_for(wire.receive(), 0.3)).data, str | bytes):
                heard.append(data.encode() if isinstance(data, str) else data)
    return heard
