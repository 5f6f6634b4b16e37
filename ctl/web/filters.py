"""What a person asks of the list of calls."""

from collections.abc import Mapping
from typing import Annotated, Literal, get_args

from pydantic import Field

from ctl.cms.records import CallQuery, Column
from ctl.switchboard.kinds import CallKind, Outcome
from ctl.web.listfilter import DATES, PAGES, DatedFilter, read

COLUMNS: tuple[Column, ...] = get_args(Column)


Code = Annotated[str, Field(pattern=r"^[\w.-]{1,64}$")]


class CallFilter(DatedFilter):
    """All fields may be left out. ``since`` and ``until`` are days in Japan, both included."""

    kind: CallKind | Literal["all"] = CallKind.INBOUND
    outcome: Outcome | None = None
    queue: Code | None = None
    operator: Code | None = None
    called: Annotated[str, Field(pattern=r"^\+?[0-9]{1,20}$")] | None = None
    sort: Column = "started_at"

    def asked(self) -> CallQuery:
        """The question that the records understand."""
        return CallQuery(
            since=self.begins,
            until=self.ends,
            kind=None if self.kind == "all" else self.kind,
            outcome=self.outcome,
            queue=self.queue,
            operator=self.operator,
            called=self.called,
            sort=self.sort,
            descending=self.order == "desc",
            limit=self.size,
            offset=self.offset,
        )


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
    **DATES,
    "kind": "、".join([*CallKind, "all"]),
    "outcome": "、".join(Outcome),
    "queue": "待ち行列の名前（英数字）",
    "operator": "内線番号（例 2001）",
    "called": "電話番号（数字のみ、例 0339811111）",
    "sort": "、".join(COLUMNS),
    **PAGES,
}


def call_filter(query: Mapping[str, str]) -> CallFilter:
    """Raises `Trouble` (400) naming the field and what is allowed."""
    return read(CallFilter, query, ALLOWED, LABELS)
