"""The history checker: each kind of fault is seen, and a history in which all is well gives no finding."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bench.wire import Sip
from tests.proving.history import (
    CUT_OFF,
    ENDS_TOLD,
    FORGOTTEN,
    MANY_ROWS,
    NO_CALL,
    NO_END,
    NO_LEG,
    NO_ROW,
    OVERTAKEN,
    TWO_CALLS,
    UNENDED,
    WRONG_DURATION,
    Entry,
    History,
    Leg,
    Row,
    RowLeg,
    Side,
    Trouble,
    check,
    legs,
)

CENTRE, CARRIER, PHONES = "127.1.0.1", "127.1.0.10", "127.1.0.30"


def citizen(caller: str = "090", begun_s: float = 0, answered_s: float | None = 0.1, ended_s: float = 60) -> Leg:
    return Leg(f"c{caller}", Side.CITIZEN, caller, caller, begun_s, answered_s, ended_s)


def operator(caller: str = "090", begun_s: float = 10, ended_s: float = 60, extension: str = "2001") -> Leg:
    return Leg(f"o{caller}{begun_s}", Side.OPERATOR, extension, caller, begun_s, begun_s + 1, ended_s, True)


def row_of(leg: Leg, call: str = "") -> RowLeg:
    return RowLeg(call or leg.caller, leg.telephone, leg.begun_s, leg.answered_s, leg.ended_s)


def of(*made: Leg, entries: tuple[Entry, ...] = (), outcome: str = "answered") -> History:
    """The history of these legs as it should be written."""
    citizens = [leg for leg in made if leg.side is Side.CITIZEN]
    rows = [Row(leg.telephone, leg.telephone, outcome, leg.begun_s, leg.ended_s) for leg in citizens]
    return History(made, rows, [row_of(leg) for leg in made], entries)


def kinds(history: History, *troubles: Trouble) -> list[str]:
    return [finding.kind for finding in check(history, troubles).findings]


# --- the wire ---------------------------------------------------------------------------------------------------------


def said(at_s: float, source: str, target: str, method: str, status: int | None = None, call: str = "x") -> Sip:
    return Sip(at_s, source, target, method, status, call, "2001" if target == PHONES else "0339811111", "090")


def test_answered_call_is_read_from_the_wire() -> None:
    messages = [
        said(1.0, CARRIER, CENTRE, "INVITE"),
        said(1.5, CARRIER, CENTRE, "INVITE"),
        said(1.6, CENTRE, CARRIER, "INVITE", 100),
        said(2.0, CENTRE, CARRIER, "INVITE", 200),
        said(9.0, CENTRE, CARRIER, "BYE"),
        said(9.1, CARRIER, CENTRE, "BYE", 200),
    ]
    assert legs(messages, CENTRE, CARRIER) == [Leg("x", Side.CITIZEN, "090", "090", 1.0, 2.0, 9.0, True)]


@pytest.mark.parametrize(("answers", "forgotten"), [([200], False), ([200, 481], False), ([481], True), ([], True)])
def test_centre_that_does_not_know_the_call_any_more_has_forgotten_it(answers: list[int], forgotten: bool) -> None:
    messages = [
        said(1.0, CENTRE, PHONES, "INVITE"),
        said(2.0, PHONES, CENTRE, "INVITE", 200),
        said(9.0, PHONES, CENTRE, "BYE"),
        *(said(9.1, CENTRE, PHONES, "BYE", answer) for answer in answers),
    ]
    (leg,) = legs(messages, CENTRE, CARRIER)
    assert (leg.side, leg.telephone, leg.ended_s, leg.ended_by_centre) == (Side.OPERATOR, "2001", 9.0, False)
    assert leg.forgotten is forgotten


def test_telephone_that_is_not_answered_ends_with_its_refusal() -> None:
    messages = [
        said(1.0, CENTRE, PHONES, "INVITE"),
        said(5.0, CENTRE, PHONES, "CANCEL"),
        said(5.1, PHONES, CENTRE, "CANCEL", 200),
        said(5.2, PHONES, CENTRE, "INVITE", 487),
    ]
    (leg,) = legs(messages, CENTRE, CARRIER)
    assert (leg.answered_s, leg.ended_s, leg.ended_by_centre) == (None, 5.2, True)


def test_answer_that_crosses_the_cancel_is_no_call() -> None:
    messages = [
        said(1.0, CENTRE, PHONES, "INVITE"),
        said(5.0, CENTRE, PHONES, "CANCEL"),
        said(5.1, PHONES, CENTRE, "INVITE", 200),
        said(5.2, CENTRE, PHONES, "BYE"),
        said(5.3, PHONES, CENTRE, "BYE", 200),
    ]
    (leg,) = legs(messages, CENTRE, CARRIER)
    assert (leg.answered_s, leg.ended_s, leg.ended_by_centre) == (None, 5.2, True)


def test_asking_for_a_password_is_no_end() -> None:
    messages = [said(1.0, PHONES, CENTRE, "INVITE"), said(1.1, CENTRE, PHONES, "INVITE", 401)]
    (leg,) = legs(messages, CENTRE, CARRIER)
    assert (leg.side, leg.ended_s) == (Side.DIALLED, None)


# --- rows -------------------------------------------------------------------------------------------------------------


def test_call_without_a_row_is_found() -> None:
    history = of(citizen())
    assert kinds(replace(history, rows=[])) == [NO_ROW]


def test_call_with_two_rows_is_found() -> None:
    history = of(citizen())
    assert kinds(replace(history, rows=[*history.rows, replace(history.rows[0], id="again")])) == [MANY_ROWS]


def test_row_without_a_call_is_found() -> None:
    history = of(citizen())
    assert kinds(replace(history, legs=[], row_legs=[])) == [NO_CALL]


def test_row_without_an_end_is_found() -> None:
    history = of(citizen())
    assert kinds(replace(history, rows=[replace(history.rows[0], ended_s=None)])) == [NO_END]


def test_refused_call_needs_no_row_and_may_have_one() -> None:
    history = of(citizen(answered_s=None))
    assert kinds(history) == []
    assert kinds(replace(history, rows=[], row_legs=[])) == []


# --- ends -------------------------------------------------------------------------------------------------------------


def test_leg_that_never_ended_is_found() -> None:
    assert UNENDED in kinds(of(replace(citizen(), ended_s=None)))


def test_telephone_that_is_called_and_says_nothing_at_all_has_no_call_to_end() -> None:
    rung = [said(1.0, CENTRE, PHONES, "INVITE"), said(1.5, CENTRE, PHONES, "INVITE")]
    assert kinds(History(legs(rung, CENTRE, CARRIER), [], [], [])) == []
    rung.append(said(2.0, PHONES, CENTRE, "INVITE", 180))
    assert kinds(History(legs(rung, CENTRE, CARRIER), [], [], [])) == [UNENDED]


def test_forgotten_call_is_found_unless_calls_may_be_lost() -> None:
    history = of(replace(citizen(), forgotten=True))
    assert kinds(history) == [FORGOTTEN]
    assert kinds(history, Trouble(20, 30)) == [FORGOTTEN]
    assert kinds(history, Trouble(20, 30, loses=True)) == []
    assert kinds(history, Trouble(61, 62, loses=True)) == [FORGOTTEN]


def test_citizen_who_is_cut_off_while_talking_is_found() -> None:
    history = of(replace(citizen(), ended_by_centre=True), operator())
    assert kinds(history) == [CUT_OFF]
    assert kinds(history, Trouble(59, 61, loses=True)) == []


def test_citizen_who_is_cut_off_while_waiting_is_found() -> None:
    assert kinds(of(replace(citizen(), ended_by_centre=True), outcome="lost")) == [CUT_OFF]


def test_citizen_whose_operator_hung_up_is_not_cut_off() -> None:
    ended = replace(operator(ended_s=59.9), ended_by_centre=False)
    assert kinds(of(replace(citizen(), ended_by_centre=True), ended)) == []


def test_citizen_whose_department_hung_up_is_not_cut_off() -> None:
    """The department is shown the number of the ward: that it is this citizen's partner is known from the rows."""
    handed_off = replace(citizen(), ended_by_centre=True)
    ward = Leg("w", Side.OUTSIDE, "0312345678", "0339811111", 30, 31, 59.9)
    history = of(handed_off, operator(ended_s=40), outcome="handed_off")
    rows = [*history.row_legs, row_of(ward, "090")]
    assert kinds(replace(history, legs=[*history.legs, ward], row_legs=rows)) == []
    cut = replace(ward, ended_by_centre=True)
    assert kinds(replace(history, legs=[*history.legs, cut], row_legs=rows)) == [CUT_OFF]


