"""The operator's telephone is enough: codes, own calls, wishes that are refused."""

import pytest

from ctl.switchboard import effects, facts
from ctl.switchboard.events import Cause, Do, LegAnswered, PhoneReachable
from ctl.switchboard.floor import Phase
from ctl.switchboard.ids import Endpoint, Extension, LegId
from ctl.switchboard.kinds import CallKind, OperatorState
from tests.floor_driver import Driver
from tests.plans import prompt


def test_operator_logs_in_and_gets_ready_by_codes_with_spoken_confirmation() -> None:
    town = Driver()
    town.happens(PhoneReachable(Extension("2001"), Endpoint("2001")))
    for n, (code, said, state) in enumerate(
        [
            ("*11", "system-logged-in", OperatorState.NOT_READY),
            ("*13", "system-ready", OperatorState.READY),
            ("*142", "system-not-ready", OperatorState.NOT_READY),
            ("*12", "system-logged-out", OperatorState.LOGGED_OUT),
        ]
    ):
        town.dials("2001", code, f"f{n}")
        assert town.done(effects.Say)[0].media == (prompt(said),)
        assert town.operator("2001").state is state
        town.hears_out(f"f{n}")
        assert town.done(effects.HangUp)
        town.hangs_up(f"f{n}")
    assert town.recorded(facts.OperatorChanged)[2].reason == "training"


def test_telephone_whose_call_is_over_is_hung_up_and_not_left_in_silence() -> None:
    town = Driver()
    town.ready("2001")
    town.dials("2001", "2002", "own")
    town.hangs_up("own")
    town.dials("2001", "2002", "own")
    assert town.done(effects.HangUp) == [effects.HangUp(LegId("own"))]
    assert not town.floor.calls


def test_waiting_caller_rings_only_after_the_confirmation_is_hung_up() -> None:
    town = Driver()
    town.waits_in_civil("a")
    town.happens(PhoneReachable(Extension("2001"), Endpoint("2001")))
    town.command(Do.LOGIN, "2001")
    town.dials("2001", "*13", "f")
    assert town.call("a").phase is Phase.WAITING
    town.hears_out("f")
    town.hangs_up("f")
    assert town.call("a").phase is Phase.RINGING


@pytest.mark.parametrize("code", ["*99", "*149", "*22101", "*13"])
def test_code_that_makes_no_sense_is_refused_in_words(code: str) -> None:
    town = Driver()
    town.happens(PhoneReachable(Extension("2001"), Endpoint("2001")))
    town.dials("2001", code, "f")
    assert town.done(effects.Say)[0].media == (prompt("system-command-refused"),)


def test_keys_during_a_call_hold_consult_and_complete() -> None:
    town = Driver()
    town.ready("2001")
    leg = town.talks("a", "2001")
    town.presses(leg, "*21")
    assert town.call("a").phase is Phase.HELD
    assert town.done(effects.Say)[0].media == (prompt("system-held"),)
    town.presses(leg, "*21")
    town.hears_out("a")
    assert town.call("a").phase is Phase.TALKING
    town.presses(leg, "*22101#")
    department = town.department_leg("a")
    town.happens(LegAnswered(department))
    town.presses(leg, "*23")
    assert town.call("a").phase is Phase.HANDED_OFF
    parting = town.call("a").parting
    assert parting is not None
    assert parting[1] == leg


def test_mistyped_key_code_is_whispered_to_the_operator_only() -> None:
    town = Driver()
    town.ready("2001")
    leg = town.talks("a", "2001")
    town.presses(leg, "*24")
    assert [(say.leg, say.media) for say in town.done(effects.Say)] == [(leg, (prompt("system-command-refused"),))]
    assert town.call("a").phase is Phase.TALKING


def test_not_ready_asked_for_during_a_call_holds_after_the_wrap_up() -> None:
    town = Driver()
    town.ready("2001")
    leg = town.talks("a", "2001")
    town.presses(leg, "*141")
    town.hangs_up("a")
    town.hangs_up(leg)
    assert town.operator("2001").state is OperatorState.WRAP_UP
    town.command(Do.WRAP_UP_DONE, "2001")
    assert (town.operator("2001").state, town.operator("2001").reason) == (OperatorState.NOT_READY, "break")


def test_operators_call_each_other_and_return_to_what_they_were() -> None:
    town = Driver()
    town.ready("2001", "2002")
    town.dials("2001", "2002")
    ring = town.done(effects.RingPhone)[0]
    assert (ring.endpoint, ring.caller) == ("2002", "2001")
    town.waits_in_civil("a")
    assert town.call("a").phase is Phase.WAITING, "both telephones are taken"
    town.happens(LegAnswered(ring.leg))
    assert set(town.done(effects.Connect)[0].legs) == {"own", ring.leg}
    town.hangs_up("own")
    town.hangs_up(ring.leg)
    assert town.call("a").phase is Phase.RINGING
    started = [fact.kind for fact in town.recorded(facts.CallStarted) if fact.call == "own"]
    assert started == [CallKind.INTERNAL]


