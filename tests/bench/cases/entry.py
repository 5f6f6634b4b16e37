"""Queue entry to the first ring: a caller meets an idle operator."""

from tests.bench import reading, wire
from tests.bench.figures import Race, Row, Spread
from tests.bench.place import OURS, Place
from tests.bench.rival import THEIRS
from tests.bench.traffic import calls, telephones
from tests.bench.wire import SIGNALLING

SIDE_A, SIDE_B = range(3001, 3011), range(3011, 3021)
"""Ten operators each, ours and those of ``Queue()``."""


async def entry(place: Place, rounds: int = 5, calls_per_round: int = 120) -> list[Row]:
    """From the answer to the citizen (the last packet before the queue) to the INVITE of an idle operator.

    Within a round the two sides take turns, call by call.
    """
    host = f"{place.net}.40"
    ours: list[Spread] = []
    theirs: list[Spread] = []
    async with (
        telephones(place, "operator", host, [*SIDE_A, *SIDE_B]),
        place.at_work(SIDE_A),
        place.rival.members(SIDE_B),
    ):
        for one in range(rounds):
            capture = place.folder / f"entry-{one}.pcap"
            numbers = [OURS, THEIRS] * (calls_per_round // 2)
            async with wire.captured(capture, SIGNALLING):
                # Half a second is long enough for whatever follows the ring not to fall into the next call's.
                done = await calls(place, "caller", numbers, 8, "-d", "600", within_s=90)
            messages = wire.sip(capture)
            mine = reading.entry_times(messages, place.host, place.carrier, OURS)
            other = reading.entry_times(messages, place.host, place.carrier, THEIRS)
            done.ensure()
            ours.append(Spread.of(mine, calls_per_round // 2))
            theirs.append(Spread.of(other, calls_per_round // 2))
    race = Race(ours, theirs)
    return [
        Row(
            "queue entry → ring of an idle operator",
            str(Spread.typical(ours)),
            str(Spread.typical(theirs)),
            f"p50 {race.p50:.2f}×, p99 {race.p99:.2f}×",
            "p50 ≤ 1.5×, p99 ≤ 2×",
            race.p50 <= 1.5 and race.p99 <= 2,
            {"queue entry → ring, p50": race.p50, "queue entry → ring, p99": race.p99},
        )
    ]
