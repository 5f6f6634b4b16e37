"""The service level as it is now: of the last 15, 30 and 60 minutes and of the day, by queue and in all.

Counted from the facts of every turn. After a restart the journal tells what had been counted before; until it has,
there are no rows rather than wrong ones.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import TypedDict

from ctl.journal.reader import Reader
from ctl.kpi.definitions import SERVICE_LEVEL
from ctl.kpi.waits import TELLING
from ctl.kpi.windows import LONGEST_MS, Count, Key, Service, Windows, day_of
from ctl.runtime.engine import Turned
from ctl.switchboard.facts import Fact
from ctl.switchboard.ids import Millis

LONGEST_CALL_MS = 6 * 3600 * 1000
"""A wait that ends in a window may have begun so long before it."""


IN_TIME_S = SERVICE_LEVEL.threshold_ms // 1000
"""An answer within so many seconds counts for the service level, by the definition in force."""


class ServiceRow(TypedDict):
    """Calls for an operator that ended to wait, or were ``turned_away``, in the last ``window`` minutes or on this
    ``day``, by the definition in force.

    ``queue`` is None in the row of all queues together. ``name``: ``15`` or ``15/tax``. Shares are 0 to 1, and None
    of nothing. A queue to which nothing was offered has no row.
    """

    name: str
    window: str
    queue: str | None
    offered: int
    answered: int
    within: int
    abandoned: int
    turned_away: int
    service_level: float | None
    abandonment: float | None


def service_rows(service: Service) -> list[ServiceRow]:
    """Windows from the shortest on, in each of them all queues first."""
    return [
        _row(window, queue, counts[queue])
        for window, counts in service.items()
        for queue in sorted(counts, key=lambda queue: queue or "")
    ]


def _row(window: str, queue: Key, count: Count) -> ServiceRow:
    return {
        "name": window if queue is None else f"{window}/{queue}",
        "window": window,
        "queue": queue,
        "offered": count.offered,
        "answered": count.answered,
        "within": count.within,
        "abandoned": count.abandoned,
        "turned_away": count.turned_away,
        "service_level": count.service_level,
        "abandonment": count.abandonment,
    }


class LiveService:
    """Told every turn from the start, and the past once it is known."""

    def __init__(self) -> None:
        self._windows: Windows | None = None
        self._meanwhile: list[Fact] = []

    def turned(self, turned: Turned) -> None:
        if self._windows is None:
            self._meanwhile.extend(turned.facts)
            return
        for fact in turned.facts:
            self._windows.note(fact)

    def begin(self, past: Iterable[Fact]) -> None:
        """What was stated before the first turn, in order."""
        windows = Windows()
        for fact in (*past, *self._meanwhile):
            windows.note(fact)
        self._windows, self._meanwhile = windows, []

    def at(self, now: Millis) -> Service:
        """Empty until the past is known."""
        return self._windows.at(now) if self._windows is not None else {}


def facts_since(path: Path, now: Millis, until: int | None = None) -> list[Fact]:
    """What the journal tells of the waits that count at ``now``: up to the entry ``until``, the newest if not given.

    Takes a moment for each thousand calls. Raises `JournalError` or `CodecError`.
    """
    since = min(day_of(now)[0], now - LONGEST_MS) - LONGEST_CALL_MS
    reader = Reader(path)
    try:
        last = reader.last_seq if until is None else until
        return list(reader.facts_of(TELLING, reader.first_since(since), last))
    finally:
        reader.close()
