"""The live floor as a JSON document: what ``ctl floor --json``, the live socket and the web show.

Names are stable: more may be added, none renamed. Times are ISO 8601 UTC with milliseconds.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from typing import TypedDict

from ctl.runtime.alarms import AlarmRow, alarm_rows
from ctl.runtime.centre import CentreRow, centre_row
from ctl.runtime.expected import ExpectedRow
from ctl.runtime.instants import iso as iso  # noqa: PLC0414 - part of what a document is
from ctl.runtime.service import ServiceRow
from ctl.switchboard.floor import Call, Floor, Operator, Phase, Supervision
from ctl.switchboard.ids import Extension, Millis, QueueName
from ctl.switchboard.kinds import CallKind, OperatorState
from ctl.switchboard.operator import due_at
from ctl.switchboard.plan import OperatorProfile, Queue
from ctl.switchboard.seating import endpoints

IN_QUEUE = frozenset({Phase.WAITING, Phase.RINGING})
HOLDING, CONSULTING = "holding", "consulting"
"""What an operator who is `talking` does while the citizen hears music."""
WHILE_TALKING = {Phase.HELD: HOLDING, Phase.CONSULT_RINGING: CONSULTING, Phase.CONSULTING: CONSULTING}
SHOWN_STATES = (*map(str, OperatorState), HOLDING, CONSULTING)
"""All that `OperatorRow` may say of an operator."""


class SupervisionRow(TypedDict):
    """What a supervisor wishes (one ``call``, or all calls of an ``operator``), and ``hears``: the call heard now."""

    kind: str
    call: str | None
    operator: str | None
    follow: bool
    reason: str
    hears: str | None


class CallRow(TypedDict):
    """``since``: the start of what the citizen hears or does now. ``department``: the one being asked, or talking.

    ``promised_until``: when the wait is over that the caller was told last; None when no time was told.
    ``supervision`` is None but for a supervisor's own call.
    """

    id: str
    kind: str
    phase: str
    since: str
    started_at: str
    called: str
    caller: str
    menu: str | None
    queue: str | None
    operator: str | None
    department: str | None
    promised_until: str | None
    supervision: SupervisionRow | None


class QueueRow(TypedDict):
    """``oldest_since``: since when the caller waits who has waited longest on the line (`waits_since`); None for nobody."""

    name: str
    label: str
    waiting: int
    ringing: int
    oldest_since: str | None


class CallbackRow(TypedDict):
    """A citizen who is to be called back (docs/callback.md). ``call``: the call-back; ``origin``: where it was asked for.

    ``phase``: `promised`, or how far the attempt is that is being made. ``next_at``: before that no attempt is made.
    """

    call: str
    origin: str
    queue: str
    number: str
    phase: str
    operator: str | None
    place: str
    requested_at: str
    attempts: int
    next_at: str | None
    expires_at: str


class OperatorRow(TypedDict):
    """``state`` is one of `SHOWN_STATES`, ``since`` its beginning; None for an operator who has never been seen. ``pending``: not-ready reason for after the call.

    ``seat``: the telephone of another number at which the operator sits. ``kind``: of the reason; ``wrap_up``: of the wrap-up; ``until``: when the state ends by itself.
    """

    extension: str
    name: str
    state: str
    since: str | None
    reason: str | None
    call: str | None
    pending: str | None
    endpoints: list[str]
    seat: str | None
    kind: str | None
    wrap_up: str | None
    until: str | None


class TrunkRow(TypedDict):
    """Channels of the outside line: in use, how many there are, and how many of these only handoffs may take."""

    used: int
    limit: int
    reserve: int


class FloorDocument(TypedDict):
    at: str
    plan: str | None
    calls: list[CallRow]
    queues: list[QueueRow]
    expected: list[ExpectedRow]
    callbacks: list[CallbackRow]
    operators: list[OperatorRow]
    trunk: TrunkRow
    service: list[ServiceRow]
    alarms: list[AlarmRow]
    centre: CentreRow


def floor_document(
    floor: Floor,
    at: Millis,
    service: Iterable[ServiceRow] = (),
    expected: Iterable[ExpectedRow] = (),
) -> FloorDocument:
    """All that people see of the floor: calls oldest first, queues and operators by name."""
    return {
        "at": iso(at),
        "plan": floor.plan,
        "calls": [call_row(call) for call in sorted(floor.calls.values(), key=lambda call: call.started_at)],
        "queues": queue_rows(floor),
        "expected": list(expected),
        "callbacks": sorted(
            (row for call in floor.calls.values() if (row := callback_row(call))), key=lambda row: row["place"]
        ),
        "operators": [operator_row(floor, extension) for extension in extensions(floor)],
        "trunk": trunk_row(floor),
        "service": list(service),
        "alarms": alarm_rows(floor),
        "centre": centre_row(floor),
    }


def call_row(call: Call) -> CallRow:
    offered = call.offer.operator if call.offer else None
    return {
        "id": call.id,
        "kind": str(call.kind),
        "phase": str(call.phase),
        "since": iso(call.segment.started_at if call.segment else call.started_at),
        "started_at": iso(call.started_at),
        "called": call.called,
        "caller": caller_of(call),
        "menu": call.menu,
        "queue": call.queue,
        "operator": call.operator or offered,
        "department": call.handoff.department if call.handoff else None,
        "promised_until": iso(call.heard.promise.until) if call.heard.promise and call.phase in IN_QUEUE else None,
        "supervision": supervision_row(call.supervision) if call.supervision else None,
    }


def supervision_row(supervision: Supervision) -> SupervisionRow:
    return {
        "kind": str(supervision.kind),
        "call": supervision.call,
        "operator": supervision.operator,
        "follow": supervision.follow,
        "reason": supervision.reason,
        "hears": supervision.stretch.call if supervision.stretch else None,
    }


def caller_of(call: Call) -> str:
    """The citizen's number, of a call-back the one that is to be called."""
    return call.callback.number if call.callback is not None else call.caller


