"""A step of the machine's clock, as the processes of one centre see it (libfaketime)."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from ctl.house.asterisk import CENTRE
from ctl.settings import Settings
from tests.lab.ground import EXTENSIONS
from tests.proving.anew import started_anew
from tests.proving.place import Place

STEP_S = 300
STANDS_S = 8
LIBRARY = "libfaketimeMT.so.1"
DEBIAN = Path("/usr/lib") / f"{os.uname().machine}-linux-gnu" / "faketime" / LIBRARY
OURS = ("switchboard", "sentinel", "worker", "web")


async def to_and_fro(place: Place) -> None:
    """Five minutes ahead, five behind, and right again; calls go on all the time."""
    for off_s in (STEP_S, -STEP_S, 0):
        _set(place.centre.settings, off_s)
        await asyncio.sleep(STANDS_S)


async def ahead(place: Place) -> None:
    """Five minutes ahead for good: Asterisk takes every registration for over, until the telephones come again."""
    _set(place.centre.settings, STEP_S)
    await asyncio.sleep(STANDS_S)
    for extension in EXTENSIONS:
        await place.town.unplug(extension)
        await place.town.plug_in(extension)


def settable(*parts: str) -> Callable[[Place], AbstractAsyncContextManager[None]]:
    """These parts of the centre have a clock that can be set while the context lasts."""

    @asynccontextmanager
    async def around(place: Place) -> AsyncIterator[None]:
        settings = place.centre.settings
        (settings.under() / LIBRARY).write_bytes(DEBIAN.read_bytes())
        _set(settings, 0)

        def preloaded(name: str, script: str) -> str:
            home = CENTRE if name == "asterisk" else settings.under()
            return _exports(home) + script

        async with started_anew(place, parts, preloaded):
            yield

    return around


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
