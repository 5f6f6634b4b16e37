"""A minute at twenty calls a second, everybody talking; then shorter turns beside ``Queue()``, for what a call costs."""

from collections.abc import Mapping
from statistics import median

from tests.bench import usage
from tests.bench.drive import Driven, drive
from tests.bench.figures import Row
from tests.bench.place import OURS, Place
from tests.bench.rival import THEIRS
from tests.bench.traffic import telephones

FIRST = 3041
PER_S, TALK_S = 20, 4
OPERATORS_FOR_S = 5
"""A quarter more than talk at once."""


async def load(place: Place, seconds: int = 60, per_s: int = PER_S, rounds: int = 5) -> list[Row]:
    """Every call must be answered, find an operator, be heard and end in order. The processor time of a call is the median
    of turns of a fifth of that time on either side."""
    host = f"{place.net}.42"
    operators, talking = range(FIRST, FIRST + per_s * OPERATORS_FOR_S), per_s * TALK_S
    turn = per_s * max(1, seconds // 5)
    mine: list[Driven] = []
    others: list[Driven] = []
    async with telephones(place, "operator", host, operators, "-rtp_echo"):
        async with place.at_work(operators):
            ours = await drive(place, "caller_talks", [host], [OURS] * per_s * seconds, per_s, TALK_S)
            weight = {name: usage.resident_mb(place.centre.settings, name) for name in usage.CONTROL_PLANE}
        for _ in range(rounds):
            async with place.at_work(operators):
                mine.append(await drive(place, "caller_talks", [host], [OURS] * turn, per_s, TALK_S))
            async with place.rival.members(operators):
                others.append(await drive(place, "caller_talks", [host], [THEIRS] * turn, per_s, TALK_S))
    ratio = median(cost(one) / cost(other) for one, other in zip(mine, others, strict=True))
    beside_it = ", ".join(f"{name} {weight[name]:.0f} MB" for name in usage.CONTROL_PLANE[1:])
    typical, typical_other = sorted(mine, key=cost)[rounds // 2], sorted(others, key=cost)[rounds // 2]
    return [
        Row(
            f"load: {seconds} s of {per_s} calls/s, {talking} talking",
            str(ours),
            goal="no failure",
            met=ours.failed == 0 and ours.came_per_s >= per_s * 0.95 and ours.most_talking >= talking * 0.9,
        ),
        Row(
            "resident memory after it: switchboard",
            f"{weight['switchboard']:.0f} MB",
            goal="≤ 150 MB",
            met=weight["switchboard"] <= 150,
        ),
        Row("resident memory after it: the others", beside_it),
        Row(
            f"processor time of a call, {rounds} turns of {turn} calls",
            cpu_parts(typical.cpu_ms()),
            cpu_parts(typical_other.cpu_ms()),
            f"{ratio:.2f}×",
            "≤ 2×",
            ratio <= 2,
            {"processor time of a call": ratio},
        ),
    ]


def cost(driven: Driven) -> float:
    """Milliseconds of processor time of a call, of all services."""
    return sum(driven.cpu_ms().values())


def cpu_parts(cpu_ms: Mapping[str, float]) -> str:
    """Processor time of a call, and of which services it is."""
    parts = sorted(cpu_ms.items(), key=lambda item: -item[1])
    return f"{sum(cpu_ms.values()):.1f} ms: " + ", ".join(f"{part} {ms:.1f}" for part, ms in parts if ms >= 0.05)
