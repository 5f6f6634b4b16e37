"""Numbers outside (N-9): which may be dialled, how often, and what stays free for handoffs."""

import pytest

from ctl.switchboard import effects, facts
from ctl.switchboard.events import AlarmKind, CallArrived, Do, PhoneReachable
from ctl.switchboard.ids import CallId, Endpoint, Extension, LegId
from ctl.switchboard.kinds import NotDialled, NumberClass, Outcome, Purpose
from ctl.switchboard.numbering import class_of, unlisted
from ctl.switchboard.outside import HOUR_MS
from ctl.switchboard.plan import Destination, Outside, Trunk
from tests.floor_driver import Driver
from tests.plans import CITY, CIVIL, PENSIONS, plan_with, prompt

HOME, TRUNK = Outside(), Trunk()
FORBIDDEN = "0990123456"


def at_work(outside: Outside = HOME, trunk: Trunk = TRUNK) -> Driver:
    town = Driver(plan_with(outside=outside, trunk=trunk))
    town.ready("2001", "2002")
    return town


def calls_and_ends(town: Driver, extension: str, name: str) -> bool:
    """An operator calls outside, and everybody hangs up. Whether the number was dialled."""
    town.dials(extension, "0312345678", name)
    dialled = town.done(effects.DialOutside)
    for one in dialled:
        town.hangs_up(one.leg)
    if name in town.floor.calls and town.call(name).speaking:
        town.hears_out(name)
    town.hangs_up(name)
    assert name not in town.floor.calls
    return bool(dialled)


def heard(town: Driver) -> list[tuple[str, ...]]:
    return [say.media for say in town.done(effects.Say)]


# --- numbers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "kind", "refused"),
    [
        ("0312345678", NumberClass.FIXED_LINE, None),
        ("09012345678", NumberClass.MOBILE, None),
        ("05012345678", NumberClass.IP, None),
        ("0120123456", NumberClass.FREE, None),
        ("0570012345", NumberClass.NAVI_DIAL, NotDialled.NOT_LISTED),
        ("0990123456", NumberClass.PREMIUM, NotDialled.NOT_LISTED),
        ("0180990123", NumberClass.PREMIUM, NotDialled.NOT_LISTED),
        ("010441234567", NumberClass.INTERNATIONAL, NotDialled.NOT_LISTED),
        ("0102471234", NumberClass.INTERNATIONAL, NotDialled.NOT_LISTED),
        ("0033010441234567", NumberClass.INTERNATIONAL, NotDialled.NOT_LISTED),
        ("12345", NumberClass.NO_NUMBER, NotDialled.NO_NUMBER),
        ("031234567890", NumberClass.NO_NUMBER, NotDialled.NO_NUMBER),
        ("03123456٧8", NumberClass.NO_NUMBER, NotDialled.NO_NUMBER),
        ("+81312345678", NumberClass.NO_NUMBER, NotDialled.NO_NUMBER),
        ("1840312345678", NumberClass.NO_NUMBER, NotDialled.NO_NUMBER),
        ("1840990123456", NumberClass.NO_NUMBER, NotDialled.NOT_LISTED),
        ("186010441234567", NumberClass.NO_NUMBER, NotDialled.NOT_LISTED),
        ("184186" * 1000, NumberClass.NO_NUMBER, NotDialled.NO_NUMBER),
    ],
)
def test_every_number_in_japan_may_be_called_and_nothing_that_costs_more(
    number: str, kind: NumberClass, refused: NotDialled | None
) -> None:
    assert class_of(number) is kind
    assert unlisted(number, HOME) is refused


def test_costly_numbers_are_opened_by_a_prefix_of_their_own_and_no_further() -> None:
    rules = Outside((Destination("03"), Destination("0570012"), Destination("01082")))
    assert unlisted("0570012345", rules) is None
    assert unlisted("0570999345", rules) is NotDialled.NOT_LISTED
    assert unlisted("010821234567", rules) is None
    assert unlisted("010441234567", rules) is NotDialled.NOT_LISTED
    assert unlisted("0312345678", rules) is None
    assert unlisted("0612345678", rules) is NotDialled.NOT_LISTED


# --- operators' own calls ---------------------------------------------------------------------------------------------


def test_first_forbidden_attempt_is_spoken_to_stated_and_raises_the_alarm() -> None:
    town = at_work()
    town.dials("2001", FORBIDDEN)
    assert not town.done(effects.DialOutside)
    assert heard(town) == [(prompt("system-number-not-allowed"),)]
    (fact,) = town.recorded(facts.OutsideRefused)
    assert (fact.extension, fact.purpose, fact.kind) == ("2001", Purpose.OWN_CALL, NumberClass.PREMIUM)
    assert (fact.number, fact.why) == ("0990******", NotDialled.NOT_LISTED)
    (alarm,) = town.floor.conditions.alarms
    assert (alarm.kind, alarm.about, alarm.count) == (AlarmKind.TOLL_FRAUD, "2001", 1)
    assert alarm.what == "a call outside was refused, to 0990****** (premium): not_listed"
    town.hears_out("own")
    assert effects.HangUp(town.floor.legs["own"].id) in town.fresh  # type: ignore[index]


def test_forbidden_attempt_counts_also_where_nobody_is_logged_in() -> None:
    town = Driver()
    town.happens(PhoneReachable(Extension("2003"), Endpoint("2003")))
    town.dials("2003", FORBIDDEN)
    assert [alarm.about for alarm in town.floor.conditions.alarms] == ["2003"]