@pytest.mark.parametrize("do", [Do.COMPLETE, Do.TRANSFER])
def test_colleague_whom_an_operator_connects_with_a_department_talks_on_and_is_not_free(do: Do) -> None:
    town = Driver()
    town.ready("2001", "2002")
    town.dials("2001", "2002")
    town.happens(LegAnswered(town.call("own").leg))
    if do is Do.COMPLETE:
        town.command(Do.CONSULT, "2001", "101")
        town.happens(LegAnswered(town.department_leg("own")))
    town.command(do, "2001", "101")
    town.hangs_up("own")
    assert town.operator("2001").state is OperatorState.READY
    assert town.operator("2002").state is OperatorState.TALKING
    town.dials("2001", "2002", "own1")
    assert [said.media for said in town.done(effects.Say)] == [(prompt("system-department-busy"),)]
    assert town.command(Do.HANGUP, "2002").ok
    assert town.operator("2002").state is OperatorState.READY


def test_colleague_whose_telephone_still_speaks_to_him_is_busy() -> None:
    """Ready, but not on the hook (docs/decisions/004)."""
    town = Driver()
    town.ready("2001", "2002")
    town.dials("2002", "*142", "f")
    town.dials("2001", "2002", "own1")
    assert not town.done(effects.RingPhone)
    town.hears_out("f")
    town.hangs_up("f")
    town.hears_out("own1")
    town.hangs_up("own1")
    town.dials("2001", "2002", "own2")
    assert town.done(effects.RingPhone)


def test_not_ready_asked_for_in_a_call_of_ones_own_is_the_reason_afterwards_and_hinders_nobody_later() -> None:
    town = Driver()
    town.ready("2001")
    town.command(Do.NOT_READY, "2001", "break")
    town.dials("2001", "0312345678")
    town.command(Do.NOT_READY, "2001", "training")
    town.hangs_up("own")
    assert (town.operator("2001").state, town.operator("2001").reason) == (OperatorState.NOT_READY, "training")
    town.command(Do.READY, "2001")
    assert town.operator("2001").state is OperatorState.READY


def test_operator_calls_outside_with_the_wards_number_shown() -> None:
    town = Driver()
    town.ready("2001")
    town.dials("2001", "0312345678")
    dial = town.done(effects.DialOutside)[0]
    assert (dial.number, dial.caller_id) == ("0312345678", "0339811111")
    town.happens(LegAnswered(dial.leg))
    assert town.call("own").phase is Phase.TALKING
    town.hangs_up(dial.leg)
    assert effects.HangUp(town.floor.legs["own"].id) in town.fresh  # type: ignore[index]
    assert town.operator("2001").state is OperatorState.READY


UNANSWERED = [
    (Cause.BUSY, "system-department-busy"),
    (Cause.NO_ANSWER, "system-department-no-answer"),
    (Cause.REFUSED, "system-department-refused"),
    (Cause.UNREACHABLE, "system-call-failed"),
]


@pytest.mark.parametrize(("cause", "word"), UNANSWERED)
@pytest.mark.parametrize("called", ["0312345678", "2002"])
def test_who_does_not_answer_is_told_to_the_operator(called: str, cause: Cause, word: str) -> None:
    town = Driver()
    town.ready("2001", "2002")
    town.dials("2001", called)
    town.hangs_up(town.call("own").leg, cause)
    (said,) = town.done(effects.Say)
    assert (said.media, said.leg) == ((prompt(word),), "own")
    town.hears_out("own")
    assert effects.HangUp(LegId("own")) in town.fresh


def test_colleague_who_is_busy_or_absent_is_told_and_left_alone() -> None:
    town = Driver()
    town.ready("2002")
    town.talks("a", "2002")
    town.ready("2001")
    town.dials("2001", "2002", "own1")
    assert [said.media for said in town.done(effects.Say)] == [(prompt("system-department-busy"),)]
    assert town.call("a").phase is Phase.TALKING
    town.hears_out("own1")
    town.hangs_up("own1")
    town.dials("2001", "2003", "own2")  # whose telephone is not there
    assert [said.media for said in town.done(effects.Say)] == [(prompt("system-department-no-answer"),)]
    assert not town.done(effects.RingPhone)


def test_refusals_name_the_way_out() -> None:
    town = Driver()
    assert "log in first" in town.command(Do.READY, "2001").message
    assert "ctl operators list" in town.command(Do.LOGIN, "9999").message
    town.command(Do.LOGIN, "2001")
    assert "register" in town.command(Do.READY, "2001").message
    assert "break, training" in town.command(Do.NOT_READY, "2001", "lunch").message
    assert "ctl floor" in town.command(Do.HOLD, call="nobody").message
