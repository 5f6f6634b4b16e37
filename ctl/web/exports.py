"""Every table as a file: what the filter finds, for a spreadsheet, and an entry in the audit trail about it."""

from collections.abc import Iterable
from datetime import UTC, datetime

from aiohttp import web

from ctl.spreadsheet import as_csv
from ctl.switchboard.kinds import CallKind
from ctl.switchboard.numbering import masked
from ctl.web.auditing import note
from ctl.web.trouble import Trouble

PATIENCE_S = 60.0
"""How long the records may take for a whole file."""
MOST_LINES = 100_000
"""Lines of one file: a year's calls of one queue. What does not fit is refused, not cut off."""


def check_size(lines: int) -> None:
    """Raises `Trouble` (400) for more than a file holds."""
    if lines > MOST_LINES:
        raise Trouble(400, f"一度に出せる {MOST_LINES} 件を超えます。条件を絞ってください。", "since")


async def csv_file(
    request: web.Request, name: str, head: Iterable[str], rows: Iterable[Iterable[str]], total: int
) -> web.Response:
    """UTF-8 with a mark, for spreadsheets. Noted as ``NAME.export``, with the filter. ``total``: how many rows."""
    check_size(total)
    asked = dict(request.query)
    if "called" in asked and asked.get("kind", CallKind.INBOUND) != CallKind.INBOUND:
        asked["called"] = masked(asked["called"])  # it may be a citizen's, and more people read the audit trail
    await note(request, f"{name}.export", f"{total} rows", after=asked)
    headers = {"Content-Disposition": f'attachment; filename="{name}-{datetime.now(UTC):%Y%m%d-%H%M%S}.csv"'}
    return web.Response(text="\ufeff" + as_csv(head, rows), content_type="text/csv", headers=headers)