def callback_row(call: Call) -> CallbackRow | None:
    """None for a call that is no call-back, or whose citizen has been reached."""
    promised = call.callback
    if promised is None:
        return None
    return {
        "call": call.id,
        "origin": promised.origin,
        "queue": call.queue or "",
        "number": promised.number,
        "phase": str(call.phase),
        "operator": call.operator or (call.offer.operator if call.offer else None),
        "place": iso(call.place if call.place is not None else call.started_at),
        "requested_at": iso(call.started_at),
        "attempts": promised.attempts,
        "next_at": iso(promised.not_before) if promised.not_before is not None else None,
        "expires_at": iso(promised.expires_at),
    }


def waits_since(floor: Floor, call: Call) -> Millis | None:
    """Since when a citizen who waits has waited on the line; None where nobody is: a call-back rings an operator.

    The place may be older: kept from an earlier call, or for a call-back.
    """
    if call.callback is not None:
        return None
    came = call.started_at
    if call.kind is CallKind.CALLBACK and (leg := floor.legs.get(call.leg)) is not None:
        came = leg.answered_at or came  # it began with the promise
    return came if call.place is None else max(came, call.place)


def queue_rows(floor: Floor, among: Collection[str] | None = None) -> list[QueueRow]:
    """The queues of the plan in force, and older ones that still have callers; only those of ``among`` if given."""
    waiting: Counter[QueueName] = Counter()
    ringing: Counter[QueueName] = Counter()
    oldest: dict[QueueName, Millis] = {}
    for call in floor.calls.values():
        if call.queue is None or call.phase not in IN_QUEUE or (among is not None and call.queue not in among):
            continue
        waiting[call.queue] += 1
        ringing[call.queue] += call.phase is Phase.RINGING
        came = waits_since(floor, call)
        if came is not None:
            oldest[call.queue] = min(came, oldest.get(call.queue, came))
    labels = {name: queue.label for name, queue in _queues(floor).items()}
    return [
        {
            "name": name,
            "label": labels.get(name, name),
            "waiting": waiting[name],
            "ringing": ringing[name],
            "oldest_since": iso(oldest[name]) if name in oldest else None,
        }
        for name in sorted({*labels, *waiting} if among is None else {*labels, *waiting} & set(among))
    ]


def operator_row(floor: Floor, extension: Extension) -> OperatorRow:
    operator = floor.operators.get(extension, Operator(extension))
    profile = _profiles(floor).get(extension)
    seen = operator.changes > 0
    never: bool = not seen and operator.state is OperatorState.LOGGED_OUT
    state, since = _doing(floor, operator)
    return {
        "extension": extension,
        "name": profile.name if profile else "",
        "state": state,
        "since": None if never else iso(since),
        "reason": operator.reason,
        "call": operator.call,
        "pending": operator.pending,
        "endpoints": list(endpoints(floor.operators, operator)),
        "seat": operator.seat,
        "kind": operator.kind if operator.reason is not None else None,
        "wrap_up": operator.wrap_up if operator.state is OperatorState.WRAP_UP else None,
        "until": iso(due) if (due := due_at(operator)) is not None else None,
    }


def _doing(floor: Floor, operator: Operator) -> tuple[str, Millis]:
    call = floor.calls.get(operator.call) if operator.call is not None else None
    aside = WHILE_TALKING.get(call.phase) if call is not None and operator.state is OperatorState.TALKING else None
    if call is None or aside is None:
        return str(operator.state), operator.since
    return aside, call.segment.started_at if call.segment is not None else operator.since


def trunk_row(floor: Floor) -> TrunkRow:
    plan = floor.plans.get(floor.plan) if floor.plan is not None else None
    used = sum(leg.outside for leg in floor.legs.values())
    limit, reserve = (plan.trunk.limit, plan.trunk.reserve) if plan else (0, 0)
    return {"used": used, "limit": limit, "reserve": reserve}


def extensions(floor: Floor) -> Iterable[Extension]:
    """Operators of the plan in force and those still on the floor, in order."""
    return sorted({*_profiles(floor), *floor.operators})


def _profiles(floor: Floor) -> dict[Extension, OperatorProfile]:
    plan = floor.plans.get(floor.plan) if floor.plan is not None else None
    return dict(plan.operators) if plan else {}


def _queues(floor: Floor) -> dict[QueueName, Queue]:
    plan = floor.plans.get(floor.plan) if floor.plan is not None else None
    return dict(plan.queues) if plan else {}
