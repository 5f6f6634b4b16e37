"""Keeps the journal from growing for ever, and citizens' numbers out of it.

Forgets, a little at a time, what is old and already in Postgres; and the numbers of call-backs that are over.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Protocol

from ctl.journal.store import JournalError
from ctl.switchboard.floor import Floor
from ctl.switchboard.ids import Millis

log = logging.getLogger(__name__)

KEEP_MS = 30 * 24 * 3600 * 1000
"""How long a call can be replayed from the journal; its records stay in Postgres."""
BUSY_S, IDLE_S = 1.0, 600.0
"""Between two helpings while there is something to forget, and when there was nothing."""


NUMBERS_S = 60.0
"""How often the journal is looked through for numbers that nobody needs any more."""
NUMBERS_KEPT_MS = 10 * 60 * 1000
"""How long a number stays after it was last written, so that it reaches the vault in Postgres first."""


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


class HoldsNumbers(Protocol):
    """What we need of `ctl.journal.Journal`."""

    def holds_numbers(self, floor: Floor, before: Millis) -> bool: ...
    def erase_numbers(self, floor: Floor, before: Millis) -> int: ...


def forget_numbers(journal: HoldsNumbers, floor: Floor, keep: Callable[[Floor], bool], now: Millis) -> int:
    """Erase the numbers of call-backs that are over. Returns how many; 0 too when the journal is in trouble.

    ``keep`` keeps the floor in the journal first, so that a restart needs no entry that holds one of them.
    """
    before = now - NUMBERS_KEPT_MS
    try:
        return journal.erase_numbers(floor, before) if journal.holds_numbers(floor, before) and keep(floor) else 0
    except JournalError as error:
        log.warning("numbers of call-backs could not be erased, it is tried again: %s", error)
        return 0


async def keep_no_numbers(
    journal: HoldsNumbers, floor: Callable[[], Floor], keep: Callable[[Floor], bool], now: Callable[[], Millis]
) -> None:
    """Work until cancelled."""
    while True:
        await asyncio.sleep(NUMBERS_S)
        forget_numbers(journal, floor(), keep, now())
