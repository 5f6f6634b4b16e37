"""The PBX is not heard for a while, and found again: what people did meanwhile, and what was begun in the same moment."""

from dataclasses import replace

from ctl.switchboard import effects, facts
from ctl.switchboard.events import (
    CallArrived,
    FoundLeg,
    LegAnswered,
    ModeAsked,
    NoticeAsked,
    OperatorDialled,
    PbxFound,
    Permission,
    PhoneReachable,
    TimePassed,
)
from ctl.switchboard.floor import Phase
from ctl.switchboard.ids import CallId, CommandId, Endpoint, Extension, FlowName, LegId, Media, NodeName
from ctl.switchboard.kinds import OperatorState, Outcome
from ctl.switchboard.plan import CallbackPrompt, Plan, ToDepartment, Trunk
from tests.floor_driver import Driver
from tests.plans import CITY, MAIN, PARKS, SITE_DOWN, callback_plan, plan_for_bad_days, small_plan

GAP_MS = 5_500
"""Longer than the menu waits for a key."""


def finds(town: Driver, *legs: str) -> None:
    """The PBX holds these legs, all answered, and no others."""
    town.happens(PbxFound(tuple(FoundLeg(LegId(leg), True) for leg in legs)))


def dialled(town: Driver) -> list[str]:
    return [one.leg for one in town.effects if isinstance(one, effects.DialOutside | effects.RingPhone)]


def hung_up(town: Driver) -> list[str]:
    return [one.leg for one in town.effects if isinstance(one, effects.HangUp)]


def test_number_that_is_dialled_while_the_pbx_is_looked_at_is_not_called_for_nobody() -> None:
    town = Driver()
    town.ready("2001")
    town.happens(TimePassed(deaf=True))
    town.happens(OperatorDialled(CallId("o"), LegId("o"), Extension("2001"), Endpoint("2001"), "0312340000"))
    (outside,) = dialled(town)
    finds(town, "o")
    assert outside not in town.floor.legs
    assert outside in hung_up(town)


def test_colleague_who_lifts_the_receiver_of_such_a_call_hears_no_silence() -> None:
    town = Driver()
    town.ready("2001", "2002")
    town.happens(TimePassed(deaf=True))
    town.happens(OperatorDialled(CallId("o"), LegId("o"), Extension("2001"), Endpoint("2001"), "2002"))
    (colleague,) = dialled(town)
    finds(town, "o")
    before = len(hung_up(town))
    town.happens(LegAnswered(LegId(colleague)))
    assert hung_up(town)[before:] == [colleague]


def test_site_that_is_called_while_the_pbx_is_looked_at_does_not_ring_on() -> None:
    town = Driver(plan_for_bad_days())
    permission = Permission("区民相談課長", 0, 1 << 50)
    town.happens(ModeAsked(CommandId("m"), "test", SITE_DOWN, "why", "by", "2026", permission=permission))
    town.happens(TimePassed(deaf=True))
    town.happens(CallArrived(CallId("a"), LegId("a"), CITY, "0312345678"))
    (first,) = dialled(town)
    finds(town, "a")
    assert first in hung_up(town)


def patient(fallback: str) -> Plan:
    """One attempt at the menu, then this node."""
    nodes = {**MAIN.nodes}
    menu = nodes[NodeName("menu")]
    nodes[NodeName("menu")] = replace(menu, fallback=NodeName(fallback), attempts=1)  # type: ignore[arg-type]
    return replace(small_plan(), flows={FlowName("main"): replace(MAIN, nodes=nodes)})


def in_the_menu(plan: Plan) -> Driver:
    town = Driver(plan)
    town.calls_in("a")
    town.hears_out("a")
    town.hears_out("a")
    assert town.call("a").phase is Phase.IVR
    assert town.call("a").due_at is not None
    return town


def test_key_that_could_not_be_heard_is_asked_for_again() -> None:
    town = in_the_menu(patient("night"))
    town.passes(GAP_MS, deaf=True)
    assert town.call("a").phase is Phase.IVR
    town.happens(TimePassed(deaf=True))
    finds(town, "a")
    town.hears_out("a")
    town.presses("a", "1")
    assert town.call("a").phase is Phase.WAITING


def test_silence_of_a_gap_calls_no_department() -> None:
    town = in_the_menu(patient("parks"))
    town.passes(GAP_MS, deaf=True)
    finds(town, "a")
    assert not dialled(town)
    assert not town.recorded(facts.HandoffEnded)


def test_patience_ends_once_the_pbx_is_heard_again() -> None:
    town = in_the_menu(patient("night"))
    town.passes(GAP_MS, deaf=True)
    finds(town, "a")
    town.hears_out("a")
    town.passes(GAP_MS)
    assert town.call("a").phase is Phase.CLOSING


def test_operator_whose_key_could_not_be_heard_still_has_the_call_back_before_him() -> None:
    town = Driver(callback_plan(preview=True, preview_ms=3_000))
    town.waits_in_civil("a")
    town.passes(30_000)
    town.presses("a", "11")
    town.hangs_up("a")
    town.ready("2001")
    town.happens(LegAnswered(town.rings_at("a-back")))
    assert town.call("a-back").phase is Phase.PREVIEW
    town.passes(3_500, deaf=True)
    finds(town, *town.floor.legs)
    assert CallbackPrompt.PREVIEW in "".join(one.media[0] for one in town.done(effects.Say))
    town.passes(2_900)
    assert town.call("a-back").phase is Phase.PREVIEW
    town.passes(200)
    assert town.operator("2001").state is OperatorState.NOT_READY


def test_who_has_to_make_room_for_another_ends_once() -> None:
    """He is told that all lines are busy; the other's message has expired meanwhile, and his way leads to a department."""
    nodes = {**MAIN.nodes, NodeName("hours"): ToDepartment(PARKS, NodeName("greeting"))}
    plan = replace(small_plan(), trunk=Trunk(limit=2, reserve=1), flows={FlowName("main"): replace(MAIN, nodes=nodes)})
    town = Driver(plan)
    message = Media("sound:ctl/000000000000000000000000")
    town.happens(NoticeAsked(CommandId("n"), "test", "台風", message, (), town.now + 10_000))
    for call in ("a", "b"):
        town.happens(CallArrived(CallId(call), LegId(call), CITY, f"031111111{ord(call)}"))
    assert town.call("b").closing_as is Outcome.TRUNK_FULL
    town.passes(20_000, deaf=True)
    finds(town, "a", "b")
    town.happens(PhoneReachable(Extension("2001"), Endpoint("2001")))
    assert "b" not in town.floor.calls
    assert [one.call for one in town.recorded(facts.CallEnded)] == ["b"]
