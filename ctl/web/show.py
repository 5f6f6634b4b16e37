"""How instants, durations and telephone numbers are written on the screens. Times of day are Japan Standard Time."""

from datetime import datetime, timedelta, timezone

JST = timezone(timedelta(hours=9), "JST")
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
    """7秒, 3分05秒, 1時間02分; tenths of a second below ten; a dash for none."""
    if ms is None:
        return "－"
    if 0 < ms < 10_000:
        return f"{ms / 1000:.1f}秒"
    minutes, seconds = divmod(round(ms / 1000), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}時間{minutes:02}分"
    return f"{minutes}分{seconds:02}秒" if minutes else f"{seconds}秒"


def stopwatch(ms: int) -> str:
    """0:07, 3:05, 1:02:03: narrow, for columns in which durations are compared."""
    minutes, seconds = divmod(max(0, ms) // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def telephone(number: str | None) -> str:
    """0339811111 as 03-3981-1111; what is no Tokyo or mobile number stays as it is."""
    if not number:
        return "非通知"
    if not number.isdigit():
        return number
    if number.startswith("03") and len(number) == 10:
        return f"{number[:2]}-{number[2:6]}-{number[6:]}"
    if number.startswith(("050", "070", "080", "090")) and len(number) == 11:
        return f"{number[:3]}-{number[3:7]}-{number[7:]}"
    return number
