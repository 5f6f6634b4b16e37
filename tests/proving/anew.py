"""Services of a centre started in another way than its operator would, for as long as a fault needs that."""

import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from functools import partial
from pathlib import Path

from ctl.house.supervision import script_path
from ctl.lab import processes
from ctl.lab.pulse import eventually
from tests.proving.place import Place


@contextmanager
def changed(path: Path, change: Callable[[str], str]) -> Iterator[None]:
    """A text file is another while the context lasts."""
    before = path.read_text(encoding="utf-8")
    path.write_text(change(before), encoding="utf-8")
    try:
        yield
    finally:
        path.write_text(before, encoding="utf-8")


@asynccontextmanager
async def started_anew(place: Place, names: Sequence[str], change: Callable[[str, str], str]) -> AsyncIterator[None]:
    """These services run by other scripts while the context lasts. ``change``: makes one of its service and the usual one.

    They are started again for it, at both ends, when nobody calls.
    """
    try:
        with ExitStack() as scripts:
            for name in names:
                path = script_path(place.centre.settings, name)
                scripts.enter_context(changed(path, partial(change, name)))
            await _again(place, names)
            yield
    finally:
        await _again(place, names)


async def _again(place: Place, names: Sequence[str]) -> None:
    for name in names:
        for pid in processes.of(place.centre.settings, name):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
    await place.centre.is_connected(False, within_s=30)
    await place.centre.is_connected(True, within_s=60)

    async def settled() -> bool:
        if (await place.centre.ctl("status")).status != 0:
            return False
        return not any(processes.of(place.centre.settings, chore) for chore in ("plans", "database"))

    await eventually(settled, "everything serves again", 60)
    await place.plug_in()
