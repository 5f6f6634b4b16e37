"""Calls as many and as fast as wanted, and what came of each: read from a capture of the signalling and a part of the sound."""

import asyncio
import time
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from tests.bench import reading, usage, wire
from tests.bench.meanwhile import meanwhile
from tests.bench.place import NOBODY, Place
from tests.bench.reading import Citizen
from tests.bench.traffic import TONE, calls

PART = 8
"""One of so many packets of the sound is captured, told by its sequence number: about six a second of each call."""
WATCHED_EVERY_S = 1.0


@dataclass(frozen=True, slots=True)
class Driven:
    """How it went. ``wanted``: so many calls were to be made, ``per_s``; ``orderly``: SIPp has nothing to complain of."""

    wanted: int
    per_s: float
    orderly: bool
    calls: Mapping[str, Citizen]
    heard: Collection[str]
    """The citizens to whom their own voice came back from the operator."""
    watched: Sequence[tuple[float, usage.Sample]]
    """Processor time so far, at instants of the same clock as the capture's."""
    began: datetime

    @property
    def failed(self) -> int:
        """Calls that were not answered, not heard where somebody was there to serve them, or not ended in order."""
        good = sum(self._lacks(caller, call) is None for caller, call in self.calls.items())
        return max(self.wanted - good, 0 if self.orderly else 1)

    def failures(self) -> list[str]:
        """What each of them lacks, and whether the telephones complain."""
        lacking = [(caller, self._lacks(caller, call)) for caller, call in self.calls.items()]
        never = self.wanted - len(self.calls)
        return [
            *(f"{caller}: {lacks}" for caller, lacks in lacking if lacks is not None),
            *([f"{never} calls were not begun"] if never else []),
            *([] if self.orderly else ["telephones complain"]),
        ]

    def _lacks(self, caller: str, call: Citizen) -> str | None:
        if call.answered_s is None:
            return "not answered"
        if call.number != NOBODY and not call.served:
            return "no operator answered"
        if not call.in_order:
            return f"not in order: answered {call.answered_s}, ended {call.ended_s}, with operators {call.served}"
        return None if call.number == NOBODY or caller in self.heard else "not heard both ways"

    @property
    def came_per_s(self) -> float:
        """How many calls a second citizens really began."""
        begun = [call.began_s for call in self.calls.values()]
        if len(begun) < 2:
            raise ValueError("a rate takes two calls")
        return (len(begun) - 1) / (max(begun) - min(begun))

    @property
    def most_talking(self) -> int:
        """Conversations at the same moment."""
        return max((count for _, count in self.talking()), default=0)

    def talking(self) -> list[tuple[float, int]]:
        """Conversations, from each instant on at which their number changes."""
        return reading.at_once(
            (begin, end) for call in self.calls.values() for begin, end in call.served if end is not None
        )

    def answers_s(self) -> list[float]:
        """From a citizen's INVITE to the answer of the line."""
        return [call.answered_s - call.began_s for call in self.calls.values() if call.answered_s is not None]

    def served_s(self) -> list[float]:
        """From a citizen's INVITE to the answer of an operator's telephone."""
        return [call.served[0][0] - call.began_s for call in self.calls.values() if call.served]

    def cpu_ms(self) -> dict[str, float]:
        """Processor time of one call, by service of the centre."""
        used_s = usage.used_s(self.watched[0][1], self.watched[-1][1])
        return {service: seconds / self.wanted * 1000 for service, seconds in used_s.items()}

    def __str__(self) -> str:
        failed = f"{self.failed} FAILED" if self.failed else "none failed"
        return f"{self.wanted} calls at {self.came_per_s:.1f}/s, {failed}, {self.most_talking} talked at once"


async def drive(
    place: Place, scenario: str, telephones: Collection[str], numbers: Sequence[str], per_s: int, talk_s: float
) -> Driven:
    """Call these numbers, so many a second, each call ``talk_s`` long; ``telephones``: the addresses of the operators'."""
    (place.folder / "tone.ul").write_bytes(TONE)
    began = datetime.now(UTC)
    signalling, sound = place.folder / "drive.pcap", place.folder / "drive-sound.pcap"
    heard = f"src host {place.host} and dst host {place.carrier} and udp and not port 5060"
    some = f"udp[8] & 0xc0 = 0x80 and udp[10:2] & {PART - 1} = 0"  # RTP version 2, its sequence number
    most = max(10, round(2 * per_s * talk_s))
    within_s = len(numbers) / per_s + talk_s + 60
    async with (
        wire.captured(signalling, place.signalling),
        wire.captured(sound, f"{heard} and {some}"),
        _watched(place) as watched,
    ):
        talk = ("-d", str(round(talk_s * 1000)), "-l", str(most))
        done = await calls(place, scenario, numbers, per_s, *talk, within_s=within_s)
        if done.status:  # what is left would go on, also in the capture
            await place.hang_up()
    messages = await asyncio.to_thread(wire.sip, signalling)
    came = reading.citizens(messages, place.carrier, telephones)
    hearing = reading.hearing(came, await asyncio.to_thread(wire.rtp, sound), place.carrier)
    return Driven(len(numbers), per_s, done.status == 0, came, hearing, watched, began)


@asynccontextmanager
async def _watched(place: Place) -> AsyncIterator[list[tuple[float, usage.Sample]]]:
    """What the processes use, looked at every second while the context lasts, and at its begin and end."""
    looks: list[tuple[float, usage.Sample]] = []

    def look() -> None:
        looks.append((time.time(), usage.sample(place.centre.settings)))

    async def again_and_again() -> None:
        while True:
            await asyncio.sleep(WATCHED_EVERY_S)
            await asyncio.to_thread(look)

    look()
    try:
        async with meanwhile(again_and_again()):
            yield looks
    finally:
        look()
