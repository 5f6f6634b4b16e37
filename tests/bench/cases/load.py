"""A minute at twenty calls a second, everybody talking."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.bench import reading, usage, wire
from tests.bench.figures import Row
from tests.bench.place import OURS, Place
from tests.bench.rival import THEIRS
from tests.bench.traffic import TONE, calls, telephones
from tests.bench.wire import SIGNALLING

OPERATORS = range(3041, 3141)
PER_S, TALK_MS = 20, 4000
TALKING = PER_S * TALK_MS // 1000
_LISTEN_S, _HEARD_PACKETS = 0.4, 10
"""Half of the twenty packets: as many begin to be heard in the meantime as cease."""


async def load(place: Place, seconds: int = 60) -> list[Row]:
    """Every call must be answered, find an operator, be heard and end in order. Then the same through ``Queue()``."""
    host = f"{place.net}.42"
    (place.folder / "tone.ul").write_bytes(TONE)
    async with telephones(place, "operator", host, OPERATORS, "-rtp_echo"):
        async with place.at_work(OPERATORS):
            ours = await _drive(place, host, OURS, seconds)
            weight = {name: usage.resident_mb(place.centre.settings, name) for name in usage.CONTROL_PLANE}
        async with place.rival.members(OPERATORS):
            theirs = await _drive(place, host, THEIRS, seconds // 3)
    others = ", ".join(f"{name} {weight[name]:.0f} MB" for name in usage.CONTROL_PLANE[1:])
    return [
        Row(
            f"load: {seconds} s of {PER_S} calls/s, {TALKING} talking",
            str(ours),
            str(theirs),
            goal="no failure",
            met=ours.failed == 0 and ours.per_s >= PER_S * 0.95 and ours.heard >= TALKING * 0.9,
        ),
        Row(
            "resident memory after it: switchboard",
            f"{weight['switchboard']:.0f} MB",
            goal="≤ 150 MB",
            met=weight["switchboard"] <= 150,
        ),
        Row("resident memory after it: the others", others),
        Row("processor time of a call", _parts(ours.cpu_ms), _parts(theirs.cpu_ms)),
    ]


@dataclass(frozen=True, slots=True)
class Driven:
    """How it went. ``heard``: citizens to whom their own voice came back from the operator, at the same moment."""

    count: int
    per_s: float
    failed: int
    heard: int
    cpu_ms: Mapping[str, float]
    """Processor time of one call, by service of the centre."""

    def __str__(self) -> str:
        failed = f"{self.failed} FAILED" if self.failed else "none failed"
        return f"{self.count} calls at {self.per_s:.1f}/s, {failed}, {self.heard} heard at once"


def _parts(cpu_ms: Mapping[str, float]) -> str:
    parts = sorted(cpu_ms.items(), key=lambda item: -item[1])
    return f"{sum(cpu_ms.values()):.1f} ms: " + ", ".join(f"{part} {ms:.1f}" for part, ms in parts if ms >= 0.05)


async def _drive(place: Place, host: str, number: str, seconds: int) -> Driven:
    count = PER_S * seconds
    capture, sound = place.folder / f"load-{number}.pcap", place.folder / f"load-{number}-sound.pcap"
    before = usage.sample(place.centre.settings)
    async with wire.captured(capture, SIGNALLING), asyncio.TaskGroup() as both:
        driving = both.create_task(
            calls(
                place, "caller_talks", [number] * count, PER_S, "-d", str(TALK_MS), "-l", "400", within_s=seconds + 60
            )
        )
        both.create_task(_listen(place, sound, seconds / 2))
    used_s = usage.used_s(before, usage.sample(place.centre.settings))
    cpu_ms = {service: seconds / count * 1000 for service, seconds in used_s.items()}
    messages = wire.sip(capture)
    failed = max(count - reading.answered_calls(messages, host), 0 if driving.result().status == 0 else 1)
    heard = reading.heard_by(wire.rtp(sound), place.carrier, at_least=_HEARD_PACKETS)
    return Driven(count, reading.calls_per_s(messages, place.carrier), failed, heard, cpu_ms)


async def _listen(place: Place, capture: Path, after_s: float) -> None:
    """Capture a moment of what all citizens hear."""
    await asyncio.sleep(after_s)
    async with wire.captured(capture, f"udp and src host {place.host} and dst host {place.carrier} and not port 5060"):
        await asyncio.sleep(_LISTEN_S)
