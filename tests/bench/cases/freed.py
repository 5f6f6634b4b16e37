"""Operator free to the next ring, while callers wait."""

from tests.bench import reading, wire
from tests.bench.figures import Race, Row, Spread
from tests.bench.place import OURS, Place
from tests.bench.rival import THEIRS
from tests.bench.traffic import calls, telephones

SIDE_A, SIDE_B = range(3021, 3031), range(3031, 3041)
"""Ten operators each, ours and those of ``Queue()``."""
WAITING = 20


async def freed(place: Place, rounds: int = 5, calls_per_side: int = 80) -> list[Row]:
    """From the operator's BYE to the next INVITE at the same telephone.

    In a round one side serves all its callers and then the other, in turns the one first and the other. Ten callers
    talk and twenty wait, and whoever was served is followed by another one, until the last twenty are served.
    """
    host = f"{place.net}.41"
    spreads: dict[str, list[Spread]] = {OURS: [], THEIRS: []}
    async with (
        telephones(place, "operator_hangs_up", host, [*SIDE_A, *SIDE_B]),
        place.at_work(SIDE_A),
        place.rival.members(SIDE_B),
    ):
        for one in range(rounds):
            sides = [(OURS, SIDE_A), (THEIRS, SIDE_B)]
            for number, operators in sides if one % 2 == 0 else reversed(sides):
                capture = place.folder / f"freed-{one}-{number}.pcap"
                numbers = [number] * calls_per_side
                at_once = str(len(operators) + WAITING)
                async with wire.captured(capture, place.signalling):
                    done = await calls(place, "caller_waits", numbers, 100, "-l", at_once, within_s=90)
                times = reading.free_times(wire.sip(capture), place.host, host, operators)
                done.ensure()
                # All but the first call of each operator follow another one.
                spreads[number].append(Spread.of(times, calls_per_side - len(operators)))
    race = Race(spreads[THEIRS], spreads[OURS])
    return [
        Row(
            f"operator free → next ring, {WAITING} callers waiting",
            str(Spread.typical(spreads[OURS])),
            str(Spread.typical(spreads[THEIRS])),
            f"p50 {race.p50:.0f}× faster, p99 {race.p99:.0f}× faster",
            "p50 and p99 ≥ 20× faster",
            race.p50 >= 20 and race.p99 >= 20,
            {"operator free → next ring, p50": 1 / race.p50, "operator free → next ring, p99": 1 / race.p99},
        )
    ]
