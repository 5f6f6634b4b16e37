"""Opening hours: what is written in the calendar is what the switchboard finds, minute by minute."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctl.config import calendar
from ctl.switchboard.hours import JST, is_open, jst
from ctl.switchboard.plan import Hours

DAYS = st.dates(date(2020, 1, 1), date(2040, 12, 31))
MINUTES = st.integers(0, 1439)


@st.composite
def bands(draw: st.DrawFn) -> calendar.Bands:
    """Bands in order that do not overlap."""
    edges = draw(st.lists(st.integers(0, calendar.MIDNIGHT), unique=True, max_size=6).map(sorted))
    return tuple((edges[n], edges[n + 1]) for n in range(0, len(edges) - 1, 2))


def written(found: calendar.Bands) -> str:
    return ", ".join(f"{calendar.clock(start)}-{calendar.clock(end)}" for start, end in found) or "closed"


def at(day: date, minute: int) -> int:
    midnight = datetime(day.year, day.month, day.day, tzinfo=JST)
    return int((midnight + timedelta(minutes=minute)).timestamp()) * 1000


@given(bands())
def test_bands_are_read_as_they_are_written(found: calendar.Bands) -> None:
    assert calendar.bands(written(found)) == found


@given(bands(), DAYS, MINUTES, st.integers(0, 59_999))
def test_open_exactly_within_the_bands_of_the_day(found: calendar.Bands, day: date, minute: int, rest_ms: int) -> None:
    hours = Hours({day.weekday(): found})
    inside = any(minute in range(start, end) for start, end in found)
    assert is_open(hours, frozenset(), at(day, minute) + rest_ms) is inside
    assert not is_open(hours, frozenset(), at(day + timedelta(1), minute))


@given(bands(), bands(), DAYS, MINUTES)
def test_exception_wins_over_holiday_and_holiday_over_weekday(
    usual: calendar.Bands, special: calendar.Bands, day: date, minute: int
) -> None:
    weekdays = dict.fromkeys(range(7), usual)
    holiday = frozenset({day.isoformat()})
    moment = at(day, minute)
    only_special = Hours({day.weekday(): special})
    with_exception = Hours(weekdays, open_on_holidays=False, exceptions={day.isoformat(): special})
    assert is_open(with_exception, holiday, moment) is is_open(only_special, frozenset(), moment)
    assert not is_open(Hours(weekdays, open_on_holidays=False), holiday, moment)
    assert is_open(Hours(weekdays), holiday, moment) is is_open(Hours(weekdays), frozenset(), moment)


@given(st.integers(0, 4_000_000_000_000))
def test_japan_is_nine_hours_ahead_for_ever(moment: int) -> None:
    local = jst(moment)
    assert local.utcoffset() == timedelta(hours=9)
    assert abs(local.timestamp() * 1000 - moment) < 1


def reason_against(read: Callable[[str], object], text: str) -> str | None:
    try:
        read(text)
    except ValueError as error:
        return str(error)
    return None


@given(st.text(max_size=20))
def test_any_text_is_hours_or_a_reason_why_not(text: str) -> None:
    for read in (calendar.bands, calendar.weekdays, lambda value: calendar.dates(value, range(2025, 2032))):
        said = reason_against(read, text)
        assert said is None or any(word in said for word in ("allowed", "must", "before", "overlap"))


@given(DAYS, st.integers(0, 300))
def test_yearly_range_names_the_same_days_in_every_year(first: date, length: int) -> None:
    last = first + timedelta(length)
    if (first.month, first.day) == (2, 29) or (last.month, last.day) == (2, 29):
        return
    found = calendar.dates(f"{first:%m-%d}..{last:%m-%d}", range(2025, 2032))
    per_year = [{(day.month, day.day) for day in found if day.year == year} - {(2, 29)} for year in range(2025, 2032)]
    assert all(days == per_year[0] for days in per_year)
    assert (first.month, first.day) in per_year[0]


def test_public_holidays_are_computed_for_years_to_come() -> None:
    found = calendar.holidays(range(2025, 2032))
    assert {"2026-09-22", "2026-05-06", "2031-01-01", "2025-11-24"} <= found
    assert "2026-11-24" not in found


@pytest.mark.parametrize("text", ["2026-02-30", "02-30", "2026-01-02..2026-01-01", "01-01..2026-01-03", "12-29.."])
def test_no_such_dates(text: str) -> None:
    with pytest.raises(ValueError, match=r"allowed|forward"):
        calendar.dates(text, range(2025, 2032))
