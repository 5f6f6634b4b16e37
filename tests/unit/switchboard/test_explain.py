"""Explanations are sentences about decisions, taken from the facts alone."""

from ctl.switchboard import effects
from ctl.switchboard.events import Cause, Do, LegAnswered
from ctl.switchboard.explain import HANDOFFS, RESULTS, explain
from ctl.switchboard.facts import HandoffResult, OfferResult
from tests.floor_driver import Driver
from tests.plans import PENSIONS


def sentences(town: Driver, call: str) -> list[str]:
    facts = [one.fact for one in town.effects if isinstance(one, effects.Record)]
    return [one.text for one in explain([fact for fact in facts if getattr(fact, "call", None) == call])]


def test_offer_names_the_chosen_the_compared_and_the_passed_over() -> None:
    town = Driver()
    town.ready("2001", "2002", "2003")
    town.command(Do.NOT_READY, "2003", "break")
    town.waits_in_civil("a")
    told = next(text for text in sentences(town, "a") if "was rung" in text)
    assert told.startswith("2001 was rung after 0.0 s of waiting: idle since 10:00:00.000, level 1.")
    assert "Longest idle of 2 who fitted; the others were idle: 2002 since 10:00:00.001 (level 1)." in told
    assert "2003 was not ready" in told


def test_menu_queue_and_end_are_told_in_order() -> None:
    town = Driver()
    town.waits_in_civil("a")
    town.hangs_up("a")
    told = sentences(town, "a")
    assert [text.split(" ")[0] for text in told] == ["The", "The", "In", "The", "The"]
    assert "pressed 1, which chose the menu civil" in told[2]
    assert told[-1] == "The call ended with the outcome abandoned_queue; it was ended by the citizen."


def test_handoff_tells_who_asked_whom_and_how_it_came_out() -> None:
    town = Driver()
    town.ready("2001")
    town.talks("a", "2001")
    town.command(Do.CONSULT, call="a", argument=PENSIONS)
    town.hangs_up(town.department_leg("a"), Cause.BUSY)
    told = sentences(town, "a")
    assert "Department 101 was called at 0300000101 by 2001, to be asked first." in told
    assert "Department 101: it was busy; the operator had the citizen back." in told


def test_late_answer_changes_no_sentence() -> None:
    town = Driver()
    town.ready("2001")
    leg = town.talks("a", "2001")
    before = sentences(town, "a")
    town.happens(LegAnswered(leg))
    assert sentences(town, "a") == before


def test_every_result_has_its_words() -> None:
    assert set(RESULTS) == {result.value for result in OfferResult}
    assert set(HANDOFFS) == {result.value for result in HandoffResult}
