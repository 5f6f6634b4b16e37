"""Entries for programs and spreadsheets."""

import json
from collections.abc import Mapping

from ctl.security.audit.entry import Row

COLUMNS = ("seq", "at", "who", "where", "action", "subject", "outcome", "before", "after", "reason", "previous", "hash")


def document(row: Row) -> dict[str, object]:
    """As one JSON object; ``before`` and ``after`` are values, not texts."""
    kept = row.kept
    return {
        "seq": row.seq,
        "id": kept.id,
        "at": kept.at,
        "who": kept.who,
        "where": kept.where,
        "action": kept.action,
        "subject": kept.subject,
        "outcome": kept.outcome,
        "before": json.loads(kept.before) if kept.before is not None else None,
        "after": json.loads(kept.after) if kept.after is not None else None,
        "reason": kept.reason,
        "previous": row.previous,
        "hash": row.hash,
    }


def cells(row: Row) -> list[str]:
    """As a line of a table, in the order of `COLUMNS`."""
    told = document(row)
    return [_cell(told[name]) for name in COLUMNS]


def _cell(value: object) -> str:
    if value is None:
        return ""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, Mapping | list) else str(value)
