"""What an operator wishes by extension or by a dialled code is about the call at his own telephone, and no other."""

import pytest

from ctl.switchboard import effects
from ctl.switchboard.events import Cause, Do, LegAnswered
from ctl.switchboard.floor import Phase
from ctl.switchboard.ids import LegId
from ctl.switchboard.kinds import OperatorState
from tests.floor_driver import Driver
from tests.plans import callback_plan
from tests.unit.switchboard.test_callback import BACK, promised


def wraps_up_a_call_that_rings_at_a_colleague() -> tuple[Driver, LegId]:
    """2001 was torn out of the call and wraps it up; it rings at 2002."""
    town = Driver()
    town.ready("2001")
    town.hangs_up(town.talks("a", "2001"), Cause.UNREACHABLE)
    town.ready("2002")
    assert (town.operator("2001").state, town.operator("2001").call) == (OperatorState.WRAP_UP, "a")
    return town, town.rings_at("a")


def wraps_up_a_call_that_a_colleague_has() -> Driver:
    town, rung = wraps_up_a_call_that_rings_at_a_colleague()
    town.happens(LegAnswered(rung))
    assert town.call("a").operator == "2002"
    return town


@pytest.mark.parametrize("do", [Do.HANGUP, Do.HOLD, Do.CONSULT, Do.TRANSFER])
def test_operator_in_wrap_up_does_not_command_the_call_that_a_colleague_has_now(do: Do) -> None:
    town = wraps_up_a_call_that_a_colleague_has()
    assert town.command(do, "2001", "101").message == "operator 2001 has no call now"
    assert town.call("a").phase is Phase.TALKING


@pytest.mark.parametrize("code", ["*21", "*22101", "*27102"])
def test_nor_by_a_code_that_he_dials(code: str) -> None:
    town = wraps_up_a_call_that_a_colleague_has()
    town.dials("2001", code)
    assert (town.call("a").phase, town.operator("2002").state) == (Phase.TALKING, OperatorState.TALKING)


def test_nor_does_he_complete_the_colleagues_consultation() -> None:
    town = wraps_up_a_call_that_a_colleague_has()
    town.command(Do.CONSULT, "2002", "101")
    town.happens(LegAnswered(town.department_leg("a")))
    town.dials("2001", "*23")
    assert town.call("a").phase is Phase.CONSULTING


def test_operator_who_has_handed_over_does_not_end_the_talk_with_the_department() -> None:
    town = Driver()
    town.ready("2001")
    town.talks("a", "2001")
    town.command(Do.CONSULT, "2001", "101")
    town.happens(LegAnswered(town.department_leg("a")))
    town.command(Do.COMPLETE, "2001")
    assert not town.command(Do.HANGUP, "2001").ok
    assert town.call("a").phase is Phase.HANDED_OFF


def test_not_ready_asked_for_in_wrap_up_lets_it_ring_on_at_the_colleagues() -> None:
    town, rung = wraps_up_a_call_that_rings_at_a_colleague()
    assert town.command(Do.NOT_READY, "2001", "break").ok
    assert (town.rings_at("a"), town.operator("2002").state) == (rung, OperatorState.OFFERED)


def test_nobody_picks_up_from_an_operator_at_whom_nothing_rings() -> None:
    town, rung = wraps_up_a_call_that_rings_at_a_colleague()
    town.ready("2003")
    town.dials("2003", "*282001")
    assert town.rings_at("a") == rung
    assert "no caller is ringing at 2001" in town.command(Do.PICK_UP, "2003", "2001").message


def test_operator_who_hangs_up_what_only_rings_declines_it() -> None:
    town = Driver()
    town.ready("2001", "2002")
    town.waits_in_civil("a")
    assert town.command(Do.HANGUP, "2001").ok
    assert (town.operator("2001").state, town.operator("2001").reason) == (OperatorState.NOT_READY, "refused")
    assert town.call("a").offer is not None
    assert town.operator("2002").call == "a"


def test_call_back_that_only_rings_is_declined_and_not_cancelled() -> None:
    town = Driver(callback_plan())
    promised(town)
    town.ready("2001")
    assert town.command(Do.HANGUP, "2001").ok
    assert town.call(BACK).phase is Phase.PROMISED


def test_nor_is_one_cancelled_that_is_looked_at() -> None:
    town = Driver(callback_plan(preview=True))
    promised(town)
    town.ready("2001", "2002")
    leg = town.rings_at(BACK)
    town.happens(LegAnswered(leg))
    assert town.command(Do.HANGUP, "2001").ok
    assert effects.HangUp(leg) in town.fresh
    assert (town.operator("2001").state, town.operator("2001").reason) == (OperatorState.NOT_READY, "refused")
    assert town.operator("2002").call == BACK


def test_nor_one_whose_citizen_is_rung() -> None:
    town = Driver(callback_plan())
    promised(town)
    town.ready("2001")
    town.happens(LegAnswered(town.rings_at(BACK)))
    rung = town.call(BACK).leg
    assert town.command(Do.HANGUP, "2001").ok
    assert effects.HangUp(rung) in town.fresh
    assert town.call(BACK).phase is Phase.PROMISED


def test_hangup_of_a_call_back_by_its_name_cancels_the_promise() -> None:
    town = Driver(callback_plan())
    promised(town)
    town.ready("2001")
    town.happens(LegAnswered(town.rings_at(BACK)))
    assert town.command(Do.HANGUP, call=BACK).ok
    assert BACK not in town.floor.calls


def test_colleague_who_was_called_inside_hangs_up_by_extension() -> None:
    town = Driver()
    town.ready("2001", "2002")
    town.dials("2001", "2002")
    town.happens(LegAnswered(town.call("own").leg))
    assert town.command(Do.HANGUP, "2002").ok
    assert not town.floor.calls
