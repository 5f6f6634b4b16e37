"""Overflow: whom a queue sends elsewhere, when, where to, and what is stated of it."""

from dataclasses import replace

import pytest

from ctl.switchboard import effects, facts
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
)
from ctl.switchboard.explain import explain
from ctl.switchboard.floor import Phase
from ctl.switchboard.ids import CallId, LegId, PromptName
from ctl.switchboard.kinds import Outcome, SegmentKind
from ctl.switchboard.plan import CallbackRule, Hours, Overflow, OverflowWhen, Plan
from tests.floor_driver import MONDAY_TEN, Driver
from tests.plans import CITY, CIVIL, EVERY_DAY, PARKS, TAX, WEEKDAYS, callback_plan, plan_with, prompt, small_plan
from tests.waiting import Desk, plan_that_tells

NIGHT = (PromptName("night"),)
WAITED = Overflow(OverflowWhen.WAITED, after_ms=30_000, say=NIGHT)
UNTIL_TEN = Hours(dict.fromkeys(range(7), ((480, 600),)))
MINUTE = 60_000


def civil_with(*rules: Overflow, tax: tuple[Overflow, ...] = ()) -> Plan:
    queues = small_plan().queues
    return plan_with(
        queues={CIVIL: replace(queues[CIVIL], overflow=rules), TAX: replace(queues[TAX], overflow=tax)},
        hours={"inquiry": EVERY_DAY, "exchange": WEEKDAYS, "until-ten": UNTIL_TEN},
    )


def overflowed(driver: Driver) -> list[tuple[str, int, OverflowWhen]]:
    return [(one.call, one.rule, one.why) for one in driver.recorded(facts.QueueOverflowed)]


def test_caller_who_has_waited_too_long_hears_a_message_and_the_call_ends() -> None:
    driver = Driver(civil_with(WAITED))
    driver.waits_in_civil("a")
    driver.passes(29_999)
    assert driver.call("a").phase is Phase.WAITING
    driver.passes(1)
    assert driver.call("a").phase is Phase.CLOSING
    driver.hears_out("a")
    assert driver.outcome("a") is Outcome.OVERFLOWED
    [stated] = driver.recorded(facts.QueueOverflowed)
    assert (stated.queue, stated.rule, stated.why, stated.waited_ms) == (CIVIL, 1, OverflowWhen.WAITED, 30_000)
    assert (stated.waiting, stated.at_work, stated.to_queue, stated.to_department) == (0, 0, None, None)


def test_caller_who_has_waited_goes_to_the_other_queue_and_is_offered_there_at_once() -> None:
    driver = Driver(civil_with(replace(WAITED, say=(), queue=TAX)))
    driver.ready("2003")
    driver.waits_in_civil("a")
    came = driver.now
    driver.passes(30_000)
    call = driver.call("a")
    assert (call.phase, call.queue, call.priority, call.place) == (Phase.RINGING, TAX, 3, came)
    assert driver.operator("2003").call == "a"


def test_operator_who_gets_free_in_the_same_instant_comes_first() -> None:
    """The second stage opens for 2001's like just when the patience of the rule ends."""
    plan = civil_with(replace(WAITED, after_ms=20_000))
    late = replace(plan.queues[CIVIL].stages[0], max_level=9, after_ms=20_000)
    driver = Driver(replace(plan, queues={**plan.queues, CIVIL: replace(plan.queues[CIVIL], stages=(late,))}))
    driver.ready("2001")
    driver.waits_in_civil("a")
    driver.passes(20_000)
    assert driver.call("a").phase is Phase.RINGING
    assert overflowed(driver) == []


HERE = PbxFound((FoundLeg(LegId("a"), True),))


@pytest.mark.parametrize(
    ("rule", "phase"),
    [
        (WAITED, Phase.CLOSING),
        (replace(WAITED, say=(), queue=TAX), Phase.WAITING),
        (replace(WAITED, say=(), department=PARKS), Phase.REACHING),
    ],
    ids=["a message", "another queue", "a department"],
)
def test_a_rule_that_falls_due_while_the_pbx_is_out_of_reach_is_followed_afterwards(
    rule: Overflow, phase: Phase
) -> None:
    driver = Driver(civil_with(rule))
    driver.waits_in_civil("a")
    driver.passes(rule.after_ms + 2000, deaf=True)
    # is told before what the PBX holds
    driver.happens(CallServedElsewhere(CallId("b"), CITY, "0312345678", driver.now - 9000, None, driver.now, None))
    assert (driver.call("a").phase, overflowed(driver)) == (Phase.WAITING, [])
    driver.happens(HERE)
    assert overflowed(driver) == [("a", 1, OverflowWhen.WAITED)]
    assert driver.call("a").phase is phase


