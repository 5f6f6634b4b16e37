"""Callers whom the sentinel sent to the PBX's own queue come back in the order in which they first came."""

import pytest

from ctl.switchboard.effects import Disconnect, HangUp
from ctl.switchboard.events import (
    CallArrived,
    CallServedElsewhere,
    Cause,
    Do,
    FoundLeg,
    LegAnswered,
    LegEnded,
    LegLeft,
    PbxFound,
    TalkElsewhere,
)
from ctl.switchboard.facts import CallEnded, CallStarted, LegClosed, SegmentEnded
from ctl.switchboard.floor import Phase
from ctl.switchboard.ids import CallId, Extension, LegId, Number, QueueName
from ctl.switchboard.kinds import OperatorState, Outcome, SegmentKind
from ctl.switchboard.plan import Routing
from ctl.switchboard.records import replace
from tests.floor_driver import Driver
from tests.plans import CITY, CIVIL, small_plan


def comes_back(driver: Driver, call: str, first_came_at: int) -> None:
    driver.happens(CallArrived(CallId(call), LegId(call), CITY, "0312345678", first_came_at))


def test_caller_rescued_from_the_ivr_is_served_before_one_who_came_later() -> None:
    driver = Driver()
    came = driver.now
    driver.calls_in("1.1")
    driver.happens(LegLeft(LegId("1.1")))
    assert driver.call("1.1").phase is Phase.ELSEWHERE
    driver.passes(10_000)
    comes_back(driver, "1.2", came + 5000)
    comes_back(driver, "1.1", came)
    driver.ready("2001")
    assert driver.operator("2001").call == "1.1"


@pytest.mark.parametrize(
    ("by", "after_ms", "outcome", "queue"),
    [
        ("2001", 50_000, Outcome.FALLBACK, CIVIL),
        (None, 50_000, Outcome.ABANDONED_QUEUE, CIVIL),
        (None, 0, Outcome.ABANDONED_IVR, None),
    ],
    ids=["answered", "gives up in the PBX's queue", "gives up in the menu"],
)
def test_whom_the_pbxs_own_queue_took_out_of_a_menu_waited_in_that_of_the_number(
    by: str | None, after_ms: int, outcome: Outcome, queue: QueueName | None
) -> None:
    driver = Driver()
    came = driver.now
    driver.calls_in("1.1")
    driver.passes(1000)
    if after_ms:
        driver.happens(LegLeft(LegId("1.1")))
        driver.passes(after_ms)
        answered_at, operator = (driver.now, Extension(by)) if by else (None, None)
        driver.passes(after_ms)
        driver.happens(CallServedElsewhere(CallId("1.1"), CITY, "0312345678", came, answered_at, driver.now, operator))
    else:
        driver.hangs_up("1.1")
    (ended,) = driver.recorded(CallEnded)
    assert (ended.outcome, ended.queue) == (outcome, queue)


def test_who_comes_to_us_out_of_the_pbxs_own_queue_has_waited_since_he_called() -> None:
    driver = Driver()
    came = driver.now
    driver.passes(50_000)
    comes_back(driver, "1.1", came)
    driver.passes(10_000)
    driver.hangs_up("1.1")
    (waited,) = driver.recorded(SegmentEnded)
    assert (waited.kind, waited.started_at, waited.at) == (SegmentKind.WAIT, came, came + 60_000)


def test_who_comes_back_to_a_call_that_is_over_is_hung_up_and_not_left_in_silence() -> None:
    driver = Driver()
    driver.calls_in("1.1")
    driver.hangs_up("1.1")
    comes_back(driver, "1.1", driver.now)
    assert driver.done(HangUp) == [HangUp(LegId("1.1"))]
    assert not driver.floor.calls


def test_caller_rescued_while_waiting_keeps_the_place() -> None:
    driver = Driver()
    driver.waits_in_civil("1.1")
    place = driver.call("1.1").place
    driver.happens(LegLeft(LegId("1.1")))
    driver.passes(10_000)
    comes_back(driver, "1.1", driver.now - 10_000)
    assert (driver.call("1.1").phase, driver.call("1.1").place) == (Phase.WAITING, place)


