"""Attack a centre of its own and print what held: torture, chaos, load or soak.

Started on a loopback network of its own and stopped at the end, also after Ctrl-C. Reports with plots are kept below
``.run/reports/``.
Exit status: 0 when everything held, 1 when something broke or could not be tried (unless ``--allow-untried``), 2 for bad
arguments, 130 when interrupted. What each command does: docs/proving.md.
"""

import argparse
import asyncio
import signal
import sys
from argparse import Namespace
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from pathlib import Path

from ctl.settings import Settings
from tests.bench import place as bench
from tests.proving import fuzzing, load, soak
from tests.proving.chaos import BESIDE_OTHERS_S, chaos, place_to_break
from tests.proving.faults import FAULTS, SHORT, named
from tests.proving.history import TOLERANCE_S
from tests.proving.place import Place
from tests.proving.report import Report, table, workplace
from tests.proving.torture import ALL, torture


async def tortured(place: Place, given: Namespace) -> Report:
    return await torture(place, given.short, only=given.only or ())


async def broken(place: Place, given: Namespace) -> Report:
    faults = named(given.only) if given.only else SHORT if given.short else FAULTS
    return await chaos(
        place, faults, BESIDE_OTHERS_S if given.short else TOLERANCE_S, allow_untried=given.allow_untried
    )


IN_TOWN: dict[str, tuple[str, Callable[[Place, Namespace], Awaitable[Report]]]] = {
    "torture": ("malformed, hostile and forbidden messages, and who else tries the doors", tortured),
    "chaos": ("break every part under running calls and check the history afterwards", broken),
}
"""Commands that need a centre with its town: what they try, and the function, which also has a short form."""
OPENED: dict[str, Callable[[Path], AbstractAsyncContextManager[Place]]] = {"chaos": place_to_break}
"""Their places, where `Place.opened` is not enough."""


async def in_town(folder: Path, given: Namespace) -> Report:
    """One of `IN_TOWN`, in a place that is opened for it."""
    _, prove = IN_TOWN[given.command]
    async with OPENED.get(given.command, Place.opened)(folder) as place:
        return await prove(place, given)


async def under_load(folder: Path, given: Namespace) -> Report:
    """So many calls, or the ladder when nothing is said about them."""
    async with bench.Place.opened(folder, load.LAST_OF_LADDER) as place:
        if given.cps is None and given.calls is None:
            return await load.ladder(place)
        return await load.load(place, cps=given.cps or 20, calls=given.calls or 1200)


async def for_hours(folder: Path, given: Namespace) -> Report:
    """Calls for hours, or whole days in fast motion."""
    async with bench.Place.opened(folder) as place:
        if given.days:
            return await soak.days(place, days=given.days, speed=given.speed)
        return await soak.soak(place, hours=given.hours, short=given.short)


async def interruptible(work: Awaitable[Report]) -> Report:
    """The first Ctrl-C (SIGTERM, SIGHUP) breaks the run off; further ones do not disturb its cleaning up."""
    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(work)

    def stop() -> None:
        print("stopping …", file=sys.stderr, flush=True)
        task.cancel()
        for number in stops:
            loop.add_signal_handler(number, lambda: None)

    stops = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for number in stops:
        loop.add_signal_handler(number, stop)
    return await task


def part_of_a_fault(text: str) -> str:
    """Part of the name of some fault."""
    try:
        named([text])
    except LookupError as unknown:
        raise argparse.ArgumentTypeError(str(unknown)) from None
    return text


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.proving", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name, (tried, _) in IN_TOWN.items():
        one = commands.add_parser(name, help=tried, description=tried)
        length = "half a minute" if name == "torture" else "about a minute"
        one.add_argument("--short", action="store_true", help=f"only what `make test` tries, in {length}")
        one.set_defaults(run=in_town)
        one.add_argument(
            "--keep", metavar="FOLDER", type=Path, help="keep captures, journal and logs in this new folder"
        )
        if name == "torture":
            names = [attack.__name__ for attack in ALL]
            one.add_argument("--only", nargs="+", metavar="NAME", choices=names, help=f"only these of {names}")
        if name == "chaos":
            one.add_argument(
                "--only",
                nargs="+",
                metavar="NAME",
                type=part_of_a_fault,
                help="only the faults with one of these in their name",
            )
            one.add_argument(
                "--allow-untried",
                action="store_true",
                help="end with 0 although this machine does not allow some faults to be tried",
            )
    fuzz = commands.add_parser("fuzz", help="feed every reader of foreign bytes with what it has not seen yet")
    fuzzing.add_arguments(fuzz)
    fuzz.set_defaults(run=fuzzing.fuzz)
    heavy = commands.add_parser("load", help=load.__doc__, description=load.__doc__)
    heavy.add_argument("--cps", type=int, help="calls a second (20)")
    heavy.add_argument("--calls", type=int, help="how many (1200); neither: ever more, until the first fails")
    heavy.set_defaults(run=under_load)
    long = commands.add_parser("soak", help=soak.__doc__, description=soak.__doc__)
    long.add_argument("--hours", type=float, default=1.0, help="how long (1)")
    long.add_argument("--short", action="store_true", help="only what `make test` tries, in about a minute")
    long.add_argument("--days", type=int, default=0, help="replay the ward's peak day so many times instead")
    long.add_argument("--speed", type=float, default=20.0, help="so many times as fast (20)")
    long.set_defaults(run=for_hours)
    return parser


def main() -> int:
    parser = arguments()
    given = parser.parse_args()
    keep: Path | None = getattr(given, "keep", None)
    if keep is not None and keep.exists():
        parser.error(f"--keep {keep}: this folder exists already; name a new one")
    with workplace(keep and keep.resolve(), "proving-") as folder:
        try:
            report = asyncio.run(interruptible(given.run(folder, given)))
        except (asyncio.CancelledError, KeyboardInterrupt):
            return 130
    kept = report.write(given.command, Settings().under("reports"), datetime.now().astimezone())
    print(table(report.cases))
    print(f"\nkept in {kept}", file=sys.stderr)
    return 0 if report.held else 1


if __name__ == "__main__":
    sys.exit(main())
