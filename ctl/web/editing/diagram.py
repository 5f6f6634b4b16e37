"""A flow as a picture: laid out in rows from its start, so that a template can write it as SVG. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from ctl.config.draw import edges
from ctl.switchboard.ids import NodeName
from ctl.switchboard.plan import Close, Flow, HangUp, HoursBranch, Menu, Node, Plan, Play, ToDepartment, ToQueue

WIDTH, HEIGHT = 172, 50
"""Of a box, in pixels."""
ACROSS, DOWN = 24, 76
"""Between boxes."""
MARGIN = 16
LONGEST = 13
"""Characters of a line in a box."""


@dataclass(frozen=True)
class Box:
    name: str
    kind: str
    x: int
    y: int
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Arrow:
    """From the lower edge of a box to the upper edge of another; ``back``: against the reading direction."""

    x1: int
    y1: int
    x2: int
    y2: int
    label: str
    back: bool
    to: str


@dataclass(frozen=True)
class Picture:
    """``moves``: the same in words: from, what moves the caller, to."""

    width: int
    height: int
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    moves: tuple[tuple[str, str, str], ...]


def picture(flow: Flow, plan: Plan) -> Picture:
    rows = _rows(flow)
    widest = max(map(len, rows), default=1)
    width = widest * (WIDTH + ACROSS) - ACROSS + 2 * MARGIN
    places = {}
    for n, row in enumerate(rows):
        left = (width - (len(row) * (WIDTH + ACROSS) - ACROSS)) // 2
        for m, name in enumerate(row):
            places[name] = (left + m * (WIDTH + ACROSS), MARGIN + n * (HEIGHT + DOWN))
    boxes = tuple(
        Box(name, type(node).__name__.lower(), *places[name], _lines(name, node, plan))
        for name, node in flow.nodes.items()
        if name in places
    )
    order = {name: n for n, row in enumerate(rows) for name in row}
    moves = tuple(_merged(flow))
    arrows = tuple(
        _arrow(places[a], places[b], label, order[b] <= order[a], b)
        for a, label, b in moves
        if a in places and b in places
    )
    height = MARGIN * 2 + len(rows) * (HEIGHT + DOWN) - DOWN
    return Picture(width, height, boxes, arrows, moves)


def _rows(flow: Flow) -> list[list[NodeName]]:
    """Nodes by the fewest moves from the start."""
    rows, seen = [[flow.start]], {flow.start}
    following: dict[NodeName, list[NodeName]] = {}
    for a, b, _ in edges(flow):
        following.setdefault(a, []).append(b)
    while rows[-1]:
        row: list[NodeName] = []
        for name in rows[-1]:
            for to in following.get(name, ()):
                if to not in seen and to in flow.nodes:
                    seen.add(to)
                    row.append(to)
        rows.append(row)
    return rows[:-1]


def _merged(flow: Flow) -> Iterator[tuple[NodeName, str, NodeName]]:
    """Moves between the same two nodes are one arrow."""
    found: dict[tuple[NodeName, NodeName], list[str]] = {}
    for a, b, label in edges(flow):
        found.setdefault((a, b), []).append(_label(label))
    for (a, b), labels in found.items():
        yield a, "、".join(filter(None, labels)), b


def _label(label: str) -> str:
    words = {"open": "時間内", "closed": "時間外", "no answer": "応答なし"}
    return words.get(label) or ("押さない" if label.startswith("no key") else label)


def _arrow(start: tuple[int, int], end: tuple[int, int], label: str, back: bool, to: str) -> Arrow:
    half = WIDTH // 2
    return Arrow(start[0] + half, start[1] + HEIGHT, end[0] + half, end[1], label, back, to)


def _lines(name: NodeName, node: Node, plan: Plan) -> tuple[str, ...]:
    match node:
        case Play():
            what = f"案内 {'、'.join(node.prompts)}"
        case Menu():
            what = f"番号を聞く {'、'.join(node.prompts)}"
        case HoursBranch():
            what = f"受付時間か {node.hours}"
        case ToQueue():
            what = f"待ち行列 {plan.queues[node.queue].label}"
        case ToDepartment():
            what = f"部署 {plan.departments[node.department].name}"
        case Close():
            what = f"終了 {'、'.join(node.prompts)}"
        case HangUp():
            what = "切断"
        case _:
            assert_never(node)
    return (_cut(name), _cut(what))


def _cut(text: str) -> str:
    """Latin letters take half of a line's place."""
    taken = 0.0
    for n, sign in enumerate(text):
        taken += 1 if ord(sign) > 0x2000 else 0.56
        if taken > LONGEST:
            return f"{text[: n - 1]}…"
    return text