def test_who_hears_a_last_message_hears_it_again_after_a_gap() -> None:
    driver = Driver(civil_with(WAITED))
    driver.waits_in_civil("a")
    driver.passes(30_000)
    for _ in range(2):
        driver.happens(HERE)
        (said,) = [one for one in driver.fresh if isinstance(one, effects.Say)]
        assert said.media == (prompt("night"),)
        assert not [one for one in driver.fresh if isinstance(one, effects.HangUp)]
    driver.hears_out("a")
    assert driver.outcome("a") is Outcome.OVERFLOWED
    assert [one.kind for one in driver.recorded(facts.SegmentEnded)].count(SegmentKind.CLOSING) == 1


def test_full_queue_takes_nobody_more() -> None:
    driver = Driver(civil_with(Overflow(OverflowWhen.FULL, callers=2, queue=TAX)))
    for name in ("a", "b", "c"):
        driver.waits_in_civil(name)
    assert [driver.call(name).queue for name in ("a", "b", "c")] == [CIVIL, CIVIL, TAX]
    assert overflowed(driver) == [("c", 1, OverflowWhen.FULL)]
    assert [one.queue for one in driver.recorded(facts.CallQueued) if one.call == "c"] == [TAX]


def test_crowd_is_counted_by_operators_at_work() -> None:
    """Two may wait for each of two operators at work; the third operator of the queue is not ready and does not count."""
    driver = Driver(civil_with(Overflow(OverflowWhen.CROWD, callers=2, say=NIGHT)))
    driver.ready("2001", "2002")
    driver.talks("a", "2001")
    driver.talks("b", "2002")
    for name in "cdef":
        driver.waits_in_civil(name)
    assert not overflowed(driver)
    driver.waits_in_civil("g")
    assert overflowed(driver) == [("g", 1, OverflowWhen.CROWD)]
    [stated] = driver.recorded(facts.QueueOverflowed)
    assert (stated.waiting, stated.at_work) == (4, 2)


def test_nobody_logged_in_turns_new_callers_away_and_those_who_wait() -> None:
    driver = Driver(civil_with(Overflow(OverflowWhen.NOBODY, say=NIGHT)))
    driver.ready("2001", "2003")
    assert driver.command(Do.NOT_READY, "2001", "break").ok
    driver.waits_in_civil("a")
    assert driver.call("a").phase is Phase.WAITING, "who is not ready is logged in"
    assert driver.command(Do.LOGOUT, "2001").ok
    assert driver.call("a").phase is Phase.CLOSING, "2003 never serves this queue"
    driver.waits_in_civil("b")
    assert driver.call("b").phase is Phase.CLOSING
    assert [one for one in driver.recorded(facts.CallQueued) if one.call == "b"] == []


def test_nobody_logged_in_may_be_borne_for_a_while() -> None:
    driver = Driver(civil_with(Overflow(OverflowWhen.NOBODY, after_ms=10_000, say=NIGHT)))
    driver.waits_in_civil("a")
    driver.passes(9_999)
    assert driver.call("a").phase is Phase.WAITING
    driver.passes(1)
    assert driver.call("a").phase is Phase.CLOSING


def test_at_closing_time_who_waits_is_served_and_new_callers_are_told() -> None:
    driver = Driver(civil_with(Overflow(OverflowWhen.CLOSED, hours="until-ten", say=NIGHT)), now=MONDAY_TEN - MINUTE)
    driver.waits_in_civil("a")
    driver.passes(MINUTE)
    driver.waits_in_civil("b")
    driver.hears_out("b")
    assert driver.outcome("b") is Outcome.CLOSED
    driver.ready("2001")
    assert driver.operator("2001").call == "a"


def test_caller_rescued_by_the_pbx_is_waiting_already() -> None:
    driver = Driver(civil_with(Overflow(OverflowWhen.CLOSED, hours="until-ten", say=NIGHT)))
    driver.happens(CallArrived(CallId("a"), LegId("a"), CITY, "0312345678", waiting_since=MONDAY_TEN - MINUTE))
    assert driver.call("a").phase is Phase.WAITING


