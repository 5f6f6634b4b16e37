"""What supervisors may do, and to whom: the plan says which groups are in whose charge (`OperatorProfile.supervises`).

An operator is in a supervisor's charge with any skill in one of those groups, a caller with a queue that one of them
serves. Nobody supervises himself. Who asks without naming a supervisor has the machine itself, and so may do anything.
"""

from collections.abc import Iterable

from ctl.switchboard.floor import Call
from ctl.switchboard.ids import Extension, GroupName
from ctl.switchboard.kinds import OperatorState
from ctl.switchboard.plan import OperatorProfile
from ctl.switchboard.turn import Turn


def over_operator(turn: Turn, supervisor: Extension | None, whom: Extension) -> str | None:
    """Why the supervisor has no say over this operator, or None."""
    plan = turn.current_plan
    profile = plan.operators.get(whom) if plan is not None else None
    if profile is None and not _is_left(turn, whom):
        return f"unknown extension {whom!r}; `ctl floor` shows all"
    if supervisor == whom:
        return f"operator {whom} cannot supervise himself"
    return _refusal(turn, supervisor, f"operator {whom}", profile.skills if profile is not None else ())


def _is_left(turn: Turn, whom: Extension) -> bool:
    """Whether a deploy has dropped an operator who has not been able to log out yet. In the charge of whoever supervises all."""
    known = turn.operators.get(whom)
    return known is not None and known.state is not OperatorState.LOGGED_OUT


def over_caller(turn: Turn, supervisor: Extension | None, call: Call) -> str | None:
    """Why the supervisor has no say over a caller who waits, or None."""
    queue = turn.plan_of(call).queues.get(call.queue) if call.queue is not None else None
    groups = [stage.group for stage in queue.stages] if queue is not None else []
    return _refusal(turn, supervisor, f"call {call.id}", groups)


def of_group(turn: Turn, supervisor: Extension | None, group: GroupName) -> str | None:
    """Why the supervisor has no say over a group, or None."""
    return _refusal(turn, supervisor, f"the group {group}", (group,))


def _refusal(turn: Turn, supervisor: Extension | None, whom: str, groups: Iterable[GroupName]) -> str | None:
    if supervisor is None:
        return None
    plan = turn.current_plan
    profile = plan.operators.get(supervisor) if plan is not None else None
    if profile is None:
        return f"unknown supervisor {supervisor!r}; `ctl floor` shows all operators"
    if profile.supervises_all or not set(groups).isdisjoint(profile.supervises):
        return None
    return f"{whom} is not in the charge of {supervisor}, who supervises {_charge(profile)}; see operators.yaml"


def _charge(profile: OperatorProfile) -> str:
    return ", ".join(profile.supervises) or "nobody"
