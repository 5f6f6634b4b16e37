"""Free seating: an operator's calls ring where he has logged in, and nobody else's do."""

from ctl.switchboard import effects, facts
from ctl.switchboard.events import (
    CallServedElsewhere,
    Do,
    LegAnswered,
    OperatorDialled,
    PhoneOccupied,
    PhoneReachable,
    PhoneUnreachable,
)
from ctl.switchboard.floor import Phase
from ctl.switchboard.ids import CallId, Endpoint, Extension, LegId
from ctl.switchboard.kinds import OperatorState
from tests.floor_driver import Driver
from tests.plans import CITY, prompt

S = OperatorState
FIRST, SECOND, THIRD = Extension("2001"), Extension("2002"), Extension("2003")


def floor_with_telephones() -> Driver:
    town = Driver()
    for extension in (FIRST, SECOND, THIRD):
        town.happens(PhoneReachable(extension, Endpoint(extension)))
    return town


def dials(town: Driver, telephone: str, code: str, proven: bool = True) -> str:
    """Dials, hears the answer out, and hangs up. Returns what was said."""
    call = f"f{len(town.history)}"
    town.happens(OperatorDialled(CallId(call), LegId(call), Extension(telephone), Endpoint(telephone), code, proven))
    said = town.done(effects.Say)[0].media[0]
    town.hears_out(call)
    town.hangs_up(call)
    return said


def seated() -> Driver:
    """2001 is ready at the telephone 2002."""
    town = floor_with_telephones()
    assert dials(town, SECOND, "*112001") == prompt("system-logged-in")
    assert dials(town, SECOND, "*13") == prompt("system-ready")
    return town


def test_calls_ring_where_the_operator_has_logged_in() -> None:
    town = seated()
    assert town.operator(FIRST).state is S.READY
    assert town.operator(SECOND).state is S.LOGGED_OUT
    town.waits_in_civil("a")
    ring = town.done(effects.RingPhone)[0]
    assert ring.endpoint == Endpoint(SECOND)
    assert town.call("a").offer is not None
    assert town.operator(FIRST).call == "a"
    town.happens(LegAnswered(ring.leg))
    assert town.recorded(facts.OfferMade)[-1].operator == FIRST


def test_nobody_is_rung_on_the_line_on_which_he_hears_that_he_is_logged_in() -> None:
    town = floor_with_telephones()
    town.happens(OperatorDialled(CallId("f"), LegId("f"), SECOND, Endpoint(SECOND), "*112001", proven=True))
    assert town.command(Do.READY, FIRST).ok
    town.waits_in_civil("a")
    assert town.call("a").phase is Phase.WAITING
    town.hears_out("f")
    town.hangs_up("f")
    assert town.operator(FIRST).call == "a"


def test_every_code_at_the_seat_is_the_sitters() -> None:
    town = seated()
    dials(town, SECOND, "*141")
    assert (town.operator(FIRST).state, town.operator(FIRST).reason) == (S.NOT_READY, "break")
    dials(town, SECOND, "*12")
    assert town.operator(FIRST).state is S.LOGGED_OUT
    assert town.operator(FIRST).seat is None
    assert dials(town, SECOND, "*11") == prompt("system-logged-in")
    assert town.operator(SECOND).state is S.NOT_READY, "the telephone is its own operator's again"


def test_where_he_sits_is_a_fact() -> None:
    town = seated()
    dials(town, FIRST, "*11")
    moves = [(one.extension, one.before, one.telephone, one.by) for one in town.recorded(facts.OperatorSeated)]
    assert moves == [(FIRST, FIRST, SECOND, "telephone 2002"), (FIRST, SECOND, FIRST, "telephone 2001")]


def test_without_the_right_pin_nobody_logs_in_elsewhere() -> None:
    town = floor_with_telephones()
    assert dials(town, SECOND, "*112001", proven=False) == prompt("system-command-refused")
    assert town.operator(FIRST).state is S.LOGGED_OUT


def test_two_operators_at_one_telephone_are_refused() -> None:
    town = seated()
    assert dials(town, SECOND, "*112003") == prompt("system-command-refused")
    said = town.command(Do.LOGIN, THIRD, SECOND)
    assert not said.ok
    assert "2001 is logged in at the telephone 2002" in said.message
    assert "log out there" in said.message
    assert town.operator(THIRD).state is S.LOGGED_OUT


def test_owner_finds_his_telephone_taken() -> None:
    town = seated()
    assert "2001 is logged in at the telephone 2002" in town.command(Do.LOGIN, SECOND).message
    assert town.command(Do.LOGIN, SECOND, FIRST).ok, "but may take the one that is free"
    assert town.operator(SECOND).seat == FIRST