def test_rescued_and_back_is_not_turned_away() -> None:
    driver = Driver(civil_with(Overflow(OverflowWhen.FULL, callers=1, say=NIGHT)))
    driver.waits_in_civil("a")
    driver.happens(LegLeft(LegId("a")))
    driver.waits_in_civil("b")
    driver.happens(CallArrived(CallId("a"), LegId("a"), CITY, "0312345678"))
    assert driver.call("a").phase is Phase.WAITING


def test_department_over_the_trunk_is_rung_and_the_place_is_kept_when_nobody_answers() -> None:
    driver = Driver(civil_with(replace(WAITED, say=(), department=PARKS)))
    driver.waits_in_civil("a")
    came = driver.now
    driver.passes(30_000)
    assert driver.call("a").phase is Phase.REACHING
    driver.happens(LegEnded(driver.department_leg("a"), Cause.BUSY))
    call = driver.call("a")
    assert (call.phase, call.queue, call.place) == (Phase.WAITING, CIVIL, came)
    driver.passes(10 * MINUTE)
    assert len(overflowed(driver)) == 1, "it is tried once"


def test_department_takes_a_caller_whom_the_full_queue_cannot() -> None:
    driver = Driver(civil_with(Overflow(OverflowWhen.FULL, callers=1, department=PARKS)))
    driver.waits_in_civil("a")
    driver.waits_in_civil("b")
    driver.happens(LegAnswered(driver.department_leg("b")))
    assert driver.call("b").phase is Phase.HANDED_OFF


def test_full_trunk_passes_the_rule_over_and_the_next_one_decides() -> None:
    plan = civil_with(replace(WAITED, say=(), department=PARKS), replace(WAITED, after_ms=40_000))
    driver = Driver(replace(plan, trunk=replace(plan.trunk, limit=1, reserve=0)))
    driver.waits_in_civil("a")
    driver.passes(40_000)
    assert overflowed(driver) == [("a", 2, OverflowWhen.WAITED)]


def test_caller_who_waits_is_not_sent_to_a_queue_that_turns_him_away() -> None:
    full = Overflow(OverflowWhen.FULL, callers=1, say=NIGHT)
    driver = Driver(civil_with(replace(WAITED, say=(), queue=TAX), tax=(full,)))
    driver.calls_in("t")
    driver.hears_out("t")
    driver.presses("t", "2")
    driver.waits_in_civil("a")
    driver.passes(5 * MINUTE)
    assert driver.call("a").queue == CIVIL
    driver.hangs_up("t")
    assert driver.call("a").queue == TAX, "as soon as there is room"


def test_new_caller_comes_to_the_other_queue_under_its_own_rules() -> None:
    closed = Overflow(OverflowWhen.CLOSED, hours="until-ten", say=NIGHT)
    driver = Driver(civil_with(Overflow(OverflowWhen.NOBODY, queue=TAX), tax=(closed,)))
    driver.waits_in_civil("a")
    assert overflowed(driver) == [("a", 1, OverflowWhen.NOBODY), ("a", 1, OverflowWhen.CLOSED)]


def test_rules_that_lead_in_a_circle_come_to_an_end() -> None:
    """`ctl ivr check` refuses them; a floor that gets them all the same must not hang."""
    nobody = Overflow(OverflowWhen.NOBODY)
    driver = Driver(civil_with(replace(nobody, queue=TAX), tax=(replace(nobody, queue=CIVIL),)))
    driver.waits_in_civil("a")
    assert driver.call("a").queue == TAX


def test_caller_who_was_with_an_operator_is_never_sent_away() -> None:
    driver = Driver(civil_with(WAITED))
    driver.ready("2001")
    leg = driver.talks("a", "2001")
    driver.passes(MINUTE)
    driver.happens(LegEnded(leg, Cause.UNREACHABLE))
    driver.passes(10 * MINUTE)
    assert driver.call("a").phase is Phase.WAITING


def test_the_course_of_the_call_tells_the_rule_and_its_reason() -> None:
    driver = Driver(civil_with(WAITED))
    driver.waits_in_civil("a")
    driver.passes(30_000)
    driver.hears_out("a")
    told = [one.fact for one in driver.effects if isinstance(one, effects.Record)]
    texts = [sentence.text for sentence in explain(told)]
    assert "overflow rule 1 of the queue civil (30.0 s of waiting in it are over): told so, and no further" in texts
    japanese = [sentence.text for sentence in explain(told, "ja")]
    assert any("溢れ規則1" in text and "案内を流して終えた" in text for text in japanese)


