"""Lists that are read whole: what an address asks of them is what is shown, and nothing is lost between the pages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctl.web import listing
from ctl.web.listing import Asked, asked, look, matching
from ctl.web.trouble import Trouble

FRUIT = [("3", "柿"), ("1", "林檎"), ("2", "Melon")]


def shown(wish: Asked, rows: list[tuple[str, str]]) -> list[str]:
    return [row[0] for row, _ in look(wish, rows, lambda row: row).rows]


def test_without_a_wish_a_list_is_as_it_is_kept() -> None:
    assert shown(Asked(), FRUIT) == ["3", "1", "2"]


def test_it_sorts_by_a_column_up_and_down() -> None:
    assert shown(Asked(sort=1), FRUIT) == ["1", "2", "3"]
    assert shown(Asked(sort=1, order="desc"), FRUIT) == ["3", "2", "1"]
    assert shown(Asked(sort=9), FRUIT) == ["3", "1", "2"]


def test_it_finds_a_text_in_any_cell_whatever_its_case() -> None:
    assert shown(Asked(text="mel"), FRUIT) == ["2"]
    assert shown(Asked(text="林"), FRUIT) == ["1"]
    assert shown(Asked(text="桃"), FRUIT) == []


def test_a_wish_is_about_the_list_it_names() -> None:
    assert listing.of(Asked(list="groups", text="x"), "queues") == Asked(list="queues")
    assert listing.of(Asked(list="groups", text="x"), "groups").text == "x"
    assert listing.of(Asked(text="x"), "groups").text == "x"


@pytest.mark.parametrize(
    ("field", "value"), [("page", "0"), ("order", "up"), ("sort", "-1"), ("text", "x" * 101), ("colour", "red")]
)
def test_a_wrong_wish_is_refused_by_its_field(field: str, value: str) -> None:
    with pytest.raises(Trouble) as refused:
        asked({field: value})
    assert refused.value.field == field


@given(st.lists(st.text(max_size=5), max_size=180), st.text(max_size=2), st.integers(0, 2))
def test_the_pages_hold_every_match_once_and_in_order(rows: list[str], text: str, sort: int) -> None:
    wish = Asked(text=text, sort=sort)
    whole = [row for row, _ in matching(wish, rows, lambda row: (row,))]
    found = look(wish, rows, lambda row: (row,))
    paged = [
        row
        for page in range(1, found.last + 1)
        for row, _ in look(wish.model_copy(update={"page": page}), rows, lambda row: (row,)).rows
    ]
    assert paged == whole
    assert sorted(whole) == sorted(row for row in rows if text.casefold() in row.casefold())
    assert found.matches == len(whole)
    assert found.total == len(rows)
