"""Calls: who calls, and which telephones ring."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from tests.bench import sipp
from tests.bench.place import Place
from tests.bench.sipp import Finished, Sipp

TONE = bytes([0x9E, 0x8B, 0x9E, 0xFF, 0x1E, 0x0B, 0x1E, 0x7F]) * 1000
"""A second of 1 kHz in µ-law: what citizens say, and operators' telephones send back."""


async def calls(
    place: Place, scenario: str, numbers: Sequence[str], per_s: int, *more: str, within_s: float
) -> Finished:
    """Call these numbers one after the other, so many a second, each as a citizen with a number of his own."""
    table = _callers(place.folder / f"{scenario}.csv", numbers)
    arguments = ("-p", "5060", "-inf", str(table), "-m", str(len(numbers)), "-r", str(per_s), *more, place.pbx)
    return await sipp.run(scenario, place.carrier, place.folder, *arguments, within_s=within_s)


def _callers(path: Path, numbers: Sequence[str]) -> Path:
    """A table for SIPp: who calls which number."""
    lines = [f"{number};03{50000000 + n:08d}" for n, number in enumerate(numbers)]
    path.write_text("SEQUENTIAL\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return path


@asynccontextmanager
async def telephones(
    place: Place, scenario: str, host: str, extensions: Iterable[int], *more: str
) -> AsyncIterator[None]:
    """Telephones of these operators at one address, within reach of the PBX while the context lasts.

    They answer the PBX's OPTIONS, too, by which it tells that they are there.
    """
    wanted = list(extensions)
    await place.plug_in(wanted, host)
    all_of_them = Sipp(scenario, host, place.folder, "-p", "5060", "-m", "100000000", *more)
    await all_of_them.start()
    try:
        await place.reached(wanted)
        yield
    finally:
        await all_of_them.stop()
