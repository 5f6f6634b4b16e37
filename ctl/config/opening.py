"""``calendar.yaml`` → opening hours."""

from datetime import date

from ctl.config import calendar
from ctl.config.files import CalendarFile, HoursShape
from ctl.config.folder import Document
from ctl.config.notes import Notes
from ctl.config.source import Path_, Source
from ctl.switchboard.plan import Hours


def compile_hours(document: Document[CalendarFile], years: range, notes: Notes) -> dict[str, Hours]:
    return {
        name: compile_one(document.source, ("hours", name), hours, years, notes)
        for name, hours in document.shape.hours.items()
    }


def compile_one(source: Source, here: Path_, hours: HoursShape, years: range, notes: Notes) -> Hours:
    return Hours(
        _weekdays(source, (*here, "weekdays"), hours, notes),
        hours.holidays == "open",
        _exceptions(source, (*here, "exceptions"), hours, years, notes),
    )


def _weekdays(source: Source, here: Path_, hours: HoursShape, notes: Notes) -> dict[int, calendar.Bands]:
    found: dict[int, calendar.Bands] = {}
    named: dict[int, str] = {}
    for text, written in hours.weekdays.items():
        path = (*here, text)
        bands = notes.attempt(source, path, calendar.bands, written)
        for day in notes.attempt(source, path, calendar.weekdays, text) or ():
            if day in named:
                message = f"{calendar.DAYS[day]} is in {named[day]!r} too: the hours overlap; name every weekday once"
                notes.problem(source, path, message)
                break
            named[day] = text
            found[day] = bands or ()
    return dict(sorted(found.items()))


def _exceptions(
    source: Source, here: Path_, hours: HoursShape, years: range, notes: Notes
) -> dict[str, calendar.Bands]:
    days: dict[str, tuple[date, ...]] = {}
    bands: dict[str, calendar.Bands] = {}
    for text, written in hours.exceptions.items():
        bands[text] = notes.attempt(source, (*here, text), calendar.bands, written) or ()
        days[text] = notes.attempt(source, (*here, text), lambda name: calendar.dates(name, years), text) or ()
    for text, other, day in calendar.overlapping(days):
        message = f"{day.isoformat()} is in {other!r} too: the hours overlap; name every date once"
        notes.problem(source, (*here, text), message)
    yearly_first = sorted(days, key=lambda text: not calendar.is_yearly(text))
    found = {day.isoformat(): bands[text] for text in yearly_first for day in days[text]}
    return dict(sorted(found.items()))
