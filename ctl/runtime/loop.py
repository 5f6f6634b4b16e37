"""What the runtime needs of an event loop: asyncio's, or one in tests whose time is set by hand."""

import asyncio
from collections.abc import Callable
from typing import Protocol


class Loop(Protocol):
    def call_soon(self, callback: Callable[[], object], /) -> object: ...
    def call_later(self, delay: float, callback: Callable[[], object], /) -> asyncio.TimerHandle: ...