def test_caller_who_comes_back_from_a_pbx_whose_clock_is_ahead_is_served_in_turn() -> None:
    driver = Driver()
    driver.waits_in_civil("1.1")
    driver.passes(1_000)
    comes_back(driver, "1.2", driver.now + 300_000)
    assert driver.call("1.2").place == driver.now
    driver.ready("2001")
    assert driver.operator("2001").call == "1.1"
    driver.ready("2002")
    assert driver.operator("2002").call == "1.2"


def heard_that_it_is_closed(driver: Driver, call: str, came: int) -> None:
    driver.happens(CallServedElsewhere(CallId(call), CITY, "0312345678", came, None, driver.now, None, closed=True))


def test_caller_who_heard_the_closing_message_without_us_did_not_give_up() -> None:
    driver = Driver()
    came = driver.now
    driver.passes(10_000)
    heard_that_it_is_closed(driver, "1.1", came)
    [ended] = driver.recorded(CallEnded)
    assert (ended.outcome, ended.ended_by, ended.queue) == (Outcome.CLOSED, "centre", None)
    assert [segment.kind for segment in driver.recorded(SegmentEnded)] == [SegmentKind.CLOSING]


@pytest.mark.parametrize("who", ["operator", "centre", "citizen"])
@pytest.mark.parametrize("begun_with_us", [True, False])
def test_who_hung_up_in_the_fallback_is_told(who: str, begun_with_us: bool) -> None:
    driver = Driver()
    came = driver.now
    if begun_with_us:
        driver.calls_in("1.1")
        driver.happens(LegLeft(LegId("1.1")))
    driver.passes(10_000)
    driver.happens(
        CallServedElsewhere(
            CallId("1.1"), CITY, "0312345678", came, came + 5_000, driver.now, Extension("2001"), ended_by=who
        )
    )
    assert [(ended.outcome, ended.ended_by) for ended in driver.recorded(CallEnded)] == [(Outcome.FALLBACK, who)]


def test_caller_rescued_while_hearing_the_closing_message_hears_it_again_and_is_closed() -> None:
    driver = Driver()
    came = driver.now
    driver.calls_in("1.1")
    driver.happens(LegLeft(LegId("1.1")))
    driver.passes(10_000)
    heard_that_it_is_closed(driver, "1.1", came)
    assert [(ended.outcome, ended.ended_by) for ended in driver.recorded(CallEnded)] == [(Outcome.CLOSED, "centre")]


def test_caller_who_leaves_us_while_talking_leaves_no_bridge_behind() -> None:
    driver = Driver()
    driver.ready("2001")
    driver.talks("1.1", "2001")
    bridge = driver.call("1.1").bridge
    assert bridge is not None
    driver.happens(LegLeft(LegId("1.1")))
    assert Disconnect(bridge) in driver.fresh


def test_caller_who_gave_up_in_the_fallback_leaves_no_leg_behind() -> None:
    driver = Driver()
    came = driver.now
    driver.waits_in_civil("1.1")
    driver.happens(LegLeft(LegId("1.1")))
    driver.passes(10_000)
    driver.happens(CallServedElsewhere(CallId("1.1"), CITY, "0312345678", came, None, driver.now, None))
    [closed] = driver.recorded(LegClosed)
    assert (closed.leg, closed.at) == ("1.1", driver.now)
    assert driver.floor.legs == {}


@pytest.mark.parametrize("known", ["waiting", "in the menu", "not"])
def test_whom_the_pbxs_own_queue_gives_up_has_not_given_up_himself(known: str) -> None:
    """Nobody came for a long time, an honest word was said, and the PBX hung up."""
    driver = Driver()
    came = driver.now
    if known == "waiting":
        driver.waits_in_civil("1.1")
    if known == "in the menu":
        driver.calls_in("1.1")
    if known != "not":
        driver.happens(LegLeft(LegId("1.1")))
    driver.passes(600_000)
    driver.happens(
        CallServedElsewhere(CallId("1.1"), CITY, "0312345678", came, None, driver.now, None, ended_by="centre")
    )
    [ended] = driver.recorded(CallEnded)
    assert (ended.outcome, ended.ended_by, ended.queue) == (Outcome.LOST, "centre", CIVIL)


