"""What a person asks of the list of calls: read from the address, checked, and written back into addresses.

Dates are days in Japan; ``until`` is included. Whatever is wrong is refused by the field's name, with what is allowed.
"""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal, get_args
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ctl.cms.records import CallQuery, Column
from ctl.switchboard.hours import JST
from ctl.switchboard.kinds import CallKind, Outcome
from ctl.web.trouble import Trouble

COLUMNS: tuple[Column, ...] = get_args(Column)


Code = Annotated[str, Field(pattern=r"^[\w.-]{1,64}$")]


class CallFilter(BaseModel):
    """All fields may be left out. ``since`` and ``until`` are days in Japan, both included."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    since: date | None = None
    until: date | None = None
    kind: CallKind | Literal["all"] = CallKind.INBOUND
    outcome: Outcome | None = None
    queue: Code | None = None
    operator: Code | None = None
    called: Annotated[str, Field(pattern=r"^\+?[0-9]{1,20}$")] | None = None
    sort: Column = "started_at"
    order: Literal["asc", "desc"] = "desc"
    page: int = Field(1, ge=1, le=100_000)
    size: int = Field(50, ge=1, le=500)

    @model_validator(mode="after")
    def _in_order(self) -> "CallFilter":
        if self.since and self.until and self.until < self.since:
            raise ValueError("until: 終了日が開始日より前です。")
        return self

    def asked(self) -> CallQuery:
        """The question that the records understand."""
        return CallQuery(
            since=midnight(self.since) if self.since else None,
            until=midnight(self.until) + timedelta(days=1) if self.until else None,
            kind=None if self.kind == "all" else self.kind,
            outcome=self.outcome,
            queue=self.queue,
            operator=self.operator,
            called=self.called,
            sort=self.sort,
            descending=self.order == "desc",
            limit=self.size,
            offset=(self.page - 1) * self.size,
        )

    def query(self, **changes: object) -> str:
        """This filter as the part of an address after ``?``, with some fields changed; defaults are left out."""
        wanted = self.model_copy(update=changes).model_dump(mode="json", exclude_defaults=True, exclude_none=True)
        return urlencode(wanted)

    def sorted_by(self, column: Column) -> str:
        """The address part for a click on a column's head: sort by it, or turn the order round."""
        turned = "asc" if self.sort == column and self.order == "desc" else "desc"
        return self.query(sort=column, order=turned, page=1)


LABELS = {
    "since": "期間の始め",
    "until": "期間の終わり",
    "outcome": "結果",
    "queue": "待ち行列",
    "operator": "担当（内線）",
    "called": "着信番号",
    "kind": "種類",
}
"""What the form calls its fields."""

ALLOWED = {
    "since": "日付（例 2026-04-01）",
    "until": "日付（例 2026-04-30）、開始日以降",
    "kind": "、".join([*CallKind, "all"]),
    "outcome": "、".join(Outcome),
    "queue": "待ち行列の名前（英数字）",
    "operator": "内線番号（例 2001）",
    "called": "電話番号（数字のみ、例 0339811111）",
    "sort": "、".join(COLUMNS),
    "order": "asc、desc",
    "page": "1 以上の整数",
    "size": "1～500 の整数",
}


def call_filter(query: Mapping[str, str]) -> CallFilter:
    """Read a filter from an address; a field left blank in the form is not asked for.

    Raises `Trouble` (400) naming the field and what is allowed.
    """
    try:
        return CallFilter.model_validate({name: value for name, value in query.items() if value.strip()})
    except ValidationError as error:
        raise _trouble(error) from None


def _trouble(error: ValidationError) -> Trouble:
    first = error.errors()[0]
    field = str(first["loc"][0]) if first["loc"] else "until"
    if field not in ALLOWED:
        return Trouble(400, f"知らない項目です。使える項目：{'、'.join(ALLOWED)}", field)
    return Trouble(400, f"「{LABELS.get(field, field)}」の値を読み取れません。使える値：{ALLOWED[field]}", field)


FIRST, LAST = date(1970, 1, 1), date(9000, 1, 1)
"""Before and after these there is nothing, and Postgres knows no year 1."""


def midnight(day: date) -> datetime:
    """When a day begins in Japan."""
    return datetime.combine(min(max(day, FIRST), LAST), time(), JST)
