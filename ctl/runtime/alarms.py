"""The alarms that stand, as rows of the floor document."""

from typing import TypedDict

from ctl.runtime.instants import iso
from ctl.switchboard.conditions import Alarm
from ctl.switchboard.events import AlarmKind
from ctl.switchboard.floor import Floor

OF_QUEUES = frozenset({AlarmKind.NOBODY_LOGGED_IN, AlarmKind.NOBODY_AT_WORK, AlarmKind.LONG_WAIT})
OF_OPERATORS = frozenset({AlarmKind.TOLL_FRAUD})


class AlarmRow(TypedDict):
    """``alarm``: what `ctl alarm seen` takes. ``name``: its kind. ``text``: for people, as it was when it happened.

    ``queue``, ``operator``, ``about``: which queue, operator or other thing, None for the centre. ``count``: how often it has happened since ``since``.
    """

    alarm: str
    name: str
    queue: str | None
    operator: str | None
    about: str | None
    text: str
    since: str
    count: int
    seen_by: str | None
    seen_at: str | None


def alarm_rows(floor: Floor) -> list[AlarmRow]:
    """All that stand, in the order in which they were raised."""
    return [_row(alarm) for alarm in floor.conditions.alarms]


def _row(alarm: Alarm) -> AlarmRow:
    return {
        "alarm": alarm.name,
        "name": str(alarm.kind),
        "queue": alarm.about if alarm.kind in OF_QUEUES else None,
        "operator": alarm.about if alarm.kind in OF_OPERATORS else None,
        "about": alarm.about if alarm.kind not in OF_QUEUES | OF_OPERATORS else None,
        "text": alarm.what,
        "since": iso(alarm.since),
        "count": alarm.count,
        "seen_by": alarm.seen_by,
        "seen_at": iso(alarm.seen_at) if alarm.seen_at is not None else None,
    }
