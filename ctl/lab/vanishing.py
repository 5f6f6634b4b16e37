"""A telephone that registers and is then unplugged at the wall: it says no good-bye, and answers nothing any more."""

import hashlib
import re
import socket
import uuid

SIP = 5060
ANSWER_WITHIN_S = 5.0


class NotRegisteredError(Exception):
    """The registrar refused."""


def register_and_vanish(centre: str, address: str, extension: str, password: str) -> None:
    """Register ``extension`` from ``address`` (RFC 3261 §10, digest of RFC 2617 with ``qop=auth``), then be gone."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.bind((address, 0))
        line.settimeout(ANSWER_WITHIN_S)
        line.connect((centre, SIP))
        contact, call = f"{address}:{line.getsockname()[1]}", uuid.uuid4().hex
        line.send(_register(centre, contact, extension, call, 1, None))
        challenge = line.recv(8192).decode()
        line.send(_register(centre, contact, extension, call, 2, _answer(challenge, centre, extension, password)))
        answer = line.recv(8192).decode()
        if not answer.startswith("SIP/2.0 200"):
            raise NotRegisteredError(answer.split("\r\n", 1)[0])


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


def _answer(challenge: str, centre: str, user: str, password: str) -> str:
    def told(name: str) -> str:
        found = re.search(rf'{name}="([^"]*)"', challenge)
        if found is None:
            raise NotRegisteredError(f"no {name} in: {challenge.split(chr(13), 1)[0]}")
        return found[1]

    realm, nonce, uri, nc, cnonce = told("realm"), told("nonce"), f"sip:{centre}", "00000001", uuid.uuid4().hex
    who, what = _md5(f"{user}:{realm}:{password}"), _md5(f"REGISTER:{uri}")
    response = _md5(f"{who}:{nonce}:{nc}:{cnonce}:auth:{what}")
    opaque = f', opaque="{told("opaque")}"' if "opaque=" in challenge else ""
    return (
        f'Digest username="{user}", realm="{realm}", nonce="{nonce}", uri="{uri}", response="{response}", '
        f'algorithm=MD5, qop=auth, nc={nc}, cnonce="{cnonce}"{opaque}'
    )


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