@pytest.mark.parametrize("outcome", sorted(ENDS_TOLD))
def test_citizen_who_is_told_why_is_not_cut_off(outcome: str) -> None:
    assert kinds(of(replace(citizen(), ended_by_centre=True), outcome=outcome)) == []


# --- operators and order ----------------------------------------------------------------------------------------------


def test_operator_in_two_calls_is_found() -> None:
    first, second = operator("090"), operator("080", begun_s=30, ended_s=50)
    assert kinds(of(citizen("090"), citizen("080"), first, second)) == [TWO_CALLS]
    elsewhere = replace(second, telephone="2002")
    assert kinds(of(citizen("090"), citizen("080"), first, elsewhere)) == []


def test_telephone_that_heard_nothing_of_the_death_of_its_call_is_in_no_two_calls() -> None:
    first, second = replace(operator("090"), forgotten=True), operator("080", begun_s=30, ended_s=50)
    history = of(citizen("090"), citizen("080"), first, second)
    assert kinds(history) == [FORGOTTEN, TWO_CALLS]
    assert kinds(history, Trouble(20, 25, loses=True)) == []


def test_end_on_the_wire_of_a_call_that_died_with_the_pbx_is_no_measure() -> None:
    history = of(replace(citizen(), forgotten=True))
    died = replace(history.row_legs[0], ended_s=20)
    assert kinds(replace(history, row_legs=[died]), Trouble(20, 25, loses=True)) == []
    assert WRONG_DURATION in kinds(replace(history, row_legs=[died]))


