"""A key in the IVR to the next prompt."""

from tests.bench import reading, wire
from tests.bench.figures import Row, Spread, histogram, slow_part
from tests.bench.place import KEYS, Place
from tests.bench.traffic import calls


async def digits(place: Place, count: int = 200) -> list[Row]:
    """From the end of the key (RFC 4733) to the first packet of the next prompt, the one before having ended."""
    capture = place.folder / "digits.pcap"
    async with wire.captured(capture, f"udp and host {place.carrier} and host {place.host}"):
        done = await calls(place, "caller_keys", [KEYS] * count, 5, "-d", "3000", within_s=120)
    done.ensure()
    times = reading.key_times(wire.rtp(capture), place.carrier)
    spread, slow = Spread.of(times, count), slow_part(times)
    return [
        Row(
            "end of a key → next prompt",
            f"{spread}; {slow:.1%} at 150-250 ms",
            goal="p99 ≤ 50 ms",
            met=spread.p99_ms <= 50,
            plots={"digits": histogram({"end of a key → next prompt": times})},
        )
    ]