# --- expected waits and call-backs -------------------------------------------------------------------------------------


def desk_with(rule: Overflow, experienced: bool = True) -> Desk:
    """2001 talks, callers take three minutes, and call-backs may be asked for at any time."""
    plan = plan_that_tells(base=callback_plan())
    civil = replace(plan.queues[CIVIL], announce=None, overflow=(rule,))
    return Desk(replace(plan, queues={**plan.queues, CIVIL: civil}), experienced)


def comes(desk: Desk, call: str) -> None:
    """A citizen chooses CIVIL."""
    desk.happens(CallArrived(CallId(call), LegId(call), CITY, "0312345678"))
    desk.hears_out(call)
    desk.presses(call, "1")


def test_caller_who_would_have_to_wait_too_long_goes_to_the_other_queue() -> None:
    """Each caller ahead costs three minutes: the third would wait nine."""
    desk = desk_with(Overflow(OverflowWhen.EXPECTED, wait_ms=6 * MINUTE, queue=TAX))
    for call in "abc":
        comes(desk, call)
    assert [desk.call(call).queue for call in "abc"] == [CIVIL, CIVIL, TAX]
    [stated] = desk.recorded(facts.QueueOverflowed)
    assert (stated.why, stated.expected_ms, stated.waiting) == (OverflowWhen.EXPECTED, 9 * MINUTE, 2)


def test_expected_wait_that_nobody_knows_sends_nobody_away() -> None:
    desk = desk_with(Overflow(OverflowWhen.EXPECTED, wait_ms=1, queue=TAX), experienced=False)
    comes(desk, "a")
    assert desk.call("a").queue == CIVIL


def test_caller_is_offered_a_call_back_and_keeps_the_place() -> None:
    desk = desk_with(Overflow(OverflowWhen.EXPECTED, wait_ms=MINUTE, say=NIGHT, callback=True))
    comes(desk, "a")
    came = desk.now
    assert desk.call("a").phase is Phase.CONFIRMING
    said = [media.removeprefix("sound:ctl/") for one in desk.done(effects.Say) for media in one.media]
    assert said[-13:] == [
        "night",
        "callback-number-is",
        *(f"digit-{digit}" for digit in "0312345678"),
        "callback-confirm",
    ]
    desk.presses("a", "1")
    promised = desk.call("a-back")
    assert (promised.queue, promised.place) == (CIVIL, came)
    desk.hears_out("a")
    assert desk.outcome("a") is Outcome.CALLBACK
    [stated] = desk.recorded(facts.QueueOverflowed)
    assert stated.to_callback


def test_caller_who_would_rather_wait_is_let_in_and_not_asked_again() -> None:
    desk = desk_with(Overflow(OverflowWhen.WAITED, after_ms=MINUTE, callback=True))
    comes(desk, "a")
    came = desk.now
    desk.passes(MINUTE)
    assert desk.call("a").phase is Phase.CONFIRMING
    desk.presses("a", "9")
    desk.passes(10 * MINUTE)
    assert (desk.call("a").phase, desk.call("a").place) == (Phase.WAITING, came)
    assert len(overflowed(desk)) == 1


def test_offer_of_a_call_back_is_passed_over_when_none_could_be_made_any_more() -> None:
    """At ten the hours of call-backs are over."""
    offers = civil_with(
        Overflow(OverflowWhen.FULL, callers=1, callback=True), Overflow(OverflowWhen.FULL, callers=1, say=NIGHT)
    )
    civil = replace(offers.queues[CIVIL], callback=CallbackRule("until-ten", from_position=9))
    driver = Driver(replace(offers, queues={**offers.queues, CIVIL: civil}))
    for call in "ab":
        driver.waits_in_civil(call)
    assert [driver.call(call).phase for call in "ab"] == [Phase.WAITING, Phase.CLOSING]
    assert overflowed(driver) == [("b", 2, OverflowWhen.FULL)]


def test_the_course_of_the_call_tells_of_the_expected_wait_and_of_the_call_back() -> None:
    desk = desk_with(Overflow(OverflowWhen.EXPECTED, wait_ms=MINUTE, callback=True))
    comes(desk, "a")
    told = desk.recorded(facts.QueueOverflowed)
    assert [one.text for one in explain(told)] == [
        "overflow rule 1 of the queue civil (3 min 0 s of waiting were expected): a call-back was offered"
    ]
    assert "折り返しを案内した" in explain(told, "ja")[0].text
