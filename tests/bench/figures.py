"""From instants to figures: percentiles and ratios, and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Spread:
    """A distribution of durations, in milliseconds."""

    count: int
    p50_ms: float
    p99_ms: float
    most_ms: float

    @classmethod
    def of(cls, durations_s: Sequence[float]) -> "Spread":
        if not durations_s:
            raise ValueError("nothing was measured")
        ms = np.asarray(durations_s) * 1000
        return cls(len(ms), float(np.percentile(ms, 50)), float(np.percentile(ms, 99)), float(ms.max()))

    def __str__(self) -> str:
        return f"p50 {self.p50_ms:.1f} ms, p99 {self.p99_ms:.1f} ms, max {self.most_ms:.1f} ms ({self.count} calls)"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the report. ``wanted`` says what the product owes; ``kept`` whether this run kept it."""

    what: str
    ours: str
    other: str
    ratio: str
    wanted: str
    kept: bool


def table(rows: Sequence[Row]) -> str:
    """The report as a Markdown table."""
    lines = ["| what | ours | Queue() | ratio | wanted | kept |", "|---|---|---|---|---|---|"]
    lines += [
        f"| {row.what} | {row.ours} | {row.other} | {row.ratio} | {row.wanted} | {'yes' if row.kept else 'NO'} |"
        for row in rows
    ]
    return "\n".join(lines)
