"""No text that comes from outside is a formula in a spreadsheet."""

import csv
import io

import pytest

from ctl.spreadsheet import FORMULA, as_csv, harmless


@pytest.mark.parametrize("sign", FORMULA)
def test_what_a_spreadsheet_takes_for_a_formula_is_text(sign: str) -> None:
    evil = f"{sign}HYPERLINK(1)"
    assert harmless(evil) == f"'{evil}"
    assert harmless(f"03{evil}") == f"03{evil}"


def test_a_table_comes_back_as_it_was_whatever_is_in_its_cells() -> None:
    rows = [["豊島 花子", 'a "quoted", word'], ["two\nlines", ""], ["＝cmd", "x"]]
    read = list(csv.reader(io.StringIO(as_csv(("name", "said"), rows), newline="")))
    assert read == [["name", "said"], *rows[:2], ["'＝cmd", "x"]]
