"""Whom of a plan's operators the stages of a queue admit, whatever they do now: reckoned once for a plan.

Sets of operators are numbers with one bit for each, so that they are compared in a step.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ctl.switchboard.ids import Extension, GroupName, Millis, QueueName

if TYPE_CHECKING:
    from ctl.switchboard.plan import OperatorProfile, Queue, Stage

Pool = int
"""Operators, one bit each."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Of one queue: from a wait of ``opens[n]`` on, ``pools[n]`` may serve. The first is 0; pools only grow."""

    opens: tuple[Millis, ...]
    pools: tuple[Pool, ...]

    @property
    def widest(self) -> Pool:
        return self.pools[-1]

    def stage_at(self, waited: Millis) -> int:
        """Which of them holds after such a wait."""
        return bisect_right(self.opens, waited, lo=1) - 1

    def pool_after(self, waited: Millis) -> Pool:
        """Who may serve after such a wait."""
        return self.pools[self.stage_at(waited)]

    def among(self, present: Pool) -> "Reach":
        """The same of those who are present."""
        return Reach(self.opens, tuple(pool & present for pool in self.pools))


class Roster:
    """Of a plan's operators, by extension."""

    def __init__(self, operators: Mapping[Extension, "OperatorProfile"]) -> None:
        self.bits: dict[Extension, Pool] = {extension: 1 << n for n, extension in enumerate(operators)}
        self._skilled: dict[GroupName, dict[int, Pool]] = {}
        self._reaches: dict[QueueName, tuple[Queue, Reach]] = {}
        for extension, profile in operators.items():
            for group, level in profile.skills.items():
                levels = self._skilled.setdefault(group, {})
                levels[level] = levels.get(level, 0) | self.bits[extension]

    def pool(self, operators: Iterable[Extension]) -> Pool:
        """These operators, as far as the plan knows them."""
        pool = 0
        for extension in operators:
            pool |= self.bits.get(extension, 0)
        return pool

    def of(self, pool: Pool, operators: Iterable[Extension]) -> Iterator[Extension]:
        """Those of the operators who are in the pool."""
        return (extension for extension in operators if self.bits.get(extension, 0) & pool)

    def reach(self, queue: "Queue") -> Reach:
        """Of a queue, which may be one of an older plan."""
        known = self._reaches.get(queue.name)
        if known is None or known[0] is not queue:
            opens = tuple(sorted({0, *(stage.after_ms for stage in queue.stages)}))
            pools = tuple(
                self._admitted(stage for stage in queue.stages if stage.after_ms <= opened) for opened in opens
            )
            known = self._reaches[queue.name] = queue, Reach(opens, pools)
        return known[1]

    def _admitted(self, stages: Iterable["Stage"]) -> Pool:
        pool = 0
        for stage in stages:
            for level, skilled in self._skilled.get(stage.group, {}).items():
                if level <= stage.max_level:
                    pool |= skilled
        return pool


def share(theirs: Pool, ours: Pool) -> float:
    """Of those who could serve them the part that is ours."""
    return (theirs & ours).bit_count() / theirs.bit_count() if theirs else 0.0
