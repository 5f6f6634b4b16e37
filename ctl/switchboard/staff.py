"""Who is there at one instant, of the operators whom the plan in force knows: for whoever reckons with all of them."""

from collections.abc import Container

from ctl.switchboard import seating
from ctl.switchboard.kinds import NOT_AT_WORK, OperatorState
from ctl.switchboard.plan import Queue
from ctl.switchboard.roster import Pool, Reach, Roster
from ctl.switchboard.turn import Turn

READY = OperatorState.READY
AWAY = frozenset({OperatorState.LOGGED_OUT})
NOBODY = Roster({})


def roster(turn: Turn) -> Roster:
    """Of the plan in force, which says who may serve the callers of older plans, too."""
    return turn.current_plan.roster if turn.current_plan is not None else NOBODY


def present(turn: Turn, without: Container[OperatorState]) -> Pool:
    """All who are in none of these states."""
    bits = roster(turn).bits
    pool = 0
    for known in turn.operators.values():
        if known.state not in without:
            pool |= bits.get(known.extension, 0)
    return pool


class Staff:
    """``at_work`` at one instant, and of those the ``ready`` who could be rung now."""

    def __init__(self, turn: Turn) -> None:
        self._roster = roster(turn)
        bits = self._roster.bits
        self.at_work: Pool = 0
        self.ready: Pool = 0
        for known in turn.operators.values():
            state = known.state
            if state not in NOT_AT_WORK:
                bit = bits.get(known.extension, 0)
                self.at_work |= bit
                if state is READY and seating.has_free_telephone(turn.operators, known):
                    self.ready |= bit

    def reach(self, queue: Queue) -> Reach:
        """Who of those at work may serve a queue, and from when on."""
        return self._roster.reach(queue).among(self.at_work)

    def widest(self, queue: Queue) -> Pool:
        """Who of them will ever be admitted to a queue."""
        return self._roster.reach(queue).widest & self.at_work
