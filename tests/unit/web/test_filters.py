"""Filters of the list of calls: read, refused by name, written back."""

from datetime import UTC, date, datetime
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctl.switchboard.kinds import CallKind, Outcome
from ctl.web.filters import ALLOWED, COLUMNS, CallFilter, call_filter
from ctl.web.trouble import Trouble

codes = st.none() | st.text(st.sampled_from("abcXYZ019._-"), min_size=1, max_size=20)


@st.composite
def filters(draw: st.DrawFn) -> CallFilter:
    since = draw(st.none() | st.dates(date(2020, 1, 1), date(2040, 1, 1)))
    until = draw(st.none() | st.dates(since or date(2020, 1, 1), date(2040, 2, 1)))
    return CallFilter(
        since=since,
        until=until,
        kind=draw(st.sampled_from([*CallKind, "all"])),
        outcome=draw(st.none() | st.sampled_from(Outcome)),
        queue=draw(codes),
        operator=draw(codes),
        called=draw(st.none() | st.from_regex(r"[0-9]{1,12}", fullmatch=True)),
        sort=draw(st.sampled_from(COLUMNS)),
        order=draw(st.sampled_from(["asc", "desc"])),
        page=draw(st.integers(1, 1000)),
        size=draw(st.integers(1, 500)),
    )


@given(filters())
def test_a_filter_survives_the_way_through_an_address(wanted: CallFilter) -> None:
    assert call_filter(dict(parse_qsl(wanted.query()))) == wanted


def test_nothing_asked_is_the_citizens_calls_newest_first() -> None:
    wanted = call_filter({})
    assert (wanted.kind, wanted.sort, wanted.order) == (CallKind.INBOUND, "started_at", "desc")


def test_fields_left_blank_in_the_form_are_not_asked() -> None:
    assert call_filter({"since": "", "outcome": "", "queue": " ", "called": ""}) == CallFilter()


def test_days_are_days_in_japan_and_the_last_is_included() -> None:
    asked = call_filter({"since": "2026-04-01", "until": "2026-04-01"}).asked()
    assert asked.since == datetime(2026, 3, 31, 15, tzinfo=UTC)
    assert asked.until == datetime(2026, 4, 1, 15, tzinfo=UTC)


def test_pages_follow_each_other_without_a_gap() -> None:
    asked = [CallFilter(page=page, size=20).asked() for page in (1, 2, 3)]
    assert [(one.offset, one.limit) for one in asked] == [(0, 20), (20, 20), (40, 20)]


def test_all_kinds_are_asked_for_by_naming_none() -> None:
    assert call_filter({"kind": "all"}).asked().kind is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("since", "昨日"),
        ("until", "2026-02-30"),
        ("kind", "fax"),
        ("outcome", "great"),
        ("queue", "a b"),
        ("operator", "'; drop table calls; --"),
        ("called", "03-3981-1111"),
        ("sort", "password"),
        ("order", "up"),
        ("page", "0"),
        ("page", "one"),
        ("size", "501"),
    ],
)
def test_what_is_wrong_is_refused_by_its_name_with_what_is_allowed(field: str, value: str) -> None:
    with pytest.raises(Trouble) as refused:
        call_filter({field: value})
    assert (refused.value.status, refused.value.field) == (400, field)
    assert ALLOWED[field] in refused.value.message


def test_an_unknown_field_is_refused_with_those_that_exist() -> None:
    with pytest.raises(Trouble) as refused:
        call_filter({"limit": "5"})
    assert refused.value.field == "limit"
    assert "outcome" in refused.value.message


def test_an_end_before_the_beginning_is_refused() -> None:
    with pytest.raises(Trouble) as refused:
        call_filter({"since": "2026-04-02", "until": "2026-04-01"})
    assert refused.value.field == "until"


@pytest.mark.parametrize("column", COLUMNS)
def test_a_second_click_on_a_column_turns_the_order(column: str) -> None:
    once = call_filter(dict(parse_qsl(CallFilter(page=7).sorted_by(column))))
    twice = call_filter(dict(parse_qsl(once.sorted_by(column))))
    assert once.sort == twice.sort == column
    assert once.order != twice.order
    assert once.page == 1
