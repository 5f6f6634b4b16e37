"""How instants, durations and telephone numbers are written on the screens. Times of day are Japan Standard Time."""

import re
from datetime import datetime

from ctl.switchboard import names
from ctl.switchboard.explain_ja import JAPANESE
from ctl.switchboard.hours import JST

BROWSERS = (("Edge", "Edg"), ("Firefox", "Firefox"), ("Chrome", "(?:Headless)?Chrome"), ("Safari", "Version"))
"""In this order: each later one's sign stands in the earlier ones' names as well."""
SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)
WEEKDAYS = "月火水木金土日"


def jst(at: datetime) -> datetime:
    return at.astimezone(JST)


def clock(at: datetime | None) -> str:
    """09:05:07, or a dash when there is no such instant."""
    return jst(at).strftime("%H:%M:%S") if at else "－"


def hour_minute(at: datetime) -> str:
    """9:05, as it is said."""
    local = jst(at)
    return f"{local.hour}:{local.minute:02}"


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


def browser(agent: str) -> str:
    """Mozilla/5.0 (Windows NT 10.0; …) … Chrome/126.0.0.0 … as Chrome 126・Windows, enough to know one's own by."""
    product = next((found for name, sign in BROWSERS if (found := _version(name, sign, agent))), "不明なブラウザー")
    system = next((name for sign, name in SYSTEMS if sign in agent), "")
    return f"{product}・{system}" if system else product


def _version(name: str, sign: str, agent: str) -> str:
    found = re.search(rf"\b{sign}/([0-9]{{1,4}})", agent)
    return f"{name} {found[1]}" if found else ""


def telephone(number: str | None) -> str:
    """With its dashes."""
    return names.telephone(number) if number else "非通知"
