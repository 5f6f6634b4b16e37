"""How far the journal has been shipped, told by the shipper to the journal's writer.

A small file beside the journal, replaced atomically: the shipper never writes to the journal itself, so the
switchboard never waits for it.
"""

import json
import os
from pathlib import Path

from ctl.switchboard.ids import Millis


def _file(journal_path: Path) -> Path:
    return journal_path.with_name(journal_path.name + ".shipped")


def tell(journal_path: Path, journal: str, seq: int, at: Millis) -> None:
    """Everything of ``journal`` up to ``seq`` is in Postgres since ``at``."""
    draft = _file(journal_path).with_suffix(".draft")
    draft.write_text(json.dumps({"journal": journal, "seq": seq, "at": at}), encoding="utf-8")
    os.replace(draft, _file(journal_path))


def told(journal_path: Path, journal: str) -> int:
    """How far ``journal`` was shipped; 0 when nothing was told, or something about another journal."""
    try:
        mark = json.loads(_file(journal_path).read_text(encoding="utf-8"))
        return int(mark["seq"]) if mark["journal"] == journal else 0
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return 0