def test_number_that_is_nobodys_is_refused_in_the_pbxs_own_queue_too() -> None:
    driver = Driver()
    driver.happens(
        CallServedElsewhere(
            CallId("1.1"),
            Number("0300009999"),
            "0312345678",
            driver.now - 4_000,
            None,
            driver.now,
            None,
            ended_by="centre",
        )
    )
    [ended] = driver.recorded(CallEnded)
    assert (ended.outcome, ended.queue) == (Outcome.REFUSED, None)
    assert [one.kind for one in driver.recorded(SegmentEnded)] == [SegmentKind.CLOSING]


@pytest.mark.parametrize(("closed", "outcome"), [(False, Outcome.ABANDONED_QUEUE), (True, Outcome.CLOSED)])
def test_number_that_a_deploy_has_dropped_meanwhile_was_the_wards_when_it_was_called(
    closed: bool, outcome: Outcome
) -> None:
    driver = Driver()
    dropped, came = Number("0345662466"), driver.now - 60_000
    driver.happens(
        CallServedElsewhere(CallId("1.1"), dropped, "0312345678", came, None, driver.now, None, closed=closed)
    )
    [ended] = driver.recorded(CallEnded)
    assert ended.outcome is outcome


def hung_up_at_once(driver: Driver, call: str, came: int) -> None:
    driver.happens(CallServedElsewhere(CallId(call), CITY, "0312345678", came, None, came + 900, None, unheard=True))


def test_caller_of_whom_nothing_was_heard_gave_up_in_the_menu() -> None:
    driver = Driver()
    hung_up_at_once(driver, "1.1", driver.now)
    [ended] = driver.recorded(CallEnded)
    assert (ended.outcome, ended.ended_by, ended.queue) == (Outcome.ABANDONED_IVR, "citizen", None)
    assert [segment.kind for segment in driver.recorded(SegmentEnded)] == [SegmentKind.IVR]


def test_news_of_a_short_call_that_we_serve_or_have_served_change_nothing() -> None:
    driver = Driver()
    came = driver.now
    driver.calls_in("1.1")
    hung_up_at_once(driver, "1.1", came)
    assert driver.call("1.1").phase is not Phase.ELSEWHERE
    driver.happens(LegEnded(LegId("1.1"), Cause.NORMAL, 16))
    assert len(driver.recorded(CallEnded)) == 1
    hung_up_at_once(driver, "1.1", came)
    assert len(driver.recorded(CallEnded)) == 1


def test_call_whose_arrival_is_heard_of_after_its_end_is_told_once() -> None:
    driver = Driver()
    hung_up_at_once(driver, "1.1", driver.now)
    driver.calls_in("1.1")
    assert len(driver.recorded(CallStarted)) == 1
    assert CallId("1.1") not in driver.floor.calls


def test_news_of_long_ago_may_be_of_a_call_that_was_served() -> None:
    driver = Driver()
    came = driver.now
    driver.passes(700_000)
    hung_up_at_once(driver, "1.1", came)
    assert driver.recorded(CallEnded) == []


# --- whose operator was torn out there --------------------------------------------------------------------------------


def torn(driver: Driver, extension: str, begun: int, ended: int) -> TalkElsewhere:
    """A talk from so many ms ago until so many ms ago."""
    return TalkElsewhere(Extension(extension), driver.now - begun, driver.now - ended)


def stretches(driver: Driver) -> list[tuple[SegmentKind, str | None, int, int]]:
    """How the call went: what, with whom, how many ms ago from and until."""
    ended = driver.recorded(SegmentEnded)
    assert len({one.n for one in ended}) == len(ended)
    return [(one.kind, one.operator, driver.now - one.started_at, driver.now - one.at) for one in ended]


def ended_there(
    driver: Driver,
    answered: int | None,
    operator: str | None,
    *talks: TalkElsewhere,
    ended: int = 0,
    unheard: bool = False,
    in_gap: bool = False,
) -> None:
    """Somebody who came 60 s ago is gone: told of in ms ago."""
    driver.happens(
        CallServedElsewhere(
            CallId("1.1"),
            CITY,
            "0312345678",
            driver.now - 60_000,
            driver.now - answered if answered is not None else None,
            driver.now - ended,
            Extension(operator) if operator is not None else None,
            unheard=unheard,
            talks=talks,
            in_gap=in_gap,
        )
    )


