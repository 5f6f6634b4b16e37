"""A telephone that registers, and answers when it is asked whether it is there, but no call; or takes calls in silence.

Then it is unplugged at the wall: no good-bye, no answer any more.
"""

import asyncio
import hashlib
import re
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

SIP = 5060
ANSWER_WITHIN_S = 5.0


class NotRegisteredError(Exception):
    """The registrar refused."""


class VanishingPhone(asyncio.DatagramProtocol):
    """Made by `registered`. Answers OPTIONS, as telephones do, until it vanishes.

    ``takes_calls``: picks up at once, and sends no sound, as one that is torn out when it has picked up.
    """

    def __init__(self, takes_calls: bool) -> None:
        self.taken = 0
        """Calls that it has picked up."""
        self.hung_up = asyncio.Event()
        """The centre has ended a call of it."""
        self._takes_calls = takes_calls
        self._answers: asyncio.Queue[str] = asyncio.Queue()
        self._transport: asyncio.DatagramTransport | None = None

    @classmethod
    @asynccontextmanager
    async def registered(
        cls, centre: str, address: str, extension: str, password: str, takes_calls: bool = False
    ) -> AsyncIterator["VanishingPhone"]:
        """Registered as ``extension`` from ``address`` (RFC 3261 §10, digest of RFC 2617 with ``qop=auth``)."""
        loop = asyncio.get_running_loop()
        transport, phone = await loop.create_datagram_endpoint(
            lambda: cls(takes_calls), local_addr=(address, 0), remote_addr=(centre, SIP)
        )
        phone._transport = transport
        contact, call = f"{address}:{transport.get_extra_info('sockname')[1]}", uuid.uuid4().hex
        try:
            transport.sendto(_register(centre, contact, extension, call, 1, None))
            proof = proof_of(await phone._answer(), "REGISTER", f"sip:{centre}", extension, password)
            transport.sendto(_register(centre, contact, extension, call, 2, proof))
            answer = await phone._answer()
            if not answer.startswith("SIP/2.0 200"):
                raise NotRegisteredError(answer.split("\r\n", 1)[0])
            yield phone
        finally:
            phone.vanish()

    def vanish(self) -> None:
        """From now on nobody is there."""
        if self._transport is not None:
            self._transport.close()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        message = data.decode(errors="replace")
        if message.startswith("SIP/2.0"):
            self._answers.put_nowait(message)
        elif message.startswith("OPTIONS "):
            self._agree(message)
        elif message.startswith("INVITE ") and self._takes_calls:
            self.taken += 1
            self._pick_up(message)
        elif message.startswith("BYE "):
            self._agree(message)
            self.hung_up.set()

    def _pick_up(self, invite: str) -> None:
        assert self._transport is not None
        host, port = self._transport.get_extra_info("sockname")
        # the discard port (RFC 863): who sends no sound need hear none
        media = f"v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n"
        self._agree(invite, media, f"Contact: <sip:{host}:{port}>", "Content-Type: application/sdp")

    def _agree(self, request: str, body: str = "", *more: str) -> None:
        if self._transport is None:
            return
        kept = [one for one in request.split("\r\n") if re.match(r"(Via|From|To|Call-ID|CSeq):", one)]
        named = [f"{one};tag=here" if one.startswith("To:") and ";tag=" not in one else one for one in kept]
        lines = ["SIP/2.0 200 OK", *named, *more, f"Content-Length: {len(body)}", "", body]
        self._transport.sendto("\r\n".join(lines).encode())

    async def _answer(self) -> str:
        return await asyncio.wait_for(self._answers.get(), ANSWER_WITHIN_S)


def _register(centre: str, contact: str, extension: str, call: str, number: int, proof: str | None) -> bytes:
    lines = [
        f"REGISTER sip:{centre} SIP/2.0",
        f"Via: SIP/2.0/UDP {contact};rport;branch=z9hG4bK{uuid.uuid4().hex}",
        f"From: <sip:{extension}@{centre}>;tag={call[:8]}",
        f"To: <sip:{extension}@{centre}>",
        f"Call-ID: {call}",
        f"CSeq: {number} REGISTER",
        f"Contact: <sip:{extension}@{contact}>",
        "Max-Forwards: 70",
        "Expires: 300",
        *([f"Authorization: {proof}"] if proof else []),
        "Content-Length: 0",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def proof_of(challenge: str, method: str, uri: str, user: str, password: str) -> str:
    """The value of ``Authorization`` that answers a 401. Raises `NotRegisteredError` where there is no challenge."""

    def told(name: str) -> str:
        found = re.search(rf'{name}="([^"]*)"', challenge)
        if found is None:
            raise NotRegisteredError(f"no {name} in: {challenge.split(chr(13), 1)[0]}")
        return found[1]

    realm, nonce, nc, cnonce = told("realm"), told("nonce"), "00000001", uuid.uuid4().hex
    who, what = _md5(f"{user}:{realm}:{password}"), _md5(f"{method}:{uri}")
    response = _md5(f"{who}:{nonce}:{nc}:{cnonce}:auth:{what}")
    opaque = f', opaque="{told("opaque")}"' if "opaque=" in challenge else ""
    return (
        f'Digest username="{user}", realm="{realm}", nonce="{nonce}", uri="{uri}", response="{response}", '
        f'algorithm=MD5, qop=auth, nc={nc}, cnonce="{cnonce}"{opaque}'
    )


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
