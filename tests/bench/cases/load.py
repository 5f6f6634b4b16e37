"""A minute at twenty calls a second, everybody talking."""

from collections.abc import Mapping

from tests.bench import usage
from tests.bench.drive import drive
from tests.bench.figures import Row
from tests.bench.place import OURS, Place
from tests.bench.rival import THEIRS
from tests.bench.traffic import telephones

FIRST = 3041
PER_S, TALK_S = 20, 4
OPERATORS_FOR_S = 5
"""A quarter more than talk at once."""


async def load(place: Place, seconds: int = 60, per_s: int = PER_S) -> list[Row]:
    """Every call must be answered, find an operator, be heard and end in order. Then the same through ``Queue()``."""
    host = f"{place.net}.42"
    operators, talking = range(FIRST, FIRST + per_s * OPERATORS_FOR_S), per_s * TALK_S
    async with telephones(place, "operator", host, operators, "-rtp_echo"):
        async with place.at_work(operators):
            ours = await drive(place, "caller_talks", [host], [OURS] * per_s * seconds, per_s, TALK_S)
            weight = {name: usage.resident_mb(place.centre.settings, name) for name in usage.CONTROL_PLANE}
        async with place.rival.members(operators):
            theirs = await drive(place, "caller_talks", [host], [THEIRS] * per_s * (seconds // 3), per_s, TALK_S)
    others = ", ".join(f"{name} {weight[name]:.0f} MB" for name in usage.CONTROL_PLANE[1:])
    ours_ms, theirs_ms = ours.cpu_ms(), theirs.cpu_ms()
    ratio = sum(ours_ms.values()) / sum(theirs_ms.values())
    return [
        Row(
            f"load: {seconds} s of {per_s} calls/s, {talking} talking",
            str(ours),
            str(theirs),
            goal="no failure",
            met=ours.failed == 0 and ours.came_per_s >= per_s * 0.95 and ours.most_talking >= talking * 0.9,
        ),
        Row(
            "resident memory after it: switchboard",
            f"{weight['switchboard']:.0f} MB",
            goal="≤ 150 MB",
            met=weight["switchboard"] <= 150,
        ),
        Row("resident memory after it: the others", others),
        Row(
            "processor time of a call",
            cpu_parts(ours_ms),
            cpu_parts(theirs_ms),
            f"{ratio:.2f}×",
            "≤ 2×",
            ratio <= 2,
            {"processor time of a call": ratio},
        ),
    ]


def cpu_parts(cpu_ms: Mapping[str, float]) -> str:
    """Processor time of a call, and of which services it is."""
    parts = sorted(cpu_ms.items(), key=lambda item: -item[1])
    return f"{sum(cpu_ms.values()):.1f} ms: " + ", ".join(f"{part} {ms:.1f}" for part, ms in parts if ms >= 0.05)
