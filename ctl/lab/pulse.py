"""Waiting for something to become true, with a deadline and never by sleeping for luck."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


class TooLateError(AssertionError):
    """What was awaited did not become true in time."""


class Pulse:
    """Beats whenever something may have changed; whoever waits looks again at each beat."""

    def __init__(self, explain: Callable[[], str] = lambda: "") -> None:
        self._changed = asyncio.Event()
        self._explain = explain

    def beat(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def until(self, look: Callable[[], T | None], what: str, within_s: float = 10.0) -> T:
        """The first truthy answer of ``look``. Fails with ``what`` and the explanation of the pulse's owner."""
        loop = asyncio.get_running_loop()
        give_up = loop.time() + within_s
        while True:
            if found := look():
                return found
            left = give_up - loop.time()
            if left <= 0:
                raise TooLateError(f"not within {within_s:g} s: {what}\n{self._explain()}")
            # Time itself changes what is heard, also when nothing more arrives: look at least ten times a second.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), min(left, 0.1))


async def eventually(ask: Callable[[], Awaitable[T | None]], what: str, within_s: float = 10.0) -> T:
    """The first truthy answer to a question that only asking can tell (a command, a database)."""
    loop = asyncio.get_running_loop()
    give_up = loop.time() + within_s
    while True:
        if found := await ask():
            return found
        if loop.time() >= give_up:
            raise TooLateError(f"not within {within_s:g} s: {what}")
        await asyncio.sleep(0.1)
