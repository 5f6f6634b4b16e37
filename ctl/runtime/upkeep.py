"""Keeps the journal from growing for ever: forgets, a little at a time, what is old and already in Postgres."""

import asyncio
import logging
from collections.abc import Callable
from typing import Protocol

from ctl.journal.store import JournalError
from ctl.switchboard.ids import Millis

log = logging.getLogger(__name__)

KEEP_MS = 30 * 24 * 3600 * 1000
"""How long a call can be replayed from the journal; its records stay in Postgres."""
BUSY_S, IDLE_S = 1.0, 600.0
"""Between two helpings while there is something to forget, and when there was nothing."""


class Prunable(Protocol):
    """What we need of `ctl.journal.Journal`."""

    def prune(self, before: Millis) -> int: ...


def forget_some(journal: Prunable, now: Millis) -> float:
    """One helping, of a few milliseconds. Returns after how many seconds to come again."""
    try:
        gone = journal.prune(now - KEEP_MS)
    except JournalError as error:
        log.warning("the journal could not be made smaller: %s", error)
        return IDLE_S
    return BUSY_S if gone else IDLE_S


async def keep_small(journal: Prunable, now: Callable[[], Millis]) -> None:
    """Work until cancelled."""
    pause = BUSY_S
    while True:
        await asyncio.sleep(pause)
        pause = forget_some(journal, now())
