"""Who asks: an account, as far as anybody else needs to know it."""

from dataclasses import dataclass

from ctl.security import policy
from ctl.security.policy import Action, Reach, Role


@dataclass(frozen=True, slots=True)
class Who:
    """``groups``: the skill groups in one's charge, None for every group. ``extension``: of an operator."""

    account: int
    login: str
    name: str
    roles: frozenset[Role]
    extension: str | None = None
    groups: frozenset[str] | None = None

    def reach(self, action: Action) -> Reach:
        return policy.reach(self.roles, action)

    def may(self, action: Action | str) -> bool:
        """Templates name actions by their value: ``me.may("see_floor")``."""
        return self.reach(Action(action)) > Reach.NONE