def test_caller_whose_operator_was_torn_out_talked_with_two() -> None:
    driver = Driver()
    ended_there(driver, 9_000, "2002", torn(driver, "2001", 50_000, 20_000))
    assert stretches(driver) == [
        (SegmentKind.WAIT, None, 60_000, 50_000),
        (SegmentKind.TALK, "2001", 50_000, 20_000),
        (SegmentKind.WAIT, None, 20_000, 9_000),
        (SegmentKind.TALK, "2002", 9_000, 0),
    ]
    assert [(one.outcome, one.operator) for one in driver.recorded(CallEnded)] == [(Outcome.FALLBACK, "2002")]


def test_caller_who_hangs_up_waiting_after_the_operator_was_torn_out_was_answered() -> None:
    driver = Driver()
    ended_there(driver, None, None, torn(driver, "2001", 50_000, 20_000))
    assert stretches(driver)[-1] == (SegmentKind.WAIT, None, 20_000, 0)
    assert [(one.outcome, one.operator) for one in driver.recorded(CallEnded)] == [(Outcome.FALLBACK, "2001")]


def test_caller_rescued_while_waiting_whose_operator_was_torn_out_is_told_once_and_whole() -> None:
    driver = Driver()
    driver.waits_in_civil("1.1")
    began = driver.now
    driver.happens(LegLeft(LegId("1.1")))
    driver.passes(60_000)
    ended_there(driver, None, None, torn(driver, "2001", 50_000, 20_000))
    assert stretches(driver)[-3:] == [
        (SegmentKind.WAIT, None, driver.now - began, 50_000),
        (SegmentKind.TALK, "2001", 50_000, 20_000),
        (SegmentKind.WAIT, "2001", 20_000, 0),
    ]
    assert [(one.outcome, one.operator) for one in driver.recorded(CallEnded)] == [(Outcome.FALLBACK, "2001")]


def test_caller_who_comes_back_brings_his_talk_along_and_it_is_told_once() -> None:
    """The switchboard goes away a second time, and the caller comes back with what was told before, and with more."""
    driver = Driver()
    first = torn(driver, "2001", 50_000, 20_000)
    came = driver.now - 60_000
    driver.happens(CallArrived(CallId("1.1"), LegId("1.1"), CITY, "0312345678", came, (first,)))
    assert (driver.call("1.1").phase, driver.call("1.1").operator) == (Phase.WAITING, "2001")
    driver.happens(LegLeft(LegId("1.1")))
    driver.passes(60_000)
    second = torn(driver, "2002", 40_000, 10_000)
    driver.happens(CallArrived(CallId("1.1"), LegId("1.1"), CITY, "0312345678", came, (first, second)))
    driver.hangs_up("1.1")
    assert [(kind, who) for kind, who, *_ in stretches(driver)] == [
        (SegmentKind.WAIT, None),
        (SegmentKind.TALK, "2001"),
        (SegmentKind.WAIT, "2001"),
        (SegmentKind.TALK, "2002"),
        (SegmentKind.WAIT, "2002"),
    ]
    told = stretches(driver)
    assert [until for *_, until in told[:-1]] == [since for _, _, since, _ in told[1:]]  # without a gap
    assert driver.outcome("1.1") is Outcome.ANSWERED


def test_talk_of_a_caller_who_was_rescued_and_came_back_while_we_were_away_is_told() -> None:
    """He stands in our hands again before we know that he had left them: in the queue, and even in the menu."""
    for key in ("1", ""):
        driver = Driver()
        driver.calls_in("1.1")
        driver.hears_out("1.1")
        driver.presses("1.1", key)
        came = driver.now
        driver.now += 100_000
        talk = torn(driver, "2002", 70_000, 20_000)
        back = CallArrived(CallId("1.1"), LegId("1.1"), CITY, "0312345678", came, (talk,))
        driver.happens(back)
        driver.happens(PbxFound((FoundLeg(LegId("1.1"), True),)))
        assert (driver.call("1.1").phase, driver.call("1.1").place) == (Phase.WAITING, came)
        driver.passes(5_000)
        driver.happens(back)  # told anew after the next gap
        driver.happens(PbxFound((FoundLeg(LegId("1.1"), True),)))
        driver.hangs_up("1.1")
        assert stretches(driver)[-2:] == [
            (SegmentKind.TALK, "2002", 75_000, 25_000),
            (SegmentKind.WAIT, "2002", 25_000, 0),
        ]


