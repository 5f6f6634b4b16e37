"""Tables as CSV for spreadsheets, in which nothing that people or callers wrote can be a formula."""

import csv
import io
from collections.abc import Iterable

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a spreadsheet may take for the beginning of one; Japanese ones take the wide signs as well."""


def harmless(cell: str) -> str:
    """The same text; what a spreadsheet would take for a formula gets a quote in front."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def as_csv(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Lines as RFC 4180 has them."""
    text = io.StringIO()
    lines = csv.writer(text)
    lines.writerow(head)
    lines.writerows([harmless(cell) for cell in row] for row in rows)
    return text.getvalue()