def line(first_s: float, second_s: float, priority: int = 0, queue: str = "general") -> tuple[Entry, ...]:
    return Entry("090", "general", 0, first_s), Entry("080", queue, priority, second_s)


def test_caller_who_is_overtaken_is_found() -> None:
    made = citizen("090"), citizen("080"), operator("090", 20), operator("080", 12, extension="2002")
    assert kinds(of(*made, entries=line(5, 6))) == [OVERTAKEN]
    assert kinds(of(*made, entries=line(6, 5))) == []
    assert kinds(of(*made, entries=line(5, 6, priority=-1))) == []
    assert kinds(of(*made, entries=line(5, 6, queue="tax"))) == []
    assert kinds(of(*made, entries=line(5, 13))) == []


def test_who_comes_in_the_same_instant_overtakes_nobody() -> None:
    made = citizen("090"), citizen("080"), operator("090", 20), operator("080", 12, extension="2002")
    assert kinds(of(*made, entries=line(5, 5))) == []


def test_two_telephones_that_ring_in_the_same_moment_overtake_nobody() -> None:
    made = citizen("090"), citizen("080"), operator("090", 12.05), operator("080", 12, extension="2002")
    assert kinds(of(*made, entries=line(5, 6))) == []


# --- durations --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("off_s", "found"), [(0.09, []), (-0.09, []), (0.11, [WRONG_DURATION])])
def test_duration_that_is_wrong_is_found(off_s: float, found: list[str]) -> None:
    history = of(citizen())
    wrong = replace(history.row_legs[0], ended_s=60 + off_s)
    assert kinds(replace(history, row_legs=[wrong])) == found
    assert kinds(replace(history, row_legs=[wrong]), Trouble(59, 61)) == []


def test_leg_without_a_row_or_without_an_answer_in_it_is_found() -> None:
    history = of(citizen(), operator())
    assert kinds(replace(history, row_legs=history.row_legs[:1])) == [NO_LEG]
    unanswered = replace(history.row_legs[1], answered_s=None)
    assert kinds(replace(history, row_legs=[history.row_legs[0], unanswered])) == [WRONG_DURATION]


# --- all is well ------------------------------------------------------------------------------------------------------


@st.composite
def days(draw: st.DrawFn) -> History:
    """One operator serves callers in their order; each waits as long as it takes, or gives up."""
    made: list[Leg] = []
    entries = []
    came_s = free_s = 0.0
    for n in range(draw(st.integers(1, 12))):
        came_s += draw(st.floats(0.2, 5))
        patience_s, talk_s = draw(st.floats(0.5, 30)), draw(st.floats(1, 20))
        rings_s = max(free_s, came_s + 0.1) + 0.2
        served = rings_s < came_s + patience_s
        ended_s = rings_s + 1 + talk_s if served else came_s + patience_s
        caller = f"090{n:04}"
        hangs_up = draw(st.booleans()) or not served
        made.append(replace(citizen(caller, came_s - 0.2, came_s - 0.1, ended_s), ended_by_centre=not hangs_up))
        entries.append(Entry(caller, "general", 0, came_s))
        if served:
            made.append(replace(operator(caller, rings_s, ended_s - 0.01), ended_by_centre=hangs_up))
            free_s = ended_s
    return of(*made, entries=tuple(entries))


@given(days())
def test_day_in_which_all_is_well_has_no_finding(history: History) -> None:
    verdict = check(history)
    assert verdict.findings == []
    assert verdict.excused.total() == 0
    assert all(abs(off) < 1e-6 for off in verdict.off_s)


@given(days())
def test_order_of_what_is_looked_at_does_not_matter(history: History) -> None:
    turned = History(history.legs[::-1], history.rows[::-1], history.row_legs[::-1], history.entries[::-1])
    assert check(turned).findings == []
