"""What the wallboard shows of the floor, painted once for all screens: counts and shares, nobody by name or number."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import jinja2

from ctl.runtime.alarms import AlarmRow
from ctl.runtime.document import QueueRow
from ctl.runtime.service import IN_TIME_S
from ctl.switchboard.events import AlarmKind
from ctl.web.board import Board, board, moment
from ctl.web.mirror import Sight
from ctl.web.names import NameBook
from ctl.web.painter import Picture

SECTIONS = ("mode", "alarms", "figures", "queues", "operators", "trunk")

BAD, WARN = "bad", "warn"
ALARMS: Mapping[str, str] = {
    AlarmKind.PBX_AWAY: BAD,
    AlarmKind.TRUNK_AWAY: BAD,
    AlarmKind.TRUNK_FULL: BAD,
    AlarmKind.NOBODY_LOGGED_IN: BAD,
    AlarmKind.NOBODY_AT_WORK: BAD,
    AlarmKind.LONG_WAIT: WARN,
    AlarmKind.ABANDONMENT: WARN,
    AlarmKind.TRUNK_NEARLY_FULL: WARN,
}
"""Those that the whole room may see, and how bad they are: first where citizens are not served at all. Alarms about
people, attacks and machines are for who may see alarms."""
MOST_ALARMS = 3
MOST_QUEUES = 9
"""So many lines of each fit on a screen without scrolling."""


@dataclass(frozen=True, slots=True)
class Face:
    """``alarms``: the worst first, ``more_alarms``: how many found no room. ``queues`` in the order of the plan;
    ``rest``: those that found no room, as one."""

    board: Board
    alarms: Sequence[AlarmRow]
    more_alarms: int
    queues: Sequence[QueueRow]
    rest: Sequence[QueueRow]
    in_time_s: int = IN_TIME_S

    def level(self, *kinds: str) -> str:
        """The worst of the alarms of these kinds that stand; empty for none."""
        found = {ALARMS[row["name"]] for row in self.board.floor["alarms"] if row["name"] in kinds}
        return next((level for level in (BAD, WARN) if level in found), "")


def face(seen: Board, order: Sequence[str]) -> Face:
    """``order``: the queues as the plan lists them; others follow by name."""
    kinds = list(ALARMS)
    alarms = sorted(
        (row for row in seen.floor["alarms"] if row["name"] in ALARMS), key=lambda row: kinds.index(row["name"])
    )
    fits = MOST_ALARMS if len(alarms) <= MOST_ALARMS else MOST_ALARMS - 1
    place = {name: n for n, name in enumerate(order)}
    queues = sorted(seen.floor["queues"], key=lambda row: (place.get(row["name"], len(place)), row["name"]))
    shown = queues if len(queues) <= MOST_QUEUES else _fullest(queues, MOST_QUEUES - 1)
    rest = [row for row in queues if row not in shown]
    return Face(seen, alarms[:fits], len(alarms) - len(alarms[:fits]), shown, rest)


def _fullest(queues: Sequence[QueueRow], n: int) -> Sequence[QueueRow]:
    """The ``n`` with most callers, in their order."""
    fullest = {row["name"] for row in sorted(queues, key=lambda row: -row["waiting"])[:n]}
    return [row for row in queues if row["name"] in fullest]


class Wall:
    """``templates`` has `wallboard_pieces.html`, one macro for each piece."""

    def __init__(self, templates: jinja2.Environment, book: NameBook) -> None:
        self._macros = templates.get_template("wallboard_pieces.html").module
        self._book = book
        self._last: tuple[object, Sight, Picture] | None = None

    def picture(self, sight: Sight) -> Picture:
        plan = self._book.plan
        if self._last is not None and self._last[0] is plan and self._last[1] is sight:
            return self._last[2]
        shown = face(board(sight.floor), list(plan.queues) if plan is not None else []) if sight.floor else None
        pieces = {f"p-{name}": self._piece(name, shown) for name in SECTIONS}
        made = Picture(sight.version, pieces, {})
        self._last = plan, sight, made
        return made

    def _piece(self, name: str, shown: Face | None) -> str:
        macro = getattr(self._macros, name)
        return str(macro(shown, self._book.names, moment)).strip() if shown is not None else ""