def test_slip_of_the_finger_is_no_alarm() -> None:
    town = at_work()
    town.dials("2001", "031234567")
    assert heard(town) == [(prompt("system-number-not-allowed"),)]
    assert [fact.why for fact in town.recorded(facts.OutsideRefused)] == [NotDialled.NO_NUMBER]
    assert town.floor.conditions.alarms == ()


def test_alarm_counts_attempts_until_somebody_has_seen_it() -> None:
    town = at_work()
    first = town.now
    for name in ("own1", "own2"):
        town.dials("2001", FORBIDDEN, name)
        town.passes(1000)
    assert [(alarm.count, alarm.since) for alarm in town.floor.conditions.alarms] == [(2, first)]
    assert town.command(Do.ALARM_SEEN, argument="toll_fraud:2001").ok
    assert not town.floor.conditions.alarms
    town.dials("2001", FORBIDDEN, "own3")
    assert len(town.floor.conditions.alarms) == 1


def test_operator_reaches_the_cap_of_an_hour_and_may_call_again_after_it() -> None:
    town = at_work(Outside(per_operator_an_hour=2))
    assert calls_and_ends(town, "2001", "own1")
    town.passes(HOUR_MS // 2)
    assert calls_and_ends(town, "2001", "own2")
    town.dials("2001", "0312345678", "own3")
    assert heard(town) == [(prompt("system-outside-cap"),)]
    assert [fact.why for fact in town.recorded(facts.OutsideRefused)] == [NotDialled.OPERATOR_CAP]
    (alarm,) = town.floor.conditions.alarms
    assert alarm.what.endswith(": operator_cap")
    town.hears_out("own3")
    town.hangs_up("own3")
    assert calls_and_ends(town, "2002", "own4")
    town.passes(HOUR_MS // 2)
    assert calls_and_ends(town, "2001", "own5")


def test_all_operators_together_reach_the_cap_of_an_hour() -> None:
    town = at_work(Outside(an_hour=1))
    assert calls_and_ends(town, "2001", "own1")
    assert not calls_and_ends(town, "2002", "own2")
    assert [fact.why for fact in town.recorded(facts.OutsideRefused)] == [NotDialled.HOUR_CAP]


def test_own_calls_hold_no_more_channels_than_they_may() -> None:
    town = at_work(Outside(at_once=1))
    town.dials("2001", "0312345678", "own1")
    assert town.done(effects.DialOutside)
    town.dials("2002", "0312345678", "own2")
    assert not town.done(effects.DialOutside)
    assert [fact.why for fact in town.recorded(facts.OutsideRefused)] == [NotDialled.CHANNEL_CAP]


# --- the trunk --------------------------------------------------------------------------------------------------------


def test_caller_beyond_what_is_kept_for_handoffs_is_told_so_and_hung_up() -> None:
    town = at_work(trunk=Trunk(limit=3, reserve=1))
    town.calls_in("a")
    town.calls_in("b")
    town.calls_in("c")
    assert heard(town) == [(prompt("system-trunk-full"),)]
    town.hears_out("c")
    assert town.outcome("c") is Outcome.TRUNK_FULL
    assert [one.leg for one in town.done(effects.HangUp)] == ["c"]


def test_own_call_leaves_what_is_kept_for_handoffs() -> None:
    town = at_work(trunk=Trunk(limit=3, reserve=1))
    town.calls_in("a")
    town.calls_in("b")
    town.dials("2001", "0312345678")
    assert heard(town) == [(prompt("system-trunk-full"),)]
    assert [fact.why for fact in town.recorded(facts.OutsideRefused)] == [NotDialled.TRUNK_FULL]
    assert town.floor.conditions.alarms == ()


def test_handoff_takes_the_channel_that_is_kept_for_it_from_whoever_is_told_that_all_are_in_use() -> None:
    town = at_work(trunk=Trunk(limit=3, reserve=1))
    town.talks("a", "2001")
    town.calls_in("b")
    town.calls_in("told")
    assert town.command(Do.CONSULT, call="a", argument=PENSIONS).ok
    order = [one for one in town.fresh if isinstance(one, effects.HangUp | effects.DialOutside)]
    assert isinstance(order[0], effects.HangUp)
    assert order[0].leg == "told"
    assert isinstance(order[1], effects.DialOutside)
    assert town.outcome("told") is Outcome.TRUNK_FULL
    assert "b" in town.floor.calls


def test_handoff_beyond_the_limit_is_refused_in_words_and_stated() -> None:
    town = at_work(trunk=Trunk(limit=2, reserve=0))
    town.talks("a", "2001")
    town.calls_in("b")
    assert "all 2 channels" in town.command(Do.CONSULT, call="a", argument=PENSIONS).message
    (fact,) = town.recorded(facts.OutsideRefused)
    assert (fact.call, fact.extension, fact.purpose) == ("a", "2001", Purpose.HANDOFF)
    assert (fact.number, fact.why) == ("0300******", NotDialled.TRUNK_FULL)


def test_caller_who_comes_back_from_the_fallback_queue_is_never_turned_away() -> None:
    town = at_work(trunk=Trunk(limit=2, reserve=1))
    town.calls_in("a")
    town.happens(CallArrived(CallId("b"), LegId("b"), CITY, "0312345678", waiting_since=town.now - 5000))
    assert town.call("b").queue == CIVIL
