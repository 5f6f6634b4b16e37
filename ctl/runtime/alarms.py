"""What people should look at now. Pure: from the floor, the service and the instant.

| alarm | raised while |
|---|---|
| ``nobody_logged_in`` | somebody waits in a queue that no operator who is logged in may ever serve |
| ``long_wait`` | somebody has waited in a queue for more than four times the target (別紙3) |
| ``abandonment`` | of at least ten waits that ended in the last hour the share of abandoned ones has reached the limit (別紙3) |
| ``trunk_full`` | callers are turned away: every channel of the outside line but those kept for handoffs is taken |
| ``toll_fraud`` | an operator tried a number outside the allow-list, or more calls than a cap allows; until somebody has seen it |
"""

from collections.abc import Iterator
from typing import NotRequired, TypedDict

from ctl.kpi.definitions import SERVICE_LEVEL
from ctl.kpi.windows import Count, Service
from ctl.switchboard.facts import LegRole, OperatorState
from ctl.switchboard.floor import Floor, Phase
from ctl.switchboard.hours import jst
from ctl.switchboard.ids import GroupName, Millis, QueueName

LONG_WAIT_MS = 4 * SERVICE_LEVEL.threshold_ms
FEW = 10
"""Of fewer waits a share says nothing."""


class AlarmRow(TypedDict):
    """``queue`` is None when all are meant. ``operator``: whom it is about, if it is one. ``text``: for people."""

    name: str
    queue: str | None
    text: str
    operator: NotRequired[str]


def alarms(floor: Floor, service: Service, now: Millis) -> list[AlarmRow]:
    """All that are raised at ``now``, those of queues by name."""
    return [*_of_queues(floor, now), *_of_all(floor, service), *_standing(floor)]


def _of_queues(floor: Floor, now: Millis) -> Iterator[AlarmRow]:
    oldest: dict[tuple[QueueName, str], Millis] = {}
    for call in floor.calls.values():
        if call.phase is Phase.WAITING and call.queue is not None:
            came = call.place if call.place is not None else call.started_at
            key = call.queue, call.plan
            oldest[key] = min(came, oldest.get(key, came))
    present = _present(floor) if oldest else {}
    for (name, version), came in sorted(oldest.items()):
        stages = floor.plans[version].queues[name].stages
        if not any(present.get(stage.group, stage.max_level + 1) <= stage.max_level for stage in stages):
            yield {"name": "nobody_logged_in", "queue": name, "text": f"nobody who may serve {name} is logged in"}
        if now - came > LONG_WAIT_MS:
            text = f"somebody waits in {name} for more than {LONG_WAIT_MS // 1000} s"
            yield {"name": "long_wait", "queue": name, "text": text}


def _present(floor: Floor) -> dict[GroupName, int]:
    """The best level in each group among those who are logged in."""
    plan = floor.plans.get(floor.plan) if floor.plan is not None else None
    best: dict[GroupName, int] = {}
    for known in floor.operators.values():
        profile = plan.operators.get(known.extension) if plan is not None else None
        if profile is not None and known.state is not OperatorState.LOGGED_OUT:
            for group, level in profile.skills.items():
                best[group] = min(level, best.get(group, level))
    return best


def _of_all(floor: Floor, service: Service) -> Iterator[AlarmRow]:
    hour = service.get("60", {}).get(None, Count())
    limit = SERVICE_LEVEL.abandonment_limit
    if hour.offered >= FEW and hour.abandoned >= limit * hour.offered:
        text = f"{hour.abandoned} of {hour.offered} callers of the last hour hung up waiting (limit {limit:.0%})"
        yield {"name": "abandonment", "queue": None, "text": text}
    plan = floor.plans.get(floor.plan) if floor.plan is not None else None
    used = sum(leg.outside or leg.role is LegRole.CITIZEN for leg in floor.legs.values())
    if plan is not None and used >= plan.trunk.limit - plan.trunk.reserve:
        text = f"{used} of {plan.trunk.limit} channels of the outside line are taken: new callers are turned away"
        yield {"name": "trunk_full", "queue": None, "text": text}


def _standing(floor: Floor) -> Iterator[AlarmRow]:
    """Those that stand until somebody has seen them."""
    for alarm in floor.conditions.alarms:
        since = jst(alarm.first_at).strftime("%H:%M")
        whose = f"operator {alarm.extension}: " if alarm.extension is not None else ""
        text = f"{whose}{alarm.count} calls outside refused since {since}, the last to {alarm.number}: {alarm.why}"
        row: AlarmRow = {"name": str(alarm.kind), "queue": None, "text": text}
        yield {**row, "operator": alarm.extension} if alarm.extension is not None else row
