"""Who of the operators at work may serve the callers of a queue, and from when on: for whoever reckons with all of them.

Sets of operators are numbers with one bit for each, so that they are compared in a step.
"""

from bisect import bisect_right
from dataclasses import dataclass

from ctl.switchboard import seating
from ctl.switchboard.ids import GroupName, Millis, QueueName
from ctl.switchboard.kinds import NOT_AT_WORK, OperatorState
from ctl.switchboard.plan import Queue, Stage
from ctl.switchboard.turn import Turn

Pool = int
"""Operators at work, one bit each."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Of one queue: from a wait of ``opens[n]`` on, ``pools[n]`` may serve. The first is 0; pools only grow."""

    opens: tuple[Millis, ...]
    pools: tuple[Pool, ...]

    def stage_at(self, waited: Millis) -> int:
        """Which of them holds after such a wait."""
        return bisect_right(self.opens, waited, lo=1) - 1

    def at(self, waited: Millis) -> Pool:
        return self.pools[bisect_right(self.opens, waited, lo=1) - 1]


class Staff:
    """The operators at work at one instant. ``ready``: those of them who could be rung now."""

    def __init__(self, turn: Turn) -> None:
        self.ready: Pool = 0
        self._skilled: dict[tuple[GroupName, int], Pool] = {}
        self._reaches: dict[tuple[str, QueueName], Reach] = {}
        plan = turn.current_plan
        bit = 1
        for known in turn.operators.values():
            profile = plan.operators.get(known.extension) if plan is not None else None
            if profile is None or known.state in NOT_AT_WORK:
                continue
            for skill in profile.skills.items():
                self._skilled[skill] = self._skilled.get(skill, 0) | bit
            if known.state is OperatorState.READY and seating.has_free_telephone(turn.operators, known):
                self.ready |= bit
            bit <<= 1

    def reach(self, plan: str, queue: Queue) -> Reach:
        """Of a queue of this plan."""
        key = plan, queue.name
        known = self._reaches.get(key)
        if known is None:
            opens = tuple(sorted({0, *(stage.after_ms for stage in queue.stages)}))
            known = self._reaches[key] = Reach(opens, tuple(self._admitted(queue, waited) for waited in opens))
        return known

    def _admitted(self, queue: Queue, waited: Millis) -> Pool:
        pool = 0
        for stage in queue.stages:
            if stage.after_ms <= waited:
                pool |= self._fitting(stage)
        return pool

    def _fitting(self, stage: Stage) -> Pool:
        pool = 0
        for level in range(1, stage.max_level + 1):
            pool |= self._skilled.get((stage.group, level), 0)
        return pool


def share(theirs: Pool, ours: Pool) -> float:
    """Of those who could serve them the part that is ours."""
    return (theirs & ours).bit_count() / theirs.bit_count() if theirs else 0.0
