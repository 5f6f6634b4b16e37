"""Calls that are answered somewhere else: at a second site, over the trunk (B-3).

Rules
-----
* A mode sends all calls of a number there, before its flow. When nobody answers there, or the site's channels are all
  in use, the caller goes on with the flow of the number.
* Callers who wait go there too: those of such a number, and, with nobody logged in anywhere for as long as the refuge
  asks, those of its numbers. While the site is full they wait on, and go there in their order as channels come free.
* A caller is sent once. One for whom nobody answered waits on at the place held before.
"""

from ctl.switchboard import acd, facts, handoff, seating
from ctl.switchboard.conditions import Conditions
from ctl.switchboard.floor import Call
from ctl.switchboard.ids import DepartmentCode, Millis, Number
from ctl.switchboard.kinds import CallKind, Forwarding, OperatorState
from ctl.switchboard.plan import Plan, Refuge
from ctl.switchboard.records import replace
from ctl.switchboard.turn import Turn


def send(turn: Turn, call: Call) -> bool:
    """Send a new call to the site that its number has in this mode. False: it has none, or there is no room."""
    service = turn.plan_of(call).services.get(Number(call.called))
    site = service.site if service is not None else None
    return site is not None and _send(turn, call, site, Forwarding.MODE, None)


def send_waiting(turn: Turn) -> None:
    """Send those who wait and may go elsewhere, in the order in which they would be served."""
    plan = turn.current_plan
    if plan is None or not (turn.conditions.deserted or any(service.site for service in plan.services.values())):
        return
    full: set[DepartmentCode] = set()
    for call in acd.in_order(turn, acd.waiting(turn)):
        where = _elsewhere(turn, call)
        # One caller for whom there is no room is enough to know it: hundreds may wait.
        if where is not None and where[0] not in full and not call.forwarded and not _send(turn, call, *where):
            full.add(where[0])


def _elsewhere(turn: Turn, call: Call) -> tuple[DepartmentCode, Forwarding, str | None] | None:
    """Where a caller who waits may go, why, and who permitted it if that is known beforehand."""
    service, refuge = turn.plan_of(call).services.get(Number(call.called)), turn.plan_of(call).refuge
    if call.kind is not CallKind.INBOUND or service is None:
        return None
    if service.site is not None:
        return service.site, Forwarding.MODE, None
    if refuge is not None and turn.conditions.deserted and _open(refuge, service.number, turn.now):
        return refuge.site, Forwarding.NOBODY, refuge.permitted_by
    return None


def _open(refuge: Refuge, number: Number, now: Millis) -> bool:
    return number in refuge.numbers and now < refuge.permitted_until


def _send(turn: Turn, call: Call, site: DepartmentCode, why: Forwarding, permitted_by: str | None) -> bool:
    if call.forwarded or handoff.why_not(turn, call, site, 0) is not None:
        return False
    switch = turn.conditions.in_force
    if switch is not None and switch.permission is not None and permitted_by is None:
        permitted_by = switch.permission.by
    call, n = turn.number(replace(call, forwarded=True))
    turn.record(facts.CallForwarded(call.id, n, turn.now, site, why, turn.conditions.mode, permitted_by))
    handoff.reach(turn, call, site)
    return True


# --- is anybody there? ------------------------------------------------------------------------------------------------


def look(turn: Turn) -> None:
    """Keep since when nobody is logged in with a telephone that works, where a refuge waits for that."""
    plan, known = turn.current_plan, turn.conditions
    if plan is None or plan.refuge is None or _somebody(turn):
        if known.nobody_since is not None or known.deserted:
            turn.conditions = replace(known, nobody_since=None, deserted=False)
        return
    since = known.nobody_since if known.nobody_since is not None else turn.now
    deserted = since + plan.refuge.after_ms <= turn.now
    if (since, deserted) != (known.nobody_since, known.deserted):
        turn.conditions = replace(known, nobody_since=since, deserted=deserted)


def _somebody(turn: Turn) -> bool:
    return any(
        known.state is not OperatorState.LOGGED_OUT and seating.endpoints(turn.operators, known)
        for known in turn.operators.values()
    )


def deserted_at(conditions: Conditions, plan: Plan | None) -> Millis | None:
    """When it will have lasted long enough."""
    refuge = plan.refuge if plan is not None else None
    if refuge is None or conditions.nobody_since is None or conditions.deserted:
        return None
    return conditions.nobody_since + refuge.after_ms