def test_owner_who_is_logged_in_keeps_his_telephone() -> None:
    town = floor_with_telephones()
    town.command(Do.LOGIN, SECOND)
    assert dials(town, SECOND, "*112001") == prompt("system-command-refused")


def test_log_in_elsewhere_moves_the_operator() -> None:
    town = seated()
    assert dials(town, THIRD, "*112001") == prompt("system-logged-in")
    assert town.operator(FIRST).state is S.NOT_READY
    dials(town, THIRD, "*13")
    town.waits_in_civil("a")
    assert town.done(effects.RingPhone)[0].endpoint == Endpoint(THIRD)
    assert town.command(Do.LOGIN, SECOND).ok, "the telephone that was left is free"


def test_nobody_moves_in_the_middle_of_a_call() -> None:
    town = seated()
    town.waits_in_civil("a")
    town.happens(LegAnswered(town.rings_at("a")))
    assert not town.command(Do.LOGIN, FIRST, THIRD).ok
    assert town.operator(FIRST).seat == SECOND


def test_wrap_up_goes_on_at_the_next_telephone() -> None:
    town = seated()
    town.waits_in_civil("a")
    leg = town.rings_at("a")
    town.happens(LegAnswered(leg))
    town.hangs_up("a")
    town.hangs_up(leg)
    assert dials(town, THIRD, "*112001") == prompt("system-logged-in")
    assert town.operator(FIRST).state is S.WRAP_UP


def test_lost_telephone_makes_its_sitter_unreachable_and_nobody_else() -> None:
    town = seated()
    town.happens(PhoneUnreachable(FIRST, Endpoint(FIRST)))
    assert town.operator(FIRST).state is S.READY, "his own telephone, at which he does not sit"
    town.happens(PhoneUnreachable(SECOND, Endpoint(SECOND)))
    assert town.operator(FIRST).state is S.UNREACHABLE
    town.happens(PhoneReachable(SECOND, Endpoint(SECOND)))
    assert town.operator(FIRST).state is S.READY


def test_call_of_the_fallback_occupies_the_sitter() -> None:
    town = seated()
    town.happens(PhoneOccupied(SECOND, True))
    town.waits_in_civil("a")
    assert town.call("a").phase is Phase.WAITING
    town.happens(PhoneOccupied(SECOND, False))
    assert town.operator(FIRST).call == "a"


def test_colleagues_reach_the_operator_by_number_wherever_he_sits() -> None:
    town = seated()
    town.dials(THIRD, FIRST)
    assert town.done(effects.RingPhone)[0].endpoint == Endpoint(SECOND)


def test_own_call_from_the_seat_is_the_sitters() -> None:
    town = seated()
    town.dials(SECOND, "0312345678")
    assert town.operator(FIRST).state is S.TALKING
    started = [fact for fact in town.recorded(facts.CallStarted) if fact.call == "own"]
    assert started[0].extension == FIRST


def test_empty_telephone_of_somebody_who_sits_elsewhere_makes_no_calls() -> None:
    town = seated()
    assert dials(town, FIRST, "0312345678") == prompt("system-command-refused")


def test_fallback_rings_the_telephone_at_which_the_operator_sits() -> None:
    town = floor_with_telephones()
    dials(town, SECOND, "*112001")
    town.happens(OperatorDialled(CallId("f"), LegId("f"), SECOND, Endpoint(SECOND), "*13"))
    mirrored = town.done(effects.MirrorToFallback)[-1]
    assert (mirrored.extension, mirrored.available) == (SECOND, True)
    assert mirrored.queues == (("civil", 1), ("tax", 1)), "those of 2001"
    town.command(Do.LOGOUT, FIRST)
    gone = {one.extension: one.available for one in town.done(effects.MirrorToFallback)}
    assert gone == {SECOND: False, FIRST: False}


def test_call_that_the_fallback_gave_to_the_telephone_is_the_sitters() -> None:
    town = seated()
    town.happens(
        CallServedElsewhere(CallId("x"), CITY, "0312345678", town.now, town.now + 5_000, town.now + 9_000, SECOND)
    )
    (ended,) = [fact for fact in town.recorded(facts.CallEnded) if fact.call == "x"]
    assert ended.operator == FIRST


def test_unknown_telephone_is_named() -> None:
    town = floor_with_telephones()
    assert "no telephone '9999'" in town.command(Do.LOGIN, FIRST, "9999").message
