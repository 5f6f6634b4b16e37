"""The short forms of `make load`, `make soak` and `make bench`, one after the other at one centre: each works, and what
it says of calls is true. No figure is judged here: the machine is shared."""

import asyncio
import math
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio

from tests.bench.__main__ import ALONE, BESIDE, alone, measure, report_of
from tests.bench.committed import committed
from tests.bench.place import Place
from tests.proving.load import load
from tests.proving.report import Report
from tests.proving.soak import soak

pytestmark = pytest.mark.timeout(240)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    async with Place.opened(tmp_path_factory.mktemp("measuring")) as opened:
        yield opened


def broken(report: Report) -> list[str]:
    return [f"{case.name}: {case.seen} instead of {case.expected}" for case in report.cases if case.held is False]


async def test_calls_of_make_load_are_all_served_heard_kept_and_recorded(place: Place) -> None:
    report = await load(place, cps=3, calls=24)
    assert [
        told for told in broken(report) if not told.startswith("calls come: 24 ")
    ] == []  # how fast, is the machine's


async def test_laps_of_calls_leave_nothing_behind(place: Place) -> None:
    assert broken(await soak(place, hours=0, short=True)) == []


async def test_every_case_of_make_bench_gives_figures(place: Place, tmp_path: Path) -> None:
    rows = await measure(place, list(BESIDE), short=True)
    rows += await asyncio.to_thread(alone, list(ALONE), short=True)
    assert [row.case for row in rows if row.met is False] == []
    ratios = {name: ratio for row in rows for name, ratio in row.ratios.items()}
    assert [name for name, ratio in ratios.items() if not (math.isfinite(ratio) and ratio > 0)] == []
    assert set(committed()) <= set(ratios), "a committed ratio is measured by nobody"
    kept = report_of(rows).write("bench", tmp_path, datetime.now(UTC))
    assert {path.stem for path in kept.glob("*.svg")} == {name for row in rows for name in row.plots}
