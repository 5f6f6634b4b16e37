"""The floor document as people read it in a terminal."""

from collections.abc import Callable, Iterable
from datetime import datetime
from unicodedata import east_asian_width

from ctl.runtime.centre import CentreRow
from ctl.runtime.document import CallRow, FloorDocument
from ctl.runtime.service import ServiceRow
from ctl.switchboard.hours import JST
from ctl.switchboard.plan import MINUTES

Row = tuple[str, ...]


def floor_text(floor: FloorDocument) -> str:
    """Calls, queues with somebody in them, and operators who are logged in; the rest only in numbers."""
    at = datetime.fromisoformat(floor["at"])

    def since(then: str | None) -> str:
        return "" if then is None else _duration((at - datetime.fromisoformat(then)).total_seconds())

    here = [row for row in floor["operators"] if row["state"] != "logged_out"]
    waiting = [row for row in floor["queues"] if row["waiting"]]
    expected = {row["name"]: row["wait_s"] for row in floor["expected"]}
    calls = [
        (row["id"], row["phase"], since(row["since"]), row["caller"] or "withheld", row["called"], *_who(row))
        for row in floor["calls"]
    ]
    parts = [
        _standing(floor["centre"], since),
        f"trunk {floor['trunk']['used']} of {floor['trunk']['limit']} channels, plan {floor['plan'] or 'none'}",
        _table(("CALL", "PHASE", "FOR", "CALLER", "CALLED", "MENU", "QUEUE", "OPERATOR", "DEPARTMENT"), calls),
        _table(
            ("QUEUE", "WAITING", "RINGING", "LONGEST", "EXPECTED"),
            (
                (
                    *(row["name"], str(row["waiting"]), str(row["ringing"]), since(row["oldest_since"])),
                    _expected(expected.get(row["name"])),
                )
                for row in waiting
            ),
        ),
        callbacks_text(floor),
        _table(
            ("OPERATOR", "NAME", "STATE", "FOR", "REASON", "CALL"),
            (
                (r["extension"], r["name"], r["state"], since(r["since"]), r["reason"] or "", r["call"] or "")
                for r in here
            ),
        ),
        _table(
            ("SERVICE", "OFFERED", "ANSWERED", "IN TIME", "ABANDONED", "TURNED AWAY", "LEVEL", "ABANDONMENT"),
            (_service(row) for row in floor["service"] if row["queue"] is None),
        ),
        alarms_text(floor),
        f"{len(floor['operators']) - len(here)} operators are logged out, "
        f"{len(floor['queues']) - len(waiting)} queues are empty",
    ]
    return "\n\n".join(part for part in parts if part)


def alarms_text(floor: FloorDocument) -> str:
    """What somebody should look at, in the order in which it came; empty when there is nothing."""
    return _table(
        ("ALARM", "SINCE", "TIMES", "SEEN BY", ""),
        (
            (row["alarm"], _clock(row["since"]), str(row["count"]), row["seen_by"] or "", row["text"])
            for row in floor["alarms"]
        ),
    )


def callbacks_text(floor: FloorDocument) -> str:
    """Citizens who are to be called back, the next one first; empty when there are none."""
    return _table(
        ("CALL-BACK", "QUEUE", "NUMBER", "PHASE", "OPERATOR", "PLACE", "ATTEMPTS", "NEXT AFTER", "UNTIL"),
        (
            (
                *(row["call"], row["queue"], row["number"], row["phase"], row["operator"] or "", _clock(row["place"])),
                *(str(row["attempts"]), _clock(row["next_at"]), _clock(row["expires_at"])),
            )
            for row in floor["callbacks"]
        ),
    )


def _clock(at: str | None) -> str:
    """The time of day in Japan."""
    return datetime.fromisoformat(at).astimezone(JST).strftime("%H:%M:%S") if at is not None else ""


def _standing(centre: CentreRow, since: Callable[[str | None], str]) -> str:
    """What is not as usual: the mode, and what every caller hears first."""
    switch = centre["switch"]
    mode = (
        [f"mode {switch['mode']} ({switch['label']}) for {since(switch['since'])}: {switch['reason']}"]
        if switch
        else []
    )
    return "\n".join([*mode, *(f"every caller hears: {notice['text']}" for notice in centre["notices"])])


def _expected(wait_s: int | None) -> str:
    """The wait of a new caller, as it is told; empty when nobody can tell."""
    if wait_s is None:
        return ""
    minutes = wait_s // 60
    return f"over {MINUTES[-1]} min" if minutes > MINUTES[-1] else f"{minutes} min"


def _who(row: CallRow) -> Row:
    return tuple(name or "" for name in (row["menu"], row["queue"], row["operator"], row["department"]))


def _service(row: ServiceRow) -> Row:
    counts = (row["offered"], row["answered"], row["within"], row["abandoned"], row["turned_away"])
    shares = (f"{share:.1%}" if share is not None else "" for share in (row["service_level"], row["abandonment"]))
    window = "today" if row["window"] == "day" else f"last {row['window']} min"
    return (window, *map(str, counts), *shares)


def _duration(seconds: float) -> str:
    minutes, rest = divmod(max(round(seconds), 0), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _table(head: Row, rows: Iterable[Row]) -> str:
    """Columns as wide as their widest cell; nothing at all when there are no rows."""
    body = list(rows)
    if not body:
        return ""
    widths = [max(_width(row[column]) for row in (head, *body)) for column in range(len(head))]
    lines = (
        "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True))
        for row in (head, *body)
    )
    return "\n".join(line.rstrip() for line in lines)


def _width(text: str) -> int:
    """Columns of a terminal: Japanese characters take two."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)
