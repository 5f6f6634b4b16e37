"""What the centre says by SIP to the carrier and to the ward's telephones while it is attacked, read from the wire."""

import re
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote_to_bytes

from tests.bench import wire
from tests.proving.place import Place
from tests.proving.report import Case

FOREIGN = (b"X-Evil", b"SHELL(", b"SYSTEM(", b"DROP TABLE", b"<script", "\u202e".encode())
"""Text of callers that nobody else may be sent."""
_INVITED = re.compile(rb"INVITE \w+:([^@;>\s]*)")
_ORDINARY = re.compile(r"0(?!10|0|570|990|180)\d{9,10}")
"""A number within Japan that costs no more than a call, as the ward's operators may dial it."""


@dataclass
class Overheard:
    """Filled when `overhearing` is over: what the centre sent, with the address whereto."""

    sent: list[tuple[str, bytes]] = field(default_factory=list)

    def case(self, attack: str, carrier: str, ordinary: bool) -> Case:
        """``ordinary``: whether who attacks may call ordinary numbers outside."""
        wrong = sorted(
            {number or "nobody" for number in dialled(self.sent, carrier) if not (ordinary and is_ordinary(number))}
        )
        told = foreign(self.sent, carrier)
        seen = [f"calls to {', '.join(wrong)}"] if wrong else []
        seen += [f"callers' text {', '.join(told)}"] if told else []
        expected = "calls to ordinary numbers at most" if ordinary else "no call outside"
        return Case(
            f"what the centre sends meanwhile, {attack}",
            f"{expected}, nothing of what a caller wrote",
            "; ".join(seen) or f"so it is, in {len(self.sent)} messages",
            not seen,
        )


def dialled(sent: Iterable[tuple[str, bytes]], carrier: str) -> list[str]:
    """Whom the carrier was asked to call, each time; empty for what is no number."""
    found = [_INVITED.match(message) for target, message in sent if target == carrier]
    return [one[1].decode(errors="replace") for one in found if one]


def is_ordinary(number: str) -> bool:
    return _ORDINARY.fullmatch(number) is not None


def foreign(sent: Iterable[tuple[str, bytes]], carrier: str) -> list[str]:
    """Which of `FOREIGN` stands in a request of the centre, as it is or escaped.

    Answers repeat what was asked, and whatever ends a call of the carrier's repeats who began it.
    """
    texts = [
        unquote_to_bytes(message)
        for target, message in sent
        if not message.startswith(b"SIP/2.0") and (target != carrier or message.startswith(b"INVITE "))
    ]
    return [one.decode() for one in FOREIGN if any(one in text for text in texts)]


@asynccontextmanager
async def overhearing(place: Place, path: Path) -> AsyncIterator[Overheard]:
    """Everything is in `Overheard.sent` after the context."""
    town = place.town.town
    heard = Overheard()
    wanted = f"udp and src host {place.centre.settings.address} and (dst host {town.carrier} or dst host {town.phones})"
    async with wire.captured(path, f"{wanted} and src port {place.centre.settings.sip_port}"):
        yield heard
    heard.sent += [(target[0], data) for _, _, target, data in wire.udp(path)]
