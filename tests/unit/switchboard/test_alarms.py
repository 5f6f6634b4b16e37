"""Alarms: raised once, seen by somebody, out when their cause is over; each of it is stated."""

from ctl.switchboard import facts
from ctl.switchboard.events import AlarmFound, AlarmKind, AlarmsFound, Do
from ctl.switchboard.facts import AlarmCleared, AlarmRaised, AlarmSeen
from tests.floor_driver import Driver
from tests.plans import CIVIL, TAX

FORBIDDEN = "0990123456"


def found(town: Driver, *alarms: AlarmFound) -> list[facts.Fact]:
    """What is stated when these are found."""
    before = len(town.effects)
    town.happens(AlarmsFound(alarms))
    return stated(town, before)


def stated(town: Driver, since: int = 0) -> list[facts.Fact]:
    alarming = (AlarmRaised, AlarmSeen, AlarmCleared)
    told = [getattr(effect, "fact", None) for effect in town.effects[since:]]
    return [fact for fact in told if isinstance(fact, alarming)]


def waits(queue: str) -> AlarmFound:
    return AlarmFound(AlarmKind.LONG_WAIT, queue, f"somebody waits in {queue}")


def standing(town: Driver) -> list[str]:
    return [alarm.name for alarm in town.floor.conditions.alarms]


def test_what_is_found_is_raised_once_and_over_when_it_is_found_no_more() -> None:
    town = Driver()
    (raised,) = found(town, waits(CIVIL))
    assert isinstance(raised, AlarmRaised)
    assert (raised.kind, raised.about, raised.at) == (AlarmKind.LONG_WAIT, CIVIL, town.now)
    assert found(town, waits(CIVIL)) == []
    town.passes(5_000)
    assert [type(fact) for fact in found(town, waits(CIVIL), waits(TAX))] == [AlarmRaised]
    assert found(town, waits(TAX)) == [AlarmCleared(raised.alarm, town.now)]
    assert standing(town) == ["long_wait:tax"]


def test_raised_again_it_is_another_alarm_even_in_the_same_instant() -> None:
    town = Driver()
    (first,), _, (second,) = found(town, waits(CIVIL)), found(town), found(town, waits(CIVIL))
    assert isinstance(first, AlarmRaised)
    assert isinstance(second, AlarmRaised)
    assert first.alarm != second.alarm


def test_seen_it_stands_on_with_the_name_of_the_first_who_looks_after_it() -> None:
    town = Driver()
    found(town, waits(CIVIL))
    since = town.now
    town.passes(3_000)
    for _ in range(2):
        assert town.command(Do.ALARM_SEEN, argument="long_wait:civil").ok
        town.passes(1_000)
    (alarm,) = town.floor.conditions.alarms
    assert (alarm.since, alarm.seen_by, alarm.seen_at) == (since, "test", since + 3_000)
    assert [type(fact) for fact in stated(town)] == [AlarmRaised, AlarmSeen]


def test_what_somebody_did_stands_until_somebody_else_has_seen_it() -> None:
    town = Driver()
    town.ready("2001")
    town.dials("2001", FORBIDDEN)
    assert found(town) == []
    assert standing(town) == ["toll_fraud:2001"]
    assert town.command(Do.ALARM_SEEN, argument="toll_fraud:2001").ok
    assert standing(town) == []
    assert [type(fact) for fact in stated(town)] == [AlarmRaised, AlarmSeen, AlarmCleared]


def test_what_does_not_stand_cannot_be_seen_and_those_that_do_are_named() -> None:
    town = Driver()
    assert "none" in town.command(Do.ALARM_SEEN, argument="trunk_full").message
    found(town, waits(CIVIL), AlarmFound(AlarmKind.PBX_AWAY, None, "Asterisk is away"))
    reply = town.command(Do.ALARM_SEEN, argument="trunk_full")
    assert not reply.ok
    assert "long_wait:civil, pbx_away" in reply.message
