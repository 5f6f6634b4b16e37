"""Ageing, places kept for callers who call again, and the operator who served the same number last."""

from dataclasses import replace

from ctl.switchboard import core, effects, facts
from ctl.switchboard.events import CallArrived, Cause, Do, LegAnswered, LegEnded, PbxFound, PlanAdopted
from ctl.switchboard.explain import explain
from ctl.switchboard.floor import Phase
from ctl.switchboard.ids import CallId, LegId
from ctl.switchboard.memory import Memory
from ctl.switchboard.plan import Overflow, OverflowWhen, Plan, Routing
from tests.floor_driver import Driver
from tests.plans import CITY, CIVIL, TAX, callback_plan, plan_with

MINUTE = 60_000


def plan(**routing: int) -> Plan:
    """2001 serves both queues; tax, at priority 3, goes before civil, at 5."""
    return plan_with(routing=Routing(**routing))


class Town(Driver):
    """Citizens with numbers of their own."""

    def comes(self, call: str, caller: str, key: str = "1") -> None:
        self.happens(CallArrived(CallId(call), LegId(call), CITY, caller))
        self.hears_out(call)
        self.presses(call, key)

    def gets_free(self, extension: str) -> None:
        """Somebody logs in."""
        self.ready(extension)

    def kept(self, call: str) -> str | None:
        return next(one.kept_from for one in self.recorded(facts.CallQueued) if one.call == call)


def test_without_ageing_priority_always_goes_first() -> None:
    town = Town(plan())
    town.comes("old", "0311111111", "1")
    town.passes(60 * MINUTE)
    town.comes("new", "0322222222", "2")
    town.gets_free("2001")
    assert town.operator("2001").call == "new"


def test_waiting_makes_up_for_priority() -> None:
    """Two steps of priority are worth two minutes."""
    for head_start_ms, first in ((2 * MINUTE - 1, "new"), (2 * MINUTE + 1, "old")):
        town = Town(plan(ageing_ms=MINUTE))
        town.comes("old", "0311111111", "1")
        town.passes(head_start_ms)
        town.comes("new", "0322222222", "2")
        town.passes(MINUTE)
        town.gets_free("2001")
        assert town.operator("2001").call == first


def test_position_at_entry_counts_those_who_have_aged() -> None:
    plans = plan(ageing_ms=MINUTE)
    same = {name: replace(queue, priority=5) for name, queue in plans.queues.items()}
    town = Town(replace(plans, queues=same))
    town.comes("a", "0311111111")
    town.comes("b", "0322222222")
    assert [one.ahead for one in town.recorded(facts.CallQueued)] == [0, 1]


def test_caller_who_gave_up_and_calls_again_has_the_place_held_before() -> None:
    town = Town(plan(keep_place_ms=5 * MINUTE))
    town.comes("a", "0311111111")
    came = town.now
    town.passes(MINUTE)
    town.comes("b", "0322222222")
    town.hangs_up("a")
    town.passes(5 * MINUTE - 1)
    town.comes("again", "0311111111")
    assert town.call("again").place == came
    assert (town.kept("again"), town.kept("b")) == ("a", None)
    town.gets_free("2002")
    assert town.operator("2002").call == "again"


def test_place_is_forgotten_in_time_even_when_nothing_else_happens() -> None:
    town = Town(plan(keep_place_ms=5 * MINUTE))
    town.comes("a", "0311111111")
    town.hangs_up("a")
    assert list(town.floor.memory.places) == ["0311111111"]
    assert core.next_due(town.floor) == town.now + 5 * MINUTE
    town.passes(5 * MINUTE)
    assert town.floor.memory == Memory()
    town.comes("again", "0311111111")
    assert town.kept("again") is None


def test_shorter_time_in_a_new_plan_is_kept_too() -> None:
    town = Town(plan(keep_place_ms=30 * MINUTE))
    town.comes("a", "0311111111")
    town.hangs_up("a")
    town.happens(PlanAdopted(replace(plan(keep_place_ms=5 * MINUTE), version="shorter")))
    town.comes("b", "0322222222")
    town.hangs_up("b")
    town.passes(5 * MINUTE)
    assert list(town.floor.memory.places) == ["0311111111"]
    town.passes(25 * MINUTE)
    assert town.floor.memory == Memory()


def test_caller_who_was_cut_off_has_it_too() -> None:
    town = Town(plan(keep_place_ms=5 * MINUTE))
    town.comes("a", "0311111111")
    came = town.now
    town.passes(MINUTE)
    town.hangs_up("a", Cause.LOST)
    town.comes("again", "0311111111")
    assert town.call("again").place == came


