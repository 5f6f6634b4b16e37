"""The live floor as pieces of HTML, painted once for all who see the same, and what differs from one sight to the next.

A piece is an element with an id. Rows are painted again only when they changed: the mirror keeps unchanged rows as the
same objects. Clocks are painted with the time at which they began; the browser lets them run.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import jinja2

from ctl.runtime.document import CallRow, OperatorRow
from ctl.web.board import Board, board, moment
from ctl.web.charge import Charge
from ctl.web.mirror import Sight
from ctl.web.names import NameBook

SECTIONS = ("away", "alarms", "centre", "figures", "queues", "service", "absent")
KEPT_VIEWS = 64
"""Ways of seeing the floor whose last picture is kept; more than there are mixtures of roles and groups at once."""


@dataclass(frozen=True, slots=True)
class View:
    """What decides how somebody sees the floor: whose, alarms, and buttons to steer with.

    ``numbers``: the groups whose callers' numbers are shown whole; as in ``groups``, None is every group.
    """

    groups: frozenset[str] | None
    numbers: frozenset[str] | None
    alarms: bool
    takes_alarms: bool
    steers: bool


@dataclass(slots=True)
class Picture:
    """``pieces``: HTML by element id. ``lists``: which rows are in each list, in order. ``version`` of the sight."""

    version: int
    pieces: Mapping[str, str]
    lists: Mapping[str, list[str]]
    _since: dict[int, str] = field(default_factory=dict)

    def since(self, before: "Picture | None") -> str:
        """What a page that shows ``before`` has to change, as the inside of a JSON object; all of it without one."""
        key = before.version if before is not None else -1
        if key not in self._since:
            known = before.pieces if before is not None else {}
            were = before.lists if before is not None else {}
            told = {
                "pieces": {name: html for name, html in self.pieces.items() if known.get(name) != html},
                "lists": {name: rows for name, rows in self.lists.items() if were.get(name) != rows},
            }
            self._since[key] = json.dumps(told, ensure_ascii=False)[1:-1]
        return self._since[key]


class Painter:
    """``templates`` has `floor_pieces.html`, one macro for each piece."""

    def __init__(self, templates: jinja2.Environment, book: NameBook) -> None:
        self._macros = templates.get_template("floor_pieces.html").module
        self._book = book
        self._rows: dict[tuple[View, str], tuple[object, object, str]] = {}
        self._pictures: dict[View, tuple[object, Sight, Picture]] = {}

    def picture(self, view: View, sight: Sight) -> Picture:
        names, known = self._book.names, self._pictures.get(view)
        if known is not None and known[0] is names and known[1] is sight:
            return known[2]
        if len(self._pictures) > KEPT_VIEWS:
            self._pictures.clear()
            self._rows.clear()
        made = self._paint(view, sight)
        self._pictures[view] = (names, sight, made)
        return made

    def _paint(self, view: View, sight: Sight) -> Picture:
        seen = board(Charge(view.groups, self._book.plan).part_of(sight.floor)) if sight.floor is not None else None
        pieces = {f"p-{name}": self._section(name, view, sight, seen) for name in SECTIONS}
        lists: dict[str, list[str]] = {"waiting": [], "calls": [], "operators": []}
        if seen is not None:
            numbers = Charge(view.numbers, self._book.plan)
            for name, rows in (("waiting", seen.waiting), ("calls", seen.calls)):
                lists[name] = [f"r-{row['id']}" for row in rows]
                pieces |= {
                    f"r-{row['id']}": self._row("call_row", view, row["id"], row, whole=numbers.call(row))
                    for row in rows
                }
            lists["operators"] = [f"o-{row['extension']}" for row in seen.operators]
            pieces |= {
                f"o-{row['extension']}": self._row("operator_card", view, row["extension"], row)
                for row in seen.operators
            }
        self._forget(view, pieces)
        return Picture(sight.version, pieces, lists)

    def _section(self, name: str, view: View, sight: Sight, seen: Board | None) -> str:
        macro: Callable[..., object] = getattr(self._macros, name)
        return str(macro(view=view, sight=sight, board=seen, names=self._book.names, moment=moment)).strip()

    def _row(self, macro_name: str, view: View, key: str, row: CallRow | OperatorRow, **also: bool) -> str:
        names = self._book.names
        known = self._rows.get((view, key))
        if known is not None and known[0] is row and known[1] is names:
            return known[2]
        macro: Callable[..., object] = getattr(self._macros, macro_name)
        html = str(macro(row=row, view=view, names=names, moment=moment, **also)).strip()
        self._rows[view, key] = (row, names, html)
        return html

    def _forget(self, view: View, pieces: Mapping[str, str]) -> None:
        """Rows that are gone."""
        for seen, key in [known for known in self._rows if known[0] == view]:
            if f"r-{key}" not in pieces and f"o-{key}" not in pieces:
                del self._rows[seen, key]
