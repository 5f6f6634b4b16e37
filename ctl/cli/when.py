"""Instants as people type them, and as programs read them."""

import re
from dataclasses import asdict
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from ctl.cli.loading import bad_input
from ctl.switchboard.hours import JST

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

ALLOWED = (
    "today, yesterday, a stretch like 30m, 2h or 7d, a date, or a time in ISO 8601 (Japan's when it names no zone)"
)

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def moment(typed: str, now: datetime) -> datetime:
    """The instant that was typed. Raises ValueError with what is allowed."""
    midnight = datetime.combine(now.astimezone(JST).date(), time(), JST)
    if typed == "today":
        return midnight
    if typed == "yesterday":
        return midnight - timedelta(days=1)
    if stretch := re.fullmatch(r"(\d{1,6})([smhdw])", typed):
        return now - timedelta(**{_UNITS[stretch[2]]: int(stretch[1])})
    try:
        read = datetime.fromisoformat(typed)
    except ValueError:
        raise ValueError(f"{typed!r} is not a time; allowed: {ALLOWED}") from None
    return read if read.tzinfo else read.replace(tzinfo=JST)


def moment_or_exit(option: str, typed: str | None) -> datetime | None:
    """The same for an option that may be left out; leaves with 2 when it cannot be read."""
    if typed is None:
        return None
    try:
        return moment(typed, datetime.now(UTC))
    except (ValueError, OverflowError) as error:
        bad_input(f"{option}: {error}")


AHEAD = "a stretch from now like 30m, 2h or 7d, a time of day like 18:30, or a time in ISO 8601 (Japan's when it names no zone)"


def later(typed: str, now: datetime) -> datetime:
    """The instant ahead that was typed; a time of day is the next one. Raises ValueError with what is allowed."""
    if stretch := re.fullmatch(r"(\d{1,6})([smhdw])", typed):
        return now + timedelta(**{_UNITS[stretch[2]]: int(stretch[1])})
    if clock := re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", typed):
        today = datetime.combine(now.astimezone(JST).date(), time(int(clock[1]), int(clock[2])), JST)
        return today if today > now else today + timedelta(days=1)
    try:
        read = datetime.fromisoformat(typed)
    except ValueError:
        raise ValueError(f"{typed!r} is not a time; allowed: {AHEAD}") from None
    return read if read.tzinfo else read.replace(tzinfo=JST)


def later_or_exit(option: str, typed: str | None) -> datetime | None:
    """The same for an option that may be left out; leaves with 2 when it cannot be read."""
    if typed is None:
        return None
    try:
        return later(typed, datetime.now(UTC))
    except (ValueError, OverflowError) as error:
        bad_input(f"{option}: {error}")


def iso(at: datetime | None) -> str | None:
    """ISO 8601, UTC, to the millisecond: ``2026-04-01T00:00:00.000Z``."""
    if at is None:
        return None
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def document_of(record: "DataclassInstance") -> dict[str, Any]:
    """A record for programs: its fields, with instants as `iso` writes them."""
    return {name: iso(value) if isinstance(value, datetime) else value for name, value in asdict(record).items()}


def in_japan(at: datetime) -> str:
    """For people: the wall clock in Japan."""
    return at.astimezone(JST).strftime("%Y-%m-%d %H:%M:%S")
