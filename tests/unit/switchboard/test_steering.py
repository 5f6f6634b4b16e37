"""Callers who are moved, prioritised and pulled, and texts to operators: by whom, and what is kept of it."""

from dataclasses import replace

import pytest

from ctl.switchboard import effects, facts
from ctl.switchboard.events import Commanded, Do
from ctl.switchboard.explain import explain
from ctl.switchboard.floor import Phase
from ctl.switchboard.ids import CallId, CommandId, Extension, GroupName, LegId, MusicName
from ctl.switchboard.kinds import OfferResult, OperatorState
from tests.floor_driver import Driver
from tests.unit.switchboard.test_supervision import ALL, CIVIL_ONLY, town


def asks(
    driver: Driver,
    do: Do,
    argument: str,
    call: str | None = None,
    extension: str | None = None,
    supervisor: Extension | None = ALL,
    group: str | None = None,
) -> effects.Reply:
    done = driver.happens(
        Commanded(
            CommandId(f"st{len(driver.history)}"),
            do,
            "test",
            Extension(extension) if extension else None,
            CallId(call) if call else None,
            argument,
            supervisor,
            "too many callers",
            group=GroupName(group) if group else None,
        )
    )
    return next(effect for effect in done if isinstance(effect, effects.Reply))


# --- moving and priorities --------------------------------------------------------------------------------------------


def test_moved_caller_waits_in_the_other_queue_at_the_place_held_before() -> None:
    driver = town()
    driver.waits_in_civil("a")
    place = driver.call("a").place
    driver.passes(40_000)
    assert asks(driver, Do.MOVE, "tax", "a").ok
    moved = driver.call("a")
    assert (moved.queue, moved.place, moved.priority, moved.phase) == ("tax", place, 3, Phase.WAITING)
    told = driver.recorded(facts.CallQueued)[-1]
    assert (told.queue, told.moved_by) == ("tax", "supervisor 2090")
    driver.ready("2003")
    assert driver.operator("2003").call == "a"


@pytest.mark.parametrize("speaks", [True, False])
def test_moved_caller_hears_the_music_of_the_other_queue_at_once_or_when_all_is_said(speaks: bool) -> None:
    plan = town().floor.plans[town().floor.plan or ""]
    queues = {name: replace(queue, music=MusicName(name)) for name, queue in plan.queues.items()}
    driver = Driver(replace(plan, queues=queues))
    driver.waits_in_civil("a")
    if not speaks:
        driver.hears_out("a")
        assert driver.done(effects.StartMusic) == [effects.StartMusic(LegId("a"), MusicName("civil"))]
    assert asks(driver, Do.MOVE, "tax", "a").ok
    if speaks:
        assert driver.done(effects.StartMusic) == []
        driver.hears_out("a")
    assert driver.done(effects.StartMusic) == [effects.StartMusic(LegId("a"), MusicName("tax"))]


def test_caller_who_rings_is_taken_back_and_moved() -> None:
    driver = town()
    driver.ready("2001")
    driver.waits_in_civil("a")
    assert asks(driver, Do.MOVE, "tax", "a").ok
    assert driver.recorded(facts.OfferEnded)[0].result is OfferResult.WITHDRAWN
    assert driver.operator("2001").state is OperatorState.READY


def test_caller_who_has_waited_long_enough_for_the_new_queues_later_stage_is_offered_at_once() -> None:
    driver = town()
    driver.waits_in_civil("a")
    driver.passes(70_000)
    driver.ready("2003")
    assert driver.call("a").phase is Phase.WAITING
    asks(driver, Do.MOVE, "tax", "a")
    assert driver.call("a").phase is Phase.RINGING


def test_caller_of_higher_priority_is_served_before_those_who_came_first() -> None:
    driver = town()
    driver.waits_in_civil("first")
    driver.passes(1000)
    driver.waits_in_civil("second")
    assert asks(driver, Do.PRIORITY, "1", "second").ok
    driver.ready("2001")
    assert driver.operator("2001").call == "second"


# --- pulling ----------------------------------------------------------------------------------------------------------


def test_pulled_caller_is_offered_to_the_named_operator_whatever_the_skills() -> None:
    driver = town()
    driver.ready("2003")
    driver.waits_in_civil("first")
    driver.waits_in_civil("second")
    assert asks(driver, Do.PULL, "2003", "second").ok
    assert driver.operator("2003").call == "second"
    offer = driver.recorded(facts.OfferMade)[-1]
    assert (offer.operator, offer.pulled_by) == ("2003", "supervisor 2090")
    driver.passes(20_000)
    assert driver.call("second").phase is Phase.WAITING, "in vain: the rules have their say again"


def test_caller_who_rings_elsewhere_is_pulled_from_there() -> None:
    driver = town()
    driver.ready("2001", "2002")
    driver.waits_in_civil("a")
    assert driver.operator("2001").call == "a"
    assert asks(driver, Do.PULL, "2002", "a").ok
    assert driver.operator("2002").call == "a"
    assert driver.operator("2001").state is OperatorState.READY


