"""Which row of the records tells of which call on the wire: one row of one call at most, the nearest first."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from tests.proving.history import History, Leg, Row, RowLeg, Side
from tests.proving.trouble import FOREVER_S, Troubled

NEAR_S = 2.0
"""A row and the call on the wire that it tells of begin within this of each other; in trouble, as much later as it lasts."""
ELSEWHERE_S = 1000.0
"""A row in another call is nearest only where no other is."""

R = TypeVar("R", Row, RowLeg)


@dataclass(frozen=True, slots=True)
class Pairs:
    """By the ids of legs on the wire."""

    rows: Mapping[str, Row]
    row_legs: Mapping[str, RowLeg]
    calls: Mapping[str, Leg]
    """The citizen for whom a telephone was rung. A number outside is shown the ward's number: there the rows tell."""
    rows_left: Sequence[Row]
    """Of no call on the wire."""
    row_legs_left: Sequence[RowLeg]

    def row_of_call(self, leg: Leg) -> Row | None:
        """The row of the call that this leg is part of."""
        citizen = self.calls.get(leg.id)
        return self.rows.get(citizen.id) if citizen is not None else None


def pairs(history: History, troubled: Troubled) -> Pairs:
    citizens = history.of(Side.CITIZEN)

    def both_off_s(leg: Leg, row: Row | RowLeg) -> float:
        if row.started_s is None:
            return FOREVER_S
        off_s = abs(row.started_s - leg.begun_s)
        if off_s > NEAR_S + troubled.slack_s(leg.begun_s):
            return FOREVER_S
        ends_s = abs(row.ended_s - leg.ended_s) if row.ended_s is not None and leg.ended_s is not None else 0.0
        return off_s + ends_s

    rows, rows_left = _matched(citizens, history.rows, lambda leg: leg.telephone, lambda row: row.caller, both_off_s)
    calls = {leg.id: leg for leg in citizens}
    calls |= {leg.id: citizen for leg in history.of(Side.OPERATOR) if (citizen := _rung_for(leg, citizens)) is not None}

    def off_s(leg: Leg, row: RowLeg) -> float:
        own = rows.get(calls[leg.id].id) if leg.id in calls else None
        apart_s = both_off_s(leg, row)
        if own is None or own.id == row.call:
            return apart_s
        return ELSEWHERE_S + apart_s if abs((row.started_s or 0) - leg.begun_s) <= NEAR_S else FOREVER_S

    row_legs, row_legs_left = _matched(
        history.legs, history.row_legs, lambda leg: leg.telephone, lambda row: row.telephone, off_s
    )
    citizen_of = {rows[leg.id].id: leg for leg in citizens if leg.id in rows}
    for leg in history.of(Side.OUTSIDE):
        if leg.id in row_legs and row_legs[leg.id].call in citizen_of:
            calls[leg.id] = citizen_of[row_legs[leg.id].call]
    return Pairs(rows, row_legs, calls, rows_left, row_legs_left)


def _rung_for(leg: Leg, citizens: Iterable[Leg]) -> Leg | None:
    """The last call that came from the number which an operator's telephone was shown."""
    came = [one for one in citizens if one.telephone == leg.caller and one.begun_s <= leg.begun_s]
    return max(came, key=lambda one: one.begun_s, default=None)


def _matched(
    legs: Iterable[Leg],
    rows: Iterable[R],
    of_leg: Callable[[Leg], Hashable],
    of_row: Callable[[R], Hashable],
    off_s: Callable[[Leg, R], float],
) -> tuple[dict[str, R], list[R]]:
    """The row of each leg that has one, and the rows that are left."""
    told: dict[Hashable, list[R]] = defaultdict(list)
    for row in rows:
        told[of_row(row)].append(row)
    seen: dict[Hashable, list[Leg]] = defaultdict(list)
    for leg in legs:
        seen[of_leg(leg)].append(leg)
    found: dict[str, R] = {}
    left: list[R] = []
    for key, those in told.items():
        near = sorted(
            (apart_s, n, m)
            for n, leg in enumerate(seen[key])
            for m, row in enumerate(those)
            if (apart_s := off_s(leg, row)) < FOREVER_S
        )
        taken: set[int] = set()
        for _, n, m in near:
            leg = seen[key][n]
            if leg.id not in found and m not in taken:
                found[leg.id] = those[m]
                taken.add(m)
        left += [row for m, row in enumerate(those) if m not in taken]
    return found, left
