"""How the cost of a decision and the memory of the floor grow, as there are ten and a hundred times as many of everything."""

import gc
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from matplotlib.figure import Figure

from ctl.runtime.switchboard import spare_the_collector
from ctl.simulation import simulate
from ctl.switchboard.effects import Effect
from ctl.switchboard.events import Event
from ctl.switchboard.floor import Floor
from ctl.switchboard.ids import Millis
from tests.bench.cases.decisions import OPERATORS, EnoughError, decided, full_floor, resident_mb, waiting
from tests.bench.figures import Row, Spread, plain

TENTHS = (1, 10, 100)
FROM, MOST, RUSH = 18, 1000, 4
"""Decisions are timed from so many callers waiting on, at a tenth of the size, and so many of them. Nobody has to wait
long for it: so many times as many come as would keep the balance."""


def growth(tenths: Sequence[int] = TENTHS, most: int = MOST) -> list[Row]:
    """Operators, groups, queues and callers waiting, all of them together; ``tenths`` of `decide`'s number each."""
    sizes = {OPERATORS * one // 10: _at(one, most) for one in tenths}
    smallest, largest = min(sizes), max(sizes)
    times = sizes[largest].spread.p50_ms / sizes[smallest].spread.p50_ms
    of_all = largest / smallest
    told = "; ".join(
        f"{size}: p50 {one.spread.p50_ms:.2f} ms, p99 {one.spread.p99_ms:.2f} ms" for size, one in sizes.items()
    )
    held = "; ".join(f"{size}: {one.grown_mb:.1f} MB" for size, one in sizes.items())
    return [
        Row(
            "one decision, by the number of operators (and queues, and waiting)",
            told,
            ratio=f"{times:.1f}× for {of_all:.0f}×",
            goal="less than in proportion",
            met=times < of_all,
            ratios={"decision, a hundred times the size": times},
            plots={"growth": _plot(sizes)},
        ),
        Row("memory of the floor, by the same", held),
    ]


@dataclass
class _Watched:
    least: int
    most: int
    durations_s: list[float] = field(default_factory=list)
    grown_mb: float = 0.0
    _began_mb: float = field(default_factory=resident_mb)
    _calm: bool = False

    def __call__(self, floor: Floor, event: Event, now: Millis) -> tuple[Floor, tuple[Effect, ...]]:
        took_s, after, effects = decided(floor, event, now)
        if waiting(after) >= self.least:
            if not self._calm:
                self.grown_mb = resident_mb() - self._began_mb
                spare_the_collector()
                self._calm = True
            again_s, _, _ = decided(floor, event, now)
            self.durations_s.append(min(took_s, again_s))
            if len(self.durations_s) >= self.most:
                raise EnoughError
        return after, effects

    @property
    def spread(self) -> Spread:
        return Spread.of(self.durations_s, self.most)


def _at(tenths: int, most: int) -> _Watched:
    gc.unfreeze()
    gc.collect()
    watched = _Watched(FROM * tenths, most)
    try:
        simulate(full_floor(tenths=tenths, rush=RUSH), watched)
    except EnoughError:
        return watched
    raise RuntimeError(f"only {len(watched.durations_s)} decisions with at least {watched.least} waiting")


def _plot(sizes: Mapping[int, _Watched]) -> Figure:
    figure = Figure(figsize=(8, 4), layout="constrained")
    left = figure.add_subplot(xlabel="operators", ylabel="ms a decision", xscale="log", yscale="log")
    right = left.twinx()
    right.set_ylabel("MB of the floor")
    left.plot(list(sizes), [one.spread.p50_ms for one in sizes.values()], marker="o", label="p50")
    left.plot(list(sizes), [one.spread.p99_ms for one in sizes.values()], marker="o", label="p99")
    right.plot(list(sizes), [one.grown_mb for one in sizes.values()], marker="s", color="tab:green", label="memory")
    right.set_ylim(bottom=0)
    plain(left.xaxis, left.yaxis)
    left.set_xticks(list(sizes))
    figure.legend(loc="outside upper center", ncols=3)
    return figure