@pytest.mark.parametrize(
    ("do", "argument", "says"),
    [
        (Do.MOVE, "parks", "allowed: civil, tax"),
        (Do.PRIORITY, "0", "1 (first) to 9"),
        (Do.PRIORITY, "high", "1 (first) to 9"),
        (Do.PULL, "2999", "unknown extension"),
        (Do.PULL, "2002", "name one who is ready"),
    ],
)
def test_what_cannot_be_done_is_refused_and_changes_nothing(do: Do, argument: str, says: str) -> None:
    driver = town()
    driver.waits_in_civil("a")
    before = driver.floor.calls
    reply = asks(driver, do, argument, "a")
    assert not reply.ok
    assert says in reply.message
    assert driver.floor.calls == before


def test_caller_who_talks_cannot_be_moved() -> None:
    driver = town()
    driver.ready("2001")
    driver.talks("a", "2001")
    assert "talking" in asks(driver, Do.MOVE, "tax", "a").message


def test_supervisor_of_another_group_has_no_say_over_a_caller() -> None:
    driver = town()
    driver.calls_in("a")
    driver.hears_out("a")
    driver.presses("a", "2")
    driver.passes(10)
    # The tax queue is served by the civil group, too, at a later stage; the supervisor of it may act.
    assert asks(driver, Do.PRIORITY, "1", "a", supervisor=CIVIL_ONLY).ok
    assert "supervises nobody" in asks(driver, Do.PRIORITY, "1", "a", supervisor=Extension("2001")).message


# --- operators' states ------------------------------------------------------------------------------------------------


def test_supervisor_changes_an_operators_state_and_is_on_record() -> None:
    driver = town()
    driver.ready("2001")
    assert asks(driver, Do.NOT_READY, "training", extension="2001").ok
    changed = driver.recorded(facts.OperatorChanged)[-1]
    assert (changed.state, changed.by) == (OperatorState.NOT_READY, "supervisor 2090")
    answered = driver.recorded(facts.CommandAnswered)[-1]
    assert (answered.supervisor, answered.reason) == (ALL, "too many callers")
    assert asks(driver, Do.LOGOUT, "", extension="2001").ok


def test_supervisor_of_another_group_may_not() -> None:
    driver = town()
    driver.ready("2003")
    assert not asks(driver, Do.NOT_READY, "training", extension="2003", supervisor=CIVIL_ONLY).ok
    assert driver.operator("2003").state is OperatorState.READY


# --- texts ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("supervisor", "extension", "group", "to"),
    [
        (ALL, None, None, ("2001", "2003")),
        (ALL, None, "tax", ("2001", "2003")),
        (ALL, None, "civil", ("2001",)),
        (CIVIL_ONLY, None, None, ("2001",)),
        (CIVIL_ONLY, "2002", None, ("2002",)),
        (None, None, "civil", ("2001",)),
    ],
)
def test_a_text_goes_to_whom_it_is_for(
    supervisor: Extension | None, extension: str | None, group: str | None, to: tuple[str, ...]
) -> None:
    driver = town()
    driver.ready("2001", "2003")
    assert asks(driver, Do.TEXT, "台風のため早めに", extension=extension, supervisor=supervisor, group=group).ok
    (sent,) = driver.recorded(facts.TextSent)
    assert (sent.to, sent.text, sent.supervisor) == (to, "台風のため早めに", supervisor)


@pytest.mark.parametrize(
    ("text", "group", "says"),
    [
        ("", None, "1 to 200"),
        ("x" * 201, None, "has 201"),
        ("hello", "parks", "no skill group"),
        ("hello", "tax", "not in the charge"),
    ],
)
def test_a_text_that_cannot_go_is_refused(text: str, group: str | None, says: str) -> None:
    driver = town()
    driver.ready("2001")
    reply = asks(driver, Do.TEXT, text, supervisor=CIVIL_ONLY, group=group)
    assert not reply.ok
    assert says in reply.message
    assert not driver.recorded(facts.TextSent)


def test_story_of_the_call_tells_who_moved_and_who_pulled_it() -> None:
    driver = town()
    driver.ready("2002")
    driver.command(Do.NOT_READY, "2002", "break")
    driver.waits_in_civil("a")
    driver.passes(5000)
    asks(driver, Do.MOVE, "tax", "a")
    driver.command(Do.READY, "2002")
    asks(driver, Do.PULL, "2002", "a")
    told: list[facts.Fact] = [*driver.recorded(facts.CallQueued)[1:], *driver.recorded(facts.OfferMade)]
    assert [one.text for one in explain(told)][-2:] == [
        "supervisor 2090 put the caller into the queue tax, priority 3",
        "given to 2002 by supervisor 2090 after 5.0 s of waiting",
    ]
