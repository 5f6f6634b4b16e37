"""How instants, durations and telephone numbers are written on the screens. Times of day are Japan Standard Time."""

from datetime import datetime

from ctl.switchboard import names
from ctl.switchboard.explain_ja import JAPANESE
from ctl.switchboard.hours import JST

WEEKDAYS = "月火水木金土日"


def jst(at: datetime) -> datetime:
    return at.astimezone(JST)


def clock(at: datetime | None) -> str:
    """09:05:07, or a dash when there is no such instant."""
    return jst(at).strftime("%H:%M:%S") if at else "－"


def day(at: datetime) -> str:
    """2026年4月1日（水）"""
    local = jst(at)
    return f"{local.year}年{local.month}月{local.day}日（{WEEKDAYS[local.weekday()]}）"


def moment(at: datetime) -> str:
    """2026-04-01 09:05:07, which sorts and copies well."""
    return jst(at).strftime("%Y-%m-%d %H:%M:%S")


def span(ms: int | None) -> str:
    """As sentences say it, and a dash for none."""
    return "－" if ms is None else JAPANESE.span(ms)


def stopwatch(ms: int) -> str:
    """0:07, 3:05, 1:02:03: narrow, for columns in which durations are compared."""
    minutes, seconds = divmod(max(0, ms) // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def share(of_all: float | None) -> str:
    """75.0%, or a dash for a share of nothing."""
    return "－" if of_all is None else f"{of_all:.1%}"


def telephone(number: str | None) -> str:
    """With its dashes."""
    return names.telephone(number) if number else "非通知"
