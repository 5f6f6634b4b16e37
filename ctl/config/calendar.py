"""Opening hours as people write them → minutes and dates as the switchboard reads them."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from itertools import pairwise

import jpholiday

from ctl.switchboard.plan import Minute

Bands = tuple[tuple[Minute, Minute], ...]
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EVERY_DAY = "every-day"
MIDNIGHT = 24 * 60
_CLOCK = re.compile(r"([01]?[0-9]|2[0-4]):([0-5][0-9])")
_DATED = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_YEARLY = re.compile(r"(\d{2})-(\d{2})")


def bands(text: str) -> Bands:
    """``8:30-12:00, 13:00-17:15`` in order. Raises ValueError: not a band, ends before it starts, overlaps."""
    if text.strip() == "closed":
        return ()
    found = sorted(_band(part.strip()) for part in text.split(","))
    for (_, end), (start, _) in pairwise(found):
        if start < end:
            raise ValueError(
                f"the bands of {text!r} overlap at {clock(start)}; let each start where the last has ended"
            )
    return tuple(found)


def _band(text: str) -> tuple[Minute, Minute]:
    start, dash, end = text.partition("-")
    if not dash:
        raise ValueError(f'{text!r} is not a band of opening hours; allowed: "8:30-17:15" or "closed"')
    opens, closes = _minute(start.strip()), _minute(end.strip())
    if closes <= opens:
        raise ValueError(f"{text!r} ends before it starts; past midnight write two bands on two days")
    return opens, closes


def _minute(text: str) -> Minute:
    match = _CLOCK.fullmatch(text)
    minute = int(match[1]) * 60 + int(match[2]) if match else MIDNIGHT + 1
    if minute > MIDNIGHT:
        raise ValueError(f'{text!r} is not a time; allowed: "0:00" to "24:00"')
    return minute


def clock(minute: Minute) -> str:
    return f"{minute // 60}:{minute % 60:02}"


def weekdays(text: str) -> tuple[int, ...]:
    """``mon``, ``mon-fri`` or ``every-day`` as numbers from 0, Monday."""
    if text == EVERY_DAY:
        return tuple(range(7))
    first, _, last = text.partition("-")
    if first in DAYS and (last or first) in DAYS:
        days = tuple(range(DAYS.index(first), DAYS.index(last or first) + 1))
        if days:
            return days
    raise ValueError(f'{text!r} is not a weekday; allowed: {", ".join(DAYS)}, a range such as "mon-fri", "{EVERY_DAY}"')


def dates(text: str, years: range) -> tuple[date, ...]:
    """The dates in ``years`` that an exception names: one date, one in every year, or a range ``12-29..01-03``."""
    first, dots, last = text.partition("..")
    if _DATED.fullmatch(first):
        return tuple(_days(_date(first), _date(last) if dots else _date(first), text))
    if not _YEARLY.fullmatch(first):
        raise ValueError(_not_a_date(text))
    found: set[date] = set()
    for year in range(years.start - 1, years.stop):
        start = _in_year(first, year)
        end = _in_year(last, year) if dots else start
        if end < start:
            end = _in_year(last, year + 1)
        found.update(day for day in _days(start, end, text) if day.year in years)
    return tuple(sorted(found))


def is_yearly(text: str) -> bool:
    """Whether an exception comes back every year; one for a certain date wins over it."""
    return bool(_YEARLY.fullmatch(text.partition("..")[0]))


def _not_a_date(text: str) -> str:
    return f'{text!r} is not a date; allowed: "2026-12-29", "12-29" (every year), or a range of either such as "12-29..01-03"'


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text) if _DATED.fullmatch(text) else date.fromisoformat("")
    except ValueError:
        raise ValueError(_not_a_date(text)) from None


def _in_year(text: str, year: int) -> date:
    match = _YEARLY.fullmatch(text)
    if match is None:
        raise ValueError(_not_a_date(text))
    month, day = int(match[1]), int(match[2])
    if (month, day) == (2, 29):
        day = 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return _date(f"{year:04}-{month:02}-{day:02}")


def _days(start: date, end: date, text: str) -> Iterator[date]:
    if not 0 <= (end - start).days <= 366:
        raise ValueError(f"the range {text!r} must go forward and span at most a year")
    return (start + timedelta(days) for days in range((end - start).days + 1))


def holidays(years: range) -> frozenset[str]:
    """Japanese public holidays (substitute and bridging ones too) as ISO dates."""
    return frozenset(
        day.isoformat() for day, _ in jpholiday.between(date(years.start, 1, 1), date(years.stop - 1, 12, 31))
    )


def overlapping(days: Mapping[str, tuple[date, ...]]) -> Iterator[tuple[str, str, date]]:
    """Pairs of exceptions of the same kind that name the same date: which of them holds would be a guess."""
    first: dict[tuple[bool, date], str] = {}
    for text, named in days.items():
        for day in named:
            before = first.setdefault((is_yearly(text), day), text)
            if before != text:
                yield text, before, day
                break
