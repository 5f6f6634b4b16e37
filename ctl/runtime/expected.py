"""How long who calls now has to expect to wait, by queue: as callers are told it, rounded up to what can be said."""

from typing import TypedDict

from ctl.switchboard.announcing import rounded_up
from ctl.switchboard.expectation import Outlook
from ctl.switchboard.floor import Floor
from ctl.switchboard.ids import Millis
from ctl.switchboard.turn import Turn


class ExpectedRow(TypedDict):
    """``wait_s`` of a new caller of the queue ``name``: 0 when somebody is free for him, 3660 for more than an hour, None
    when nobody can tell."""

    name: str
    wait_s: int | None


def expected_rows(floor: Floor, at: Millis) -> list[ExpectedRow]:
    """Of the queues of the plan in force, by name."""
    turn = Turn(floor, at)
    plan = turn.current_plan
    if plan is None:
        return []
    outlook = Outlook(turn)
    return [{"name": name, "wait_s": _told_s(outlook.of_newcomer(plan.queues[name]))} for name in sorted(plan.queues)]


def _told_s(wait_ms: Millis | None) -> int | None:
    return wait_ms if not wait_ms else rounded_up(wait_ms) * 60
