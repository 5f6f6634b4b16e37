"""A disk that takes its time: what waits for it, waits (strace)."""

import asyncio
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Awaitable, Callable

from ctl.lab import processes
from tests.proving.place import Place


def slow_disk(part: str, calls: str, takes_s: float, seconds: float) -> Callable[[Place], Awaitable[None]]:
    """Each of these system calls of a part of the centre takes so long, for some seconds."""

    async def strike(place: Place) -> None:
        (pid,) = processes.of(place.centre.settings, part)
        home = place.centre.settings.under()
        delay = f"inject={calls}:delay_enter={takes_s * 1e6:.0f}"
        command = ("strace", "-f", "-p", str(pid), "-o", "/dev/null", "-e", f"trace={calls}", "-e", delay)
        strace = await asyncio.create_subprocess_exec(*command, stdout=DEVNULL, stderr=PIPE, cwd=home)
        try:
            assert strace.stderr is not None
            attached = await asyncio.wait_for(strace.stderr.readline(), 10)
            assert b"attached" in attached, attached.decode()
            await asyncio.sleep(seconds)
        finally:
            strace.terminate()
            await strace.wait()

    return strike
