"""From instants to figures: percentiles, ratios and verdicts, and nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

import numpy as np
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter


@dataclass(frozen=True, slots=True)
class Spread:
    """A distribution of durations, in milliseconds."""

    count: int
    p50_ms: float
    p99_ms: float
    most_ms: float

    @classmethod
    def of(cls, durations_s: Sequence[float], expected: int) -> "Spread":
        """Raises ValueError when not every call gave a duration: those that are missing may be the slowest."""
        if len(durations_s) != expected or not expected:
            raise ValueError(f"{len(durations_s)} durations were measured instead of {expected}")
        ms = np.asarray(durations_s) * 1000
        return cls(len(ms), float(np.percentile(ms, 50)), float(np.percentile(ms, 99)), float(ms.max()))

    @classmethod
    def typical(cls, rounds: Sequence["Spread"]) -> "Spread":
        """The median of the rounds for each percentile, so that one disturbed round does not decide; the worst of all
        stays the worst."""
        return cls(
            sum(one.count for one in rounds),
            median(one.p50_ms for one in rounds),
            median(one.p99_ms for one in rounds),
            max(one.most_ms for one in rounds),
        )

    def __str__(self) -> str:
        return f"p50 {self.p50_ms:.1f} ms, p99 {self.p99_ms:.1f} ms, max {self.most_ms:.1f} ms ({self.count})"


@dataclass(frozen=True, slots=True)
class Race:
    """The same thing timed on both sides, round by round, the two sides of a round in the same minute."""

    ours: Sequence[Spread]
    theirs: Sequence[Spread]

    def __post_init__(self) -> None:
        if len(self.ours) != len(self.theirs):
            raise ValueError("every round needs both sides")

    @property
    def p50(self) -> float:
        """How many times as long as theirs ours takes at the median: the median of the rounds' ratios."""
        return median(a.p50_ms / b.p50_ms for a, b in zip(self.ours, self.theirs, strict=True))

    @property
    def p99(self) -> float:
        """The same at the 99th percentile."""
        return median(a.p99_ms / b.p99_ms for a, b in zip(self.ours, self.theirs, strict=True))


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the report. ``goal`` says what the product owes, ``met`` whether this run met it.

    ``met`` is None for what is told besides and has no goal.
    """

    case: str
    ours: str
    theirs: str = ""
    ratio: str = ""
    goal: str = ""
    met: bool | None = None
    ratios: Mapping[str, float] = field(default_factory=dict)
    """Figures beside `Queue()` (or whoever is beside it) that may not get worse in silence: the smaller, the better."""
    plots: Mapping[str, Figure] = field(default_factory=dict)
    """Pictures for the report, by the name of their file without its ending."""

    @property
    def verdict(self) -> str:
        return {None: "", True: "met", False: "MISSED"}[self.met]


def table(rows: Sequence[Row]) -> str:
    """The report as a Markdown table."""
    lines = ["| case | ours | Queue(), or what is named | ratio | goal | verdict |", "|---|---|---|---|---|---|"]
    lines += [f"| {row.case} | {row.ours} | {row.theirs} | {row.ratio} | {row.goal} | {row.verdict} |" for row in rows]
    return "\n".join(lines)


SLOW_MS = (150, 250)
"""Where answers lie that were held up by the 200 ms known from ARI (asterisk#363, #801)."""


def slow_part(durations_s: Sequence[float]) -> float:
    """What part of these durations lies where the 200 ms mode would."""
    return sum(SLOW_MS[0] <= one * 1000 <= SLOW_MS[1] for one in durations_s) / len(durations_s)


def plain(*axes: Axis) -> None:
    """Numbers as people write them on a logarithmic axis: 0.1, 1, 1000."""
    for one in axes:
        one.set_major_formatter("{x:g}")
        one.set_minor_formatter(NullFormatter())


def histogram(durations_s: Mapping[str, Sequence[float]]) -> Figure:
    """How often which duration came, by who needed it; the place of the 200 ms mode is shaded."""
    figure = Figure(figsize=(8, 4), layout="constrained")
    axes = figure.add_subplot(xlabel="ms", ylabel="count", xscale="log", yscale="log")
    bins = list(np.geomspace(0.1, 2000, 80))
    for name, values in durations_s.items():
        axes.hist(np.asarray(values) * 1000, bins=bins, histtype="step", label=f"{name} ({len(values)})")
    axes.axvspan(*SLOW_MS, alpha=0.15, color="tab:red", label="200 ms mode")
    axes.set_ylim(bottom=0.5)  # what came once is seen, too
    plain(axes.xaxis, axes.yaxis)
    axes.legend()
    return figure
