"""A minute of calls that end in every way: none is lost, each has its row, and nothing is left over."""

from pathlib import Path

from tests.bench.place import Place
from tests.proving.soak import soak


async def test_laps_of_calls_leave_nothing_behind(tmp_path: Path) -> None:
    async with Place.opened(tmp_path) as place:
        report = await soak(place, hours=0, short=True)
    broken = [f"{case.name}: {case.seen} instead of {case.expected}" for case in report.cases if case.held is False]
    assert report.held, broken
