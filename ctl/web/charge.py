"""Whose part of the floor somebody sees and steers: the groups in one's charge, as the plan in force knows them."""

from collections.abc import Iterable
from dataclasses import dataclass

from ctl.runtime.document import CallRow, FloorDocument
from ctl.security.policy import Action, Reach
from ctl.security.who import Who
from ctl.switchboard.ids import Extension, QueueName
from ctl.switchboard.plan import Plan
from ctl.web.names import NameBook


@dataclass(frozen=True, slots=True)
class Charge:
    """``groups`` None: everybody. Without a plan nobody can be told to belong to a group."""

    groups: frozenset[str] | None
    plan: Plan | None

    def group(self, name: str) -> bool:
        return self.groups is None or name in self.groups

    def operator(self, extension: str | None) -> bool:
        """With any skill in one of the groups."""
        if self.groups is None:
            return True
        profile = self.plan.operators.get(Extension(extension or "")) if self.plan is not None else None
        return profile is not None and self._any(profile.skills)

    def queue(self, name: str | None) -> bool:
        """Which one of the groups serves."""
        if self.groups is None:
            return True
        queue = self.plan.queues.get(QueueName(name or "")) if self.plan is not None else None
        return queue is not None and self._any(stage.group for stage in queue.stages)

    def operators(self) -> frozenset[str]:
        """All of them that the plan knows."""
        return frozenset(name for name in self.plan.operators if self.operator(name)) if self.plan else frozenset()

    def queues(self) -> frozenset[str]:
        return frozenset(name for name in self.plan.queues if self.queue(name)) if self.plan else frozenset()

    def call(self, row: CallRow) -> bool:
        """Of an operator or in a queue of the groups; before it has either, nobody's."""
        return self.groups is None or self.operator(row["operator"]) or self.queue(row["queue"])

    def part_of(self, floor: FloorDocument) -> FloorDocument:
        """What of the floor is in this charge. The trunk, the mode and the messages are everybody's."""
        if self.groups is None:
            return floor
        return {
            **floor,
            "calls": [row for row in floor["calls"] if self.call(row)],
            "queues": [row for row in floor["queues"] if self.queue(row["name"])],
            "expected": [row for row in floor["expected"] if self.queue(row["name"])],
            "callbacks": [row for row in floor["callbacks"] if self.queue(row["queue"])],
            "operators": [row for row in floor["operators"] if self.operator(row["extension"])],
            "service": [row for row in floor["service"] if row["queue"] is None or self.queue(row["queue"])],
            "alarms": [
                row
                for row in floor["alarms"]
                if (row["queue"] is None or self.queue(row["queue"]))
                and (row["operator"] is None or self.operator(row["operator"]))
            ],
        }

    def _any(self, groups: Iterable[str]) -> bool:
        return self.groups is not None and not self.groups.isdisjoint(groups)


def charge(me: Who, action: Action, book: NameBook) -> Charge:
    """Over whom somebody may do this."""
    match me.reach(action):
        case Reach.ALL:
            return Charge(None, book.plan)
        case Reach.GROUP:
            return Charge(me.groups, book.plan)
        case _:
            return Charge(frozenset(), book.plan)
