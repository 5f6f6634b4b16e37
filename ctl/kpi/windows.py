"""Counts of waits over the last minutes and the day, kept up to date as waits end and as time passes.

A wait belongs to the instant at which it ended. A window of the last m minutes holds what ended after now - m and not
after now; the day begins at midnight in Japan. Each wait enters and leaves a window once, so counting costs the same
however busy the hour is.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from heapq import heappop, heappush

from ctl.kpi.definitions import SERVICE_LEVEL, ServiceLevel
from ctl.kpi.waits import End, Wait, Waits
from ctl.switchboard.facts import Fact
from ctl.switchboard.hours import jst
from ctl.switchboard.ids import Millis, QueueName

MINUTES = (15, 30, 60)
DAY = "day"
LONGEST_MS = max(MINUTES) * 60_000


@dataclass(frozen=True, slots=True)
class Count:
    """How many were offered, and what became of them. Of nothing there is no share: the levels are None then."""

    offered: int = 0
    answered: int = 0
    within: int = 0
    abandoned: int = 0
    turned_away: int = 0

    def __add__(self, other: "Count") -> "Count":
        return self._with(other, 1)

    def __sub__(self, other: "Count") -> "Count":
        return self._with(other, -1)

    def _with(self, other: "Count", sign: int) -> "Count":
        return Count(
            self.offered + sign * other.offered,
            self.answered + sign * other.answered,
            self.within + sign * other.within,
            self.abandoned + sign * other.abandoned,
            self.turned_away + sign * other.turned_away,
        )

    @property
    def waited(self) -> int:
        """Those who could give up."""
        return self.offered - self.turned_away

    @property
    def service_level(self) -> float | None:
        """目標内応答時間率, 0 to 1."""
        return self.within / self.offered if self.offered else None

    @property
    def abandonment(self) -> float | None:
        """放棄呼率, 0 to 1."""
        return self.abandoned / self.waited if self.waited else None


def count_of(wait: Wait, definition: ServiceLevel = SERVICE_LEVEL) -> Count:
    """One wait, as it is counted."""
    ends = (wait.end is End.ANSWERED, wait.within(definition), wait.end is End.ABANDONED, wait.end is End.TURNED_AWAY)
    return Count(1, *map(int, ends))


Key = QueueName | None
"""A queue, or None for all to which the agreement applies."""
Service = Mapping[str, Mapping[Key, Count]]
"""By window (``15``, ``30``, ``60``, ``day``) and queue; only those with something to count."""


def day_of(now: Millis) -> tuple[Millis, Millis]:
    """Midnight in Japan before ``now``, and the next one."""
    midnight = jst(now).replace(hour=0, minute=0, second=0, microsecond=0)
    return tuple(int(at.timestamp() * 1000) for at in (midnight, midnight + timedelta(days=1)))  # type: ignore[return-value]


class Windows:
    """Told every fact in order, it knows the service at any later instant."""

    def __init__(self, definition: ServiceLevel = SERVICE_LEVEL) -> None:
        self._definition = definition
        self._waits = Waits(definition)
        self._inside: dict[int, list[tuple[Millis, int, Key, Count]]] = {minutes: [] for minutes in MINUTES}
        self._counts: dict[str, defaultdict[Key, Count]] = {
            name: defaultdict(Count) for name in (*map(str, MINUTES), DAY)
        }
        self._day: tuple[Millis, Millis] = (0, 0)
        self._told = 0

    def note(self, fact: Fact) -> None:
        """Count the wait that ends with this fact, if one does."""
        wait = self._waits.note(fact)
        if wait is None:
            return
        count = count_of(wait, self._definition)
        for key in _keys(wait):
            for minutes, inside in self._inside.items():
                self._told += 1
                heappush(inside, (wait.ended_at, self._told, key, count))
                self._counts[str(minutes)][key] += count
            self._turn_the_day(wait.ended_at)
            if self._day[0] <= wait.ended_at:
                self._counts[DAY][key] += count

    def at(self, now: Millis) -> Service:
        """The service at ``now``, which must not lie before what was told last."""
        self._turn_the_day(now)
        for minutes, inside in self._inside.items():
            counts = self._counts[str(minutes)]
            while inside and inside[0][0] <= now - minutes * 60_000:
                _, _, key, count = heappop(inside)
                counts[key] -= count
                if not counts[key].offered:
                    del counts[key]
        return {name: dict(counts) for name, counts in self._counts.items()}

    def _turn_the_day(self, now: Millis) -> None:
        if now >= self._day[1]:
            self._day = day_of(now)
            self._counts[DAY].clear()


def _keys(wait: Wait) -> Iterator[Key]:
    if wait.queue is not None:
        yield wait.queue
    if not wait.exempt:
        yield None
