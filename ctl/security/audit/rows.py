"""Between the table and what the chain understands."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import RowMapping

from ctl.security.audit.entry import Kept, Row, iso


def columns(row: Row) -> dict[str, object]:
    """A row of the table."""
    said = asdict(row.kept)
    said["place"] = said.pop("where")
    said["at"] = datetime.fromisoformat(row.kept.at)
    return {"seq": row.seq, "previous": row.previous, "hash": row.hash, **said}


def row_of(told: RowMapping) -> Row:
    """The other way round."""
    kept = Kept(
        id=told["id"],
        at=iso(told["at"]),
        who=told["who"],
        where=told["place"],
        action=told["action"],
        subject=told["subject"],
        outcome=told["outcome"],
        before=told["before"],
        after=told["after"],
        reason=told["reason"],
    )
    return Row(told["seq"], kept, told["previous"], told["hash"])
