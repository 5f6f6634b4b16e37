"""One deploy at a time on behalf of the screens: ``ctl deploy`` as a child, its lines kept while it works.

The child outlives nothing and is outlived by everything: calls, the web's other pages, and the files, which agree with
what is in force wherever it is cut off.
"""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field

from ctl.house.chores import environment
from ctl.settings import Settings

FAREWELL_S = 20.0
"""How long a deploy may take to go back when the web stops."""


@dataclass
class Job:
    """``status``: None while it works; then 0 done, 2 refused, 1 failed. ``faults``: what it said was wrong."""

    name: str
    author: str
    lines: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    status: int | None = None
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def follow(self) -> AsyncIterator[str]:
        """Every line, those to come too, until the work is done."""
        told = 0
        while True:
            news = self._news
            while told < len(self.lines):
                yield self.lines[told]
                told += 1
            if self.status is not None:
                return
            await news.wait()

    def tell(self, line: str) -> None:
        self.lines.append(line)
        self._ring()

    def end(self, status: int) -> None:
        self.status = status
        self._ring()

    def _ring(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()


async def run(settings: Settings, job: Job, arguments: Sequence[str]) -> None:
    """Run ``ctl deploy ARGUMENTS`` to its end. Cancelled, it lets the deploy go back."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "ctl", "deploy", "--by-web", *arguments),
        env=environment(settings),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert child.stdout is not None
    assert child.stderr is not None
    try:
        await asyncio.gather(_read(child.stdout, job.tell), _read(child.stderr, job.faults.append))
        job.end(await child.wait())
    finally:
        if child.returncode is None:
            child.send_signal(signal.SIGTERM)
            try:
                async with asyncio.timeout(FAREWELL_S):
                    await child.wait()
            except TimeoutError:
                child.kill()
                await child.wait()
            job.end(1)


async def _read(stream: asyncio.StreamReader, tell: Callable[[str], None]) -> None:
    while line := await stream.readline():
        tell(line.decode(errors="replace").rstrip("\n"))
