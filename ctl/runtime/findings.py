"""What somebody should look at now, as far as the floor and the service level tell. Pure.

| alarm | found while |
|---|---|
| ``nobody_logged_in`` | somebody waits in a queue that no operator who is logged in may ever serve |
| ``nobody_at_work`` | somebody waits in a queue, and all who are logged in and may serve it are not ready or unreachable |
| ``long_wait`` | somebody has waited in a queue, on the line, for more than four times the target (別紙3) |
| ``abandonment`` | of at least ten waits that ended in the last hour the share of abandoned ones has reached the limit (別紙3) |
| ``trunk_nearly_full`` | four fifths of the channels that callers may have are taken |
| ``trunk_full`` | callers are turned away: every channel but those kept for handoffs is taken |
"""

from collections.abc import Collection, Iterator

from ctl.kpi.definitions import SERVICE_LEVEL
from ctl.kpi.windows import Count, Service
from ctl.runtime.document import trunk_row, waits_since
from ctl.switchboard import acd
from ctl.switchboard.events import AlarmFound, AlarmKind
from ctl.switchboard.floor import Floor, Phase
from ctl.switchboard.ids import Millis, QueueName
from ctl.switchboard.kinds import NOT_AT_WORK, OperatorState
from ctl.switchboard.staff import AWAY, present
from ctl.switchboard.turn import Turn

LONG_WAIT_MS = 4 * SERVICE_LEVEL.threshold_ms
FEW = 10
"""Of fewer waits a share says nothing."""
NEARLY = 0.8


def findings(floor: Floor, service: Service, now: Millis) -> Iterator[AlarmFound]:
    """All of ``now``, those of queues first, by name."""
    yield from _of_queues(floor, now)
    yield from _abandonment(service)
    yield from _trunk(floor)


def _of_queues(floor: Floor, now: Millis) -> Iterator[AlarmFound]:
    oldest: dict[tuple[QueueName, str], Millis] = {}
    for call in floor.calls.values():
        if call.phase is not Phase.WAITING or call.queue is None:
            continue
        came = waits_since(floor, call)
        if came is not None:
            key = call.queue, call.plan
            oldest[key] = min(came, oldest.get(key, came))
    if not oldest:
        return
    logged_in, at_work = (_served(floor, now, without) for without in (AWAY, NOT_AT_WORK))
    for (name, version), came in sorted(oldest.items()):
        if (version, name) not in logged_in:
            yield AlarmFound(AlarmKind.NOBODY_LOGGED_IN, name, f"nobody who may serve {name} is logged in")
        elif (version, name) not in at_work:
            yield AlarmFound(AlarmKind.NOBODY_AT_WORK, name, f"all who may serve {name} are not ready or unreachable")
        if now - came > LONG_WAIT_MS:
            what = f"somebody waits in {name} for more than {LONG_WAIT_MS // 1000} s"
            yield AlarmFound(AlarmKind.LONG_WAIT, name, what)


def _served(floor: Floor, now: Millis, without: Collection[OperatorState]) -> Collection[tuple[str, QueueName | None]]:
    """The queues, by plan and name, that somebody may serve who is in none of these states."""
    turn = Turn(floor, now)
    return acd.queues_of(turn, present(turn, without))


def _abandonment(service: Service) -> Iterator[AlarmFound]:
    hour = service.get("60", {}).get(None, Count())
    limit = SERVICE_LEVEL.abandonment_limit
    if hour.waited >= FEW and hour.abandoned >= limit * hour.waited:
        what = f"{hour.abandoned} of {hour.waited} callers of the last hour hung up waiting (limit {limit:.0%})"
        yield AlarmFound(AlarmKind.ABANDONMENT, None, what)


def _trunk(floor: Floor) -> Iterator[AlarmFound]:
    trunk = trunk_row(floor)
    used, limit, shared = trunk["used"], trunk["limit"], trunk["limit"] - trunk["reserve"]
    if limit and used >= shared:
        what = f"{used} of {limit} channels of the outside line are taken: new callers are turned away"
        yield AlarmFound(AlarmKind.TRUNK_FULL, None, what)
    elif limit and used >= NEARLY * shared:
        what = f"{used} of the {shared} channels are taken from which on callers are turned away"
        yield AlarmFound(AlarmKind.TRUNK_NEARLY_FULL, None, what)
