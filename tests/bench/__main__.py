"""Measure this product on this machine, side by side with Queue(), and print the report as a table.

A centre of its own is started for what needs one, on a loopback network of its own, and stopped at the end, also after
Ctrl-C.
Exit status: 0 when every goal is met, 1 when one is missed or could not be measured, 2 for bad arguments, 130 when
interrupted. How it is measured, and the figures: docs/benchmarks.md.
"""

import argparse
import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from ctl.settings import Settings
from tests.bench import cases
from tests.bench.committed import committed, compared
from tests.bench.figures import Row, table
from tests.bench.place import Place
from tests.proving.report import Case, Report, workplace

ALONE: dict[str, Callable[..., list[Row]]] = {
    "decide": cases.decide,
    "watch": cases.watch,
    "growth": cases.growth,
    "memory": cases.memory,
    "durable": cases.durable,
    "rows": cases.rows,
}
"""Of the core, the journal and the database alone: no centre is needed."""
BESIDE: dict[str, Callable[..., Awaitable[list[Row]]]] = {
    "entry": cases.entry,
    "freed": cases.freed,
    "digits": cases.digits,
    "words": cases.words,
    "pops": cases.pops,
    "mixed": cases.mixed,
    "load": cases.load,
    "recovery": cases.recovery,
    "screens": cases.screens,
}
ALL = (*ALONE, *BESIDE)
SHORT: Mapping[str, Mapping[str, Any]] = {
    "decide": {"most": 20, "rush": 4},
    "watch": {"most": 20, "rush": 4},
    "growth": {"tenths": (1, 2), "most": 20},
    "memory": {"calls": 500},
    "durable": {"events": 10},
    "rows": {"rounds": 1, "batches": 1, "singles": 10},
    "entry": {"rounds": 1, "calls_per_round": 8},
    "freed": {"rounds": 1, "calls_per_side": 32},
    "digits": {"count": 5},
    "words": {"count": 2},
    "pops": {"count": 2},
    "mixed": {"window_s": 1, "talking": 4},
    "load": {"seconds": 3, "per_s": 2, "rounds": 1},
    "recovery": {"rounds": 1, "talking": 4, "waiting": 2},
    "screens": {"rounds": 1, "calls_per_round": 10, "crowd": 3, "floors": 1, "first_pages": ("/login",)},
}
"""The least of each that still yields figures: they tell that it can be measured, and nothing else."""


def alone(names: Sequence[str], *, short: bool = False) -> list[Row]:
    """The rows of measurements that need no centre."""
    rows: list[Row] = []
    for name in names:
        _tell(f"measuring {name} …")
        rows += _unjudged(ALONE[name](**SHORT[name])) if short else ALONE[name]()
    return rows


async def measure(place: Place, names: Sequence[str], *, short: bool = False) -> list[Row]:
    """The rows of these measurements. One that fails is a row, too, and the next is tried."""
    rows: list[Row] = []
    for name in names:
        _tell(f"measuring {name} …")
        try:
            rows += _unjudged(await BESIDE[name](place, **SHORT[name])) if short else await BESIDE[name](place)
        except (AssertionError, OSError, RuntimeError, ValueError, ExceptionGroup) as error:
            _tell(f"{name}: {error}")
            rows.append(Row(name, "not measured", met=False))
    return rows


def _unjudged(rows: Sequence[Row]) -> list[Row]:
    """So few figures neither meet nor miss a goal."""
    return [replace(row, met=None) for row in rows]


async def in_a_centre(names: Sequence[str], folder: Path, *, short: bool) -> list[Row]:
    """In one that is there for these measurements only."""
    _tell("starting a centre …")
    async with Place.opened(folder) as place:
        return await measure(place, names, short=short)


async def interruptible(work_to_do: Coroutine[Any, Any, list[Row]]) -> list[Row]:
    """The first Ctrl-C (SIGTERM, SIGHUP) breaks the measurement off; further ones do not disturb its cleaning up."""
    loop = asyncio.get_running_loop()
    work = loop.create_task(work_to_do)

    def stop() -> None:
        _tell("stopping the centre …")
        work.cancel()
        for number in stops:
            loop.add_signal_handler(number, lambda: None)

    stops = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for number in stops:
        loop.add_signal_handler(number, stop)
    return await work


def report_of(rows: Sequence[Row]) -> Report:
    """The same to keep, with the plots."""
    return Report(
        [Case(row.case, row.goal, "; ".join(filter(None, (row.ours, row.theirs, row.ratio))), row.met) for row in rows],
        {name: figure for row in rows for name, figure in row.plots.items()},
    )


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = ", ".join(ALL)
    parser.add_argument("case", nargs="*", help=f"measure only these, of: {names}; all of them when none is named")
    parser.add_argument(
        "--short", action="store_true", help="only whether it can be measured, in two minutes: no goals"
    )
    parser.add_argument("--keep", metavar="FOLDER", type=Path, help="keep captures and logs in this new folder")
    given = parser.parse_args()
    for unknown in set(given.case) - set(ALL):
        parser.error(f"no case {unknown!r}; there are {names}")
    if given.keep and given.keep.exists():
        parser.error(f"--keep {given.keep}: this folder exists already; name a new one")
    wanted = given.case or ALL
    beside = [name for name in wanted if name in BESIDE]
    try:
        rows = alone([name for name in wanted if name in ALONE], short=given.short)
        if beside:
            with workplace(given.keep and given.keep.resolve(), "bench-") as folder:
                rows += asyncio.run(interruptible(in_a_centre(beside, folder, short=given.short)))
    except (asyncio.CancelledError, KeyboardInterrupt):
        return 130
    if not given.short:
        rows += compared(rows, committed())
    print(table(rows))
    kept = report_of(rows).write("bench", Settings().under("reports"), datetime.now().astimezone())
    _tell(f"kept in {kept}")
    return 1 if any(row.met is False for row in rows) else 0


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
