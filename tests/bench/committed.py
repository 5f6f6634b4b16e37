"""The ratios that a version of this product has reached, and may not lose in silence."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from tests.bench.figures import Row

COMMITTED = Path(__file__).with_name("committed.toml")
WORSE = 1.2
"""So many times the committed ratio is still taken for the machine's mood."""


@dataclass(frozen=True, slots=True)
class Committed:
    """A ratio, the smaller the better: when it was measured, and on what machine."""

    ratio: float
    date: date
    machine: str


def committed(path: Path = COMMITTED) -> dict[str, Committed]:
    """By the name that `Row.ratios` gives it."""
    with path.open("rb") as file:
        return {name: Committed(**entry) for name, entry in tomllib.load(file).items()}


def compared(rows: Sequence[Row], known: Mapping[str, Committed]) -> list[Row]:
    """A row for every ratio that was measured and is committed; missed where it has become more than a fifth worse."""
    measured = {name: ratio for row in rows for name, ratio in row.ratios.items()}
    return [
        Row(
            f"since {known[name].date}: {name}",
            f"{ratio:.4g}×",
            f"then {known[name].ratio:.4g}× ({known[name].machine})",
            f"{ratio / known[name].ratio:.2f}×",
            f"≤ {WORSE}×",
            ratio <= WORSE * known[name].ratio,
        )
        for name, ratio in measured.items()
        if name in known
    ]