def test_callers_whom_a_killed_pbx_cut_off_are_served_in_the_order_in_which_they_first_came() -> None:
    """Talking, ringing and waiting, all are gone with the PBX; they call again in any order."""
    town = Town(plan(keep_place_ms=5 * MINUTE))
    town.ready("2001", "2002")
    for name in ("a", "b", "c", "d"):
        town.comes(name, f"031111111{name.encode().hex()}")
        town.passes(1000)
        if name == "a":
            town.happens(LegAnswered(town.rings_at("a")))
    assert [town.call(name).phase for name in "abcd"] == [Phase.TALKING, Phase.RINGING, Phase.WAITING, Phase.WAITING]
    places = {name: town.call(name).place for name in "abcd"}
    town.happens(PbxFound(()))
    assert not town.floor.calls
    town.command(Do.WRAP_UP_DONE, "2001")
    for extension in ("2001", "2002"):
        town.command(Do.NOT_READY, extension, "break")
    for name in "dbac":
        town.comes(f"{name} again", f"031111111{name.encode().hex()}")
    assert {name: town.call(f"{name} again").place for name in "abcd"} == places
    town.command(Do.READY, "2001")
    town.command(Do.READY, "2002")
    assert (town.operator("2001").call, town.operator("2002").call) == ("a again", "b again")


def test_place_is_good_for_one_call_in_the_same_queue() -> None:
    town = Town(plan(keep_place_ms=5 * MINUTE))
    town.comes("a", "0311111111")
    town.hangs_up("a")
    town.comes("other queue", "0311111111", "2")
    town.comes("again", "0311111111")
    town.comes("twice", "0311111111")
    assert [town.kept(name) for name in ("other queue", "again", "twice")] == [None, "a", None]


def test_callers_who_hide_their_number_are_not_recognised() -> None:
    town = Town(plan(keep_place_ms=5 * MINUTE, same_operator_ms=30 * MINUTE))
    town.comes("a", "")
    town.hangs_up("a")
    assert town.floor.memory == Memory()
    town.comes("b", "")
    assert town.kept("b") is None


def test_nothing_is_remembered_unless_the_plan_says_so() -> None:
    town = Town(plan())
    town.comes("a", "0311111111")
    town.hangs_up("a")
    assert town.floor.memory == Memory()


def test_caller_who_was_served_has_no_place_to_come_back_to() -> None:
    town = Town(plan(keep_place_ms=5 * MINUTE))
    town.ready("2001")
    town.comes("a", "0311111111")
    town.happens(LegAnswered(town.rings_at("a")))
    town.hangs_up("a")
    assert town.floor.memory == Memory()


def test_place_is_kept_in_the_queue_entered_first_when_overflow_had_sent_the_caller_on() -> None:
    slow = Overflow(OverflowWhen.WAITED, after_ms=MINUTE, queue=TAX)
    base = plan(keep_place_ms=5 * MINUTE)
    town = Town(replace(base, queues={**base.queues, CIVIL: replace(base.queues[CIVIL], overflow=(slow,))}))
    town.comes("a", "0311111111")
    came = town.now
    town.passes(MINUTE)
    assert town.call("a").queue == TAX
    town.hangs_up("a")
    town.comes("again", "0311111111")
    assert (town.call("again").queue, town.call("again").place, town.kept("again")) == (CIVIL, came, "a")


def test_kept_place_is_in_the_full_queue_already() -> None:
    full = Overflow(OverflowWhen.FULL, callers=1, queue=TAX)
    base = plan(keep_place_ms=5 * MINUTE)
    town = Town(replace(base, queues={**base.queues, CIVIL: replace(base.queues[CIVIL], overflow=(full,))}))
    town.comes("a", "0311111111")
    town.hangs_up("a")
    town.comes("b", "0322222222")
    town.comes("again", "0311111111")
    town.comes("c", "0333333333")
    assert [town.call(name).queue for name in ("b", "again", "c")] == [CIVIL, CIVIL, TAX]


# --- the same operator -------------------------------------------------------------------------------------------------


def served_once(same_operator_ms: int) -> Town:
    """2002 has served 03-1111-1111; since then 2001 is the one idle longest."""
    town = Town(plan_with(wrap_up=False, routing=Routing(same_operator_ms=same_operator_ms)))
    town.ready("2002", "2001")
    town.comes("a", "0311111111")
    leg = town.rings_at("a")
    assert town.operator("2002").call == "a"
    town.happens(LegAnswered(leg))
    town.hangs_up("a")
    town.happens(LegEnded(leg, Cause.NORMAL))
    town.passes(1000)
    return town


def test_operator_who_served_the_number_last_is_preferred() -> None:
    town = served_once(same_operator_ms=30 * MINUTE)
    town.comes("again", "0311111111")
    assert town.operator("2002").call == "again"
    offer = town.recorded(facts.OfferMade)[-1]
    assert (offer.preferred, [one.extension for one in offer.candidates]) == (True, ["2002", "2001"])
    told = [one.fact for one in town.effects if isinstance(one, effects.Record)]
    sentence = next(one for one in explain(told) if "the one who served this number last" in one.text)
    assert "2001 fitted too, but had not served this number last" in sentence.others[0]


def test_preference_ends_in_time_and_is_for_that_number_only() -> None:
    town = served_once(same_operator_ms=30 * MINUTE)
    town.comes("b", "0322222222")
    assert town.operator("2001").call == "b"
    town = served_once(same_operator_ms=30 * MINUTE)
    town.passes(30 * MINUTE)
    town.comes("again", "0311111111")
    assert town.operator("2001").call == "again"


