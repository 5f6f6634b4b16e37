"""Coverage-guided fuzzing of every reader of ours, each in a process of its own."""

import asyncio
import re
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from tests.bench.sipp import ENDS_WITH_US
from tests.proving.fuzz.targets import forget_folder, targets
from tests.proving.report import Case, Report

SIDE_BY_SIDE = 2
_TRIED = re.compile(r"stat::number_of_executed_units:\s*(\d+)")
_COVERED = re.compile(r"cov: (\d+)")
_RAISED = re.compile(r"=== Uncaught Python exception: ===\n(.+)")


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--seconds", type=int, default=60, help="for each reader (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed tries the same (default: %(default)s)")
    parser.add_argument("--only", nargs="+", metavar="READER", default=[], help="only these")


async def fuzz(folder: Path, given: Namespace) -> Report:
    """Raises SystemExit for a reader that there is not."""
    known = targets()
    forget_folder()
    if unknown := set(given.only) - set(known):
        raise SystemExit(f"--only {' '.join(sorted(unknown))}: no such reader; there are {', '.join(known)}")
    gate = asyncio.Semaphore(SIDE_BY_SIDE)

    async def one(name: str) -> Case:
        async with gate:
            return await _one(name, folder / name, given.seconds, given.seed)

    cases = await asyncio.gather(*(one(name) for name in given.only or known))
    return Report(cases, notes=[f"seed {given.seed}, {given.seconds} s each"])


async def _one(name: str, folder: Path, seconds: int, seed: int) -> Case:
    print(f"fuzzing {name} …", file=sys.stderr, flush=True)
    process = await asyncio.create_subprocess_exec(
        *(*ENDS_WITH_US, sys.executable, "-m", "tests.proving.fuzz", name, str(folder), str(seconds), str(seed)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        output, _ = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    return verdict(name, output.decode(errors="replace"), process.returncode or 0, folder)


def verdict(name: str, output: str, status: int, folder: Path) -> Case:
    """``folder``: where the fuzzer left the inputs that broke the reader."""
    broken_by = sorted(folder.glob("*-*"))
    tried, covered = _TRIED.findall(output), _COVERED.findall(output)
    seen = f"{int(tried[-1]) if tried else 0:,} inputs, {covered[-1] if covered else 0} branches"
    if status or broken_by or not tried:
        raised = _RAISED.search(output)
        inputs = "; ".join(f"{path.name.split('-')[0]} {path.read_bytes()[:200]!r}" for path in broken_by)
        seen = f"{raised.group(1) if raised else f'ended with {status}'} at {inputs or output[-300:]}"
    return Case(f"reader {name}", "understands or refuses", seen, not (status or broken_by) and bool(tried))