def test_talk_of_a_caller_who_was_rescued_from_the_menu_while_we_were_away_is_told_when_he_comes_back() -> None:
    """When we look around he waits in the PBX's own queue, after a talk there."""
    driver = Driver()
    driver.calls_in("1.1")
    came = driver.now
    driver.now += 100_000
    driver.happens(PbxFound((), (LegId("1.1"),)))
    talk = torn(driver, "2002", 70_000, 20_000)
    driver.happens(CallArrived(CallId("1.1"), LegId("1.1"), CITY, "0312345678", came, (talk,)))
    driver.hangs_up("1.1")
    assert stretches(driver) == [
        (SegmentKind.IVR, None, 100_000, 70_000),
        (SegmentKind.TALK, "2002", 70_000, 20_000),
        (SegmentKind.WAIT, "2002", 20_000, 0),
    ]


def test_caller_who_came_back_long_ago_and_talks_is_not_disturbed_by_the_news_of_a_gap() -> None:
    driver = Driver()
    came = driver.now - 60_000
    back = CallArrived(CallId("1.1"), LegId("1.1"), CITY, "0312345678", came, (torn(driver, "2002", 50_000, 20_000),))
    driver.happens(back)
    driver.ready("2001")
    operator_leg = driver.rings_at("1.1")
    driver.happens(LegAnswered(operator_leg))
    driver.passes(5_000)
    driver.happens(back)
    driver.happens(PbxFound((FoundLeg(LegId("1.1"), True), FoundLeg(operator_leg, True))))
    assert (driver.call("1.1").phase, driver.call("1.1").operator_leg) == (Phase.TALKING, operator_leg)


def test_talk_of_a_pbx_whose_clock_is_ahead_is_not_told_of_a_time_to_come() -> None:
    driver = Driver()
    talk = torn(driver, "2001", -280_000, -290_000)
    driver.happens(CallArrived(CallId("1.1"), LegId("1.1"), CITY, "0312345678", driver.now + 270_000, (talk,)))
    driver.passes(1_000)
    driver.hangs_up("1.1")
    assert stretches(driver) == [
        (SegmentKind.WAIT, None, 1_000, 1_000),
        (SegmentKind.TALK, "2001", 1_000, 1_000),
        (SegmentKind.WAIT, "2001", 1_000, 0),
    ]


# --- who was served there to the end while we were away ---------------------------------------------------------------


def served_in_the_gap(
    driver: Driver, ago: int, answered_ago: int | None = None, operator: str | None = None, unheard: bool = False
) -> None:
    """Told after the gap: the call ended so many ms ago, after a talk from so many ms ago if it was answered."""
    ended_there(driver, answered_ago, operator, ended=ago, unheard=unheard, in_gap=True)
    driver.happens(PbxFound(()))


def test_caller_who_waited_and_was_served_to_the_end_while_we_were_away_is_not_lost() -> None:
    """He keeps no place, either: he was served."""
    driver = Driver(replace(small_plan(), routing=Routing(keep_place_ms=600_000)))
    driver.waits_in_civil("1.1")
    driver.passes(60_000)
    served_in_the_gap(driver, 20_000, 50_000, "2001")
    assert stretches(driver)[-2:] == [
        (SegmentKind.WAIT, None, 60_000, 50_000),
        (SegmentKind.TALK, "2001", 50_000, 20_000),
    ]
    [ended] = driver.recorded(CallEnded)
    assert (ended.outcome, ended.ended_by, ended.operator) == (Outcome.FALLBACK, "citizen", "2001")
    assert driver.now - ended.at == 20_000
    [closed] = driver.recorded(LegClosed)
    assert (closed.leg, driver.now - closed.at) == ("1.1", 20_000)
    assert driver.floor.memory.places == {}
    assert (driver.floor.calls, driver.floor.legs) == ({}, {})


