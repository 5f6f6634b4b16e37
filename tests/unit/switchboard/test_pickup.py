"""Pick-up: who may take a caller from a colleague's ringing telephone, and what becomes of everybody."""

from dataclasses import replace

import pytest

from ctl.switchboard import effects, facts, kinds
from ctl.switchboard.events import Cause, Do, LegAnswered, PhoneReachable
from ctl.switchboard.floor import Phase
from ctl.switchboard.ids import Endpoint, Extension, LegId
from ctl.switchboard.kinds import OfferResult, OperatorState
from tests.floor_driver import Driver
from tests.plans import plan_with, prompt, small_plan

REFUSED = (prompt("system-command-refused"),)
S = OperatorState


def ringing(*also_ready: str) -> tuple[Driver, LegId]:
    """A caller of the civil queue is ringing at 2001."""
    town = Driver()
    town.ready("2001", *also_ready)
    town.waits_in_civil("a")
    assert town.operator("2001").call == "a"
    return town, town.rings_at("a")


def test_operator_who_dials_the_code_talks_with_the_caller_at_once() -> None:
    town, rung = ringing("2002")
    town.passes(4_000)
    town.dials("2002", "*282001")
    assert effects.HangUp(rung, elsewhere=True) in town.fresh, "no missed call at the colleague's"
    assert set(town.done(effects.Connect)[0].legs) == {"a", "own"}
    assert effects.StopMusic(LegId("a")) in town.fresh
    assert town.call("a").phase is Phase.TALKING
    assert (town.operator("2002").state, town.operator("2002").call) == (S.TALKING, "a")
    assert town.operator("2001").state is S.READY


def test_pick_up_is_told_as_offers_that_any_figure_understands() -> None:
    town, _ = ringing("2002")
    town.passes(4_000)
    town.dials("2002", "*282001")
    first, second = town.recorded(facts.OfferMade)
    assert (second.operator, second.picked_up_from, second.pulled_by) == ("2002", "2001", "telephone 2002")
    assert second.waited_ms == 4_000
    ends = [(fact.n, fact.operator, fact.result) for fact in town.recorded(facts.OfferEnded)]
    assert ends == [(first.n, "2001", OfferResult.PICKED_UP), (second.n, "2002", OfferResult.ANSWERED)]
    assert "own" in {fact.call for fact in town.recorded(facts.CallEnded)}, "the call that dialled the code is over"


def test_colleague_stays_idle_as_long_as_before() -> None:
    town, rung = ringing("2002")
    idle_since = town.operator("2001").idle_since
    town.passes(4_000)
    town.dials("2002", "*282001")
    town.hangs_up(rung, Cause.CANCELLED)
    assert town.operator("2001").idle_since == idle_since
    town.waits_in_civil("b")
    assert town.operator("2001").call == "b"


def test_call_that_was_picked_up_ends_like_any_other() -> None:
    town, _ = ringing("2002")
    town.dials("2002", "*282001")
    town.hangs_up("a")
    assert effects.HangUp(LegId("own")) in town.fresh
    assert town.operator("2002").state is S.WRAP_UP
    assert town.outcome("a") is kinds.Outcome.ANSWERED


def test_answer_of_the_colleague_in_the_same_moment_comes_too_late() -> None:
    town, rung = ringing("2002")
    town.dials("2002", "*282001")
    town.happens(LegAnswered(rung))
    assert effects.HangUp(rung) in town.fresh
    assert town.call("a").operator == "2002"


def test_who_picks_up_in_a_break_is_in_the_break_again_afterwards() -> None:
    town, _ = ringing("2002")
    town.command(Do.NOT_READY, "2002", "break")
    town.dials("2002", "*282001")
    town.hangs_up("a")
    town.hangs_up("own")
    town.command(Do.WRAP_UP_DONE, "2002")
    assert (town.operator("2002").state, town.operator("2002").reason) == (S.NOT_READY, "break")


def test_who_had_let_it_ring_and_picks_up_is_present_after_all() -> None:
    town, _ = ringing("2002")
    town.passes(20_000)  # 2001 lets it ring, and it rings at 2002
    town.dials("2001", "*282002")
    town.hangs_up("a")
    town.hangs_up("own")
    town.command(Do.WRAP_UP_DONE, "2001")
    assert town.operator("2001").state is S.READY


def test_operator_without_a_skill_for_the_queue_may_not() -> None:
    plan = small_plan()
    stranger = replace(plan.operators[Extension("2003")], supervises_all=False)
    town = Driver(plan_with(operators={**plan.operators, stranger.extension: stranger}))
    town.ready("2001", "2003")
    town.waits_in_civil("a")
    assert "no skill" in town.command(Do.PICK_UP, "2003", "2001").message
    town.dials("2003", "*282001")
    assert town.done(effects.Say)[0].media == REFUSED
    assert town.operator("2001").call == "a"


def test_supervisor_may_whatever_the_skills() -> None:
    town, _ = ringing("2003")
    town.dials("2003", "*282001")
    assert town.operator("2003").call == "a"


def test_nobody_picks_up_before_the_wrap_up_is_over() -> None:
    town = Driver()
    town.ready("2002")
    leg = town.talks("first", "2002")
    town.hangs_up("first")
    town.hangs_up(leg)
    town.ready("2001")
    town.waits_in_civil("a")
    town.dials("2002", "*282001")
    assert town.done(effects.Say)[0].media == REFUSED
    assert "wrap_up" in town.command(Do.PICK_UP, "2002", "2001").message


@pytest.mark.parametrize(("colleague", "says"), [("2001", "already"), ("2002", "no caller"), ("9999", "no caller")])
def test_refusals_name_the_way_out(colleague: str, says: str) -> None:
    town, _ = ringing()
    said = town.command(Do.PICK_UP, "2001", colleague)
    assert not said.ok
    assert says in said.message


def test_operator_who_is_logged_out_may_not() -> None:
    town, _ = ringing()
    town.happens(PhoneReachable(Extension("2002"), Endpoint("2002")))
    assert "logged_out" in town.command(Do.PICK_UP, "2002", "2001").message


def test_by_command_the_own_telephone_rings() -> None:
    town, rung = ringing("2002")
    assert town.command(Do.PICK_UP, "2002", "2001").ok
    assert effects.HangUp(rung, elsewhere=True) in town.fresh
    assert town.done(effects.RingPhone)[0].endpoint == "2002"
    assert town.operator("2001").state is S.READY
    town.happens(LegAnswered(town.rings_at("a")))
    assert town.operator("2002").call == "a"


def test_code_is_for_a_telephone_on_the_hook_and_needs_an_extension() -> None:
    town, _ = ringing("2002")
    town.dials("2002", "*28")
    assert town.done(effects.Say)[0].media == REFUSED
