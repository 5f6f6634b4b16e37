"""A step of the machine's clock, as the processes of one centre see it (libfaketime)."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from ctl.house.asterisk import CENTRE
from ctl.settings import Settings
from tests.proving.anew import started_anew
from tests.proving.place import Place

STEP_S = 300
STANDS_S = 8
LIBRARY = "libfaketimeMT.so.1"
DEBIAN = Path("/usr/lib") / f"{os.uname().machine}-linux-gnu" / "faketime" / LIBRARY
OURS = ("asterisk", "switchboard", "sentinel", "worker", "web")


async def strikes(place: Place) -> None:
    """Five minutes ahead, five behind, and right again; calls go on all the time."""
    for off_s in (STEP_S, -STEP_S, 0):
        _set(place.centre.settings, off_s)
        await asyncio.sleep(STANDS_S)


@asynccontextmanager
async def settable(place: Place) -> AsyncIterator[None]:
    """The centre's processes have a clock that can be set while the context lasts."""
    settings = place.centre.settings
    (settings.under() / LIBRARY).write_bytes(DEBIAN.read_bytes())
    _set(settings, 0)

    def preloaded(name: str, script: str) -> str:
        home = CENTRE if name == "asterisk" else settings.under()
        return _exports(home) + script

    async with started_anew(place, OURS, preloaded):
        yield


def _set(settings: Settings, off_s: int) -> None:
    fresh = settings.under("clock.new")
    fresh.write_text(f"{off_s:+d}\n", encoding="ascii")
    fresh.replace(settings.under("clock"))


def _exports(home: Path) -> str:
    wanted = {
        "FAKETIME_TIMESTAMP_FILE": home / "clock",
        "FAKETIME_CACHE_DURATION": 1,
        "FAKETIME_DONT_FAKE_MONOTONIC": 1,
        "NO_FAKE_STAT": 1,
        "LD_PRELOAD": home / LIBRARY,
    }
    return "".join(f"export {name}={value}\n" for name, value in wanted.items())
