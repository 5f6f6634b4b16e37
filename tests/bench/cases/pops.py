"""An operator's telephone rings; a screen says so."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from aiohttp import ClientSession, ClientTimeout

from tests.bench import wire
from tests.bench.figures import Row, Spread
from tests.bench.meanwhile import meanwhile
from tests.bench.people import EVENTS, People
from tests.bench.place import OURS, Place
from tests.bench.traffic import TONE, calls, telephones

OPERATOR = 3061
LASTS_MS = 3000
"""Half of it the telephone rings."""
OFFERED = 'class="card state-offered"'
GOAL_MS = 300
AHEAD_S = 1.0
"""So much before its ring a message still belongs to it, and not to the one before: less than a call's other half."""
OPENS_S = 30


async def pops(place: Place, count: int = 20) -> list[Row]:
    """From the INVITE at the telephone to the end of the message in which an open floor page hears that it rings.

    The INVITE by the capture, the message when it has been read: by the same clock, that of the kernel, a little late.
    """
    host = f"{place.net}.48"
    capture = place.folder / "pops.pcap"
    one_by_one = ("-d", str(LASTS_MS), "-l", "1")
    (place.folder / "tone.ul").write_bytes(TONE)
    async with (
        People.signed_in(place.centre.settings, 1, "pops") as people,
        telephones(place, "operator_picks_up", host, [OPERATOR], "-rtp_echo"),
        place.at_work([OPERATOR]),
        _read(people.browsers[0]) as told,
        wire.captured(capture, f"udp port 5060 and host {host}"),
    ):
        done = await calls(place, "caller_talks", [OURS] * count, 5, *one_by_one, within_s=count * 6)
    done.ensure()
    rings = {
        one.call_id: one.at_s for one in reversed(wire.sip(capture)) if one.method == "INVITE" and one.target == host
    }
    times = after(sorted(rings.values()), told)
    spread = Spread.of(times, count)
    case = "ring → message to an open screen"
    return [Row(case, str(spread), goal=f"p99 ≤ {GOAL_MS} ms", met=spread.p99_ms <= GOAL_MS)]


def after(rings_s: Sequence[float], told_s: Sequence[float]) -> list[float]:
    """From each ring to its first message; 0 where the screen knew first, since both go their ways at the same time."""
    begins = [ring - AHEAD_S for ring in rings_s]
    firsts = (
        next((max(0.0, told - ring) for told in told_s if begin <= told < end), None)
        for ring, begin, end in zip(rings_s, begins, [*begins[1:], float("inf")], strict=True)
    )
    return [one for one in firsts if one is not None]


@asynccontextmanager
async def _read(browser: ClientSession) -> AsyncIterator[list[float]]:
    """When the live floor told that the operator is being rung, seconds since the epoch."""
    told: list[float] = []
    opened = asyncio.Event()

    async def read() -> None:
        async with browser.get("/floor/events", headers=EVENTS, timeout=ClientTimeout(sock_read=30)) as stream:
            opened.set()
            async for line in stream.content:
                if line.startswith(b"data: ") and OFFERED in pieces(line).get(f"o-{OPERATOR}", ""):
                    told.append(time.time())

    async with meanwhile(read()):
        async with asyncio.timeout(OPENS_S):
            await opened.wait()  # on a busy machine the first call would else have rung before
        yield told


def pieces(line: bytes) -> dict[str, str]:
    """What a line of an event stream changes on the page: HTML by the id of the element."""
    data: dict[str, dict[str, str]] = json.loads(line.removeprefix(b"data: "))
    return data.get("pieces", {})
