"""The calls of a demonstration as a table for the eye."""

import unicodedata
from collections.abc import Sequence

from ctl.lab.centre import Record

HEADINGS = ("started (UTC)", "called", "menu", "operator", "outcome", "waited", "talked", "handoff")


def of_calls(records: Sequence[Record]) -> str:
    """One line for each call, under headings."""
    return laid_out([HEADINGS, *(_row(record) for record in records)])


def laid_out(rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as their widest cell, in the widths of a terminal: Japanese signs take two places."""
    widths = [max(_width(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _row(record: Record) -> tuple[str, ...]:
    handoffs = ", ".join(f"{one['department']} {one['result']}" for one in record["handoffs"])
    return (
        str(record["started_at"])[11:19],
        record["called"],
        record["menu"] or "–",
        record["operator"] or "–",
        record["outcome"],
        _seconds(record["wait_ms"]),
        _seconds(record["talk_ms"]),
        handoffs or "–",
    )


def _seconds(milliseconds: int | None) -> str:
    return f"{(milliseconds or 0) / 1000:.1f} s"


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)
