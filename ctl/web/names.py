"""Names for codes, from the plan in force: what a queue, a department or a reason is called.

Without a plan (nothing deployed yet, or unreadable) every code stands for itself.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping

from ctl.runtime.plans import NoPlan
from ctl.switchboard import names
from ctl.switchboard.plan import Plan
from ctl.web import words
from ctl.web.mirror import FloorMirror

log = logging.getLogger(__name__)

PATIENCE_S = 60.0
"""How often a plan is looked for while the floor tells of none."""


class Names(names.Names):
    """With the reasons that the switchboard gives by itself, which no plan names."""

    __slots__ = ()

    def reason(self, code: str | None) -> str:
        return self.reasons.get(code or "") or words.REASONS.get(code or "", code or "")


class NameBook:
    """The names that hold now, and the ``plan`` that they are from, None until it was read.

    ``load`` reads the plan in force; a new plan on the floor makes it read again.
    """

    def __init__(
        self, given: Names | None = None, load: Callable[[], Awaitable[Plan]] | None = None, plan: Plan | None = None
    ) -> None:
        self.names = given or Names()
        self.plan = plan
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
        self.names, self.plan = Names.of(plan), plan
        self._version = plan.version

    @property
    def groups(self) -> Mapping[str, str]:
        """The skill groups of the plan, which have no other names than their codes."""
        if self.plan is None:
            return {}
        of_operators = {str(group) for profile in self.plan.operators.values() for group in profile.skills}
        of_queues = {str(stage.group) for queue in self.plan.queues.values() for stage in queue.stages}
        return {group: group for group in sorted(of_operators | of_queues)}
