"""Queue entry to the first ring: a caller meets an idle operator."""

from collections.abc import Mapping, Sequence
from itertools import chain

from tests.bench import reading, wire
from tests.bench.figures import Race, Row, Spread, histogram, slow_part
from tests.bench.place import OURS, Place
from tests.bench.rival import THEIRS
from tests.bench.traffic import calls, telephones

SIDE_A, SIDE_B = range(3001, 3011), range(3011, 3021)
"""Ten operators each, ours and those of ``Queue()``."""


async def entry(place: Place, rounds: int = 5, calls_per_round: int = 120) -> list[Row]:
    """From the answer to the citizen (the last packet before the queue) to the INVITE of an idle operator.

    Within a round the two sides take turns, call by call.
    """
    host = f"{place.net}.40"
    ours: list[Spread] = []
    theirs: list[Spread] = []
    answers: dict[str, list[list[float]]] = {OURS: [], THEIRS: []}
    rings: dict[str, list[float]] = {OURS: [], THEIRS: []}
    async with (
        telephones(place, "operator", host, [*SIDE_A, *SIDE_B]),
        place.at_work(SIDE_A),
        place.rival.members(SIDE_B),
    ):
        for one in range(rounds):
            capture = place.folder / f"entry-{one}.pcap"
            numbers = [OURS, THEIRS] * (calls_per_round // 2)
            async with wire.captured(capture, place.signalling):
                # Half a second is long enough for whatever follows the ring not to fall into the next call's.
                done = await calls(place, "caller", numbers, 8, "-d", "600", within_s=90)
            messages = wire.sip(capture)
            mine = reading.entry_times(messages, place.host, place.carrier, OURS)
            other = reading.entry_times(messages, place.host, place.carrier, THEIRS)
            done.ensure()
            ours.append(Spread.of(mine, calls_per_round // 2))
            theirs.append(Spread.of(other, calls_per_round // 2))
            rings[OURS] += mine
            rings[THEIRS] += other
            for number, rounds_of in answers.items():
                rounds_of.append(reading.answer_times(messages, place.carrier, number))
    race = Race(ours, theirs)
    return [
        _answered(answers, calls_per_round // 2, rings),
        Row(
            "queue entry → ring of an idle operator",
            str(Spread.typical(ours)),
            str(Spread.typical(theirs)),
            f"p50 {race.p50:.2f}×, p99 {race.p99:.2f}×",
            "p50 ≤ 1.5×, p99 ≤ 2×",
            race.p50 <= 1.5 and race.p99 <= 2,
            {"queue entry → ring, p50": race.p50, "queue entry → ring, p99": race.p99},
        ),
    ]


def _answered(
    answers: Mapping[str, Sequence[Sequence[float]]], count: int, rings: Mapping[str, Sequence[float]]
) -> Row:
    """From the INVITE to the answer, beside a bare ``Answer()``; the slow mode is looked for in it and in the rings."""
    ours, theirs = ([Spread.of(of, count) for of in answers[number]] for number in (OURS, THEIRS))
    race = Race(ours, theirs)
    everything = {
        "INVITE → 200": list(chain(*answers[OURS])),
        "bare Answer()": list(chain(*answers[THEIRS])),
        "queue entry → ring": rings[OURS],
        "Queue()": rings[THEIRS],
    }
    slow = slow_part([*everything["INVITE → 200"], *everything["queue entry → ring"]])
    return Row(
        "INVITE → 200, beside a bare Answer()",
        f"{Spread.typical(ours)}; {slow:.1%} of these and the rings at 150-250 ms",
        str(Spread.typical(theirs)),
        f"p50 {race.p50:.2f}×, p99 {race.p99:.2f}×",
        "≤ 1 % at 150-250 ms",
        slow <= 0.01,
        {"INVITE → 200, p50": race.p50},
        {"answers": histogram(everything)},
    )
