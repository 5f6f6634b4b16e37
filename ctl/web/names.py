"""Names for codes, from the plan in force: what a queue, a department or a reason is called.

Without a plan (nothing deployed yet, or unreadable) every code stands for itself.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from ctl.runtime.plans import NoPlan
from ctl.switchboard.plan import Plan
from ctl.web import words
from ctl.web.mirror import FloorMirror

log = logging.getLogger(__name__)

PATIENCE_S = 60.0
"""How often a plan is looked for while the floor tells of none."""


@dataclass(frozen=True, slots=True)
class Names:
    services: Mapping[str, str] = field(default_factory=dict)
    queues: Mapping[str, str] = field(default_factory=dict)
    operators: Mapping[str, str] = field(default_factory=dict)
    departments: Mapping[str, str] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, plan: Plan) -> "Names":
        return cls(
            {number: service.label for number, service in plan.services.items()},
            {name: queue.label for name, queue in plan.queues.items()},
            {extension: profile.name for extension, profile in plan.operators.items()},
            {code: department.name for code, department in plan.departments.items()},
            dict(plan.not_ready_reasons),
        )

    def service(self, number: str | None) -> str:
        return self.services.get(number or "", "")

    def queue(self, name: str | None) -> str:
        return self.queues.get(name or "", name or "－")

    def operator(self, extension: str | None) -> str:
        """2001 豊島花子"""
        return f"{extension} {self.operators.get(extension, '')}".strip() if extension else "－"

    def department(self, code: str | None) -> str:
        return self.departments.get(code or "", code or "－")

    def reason(self, code: str | None) -> str:
        return self.reasons.get(code or "") or words.REASONS.get(code or "", code or "")


class NameBook:
    """The names that hold now. ``load`` reads the plan in force; a new plan on the floor makes it read again."""

    def __init__(self, names: Names | None = None, load: Callable[[], Awaitable[Plan]] | None = None) -> None:
        self.names = names or Names()
        self._load = load
        self._version: str | None = None

    async def follow(self, mirror: FloorMirror) -> None:
        """Keep up with the floor for ever."""
        told = -1
        while True:
            sight = await mirror.after(told, PATIENCE_S)
            told = sight.version
            await self.meet(sight.floor["plan"] if sight.floor else None)

    async def meet(self, version: str | None) -> None:
        """Read the names of this plan, unless they are known. What cannot be read leaves the names as they were."""
        known = self._version is not None and version in {None, self._version}
        if self._load is None or known:
            return
        try:
            plan = await self._load()
        except NoPlan as error:
            log.info("names stay as they are: %s", error)
            return
        self.names = Names.of(plan)
        self._version = plan.version
