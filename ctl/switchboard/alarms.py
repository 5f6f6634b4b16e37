"""Alarms: what somebody should look at, since when, and who does (1.2.2, N-9). One list for all kinds.

Rules
-----
* There is one alarm of a kind about one thing. It is raised once, however often its cause comes again while it stands.
* What is found by looking at the centre from outside (`AlarmsFound`) goes out by itself when it is found no more.
* What is done by somebody (`UNTIL_SEEN`) stands until somebody else has seen it, and then goes out. Found from outside,
  it is told once for each time that it happens.
* Seeing an alarm changes nothing about its cause. The first who says so is kept.

A further kind needs its name in `AlarmKind`, and somebody who finds it: `ctl.runtime.lookout` where looking at the
floor from time to time is enough, `ctl.runtime.reports` for other processes, or `rise` from the room in which it happens.
"""

from ctl.switchboard import facts
from ctl.switchboard.conditions import Alarm
from ctl.switchboard.events import AlarmKind, AlarmsFound
from ctl.switchboard.ids import AlarmId
from ctl.switchboard.records import replace
from ctl.switchboard.turn import Turn

UNTIL_SEEN = frozenset(
    {
        AlarmKind.TOLL_FRAUD,
        AlarmKind.BRUTE_FORCE,
        AlarmKind.ROLES_CHANGED,
        AlarmKind.TELEPHONE_ATTACK,
        AlarmKind.CALLER_MISUSE,
        AlarmKind.WEB_ATTACK,
        AlarmKind.UNDECIDED,
    }
)


def found(turn: Turn, news: AlarmsFound) -> None:
    """Raise what is new or has happened, and let go out what is found no more."""
    now = {(one.kind, one.about): one for one in news.found if one.kind not in UNTIL_SEEN}
    for alarm in turn.conditions.alarms:
        if alarm.kind not in UNTIL_SEEN and now.pop((alarm.kind, alarm.about), None) is None:
            _clear(turn, alarm)
    happened = (one for one in news.found if one.kind in UNTIL_SEEN)
    for one in (*now.values(), *happened):
        rise(turn, one.kind, one.about, one.what)


def rise(turn: Turn, kind: AlarmKind, about: str | None, what: str) -> None:
    """Raise an alarm; one that stands already says ``what`` now, and that it has happened once more."""
    known = _standing(turn, kind, about)
    if known is not None:
        _put(turn, known, replace(known, what=what, count=known.count + 1))
        return
    name = str(kind) if about is None else f"{kind}:{about}"
    n = turn.conditions.alarmed + 1
    alarm = Alarm(AlarmId(f"{name}@{turn.now}.{n}"), kind, about, what, turn.now)
    turn.conditions = replace(turn.conditions, alarms=(*turn.conditions.alarms, alarm), alarmed=n)
    turn.record(facts.AlarmRaised(alarm.id, turn.now, kind, about, what))


def seen(turn: Turn, name: str | None, by: str) -> str | None:
    """Somebody looks after an alarm. Returns None, or why there is nothing to see."""
    standing = {alarm.name: alarm for alarm in turn.conditions.alarms}
    alarm = standing.get(name or "")
    if alarm is None:
        return f"no alarm {name!r} stands; those that do: {', '.join(sorted(standing)) or 'none'}"
    if alarm.seen_by is None:
        turn.record(facts.AlarmSeen(alarm.id, turn.now, by))
        alarm = _put(turn, alarm, replace(alarm, seen_by=by, seen_at=turn.now))
    if alarm.kind in UNTIL_SEEN:
        _clear(turn, alarm)
    return None


def _standing(turn: Turn, kind: AlarmKind, about: str | None) -> Alarm | None:
    return next((one for one in turn.conditions.alarms if (one.kind, one.about) == (kind, about)), None)


def _put(turn: Turn, old: Alarm, new: Alarm) -> Alarm:
    alarms = tuple(new if one is old else one for one in turn.conditions.alarms)
    turn.conditions = replace(turn.conditions, alarms=alarms)
    return new


def _clear(turn: Turn, alarm: Alarm) -> None:
    left = tuple(one for one in turn.conditions.alarms if one is not alarm)
    turn.conditions = replace(turn.conditions, alarms=left)
    turn.record(facts.AlarmCleared(alarm.id, turn.now))
