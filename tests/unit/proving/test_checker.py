"""The history checker: each kind of fault is seen, and a history in which all is well gives no finding."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.proving.checker import ENDS_TOLD, check
from tests.proving.history import (
    CUT_OFF,
    FORGOTTEN,
    MANY_ROWS,
    NO_CALL,
    NO_END,
    NO_LEG,
    NO_LEG_END,
    NO_PLACE,
    NO_ROW,
    OVERTAKEN,
    PHANTOM,
    REFUSED,
    TWO_CALLS,
    TWO_OPERATORS,
    UNENDED,
    WRONG_CALL,
    WRONG_CALL_LENGTH,
    WRONG_DURATION,
    WRONG_OUTCOME,
    Entry,
    History,
    Leg,
    Row,
    RowLeg,
    Side,
    Talk,
    Trouble,
)


def citizen(caller: str = "090", begun_s: float = 0, answered_s: float | None = 0.1, ended_s: float = 60) -> Leg:
    return Leg(f"c{caller}", Side.CITIZEN, caller, caller, begun_s, answered_s, ended_s)


def operator(caller: str = "090", begun_s: float = 10, ended_s: float = 60, extension: str = "2001") -> Leg:
    return Leg(f"o{caller}{begun_s}", Side.OPERATOR, extension, caller, begun_s, begun_s + 1, ended_s, True)


def row_of(leg: Leg, call: str = "") -> RowLeg:
    return RowLeg(call or leg.caller, leg.telephone, leg.begun_s, leg.answered_s, leg.ended_s)


def ring(caller: str = "090", begun_s: float = 10, ended_s: float = 15, extension: str = "2003") -> Leg:
    """A telephone that nobody answers."""
    return Leg(f"r{caller}{begun_s}", Side.OPERATOR, extension, caller, begun_s, None, ended_s, True)


def outcome_of(leg: Leg, made: tuple[Leg, ...]) -> str:
    served = any(one.side is Side.OPERATOR and one.caller == leg.telephone and one.answered_s for one in made)
    return "answered" if served else "abandoned_queue"


def of(*made: Leg, entries: tuple[Entry, ...] | None = None, outcome: str | None = None) -> History:
    """The history of these legs as it should be written. Everybody came to the same queue, as early as they called."""
    citizens = [leg for leg in made if leg.side is Side.CITIZEN]
    rows = [
        Row(leg.telephone, leg.telephone, outcome or outcome_of(leg, made), leg.begun_s, leg.ended_s)
        for leg in citizens
    ]
    if entries is None:
        entries = tuple(Entry(leg.telephone, "general", 0, leg.begun_s) for leg in citizens)
    return History(made, rows, [row_of(leg) for leg in made], entries)


def kinds(history: History, *troubles: Trouble) -> list[str]:
    return [finding.kind for finding in check(history, troubles).findings]


# --- rows -------------------------------------------------------------------------------------------------------------


def test_call_without_a_row_is_found() -> None:
    history = of(citizen())
    assert kinds(replace(history, rows=[], row_legs=[])) == [NO_ROW]


def test_call_of_a_citizen_who_called_before_and_was_kept_needs_a_row_of_its_own() -> None:
    history = of(citizen(), replace(citizen(begun_s=100, answered_s=100.1, ended_s=110), id="again"))
    assert kinds(history) == []
    assert kinds(replace(history, rows=history.rows[:1], row_legs=history.row_legs[:1])) == [NO_ROW]


def test_call_with_two_rows_is_found() -> None:
    history = of(citizen())
    assert kinds(replace(history, rows=[*history.rows, replace(history.rows[0], id="again")])) == [MANY_ROWS]


def test_second_row_is_found_although_the_citizen_had_called_in_vain_before() -> None:
    history = of(citizen(begun_s=10, answered_s=10.1))
    in_vain = replace(citizen(answered_s=None, ended_s=0.2), id="vain")
    twice = [*history.rows, replace(history.rows[0], id="again")]
    assert kinds(replace(history, legs=[in_vain, *history.legs])) == []
    assert kinds(replace(history, legs=[in_vain, *history.legs], rows=twice)) == [MANY_ROWS]


def test_row_without_a_call_is_found() -> None:
    history = of(citizen())
    assert kinds(replace(history, legs=[], row_legs=[])) == [NO_CALL]


def test_row_without_an_end_is_found() -> None:
    history = of(citizen())
    assert kinds(replace(history, rows=[replace(history.rows[0], ended_s=None)])) == [NO_END]


def test_call_that_is_taken_back_needs_no_row_and_may_have_one() -> None:
    history = of(citizen(answered_s=None))
    assert kinds(history) == []
    assert kinds(replace(history, rows=[], row_legs=[])) == []


def test_citizen_whom_the_centre_refuses_is_found_unless_there_is_trouble() -> None:
    refused = replace(citizen(answered_s=None, ended_s=0.2), ended_by_centre=True, refused=503)
    history = History([refused])
    assert kinds(history) == [REFUSED]
    assert kinds(history, Trouble(0, 1)) == []
    assert kinds(history, Trouble(1, 2, loses=True)) == [REFUSED]


# --- outcomes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", ["abandoned_ivr", "abandoned_queue", "abandoned_ringing", "closed", "lost", None])
def test_citizen_who_talked_is_not_kept_as_somebody_with_whom_nobody_did(outcome: str | None) -> None:
    history = of(citizen(), operator())
    assert kinds(replace(history, rows=[replace(history.rows[0], outcome=outcome)])) == [WRONG_OUTCOME]


@pytest.mark.parametrize("outcome", ["answered", "fallback", "handed_off", "forwarded", "lost"])
def test_citizen_with_whom_nobody_talked_is_not_kept_as_served_or_lost(outcome: str) -> None:
    assert kinds(of(citizen(), ring(), outcome=outcome)) == [WRONG_OUTCOME]


def test_citizen_without_a_department_is_not_kept_as_handed_off() -> None:
    assert kinds(of(citizen(), operator(), outcome="handed_off")) == [WRONG_OUTCOME]


def test_operator_who_answered_just_when_the_citizen_hung_up_may_have_come_too_late() -> None:
    assert kinds(of(citizen(), operator(begun_s=58.95), outcome="abandoned_ringing")) == []
    assert kinds(of(citizen(), operator(begun_s=58.8), outcome="abandoned_ringing")) == [WRONG_OUTCOME]


def test_who_is_hung_up_with_the_pbx_is_kept_as_lost() -> None:
    gave_up, lost = (of(replace(citizen(), ended_by_centre=True), outcome=one) for one in ("abandoned_waiting", "lost"))
    assert kinds(gave_up) == [WRONG_OUTCOME, CUT_OFF]
    assert kinds(gave_up, Trouble(59, 61, loses=True)) == [WRONG_OUTCOME]
    assert kinds(lost, Trouble(59, 61, loses=True)) == []


def test_operator_who_answered_in_a_trouble_may_never_have_been_with_the_citizen_as_long_as_it_lasted() -> None:
    history = of(citizen(ended_s=20), operator(ended_s=20), outcome="abandoned_ringing")
    assert kinds(history, Trouble(9, 21)) == []
    assert WRONG_OUTCOME in kinds(history, Trouble(9, 13))


# --- ends -------------------------------------------------------------------------------------------------------------


def test_leg_that_never_ended_is_found() -> None:
    assert UNENDED in kinds(of(replace(citizen(), ended_s=None)))


def test_telephone_that_is_called_and_says_nothing_at_all_has_no_call_to_end() -> None:
    history = of(citizen(), replace(ring(), mute=True))
    unended = [*history.legs[:1], replace(history.legs[1], ended_s=None)]
    assert kinds(replace(history, legs=unended)) == []
    assert kinds(replace(history, legs=[unended[0], replace(unended[1], mute=False)])) == [UNENDED]


def test_forgotten_call_is_found_unless_calls_may_be_lost() -> None:
    history = of(replace(citizen(), forgotten=True))
    assert kinds(history) == [FORGOTTEN]
    assert kinds(history, Trouble(20, 30)) == [FORGOTTEN]
    assert kinds(history, Trouble(20, 30, loses=True)) == []
    assert kinds(history, Trouble(61, 62, loses=True)) == [FORGOTTEN]


def test_citizen_who_is_cut_off_while_talking_is_found() -> None:
    history = of(replace(citizen(), ended_by_centre=True), operator())
    assert kinds(history) == [CUT_OFF]
    assert kinds(history, Trouble(59, 61)) == [CUT_OFF]
    assert kinds(history, Trouble(59, 61, loses=True)) == []
    assert kinds(history, Trouble(20, 30, loses=True)) == [CUT_OFF]


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
    late = [handed_off, operator(ended_s=59.95), ward]
    assert kinds(replace(history, legs=late, row_legs=[*history.row_legs[:1], *map(row_of, late[1:2]), rows[2]])) == []
    cut = replace(ward, ended_by_centre=True)
    assert kinds(replace(history, legs=[*history.legs, cut], row_legs=rows)) == [CUT_OFF]


def test_citizen_is_cut_off_from_the_last_partner_although_an_earlier_one_hung_up() -> None:
    first, second = replace(operator(ended_s=20), ended_by_centre=False), operator(begun_s=25, extension="2002")
    cut = replace(citizen(), ended_by_centre=True)
    assert kinds(of(cut, first, second)) == [CUT_OFF]
    assert kinds(of(cut, first, replace(second, ended_by_centre=False))) == []


def test_citizen_who_waits_again_after_a_partner_hung_up_is_cut_off() -> None:
    made = replace(citizen(), ended_by_centre=True), replace(operator(ended_s=20), ended_by_centre=False)
    assert kinds(of(*made)) == [CUT_OFF]


def test_end_that_a_trouble_delays_comes_after_it() -> None:
    made = replace(citizen(), ended_by_centre=True), replace(operator(ended_s=52), ended_by_centre=False)
    assert kinds(of(*made)) == [CUT_OFF]
    assert kinds(of(*made), Trouble(51, 59)) == []
    assert kinds(of(*made), Trouble(51, 53)) == [CUT_OFF]


@pytest.mark.parametrize("outcome", sorted(ENDS_TOLD))
def test_citizen_who_is_told_why_is_not_cut_off(outcome: str) -> None:
    assert kinds(of(replace(citizen(), ended_by_centre=True), outcome=outcome)) == []


@pytest.mark.parametrize("outcome", sorted(ENDS_TOLD))
def test_citizen_who_talks_is_cut_off_whatever_the_records_say(outcome: str) -> None:
    made = replace(citizen(), ended_by_centre=True), operator()
    assert kinds(of(*made, outcome=outcome)) == [WRONG_OUTCOME, CUT_OFF]


# --- operators and order ----------------------------------------------------------------------------------------------


def test_operator_in_two_calls_is_found() -> None:
    first, second = operator("090"), operator("080", begun_s=30, ended_s=50)
    assert kinds(of(citizen("090"), citizen("080"), first, second)) == [TWO_CALLS]
    elsewhere = replace(second, telephone="2002")
    assert kinds(of(citizen("090"), citizen("080"), first, elsewhere)) == []


def test_operator_who_dialled_is_in_a_call_too() -> None:
    own = Leg("d", Side.DIALLED, "2001", "2001", 5, 6, 50)
    assert kinds(of(citizen(), own, operator())) == [TWO_CALLS]
    assert kinds(of(citizen(), replace(own, ended_s=9), operator())) == []


def test_second_operator_who_answers_for_a_citizen_is_found() -> None:
    assert kinds(of(citizen(), operator(), operator(begun_s=12, extension="2002"))) == [TWO_OPERATORS]
    assert kinds(of(citizen(), operator(ended_s=20), operator(begun_s=22, extension="2002"))) == []


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
    assert kinds(of(*made, entries=line(13, 6))) == []


def test_who_comes_in_the_same_instant_overtakes_nobody() -> None:
    made = citizen("090"), citizen("080"), operator("090", 20), operator("080", 12, extension="2002")
    assert kinds(of(*made, entries=line(5, 5))) == []


def test_two_telephones_that_ring_in_the_same_moment_overtake_nobody() -> None:
    made = citizen("090"), citizen("080"), operator("090", 12.05), operator("080", 12, extension="2002")
    assert kinds(of(*made, entries=line(5, 6))) == []


def test_caller_is_overtaken_also_after_a_ring_that_nobody_answered() -> None:
    made = citizen("090"), citizen("080"), ring("090"), operator("080", 20, extension="2002"), operator("090", 40)
    assert kinds(of(*made, entries=line(5, 6))) == [OVERTAKEN]
    assert kinds(of(*made, entries=line(6, 5))) == [OVERTAKEN]  # by the ring
    assert kinds(of(*made, entries=line(5, 5))) == []


def test_caller_is_overtaken_also_when_waiting_again_after_a_talk() -> None:
    torn_out = operator("090", 10, 30)
    made = citizen("090"), citizen("080"), torn_out, operator("080", 40, extension="2002")
    assert kinds(of(*made, entries=line(5, 6))) == [OVERTAKEN]


def test_caller_who_is_with_an_operator_or_gone_is_not_overtaken() -> None:
    served = citizen("090", ended_s=30), citizen("080"), operator("090", 10, 30), operator("080", 12, extension="2002")
    assert kinds(of(*served, entries=line(5, 6))) == []
    gone = citizen("090", ended_s=30), citizen("080"), operator("080", 40)
    assert kinds(of(*gone, entries=line(5, 6))) == []


def test_caller_who_went_on_to_another_queue_overtakes_nobody_of_the_first() -> None:
    made = citizen("090"), citizen("080"), operator("090", 20), operator("080", 12, extension="2002")
    moved = *line(5, 6), Entry("080", "tax", 0, 7)
    assert kinds(of(*made, entries=moved)) == []
    assert kinds(of(*made, entries=(*moved, Entry("080", "general", 0, 8)))) == [OVERTAKEN]


def test_caller_who_comes_from_another_queue_keeps_the_place() -> None:
    made = citizen("090"), citizen("080"), operator("090", 20), operator("080", 12, extension="2002")
    assert kinds(of(*made, entries=(*line(5, 4, queue="tax"), Entry("080", "general", 0, 8)))) == []


def test_being_overtaken_is_accounted_for_when_the_telephone_rings_in_the_trouble() -> None:
    made = citizen("090"), citizen("080"), operator("090", 30), operator("080", 20, extension="2002")
    history = of(*made, entries=line(5, 6))
    assert kinds(history, Trouble(19, 21)) == []
    assert kinds(history, Trouble(4, 19)) == [OVERTAKEN]
    assert kinds(history, Trouble(29, 31)) == [OVERTAKEN]


def test_telephone_that_rings_for_a_caller_in_no_queue_is_found() -> None:
    history = of(citizen(), operator(), entries=())
    assert kinds(history) == [NO_PLACE]
    assert kinds(history, Trouble(9, 11)) == []
    assert kinds(of(citizen(), operator(), entries=(Entry("090", "general", 0, 12),))) == [NO_PLACE]
    made = citizen("090"), citizen("080"), operator("090", 20), operator("080", 12, extension="2002")
    assert kinds(of(*made, entries=line(5, 6)[:1])) == [NO_PLACE]


# --- rows of legs -----------------------------------------------------------------------------------------------------


def test_leg_without_a_row_is_found() -> None:
    history = of(citizen(), operator(), ring())
    for n in range(3):
        assert kinds(replace(history, row_legs=[*history.row_legs[:n], *history.row_legs[n + 1 :]])) == [NO_LEG]


def test_row_of_a_leg_without_an_end_is_found_unless_its_call_died() -> None:
    history = of(citizen(), operator(), replace(ring(), forgotten=True))
    for n in range(3):
        endless = list(history.row_legs)
        endless[n] = replace(endless[n], ended_s=None)
        assert kinds(replace(history, row_legs=endless)) == [FORGOTTEN, NO_LEG_END]
        assert kinds(replace(history, row_legs=endless), Trouble(9, 61)) == [FORGOTTEN, NO_LEG_END]
        died = kinds(replace(history, row_legs=endless), Trouble(9, 16, loses=True))
        assert died == ([] if n == 2 else [NO_LEG_END])


def test_second_row_of_a_leg_and_row_without_a_leg_are_found() -> None:
    history = of(citizen(), operator())
    for extra in (history.row_legs[1], RowLeg("090", "2009", 15, 16, 50), RowLeg("090", "2001", 200, None, 201)):
        assert kinds(replace(history, row_legs=[*history.row_legs, extra])) == [PHANTOM]
    endless = RowLeg("090", "2001", 200, 201, None)
    assert kinds(replace(history, row_legs=[*history.row_legs, endless])) == [NO_LEG_END, PHANTOM]


def test_ring_that_a_trouble_prevents_may_have_a_row_but_no_answer_in_it() -> None:
    history = of(citizen(), operator())
    prevented = RowLeg("090", "2002", 20, None, 22)
    assert kinds(replace(history, row_legs=[*history.row_legs, prevented]), Trouble(19, 21)) == []
    answered = replace(prevented, answered_s=21)
    assert kinds(replace(history, row_legs=[*history.row_legs, answered]), Trouble(19, 21)) == [PHANTOM]


def test_one_row_does_not_tell_of_two_legs() -> None:
    made = operator("090", 10, 10.9), operator("080", 11.5, 13)
    history = of(citizen("090"), citizen("080"), *made)
    assert kinds(replace(history, row_legs=history.row_legs[:3])) == [NO_LEG]


def test_leg_in_the_row_of_another_call_is_found() -> None:
    history = of(citizen("090"), citizen("080"), operator("090"), operator("080", extension="2002"))
    citizens, operators = history.row_legs[:2], history.row_legs[2:]
    swapped = [replace(one, call={"090": "080", "080": "090"}[one.call]) for one in operators]
    assert kinds(replace(history, row_legs=[*citizens, *swapped])) == [WRONG_CALL, WRONG_CALL]


def test_departments_that_are_called_at_the_same_time_are_told_apart() -> None:
    """Both are shown the number of the ward."""
    first = Leg("w1", Side.OUTSIDE, "0312345678", "0339811111", 30, 31, 59.9)
    second = replace(first, id="w2", begun_s=30.2, answered_s=31.2, ended_s=50, ended_by_centre=True)
    made = replace(citizen("090"), ended_by_centre=True), citizen("080"), operator("090", ended_s=40)
    history = of(*made, operator("080", 11, extension="2002"), first, second)
    rows = [*history.row_legs[:4], row_of(second, "080"), row_of(first, "090")]
    assert kinds(replace(history, row_legs=rows)) == []


def test_who_is_served_without_the_switchboard_has_no_leg_in_the_records_but_a_talk() -> None:
    history = of(citizen(begun_s=1, answered_s=1.1), ring(), operator(begun_s=16, extension="2002"), outcome="fallback")
    elsewhere = replace(history, row_legs=[])
    talk = Talk("090", "2002", 17, 60)
    assert kinds(replace(elsewhere, talks=[talk]), Trouble(0, 20)) == []
    assert kinds(elsewhere, Trouble(0, 20)) == [NO_LEG]
    assert kinds(replace(elsewhere, talks=[replace(talk, operator="2001")]), Trouble(0, 20)) == [NO_LEG]
    assert kinds(replace(elsewhere, talks=[replace(talk, ended_s=40)]), Trouble(0, 20)) == [NO_LEG]
    assert kinds(replace(elsewhere, talks=[talk]), Trouble(0, 5)) == [NO_LEG, NO_LEG]


# --- durations --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("off_s", "found"), [(0.09, []), (-0.09, []), (0.11, [WRONG_DURATION])])
def test_duration_that_is_wrong_is_found(off_s: float, found: list[str]) -> None:
    history = of(citizen())
    wrong = replace(history.row_legs[0], ended_s=60 + off_s)
    assert kinds(replace(history, row_legs=[wrong])) == found


@pytest.mark.parametrize(("started_s", "ended_s"), [(0, 60.6), (0.6, 60), (0, 3660), (1.9, 0.5)])
def test_call_that_lasted_longer_or_shorter_by_the_records_is_found(started_s: float, ended_s: float) -> None:
    history = of(citizen())
    wrong = replace(history, rows=[replace(history.rows[0], started_s=started_s, ended_s=ended_s)])
    assert kinds(wrong) == [WRONG_CALL_LENGTH]
    late = replace(history, rows=[replace(history.rows[0], started_s=0.4)])
    assert kinds(late) == []


def test_duration_is_off_by_no_more_than_the_trouble_in_which_something_happened() -> None:
    history = of(citizen())
    wrong = replace(history, row_legs=[replace(history.row_legs[0], ended_s=65)])
    assert kinds(wrong, Trouble(59, 65)) == []
    assert kinds(wrong, Trouble(59, 61)) == [WRONG_DURATION]
    assert kinds(wrong, Trouble(20, 40)) == [WRONG_DURATION]


def test_answered_leg_that_is_unanswered_in_the_records_is_found() -> None:
    history = of(citizen(), operator())
    unanswered = replace(history.row_legs[1], answered_s=None)
    assert kinds(replace(history, row_legs=[history.row_legs[0], unanswered])) == [WRONG_DURATION]


def test_unanswered_leg_that_is_answered_in_the_records_is_found() -> None:
    history = of(citizen(), ring())
    answered = replace(history.row_legs[1], answered_s=12)
    assert kinds(replace(history, row_legs=[history.row_legs[0], answered])) == [WRONG_DURATION]


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
