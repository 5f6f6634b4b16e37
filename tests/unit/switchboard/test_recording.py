"""Every talk is recorded, and recorded once: by the dialplan on a call's first leg, else on the department's (2.2.1)."""

import pytest

from ctl.switchboard.effects import Connect, StartRecording, StopRecording
from ctl.switchboard.events import Cause, Do, FoundLeg, LegAnswered, PbxFound
from ctl.switchboard.floor import Phase
from ctl.switchboard.ids import LegId
from tests.floor_driver import Driver
from tests.plans import PENSIONS

OUTSIDE = "0312345678"


@pytest.fixture
def town() -> Driver:
    """2001 talks with citizen a."""
    town = Driver()
    town.ready("2001")
    town.talks("a", "2001")
    return town


@pytest.fixture
def calling() -> Driver:
    """2001 has called an outside number himself."""
    town = Driver()
    town.ready("2001")
    town.dials("2001", OUTSIDE, "a")
    town.happens(LegAnswered(town.call("a").leg))
    return town


def rings(town: Driver, do: Do = Do.CONSULT) -> LegId:
    assert town.command(do, call="a", argument=PENSIONS).ok
    return town.department_leg("a")


def answers(town: Driver, do: Do = Do.CONSULT) -> LegId:
    department = rings(town, do)
    town.happens(LegAnswered(department))
    return department


def wanted(town: Driver) -> list[StartRecording | StopRecording]:
    """All that was ever asked for."""
    return [effect for effect in town.effects if isinstance(effect, StartRecording | StopRecording)]


def test_consultation_is_to_be_recorded_before_it_begins(town: Driver) -> None:
    department = rings(town)
    assert town.done(StartRecording) == [StartRecording(department)]


def test_a_recording_that_may_have_failed_is_asked_for_again_when_the_department_answers(town: Driver) -> None:
    department = answers(town)
    assert town.done(StartRecording) == [StartRecording(department)]


@pytest.mark.parametrize("do", [Do.COMPLETE, Do.THREE_WAY])
def test_where_the_citizen_hears_it_his_own_recording_holds_it(town: Driver, do: Do) -> None:
    department = answers(town)
    assert town.command(do, call="a").ok
    assert town.done(StopRecording) == [StopRecording(department)]


@pytest.mark.parametrize("cause", [Cause.BUSY, Cause.REFUSED, Cause.NO_ANSWER])
def test_after_a_consultation_that_failed_nothing_of_the_citizens_recording_is_touched(
    town: Driver, cause: Cause
) -> None:
    department = rings(town)
    town.hangs_up(department, cause)
    town.hears_out("a")
    assert town.call("a").phase is Phase.TALKING
    assert wanted(town) == [StartRecording(department)]


def test_recording_of_a_cancelled_consultation_ends_with_the_departments_leg(town: Driver) -> None:
    department = answers(town)
    assert town.command(Do.CANCEL, call="a").ok
    assert {one.leg for one in wanted(town)} == {department}
    assert not town.done(StartRecording)


def test_each_number_of_a_department_is_recorded_by_itself(town: Driver) -> None:
    first = rings(town)
    assert town.command(Do.NEXT_NUMBER, call="a").ok
    second = town.department_leg("a")
    assert wanted(town) == [StartRecording(first), StartRecording(second)]


def test_direct_transfer_is_in_the_citizens_recording_alone(town: Driver) -> None:
    answers(town, Do.TRANSFER)
    assert town.call("a").phase is Phase.HANDED_OFF
    assert wanted(town) == []


@pytest.mark.parametrize("do", [Do.CONSULT, Do.TRANSFER])
def test_call_of_an_operator_goes_on_on_the_departments_leg(calling: Driver, do: Do) -> None:
    department = answers(calling, do)
    if do is Do.CONSULT:
        assert calling.command(Do.COMPLETE, call="a").ok
    assert calling.done(Connect)[0].legs == (calling.call("a").leg, department)
    assert set(wanted(calling)) == {StartRecording(department)}


def test_call_of_an_operator_is_recorded_by_the_dialplan_until_then(calling: Driver) -> None:
    assert calling.call("a").phase is Phase.TALKING
    assert wanted(calling) == []


def test_after_a_restart_the_recording_is_asked_for_again(town: Driver) -> None:
    department = rings(town)
    legs = tuple(FoundLeg(leg, leg != department) for leg in town.floor.legs)
    town.happens(PbxFound(legs))
    assert town.done(StartRecording) == [StartRecording(department)]
    town.happens(LegAnswered(department))
    town.happens(PbxFound(tuple(FoundLeg(leg, True) for leg in town.floor.legs)))
    assert town.done(StartRecording) == [StartRecording(department)]


def test_a_department_that_answered_while_we_were_away_is_recorded(town: Driver) -> None:
    department = rings(town)
    town.happens(PbxFound(tuple(FoundLeg(leg, True) for leg in town.floor.legs)))
    assert town.call("a").phase is Phase.CONSULTING
    assert StartRecording(department) in town.fresh
