"""Opening hours: is a service open at an instant? Japan has one zone and no summer time, so JST is UTC+9 for ever."""

from datetime import UTC, datetime, timedelta, timezone

from ctl.switchboard.ids import Millis
from ctl.switchboard.plan import Hours

JST = timezone(timedelta(hours=9), "JST")


def jst(at: Millis) -> datetime:
    """The wall-clock time in Japan of an instant in milliseconds since the epoch."""
    return datetime.fromtimestamp(at / 1000, UTC).astimezone(JST)


def is_open(hours: Hours, holidays: frozenset[str], at: Millis) -> bool:
    """Exceptions by date win, then public holidays, then the weekday's bands. Bands include their first minute only."""
    return closes_at(hours, holidays, at) is not None


def closes_at(hours: Hours, holidays: frozenset[str], at: Millis) -> Millis | None:
    """When the band that is open at ``at`` ends; None when it is closed then."""
    local = jst(at)
    date = local.date().isoformat()
    minute = local.hour * 60 + local.minute
    if date in hours.exceptions:
        bands = hours.exceptions[date]
    elif date in holidays and not hours.open_on_holidays:
        bands = ()
    else:
        bands = hours.weekdays.get(local.weekday(), ())
    ends = [end for start, end in bands if start <= minute < end]
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return round(midnight.timestamp() * 1000) + max(ends) * 60_000 if ends else None
