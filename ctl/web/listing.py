"""Lists that are read whole, such as those of the settings: searched, sorted and turned page by page.

A page may show several of them; the address says which of them it asks.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Generic, Literal, TypeVar
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ctl.web.trouble import Trouble

SIZE = 50
SHORT = 10
"""So many rows are looked over at a glance; longer lists offer a search."""
ALLOWED = {
    "list": "この画面にある一覧の名前",
    "text": "100文字まで",
    "sort": "一覧の列の番号",
    "order": "asc、desc",
    "page": "1 以上の整数",
}
R = TypeVar("R")
Cells = Sequence[str]
"""A row as people read it."""


class Asked(BaseModel):
    """All fields may be left out. ``sort``: the number of the column, from 1; 0 is the order in which it is kept."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    list: Annotated[str, Field(max_length=40)] = ""
    text: Annotated[str, Field(max_length=100)] = ""
    sort: int = Field(0, ge=0, le=40)
    order: Literal["asc", "desc"] = "asc"
    page: int = Field(1, ge=1, le=100_000)

    def query(self, **changes: object) -> str:
        """This wish as the part of an address after ``?``, with some fields changed; defaults are left out."""
        return urlencode(self.model_copy(update=changes).model_dump(exclude_defaults=True))

    def sorted_by(self, column: int) -> str:
        """The address part for a click on a column's head."""
        turned = "desc" if self.sort == column and self.order == "asc" else "asc"
        return self.query(sort=column, order=turned, page=1)


@dataclass(frozen=True, slots=True)
class Found(Generic[R]):
    """``rows`` of the page that was asked for; ``matches`` of all ``total`` rows have the text. ``last``: the last page."""

    asked: Asked
    rows: Sequence[tuple[R, Cells]]
    matches: int
    total: int

    @property
    def last(self) -> int:
        return max(1, -(-self.matches // SIZE))

    @property
    def is_long(self) -> bool:
        """Whether a search is worth its place."""
        return self.total > SHORT


def asked(query: Mapping[str, str], besides: frozenset[str] = frozenset()) -> Asked:
    """What an address asks, without the fields ``besides``. Raises `Trouble` (400) naming the field and what is allowed."""
    try:
        return Asked.model_validate(
            {name: value for name, value in query.items() if value.strip() and name not in besides}
        )
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0]) if first["loc"] else ""
        if field not in ALLOWED:
            raise Trouble(400, f"知らない項目です。使える項目：{'、'.join(ALLOWED)}", field) from None
        raise Trouble(400, f"「{field}」の値を読み取れません。使える値：{ALLOWED[field]}", field) from None


def of(wish: Asked, name: str) -> Asked:
    """The wish as far as it is about this list."""
    return wish.model_copy(update={"list": name}) if wish.list in ("", name) else Asked(list=name)


def matching(wish: Asked, rows: Sequence[R], cells: Callable[[R], Cells]) -> list[tuple[R, Cells]]:
    """Every row that has the text in a cell, sorted."""
    text = wish.text.casefold()
    found = [(row, read) for row in rows for read in (cells(row),) if any(text in cell.casefold() for cell in read)]
    if wish.sort:
        found.sort(key=lambda one: _cell(one[1], wish.sort), reverse=wish.order == "desc")
    return found


def _cell(cells: Cells, column: int) -> str:
    return cells[column - 1] if column <= len(cells) else ""


def look(wish: Asked, rows: Sequence[R], cells: Callable[[R], Cells]) -> Found[R]:
    """The page that was asked for; the last one where there are not so many."""
    found = matching(wish, rows, cells)
    last = max(1, -(-len(found) // SIZE))
    page = min(wish.page, last)
    return Found(wish.model_copy(update={"page": page}), found[(page - 1) * SIZE : page * SIZE], len(found), len(rows))
