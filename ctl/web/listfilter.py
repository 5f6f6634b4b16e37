"""What is asked of any list that Postgres keeps: read from the address, checked, and written back into addresses.

Dates are days in Japan; ``until`` is included. Whatever is wrong is refused by the field's name, with what is allowed.
"""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Literal, Self, TypeVar
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ctl.switchboard.hours import JST
from ctl.web.trouble import Trouble

Order = Literal["asc", "desc"]
FIRST, LAST = date(1970, 1, 1), date(9000, 1, 1)
"""Before and after these there is nothing, and Postgres knows no year 1."""


class ListFilter(BaseModel):
    """Which page of a list, sorted by which of its columns. All fields may be left out."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sort: str
    order: Order
    page: int = Field(1, ge=1, le=100_000)

    def query(self, **changes: object) -> str:
        """This filter as the part of an address after ``?``, with some fields changed; defaults are left out."""
        wanted = self.model_copy(update=changes).model_dump(mode="json", exclude_defaults=True, exclude_none=True)
        return urlencode(wanted)

    def sorted_by(self, column: str) -> str:
        """The address part for a click on a column's head: sort by it, or turn the order round."""
        usual: Order = type(self).model_fields["order"].default
        turned = usual if self.sort != column or self.order != usual else "asc" if usual == "desc" else "desc"
        return self.query(sort=column, order=turned, page=1)


class DatedFilter(ListFilter):
    """A list of what happened on some days, from ``since`` to ``until``, both included, newest first."""

    since: date | None = None
    until: date | None = None
    order: Order = "desc"
    size: int = Field(50, ge=1, le=500)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.since and self.until and self.until < self.since:
            raise ValueError("until")
        return self

    @property
    def begins(self) -> datetime | None:
        """The first instant that is asked for."""
        return midnight(self.since) if self.since else None

    @property
    def ends(self) -> datetime | None:
        """The first instant after it."""
        return midnight(self.until) + timedelta(days=1) if self.until else None

    @property
    def offset(self) -> int:
        """How many lines stand before this page."""
        return (self.page - 1) * self.size


DATES = {"since": "日付（例 2026-04-01）", "until": "日付（例 2026-04-30）、開始日以降"}
PAGES = {"order": "asc、desc", "page": "1 以上の整数", "size": "1～500 の整数"}
"""What is allowed, in words, in the fields that lists share."""

F = TypeVar("F", bound=ListFilter)


def read(kind: type[F], query: Mapping[str, str], allowed: Mapping[str, str], labels: Mapping[str, str]) -> F:
    """A filter from an address; a field left blank in the form is not asked for.

    Raises `Trouble` (400) naming the field by its label and telling what is allowed.
    """
    try:
        return kind.model_validate({name: value for name, value in query.items() if value.strip()})
    except ValidationError as error:
        first = error.errors()[0]
    field = str(first["loc"][0]) if first["loc"] else "until"  # of all fields together only the dates are checked
    if field not in allowed:
        raise Trouble(400, f"知らない項目です。使える項目：{'、'.join(allowed)}", field)
    raise Trouble(400, f"「{labels.get(field, field)}」の値を読み取れません。使える値：{allowed[field]}", field)


def midnight(day: date) -> datetime:
    """When a day begins in Japan."""
    return datetime.combine(min(max(day, FIRST), LAST), time(), JST)
