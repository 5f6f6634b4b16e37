"""``make bench``: measure on this machine, side by side, and print the report."""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable
from ipaddress import IPv4Address
from pathlib import Path

from ctl.lab.net import own_network
from ctl.settings import SOURCE_ROOT, Settings
from tests.bench import measures
from tests.bench.figures import Row, table
from tests.bench.place import Place, flows_for_measuring

ALL: dict[str, Callable[[Place], Awaitable[list[Row]]]] = {
    "entry": measures.entry,
    "freed": measures.freed,
    "digits": measures.digits,
    "load": measures.load,
}


async def measure(names: list[str]) -> list[Row]:
    rows: list[Row] = []
    with own_network() as net, tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        settings = Settings(
            home=folder / "run",
            flows=flows_for_measuring(SOURCE_ROOT / "ivr_flows", folder / "flows"),
            address=IPv4Address(f"{net}.1"),
            carrier_address=IPv4Address(f"{net}.10"),
        )
        async with Place.opened(settings, folder) as place:
            for one in names:
                print(f"measuring {one} …", file=sys.stderr, flush=True)
                rows += await ALL[one](place)
                await place.centre.everybody_goes_home()
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("only", nargs="*", choices=list(ALL), help="measure only these")
    rows = asyncio.run(measure(parser.parse_args().only or list(ALL)))
    print(table(rows))
    return 0 if all(row.kept for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