def test_nobody_waits_for_the_preferred_operator() -> None:
    town = served_once(same_operator_ms=30 * MINUTE)
    town.comes("x", "0333333333")
    town.happens(LegAnswered(town.rings_at("x")))
    assert town.operator("2001").call == "x"
    town.comes("y", "0344444444")
    assert town.operator("2002").call == "y"
    town.happens(LegAnswered(town.rings_at("y")))
    town.comes("again", "0311111111")
    last = town.call("x").operator_leg
    assert last is not None
    town.hangs_up("x")
    town.happens(LegEnded(last, Cause.NORMAL))
    assert town.operator("2001").call == "again"


def test_the_course_of_the_call_tells_of_the_kept_place() -> None:
    town = Town(plan(keep_place_ms=5 * MINUTE))
    town.comes("a", "0311111111")
    town.passes(MINUTE)
    town.hangs_up("a")
    town.comes("again", "0311111111")
    town.gets_free("2001")
    facts_told = [one.fact for one in town.effects if isinstance(one, effects.Record)]
    told = [fact for fact in facts_told if getattr(fact, "call", None) == "again"]
    texts = [sentence.text for sentence in explain(told)]
    assert any("keeps the place of the same caller's call a" in text for text in texts)
    assert not any("nobody who fits was free for this caller before" in text for text in texts)
    assert any("順番を引き継いだ" in sentence.text for sentence in explain(told, "ja"))


# --- ageing, call-backs and supervisors --------------------------------------------------------------------------------


def town_with_callbacks(**routing: int) -> Town:
    return Town(replace(callback_plan(after_ms=0), routing=Routing(**routing)))


def promised(town: Town, call: str, caller: str) -> str:
    """A citizen waits for CIVIL, asks to be called back, and hangs up. Returns the name of the call-back."""
    town.comes(call, caller)
    town.presses(call, "11")
    town.hangs_up(call)
    return f"{call}-back"


def test_call_back_ages_like_a_caller() -> None:
    """Two steps of priority are worth two minutes."""
    for head_start_ms, first in ((2 * MINUTE - 1, "new"), (2 * MINUTE + 1, "back")):
        town = town_with_callbacks(ageing_ms=MINUTE)
        back = promised(town, "old", "0311111111")
        town.passes(head_start_ms)
        town.comes("new", "0322222222", "2")
        town.gets_free("2001")
        assert town.operator("2001").call == {"new": "new", "back": back}[first]


def test_caller_who_asked_for_a_call_back_and_calls_again_has_that_place_and_no_other() -> None:
    town = town_with_callbacks(keep_place_ms=5 * MINUTE)
    came = town.now
    promised(town, "a", "0311111111")
    assert town.floor.memory == Memory()
    town.passes(MINUTE)
    town.comes("again", "0311111111")
    assert (town.call("again").place, town.kept("again")) == (came, None)


def test_caller_who_gives_up_while_arranging_a_call_back_has_the_place_held_before() -> None:
    town = town_with_callbacks(keep_place_ms=5 * MINUTE)
    town.comes("a", "0311111111")
    came = town.now
    town.passes(MINUTE)
    town.presses("a", "1")
    town.hangs_up("a")
    town.comes("again", "0311111111")
    assert (town.call("again").place, town.kept("again")) == (came, "a")


def test_call_back_that_is_made_the_next_goes_before_those_who_have_aged() -> None:
    town = town_with_callbacks(ageing_ms=1000)
    town.comes("old", "0322222222")
    town.passes(10 * MINUTE)
    back = promised(town, "new", "0311111111")
    assert town.command(Do.CALLBACK_NOW, call=back).ok
    town.gets_free("2001")
    assert town.operator("2001").call == back


def test_priority_given_by_a_supervisor_is_worth_as_much_waiting_as_that_of_a_queue() -> None:
    """From 5 to 1 are four steps."""
    for head_start_ms, first in ((4 * MINUTE - 1, "new"), (4 * MINUTE + 1, "old")):
        town = Town(plan(ageing_ms=MINUTE))
        town.comes("old", "0311111111")
        town.passes(head_start_ms)
        town.comes("new", "0322222222")
        assert town.command(Do.PRIORITY, argument="1", call="new").ok
        assert town.recorded(facts.CallQueued)[-1].ahead == (0 if first == "new" else 1)
        town.gets_free("2001")
        assert town.operator("2001").call == first


def test_pulled_caller_goes_to_whom_the_supervisor_names_and_not_to_the_preferred_one() -> None:
    town = served_once(same_operator_ms=30 * MINUTE)
    for extension in ("2001", "2002"):
        town.command(Do.NOT_READY, extension, "break")
    town.comes("again", "0311111111")
    town.gets_free("2003")
    assert town.command(Do.PULL, argument="2003", call="again").ok
    assert town.operator("2003").call == "again"
    assert not town.recorded(facts.OfferMade)[-1].preferred
