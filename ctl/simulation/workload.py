"""The ward's own numbers of fiscal 2021 (別紙1): how many citizens got in touch, by the day and by the hour."""

import csv
from datetime import date
from pathlib import Path

_DATA = Path(__file__).parent / "data"
HOURLY = _DATA / "hourly_contacts.csv"
DAILY = _DATA / "daily_calls_r3.csv"
ORDINARY = date(2021, 4, 1)


class UnknownDay(LookupError):
    """There are no numbers of this day; the text says of which there are."""


def contacts_by_hour(day: date) -> dict[int, float]:
    """Contacts by the hour in which they begin (Japan). Raises `UnknownDay`.

    Two days are known by the hour, the ordinary 2021-04-01 and the peak 2021-06-14; every other day of the year has
    its number of calls spread over the hours as on the ordinary one.
    """
    hourly: dict[date, dict[int, float]] = {}
    for row in _rows(HOURLY):
        hourly.setdefault(date.fromisoformat(row["date"]), {})[int(row["hour_start"])] = float(row["contacts"])
    if day in hourly:
        return hourly[day]
    daily = calls_by_day()
    if day not in daily:
        raise UnknownDay(
            f"there are no numbers of {day}; there are those of every day from {min(daily)} to {max(daily)}"
        )
    ordinary = hourly[ORDINARY]
    return {hour: daily[day] * contacts / sum(ordinary.values()) for hour, contacts in ordinary.items()}


def calls_by_day() -> dict[date, int]:
    """Incoming calls of every day of the year."""
    return {date.fromisoformat(row["date"]): int(row["calls"]) for row in _rows(DAILY)}


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
