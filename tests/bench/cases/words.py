"""An operator's answer to his first word, in the midst of an announcement."""

from tests.bench import reading, wire
from tests.bench.figures import Row, Spread
from tests.bench.place import TOLD, Place
from tests.bench.traffic import TONE, calls, telephones

OPERATOR = 3141
LASTS_MS = 3000
"""Half of it the telephone rings."""


async def words(place: Place, count: int = 40) -> list[Row]:
    """From the answer (200) of the operator's telephone to the first packet in which the citizen hears it.

    The telephone sends back what it hears, and the citizen speaks all the time, so the way there and back is in it.
    """
    host = f"{place.net}.43"
    (place.folder / "tone.ul").write_bytes(TONE)
    capture = place.folder / "words.pcap"
    wanted = f"udp and (port 5060 or (src host {place.host} and dst host {place.carrier}))"
    one_by_one = ("-d", str(LASTS_MS), "-l", "1")
    async with (
        telephones(place, "operator_picks_up", host, [OPERATOR], "-rtp_echo"),
        place.at_work([OPERATOR]),
        wire.captured(capture, wanted),
    ):
        done = await calls(place, "caller_talks", [TOLD] * count, 5, *one_by_one, within_s=count * 6)
    done.ensure()
    times = reading.first_words(wire.sip(capture), wire.rtp(capture), host, place.carrier)
    spread = Spread.of(times, count)
    return [
        Row("answer during an announcement → first word", str(spread), goal="p99 ≤ 300 ms", met=spread.p99_ms <= 300)
    ]
