"""Placing short texts in a picture so that none covers another."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

FONT = 13.0
"""Size of labels in picture units."""
GAP = 6.0


@dataclass(frozen=True, slots=True)
class Wish:
    """A text that would like to begin at ``x``."""

    x: float
    text: str


@dataclass(frozen=True, slots=True)
class Placed:
    """A text and where it went: its left edge and its row, 0 nearest to what it belongs to."""

    x: float
    row: int
    text: str


def width(text: str, font: float = FONT) -> float:
    """Estimated width: full-width signs are square, others a good half of it."""
    wide = sum(unicodedata.east_asian_width(sign) in "WFA" for sign in text)
    return font * (wide + 0.6 * (len(text) - wide))


def shortened(text: str, font: float, room: float) -> str:
    """As much of a text as there is room for, with an ellipsis when that is not all of it."""
    if width(text, font) <= room:
        return text
    while text and width(f"{text}…", font) > room:
        text = text[:-1]
    return f"{text}…"


def place(wishes: Iterable[Wish], left: float, right: float) -> list[Placed]:
    """Give each text the first row that is free at its place, never leaving ``left`` to ``right``."""
    ends: list[float] = []
    placed = []
    for wish in sorted(wishes, key=lambda wish: wish.x):
        x = max(left, min(wish.x, right - width(wish.text)))
        row = next((row for row, end in enumerate(ends) if end + GAP <= x), len(ends))
        if row == len(ends):
            ends.append(left)
        ends[row] = x + width(wish.text)
        placed.append(Placed(x, row, wish.text))
    return placed


def rows(placed: Sequence[Placed]) -> int:
    return 1 + max((label.row for label in placed), default=-1)
