"""A call as a picture: who was part of it when, what the citizen lived through, and what was pressed and decided.

Pure: from the records of a call to numbers and texts; `templates/timeline.svg` only writes them down. Everything that is
told by colour is told by a pattern and by words too.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from ctl.switchboard.ids import Millis
from ctl.web import words
from ctl.web.labels import FONT, Placed, Wish, place, rows, shortened, width
from ctl.web.show import telephone

WIDTH = 1200.0
LEFT = 170.0
"""Where time begins; left of it stand the names of the lanes."""
DETAIL_FONT = 12.0
"""Size of the line below a lane's name."""
RIGHT = 16.0
TOP = 8.0
BAR = 30.0
ROW = 17.0
"""Height of a row of labels below a bar."""
LANE_GAP = 12.0
THINNEST = 2.0
"""What lasted no time to speak of is still drawn."""
STEPS_MS = [n * 1000 for n in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200)]
MOST_TICKS = 10


@dataclass(frozen=True, slots=True)
class Stretch:
    """One segment of the call, as the citizen lived it. ``text``: with whom, when with somebody.

    ``n`` is the segment's number in the records, which has gaps; people see its place in the call instead.
    """

    n: int
    kind: str
    started_at: Millis
    ended_at: Millis
    text: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One telephone's part. ``result``: how its ringing or its part in the call ended, in words."""

    role: str
    party: str
    name: str
    started_at: Millis
    answered_at: Millis | None
    ended_at: Millis
    result: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened at an instant: a key, an offer, a decision."""

    at: Millis
    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class Bar:
    x: float
    width: float
    kind: str
    text: str
    """Written into the bar; empty when there is no room."""
    title: str
    n: int | None = None


@dataclass(frozen=True, slots=True)
class Lane:
    """One row of the picture. ``y`` and ``bar_y``: top of the lane and of its bars."""

    name: str
    detail: str
    y: float
    bar_y: float
    height: float
    bars: Sequence[Bar]
    labels: Sequence[Placed]
    marks: Sequence[tuple[float, str]]


@dataclass(frozen=True, slots=True)
class Picture:
    width: float
    height: float
    axis_y: float
    lanes: Sequence[Lane]
    ticks: Sequence[tuple[float, Millis]]
    left: float = LEFT
    right: float = WIDTH - RIGHT


class Scale:
    """Call time to picture units."""

    def __init__(self, first: Millis, last: Millis) -> None:
        self.first, self.last = first, max(last, first + 1)

    def __call__(self, at: Millis) -> float:
        share = (min(max(at, self.first), self.last) - self.first) / (self.last - self.first)
        return LEFT + share * (WIDTH - RIGHT - LEFT)

    def ticks(self) -> list[tuple[float, Millis]]:
        """Whole steps of the clock, at most `MOST_TICKS` of them."""
        length = self.last - self.first
        step = next((step for step in STEPS_MS if length / step <= MOST_TICKS), STEPS_MS[-1])
        begin = -(-self.first // step) * step
        return [(self(at), at) for at in range(begin, self.last + 1, step)]


def picture(
    stretches: Sequence[Stretch], lines: Sequence[Line], marks: Sequence[Mark], instant: Callable[[Millis], str]
) -> Picture:
    """Lay the call out. ``instant`` writes an instant as a time of day."""
    times = [t for s in stretches for t in (s.started_at, s.ended_at)]
    times += [t for line in lines for t in (line.started_at, line.ended_at)] + [mark.at for mark in marks]
    scale = Scale(min(times, default=0), max(times, default=1))
    y = TOP
    lanes = []
    drawn = [_citizen(stretches, marks, scale, instant)]
    drawn += [_party(group, scale, instant) for group in _parties(lines)]
    for lane in drawn:
        above = 0.0 if not lane.marks else ROW
        below = ROW * rows(lane.labels)
        height = above + BAR + below
        lanes.append(Lane(lane.name, lane.detail, y, y + above, height, lane.bars, lane.labels, lane.marks))
        y += height + LANE_GAP
    return Picture(WIDTH, y + ROW + 6, y, lanes, scale.ticks())


def _citizen(
    stretches: Sequence[Stretch], marks: Sequence[Mark], scale: Scale, instant: Callable[[Millis], str]
) -> Lane:
    bars = []
    wishes = []
    for place_in_call, s in enumerate(stretches, 1):
        said = f"{place_in_call} {words.SEGMENTS.get(s.kind, s.kind)}"
        bar = _bar(
            scale,
            s.started_at,
            s.ended_at,
            s.kind,
            said,
            f"{said}　{s.text}　{_from_to(s.started_at, s.ended_at, instant)}",
            s.n,
        )
        bars.append(bar)
        if not bar.text:
            wishes.append(Wish(bar.x, said))
    keys = [(scale(mark.at), mark.kind) for mark in marks]
    wishes += [Wish(scale(mark.at), mark.text) for mark in marks]
    return Lane("区民", "聞いたこと・話したこと", 0, 0, 0, bars, place(wishes, LEFT, WIDTH - RIGHT), keys)


def _party(lines: Sequence[Line], scale: Scale, instant: Callable[[Millis], str]) -> Lane:
    first = lines[0]
    bars = []
    wishes = []
    for line in lines:
        rang_until = line.answered_at if line.answered_at is not None else line.ended_at
        if rang_until > line.started_at:
            bars.append(
                _bar(
                    scale,
                    line.started_at,
                    rang_until,
                    "ring",
                    "呼出",
                    f"呼出　{_from_to(line.started_at, rang_until, instant)}",
                )
            )
        if line.answered_at is not None:
            title = f"接続　{_from_to(line.answered_at, line.ended_at, instant)}"
            bars.append(_bar(scale, line.answered_at, line.ended_at, f"on-{line.role}", "接続", title))
        if line.result:
            wishes.append(Wish(scale(line.started_at), line.result))
    title = f"{words.ROLES.get(first.role, first.role)} {telephone(first.party)}".strip()
    return Lane(
        title, shortened(first.name, DETAIL_FONT, LEFT - FONT), 0, 0, 0, bars, place(wishes, LEFT, WIDTH - RIGHT), []
    )


def _bar(scale: Scale, start: Millis, end: Millis, kind: str, text: str, title: str, n: int | None = None) -> Bar:
    x = scale(start)
    room = max(THINNEST, scale(end) - x)
    return Bar(x, room, kind, text if width(text) + FONT <= room else "", title, n)


def _from_to(start: Millis, end: Millis, instant: Callable[[Millis], str]) -> str:
    return f"{instant(start)}～{instant(end)}"


def _parties(lines: Sequence[Line]) -> Iterable[list[Line]]:
    """Lines of one telephone number in one lane, in order of their first appearance; the citizen has his own."""
    groups: dict[tuple[str, str], list[Line]] = {}
    for line in sorted(lines, key=lambda line: line.started_at):
        if line.role != "citizen":
            groups.setdefault((line.role, line.party), []).append(line)
    return groups.values()