def test_caller_who_was_rung_for_is_served_elsewhere_and_his_operator_is_free() -> None:
    driver = Driver()
    driver.ready("2001")
    driver.waits_in_civil("1.1")
    ringing = driver.rings_at("1.1")
    driver.passes(5_000)
    served_in_the_gap(driver, 1_000, 3_000, "2002")
    assert driver.outcome("1.1") is Outcome.FALLBACK
    assert ringing not in driver.floor.legs
    assert driver.operator("2001").state is OperatorState.READY


def test_caller_in_the_menu_who_was_served_elsewhere_talked() -> None:
    driver = Driver()
    driver.calls_in("1.1")
    driver.passes(5_000)
    served_in_the_gap(driver, 1_000, 2_000, "2001")
    assert [(kind, who) for kind, who, *_ in stretches(driver)] == [(SegmentKind.IVR, None), (SegmentKind.TALK, "2001")]
    assert driver.outcome("1.1") is Outcome.FALLBACK


def test_caller_on_hold_who_was_served_by_another_operator_talked_with_both() -> None:
    driver = Driver()
    driver.ready("2001")
    driver.talks("1.1", "2001")
    driver.command(Do.HOLD, call="1.1")
    driver.passes(30_000)
    served_in_the_gap(driver, 5_000, 10_000, "2002")
    assert stretches(driver)[-2:] == [
        (SegmentKind.HOLD, "2001", 30_000, 10_000),
        (SegmentKind.TALK, "2002", 10_000, 5_000),
    ]
    assert driver.recorded(CallEnded)[-1].operator == "2002"


@pytest.mark.parametrize(("unheard", "outcome"), [(False, Outcome.ABANDONED_QUEUE), (True, Outcome.ABANDONED_IVR)])
def test_caller_who_gave_up_while_we_were_away_is_not_lost(unheard: bool, outcome: Outcome) -> None:
    """Rescued from the menu into the PBX's own queue; or gone before anybody rescued him."""
    driver = Driver()
    driver.calls_in("1.1")
    driver.passes(15_000)
    served_in_the_gap(driver, 2_000, unheard=unheard)
    [ended] = driver.recorded(CallEnded)
    assert (ended.outcome, ended.ended_by, driver.now - ended.at) == (outcome, "citizen", 2_000)


def test_caller_who_hangs_up_at_once_on_an_operator_of_ours_while_we_are_away_was_answered() -> None:
    driver = Driver()
    driver.ready("2001")
    driver.talks("1.1", "2001")
    driver.passes(5_000)
    served_in_the_gap(driver, 1_000, unheard=True)
    assert stretches(driver)[-1] == (SegmentKind.TALK, "2001", 5_000, 1_000)
    assert driver.outcome("1.1") is Outcome.ANSWERED


def test_caller_who_was_with_the_fallback_when_we_came_back_ends_when_he_ended() -> None:
    """The news of his end is read later than it happened."""
    driver = Driver()
    driver.waits_in_civil("1.1")
    driver.passes(60_000)
    driver.happens(PbxFound((), (LegId("1.1"),)))
    talk = driver.now - 10_000, driver.now + 5_000
    driver.passes(30_000)
    driver.happens(CallServedElsewhere(CallId("1.1"), CITY, "0312345678", talk[0] - 9_000, *talk, Extension("2001")))
    assert stretches(driver)[-1] == (SegmentKind.TALK, "2001", 40_000, 25_000)
    assert driver.recorded(CallEnded)[-1].at == driver.recorded(LegClosed)[-1].at == talk[1]


def test_clock_of_the_pbx_ends_no_call_in_the_future_and_none_before_it_began() -> None:
    for ahead in (-400_000, 400_000):
        driver = Driver()
        driver.calls_in("1.1")
        driver.passes(5_000)
        served_in_the_gap(driver, 1_000 - ahead, 3_000 - ahead, "2001")
        [ended] = driver.recorded(CallEnded)
        assert ended.at == (driver.now if ahead > 0 else driver.now - 5_000)
        assert all(since >= until >= 0 for *_, since, until in stretches(driver))
