"""What came of a simulated day: service and work, by the hour and in all."""

from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field

from ctl.kpi.waits import End, Wait
from ctl.kpi.windows import Count, count_of
from ctl.switchboard.ids import Millis

HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Figures:
    """Of the callers who began to wait in a stretch of time, and of the operators' time in it.

    ``count`` is what the contract's definition makes of them (`ctl.kpi`). Waits are those of answered callers
    (別紙4 6 平均応答時間), None when there was none. ``occupancy``: the share of their time there that operators were
    rung, talked or wrapped up, None when nobody was there; ``operators``: how many were there on average,
    in the day over the hours in which anybody was.
    """

    count: Count
    mean_wait_ms: float | None
    p90_wait_ms: float | None
    occupancy: float | None
    operators: float


@dataclass(frozen=True, slots=True)
class Result:
    """``hours``: by the instant at which an hour begins, only those in which something happened. ``all``: the day."""

    hours: Mapping[Millis, Figures]
    all: Figures


@dataclass(slots=True)
class _Sums:
    count: Count = Count()
    waits_ms: "array[int]" = field(default_factory=lambda: array("i"))
    there_ms: Millis = 0
    busy_ms: Millis = 0


class Observer:
    """Gathers what a day tells; a few bytes a caller."""

    def __init__(self) -> None:
        self._hours: dict[Millis, _Sums] = {}

    def waited(self, wait: Wait) -> None:
        """A wait belongs to the hour in which it began."""
        sums = self._hour(wait.began_at)
        sums.count += count_of(wait)
        if wait.end is End.ANSWERED and wait.waited_ms is not None:
            sums.waits_ms.append(wait.waited_ms)

    def worked(self, begin: Millis, end: Millis, busy: bool) -> None:
        """An operator was there from ``begin`` to ``end``."""
        while begin < end:
            hour_end = min(end, begin - begin % HOUR_MS + HOUR_MS)
            sums = self._hour(begin)
            sums.there_ms += hour_end - begin
            sums.busy_ms += (hour_end - begin) * busy
            begin = hour_end

    def result(self) -> Result:
        whole = _Sums()
        for sums in self._hours.values():
            whole.count += sums.count
            whole.waits_ms.extend(sums.waits_ms)
            whole.there_ms += sums.there_ms
            whole.busy_ms += sums.busy_ms
        hours = {begin: _figures(self._hours[begin], HOUR_MS) for begin in sorted(self._hours)}
        staffed = sum(sums.there_ms > 0 for sums in self._hours.values())
        return Result(hours, _figures(whole, HOUR_MS * max(staffed, 1)))

    def _hour(self, at: Millis) -> _Sums:
        return self._hours.setdefault(at - at % HOUR_MS, _Sums())


def _figures(sums: _Sums, lasted_ms: Millis) -> Figures:
    waits = sorted(sums.waits_ms)
    return Figures(
        sums.count,
        sum(waits) / len(waits) if waits else None,
        waits[-(-9 * len(waits) // 10) - 1] if waits else None,
        sums.busy_ms / sums.there_ms if sums.there_ms else None,
        sums.there_ms / lasted_ms,
    )
