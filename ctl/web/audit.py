"""The audit trail on screen: who did what, filtered, sorted, exported, and whether it is sound."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from aiohttp import web
from pydantic import Field

from ctl.security.audit import Outcome
from ctl.security.audit.entry import Row
from ctl.security.audit.keeping import published, verdict_path
from ctl.security.audit.trail import AuditQuery, Column, Found
from ctl.security.audit.written import COLUMNS, cells, document
from ctl.security.policy import Action
from ctl.switchboard.hours import JST
from ctl.web import words
from ctl.web.answers import AuditAnswer
from ctl.web.archive import remembered
from ctl.web.exports import PATIENCE_S as EXPORT_S
from ctl.web.exports import check_size, csv_file
from ctl.web.keys import AUDIT, SETTINGS
from ctl.web.listfilter import DATES, PAGES, DatedFilter, read
from ctl.web.openapi import answers
from ctl.web.pages import document as answer
from ctl.web.pages import page
from ctl.web.permission import needs
from ctl.web.trouble import Trouble

routes = web.RouteTableDef()

SORTED: Mapping[Column, str] = {
    "seq": "番号",
    "at": "日時",
    "who": "誰が",
    "action": "操作",
    "subject": "対象",
    "outcome": "結果",
}

Typed = Annotated[str, Field(max_length=100, pattern=r"^[^\x00-\x1f]*$")]


class AuditFilter(DatedFilter):
    """All fields may be left out. ``since`` and ``until`` are days in Japan, both included."""

    who: Typed | None = None
    action: Typed | None = None
    outcome: Outcome | None = None
    sort: Column = "seq"

    def asked(self) -> AuditQuery:
        """The question that the trail understands."""
        return AuditQuery(
            since=self.begins,
            until=self.ends,
            who=self.who,
            action=self.action,
            outcome=self.outcome,
            sort=self.sort,
            descending=self.order == "desc",
            limit=self.size,
            offset=self.offset,
        )


LABELS = {"since": "期間の始め", "until": "期間の終わり", "who": "誰が", "action": "操作", "outcome": "結果"}
"""What the form calls its fields."""

ALLOWED = {
    **DATES,
    "who": "100文字まで",
    "action": "100文字まで",
    "outcome": "、".join(Outcome),
    "sort": "、".join(SORTED),
    **PAGES,
}


def audit_filter(query: Mapping[str, str]) -> AuditFilter:
    """Raises `Trouble` (400) naming the field and what is allowed."""
    return read(AuditFilter, query, ALLOWED, LABELS)


@dataclass(frozen=True, slots=True)
class Line:
    """A row as people read it: the action in words, and each value that changed."""

    row: Row
    at: datetime
    changes: Sequence[tuple[str, str | None, str | None]]

    @property
    def label(self) -> str:
        return words.AUDIT_ACTIONS.get(self.row.kept.action, self.row.kept.action)


@routes.get("/audit")
@needs(Action.SEE_AUDIT)
async def audit_page(request: web.Request) -> web.Response:
    try:
        wanted = audit_filter(request.query)
    except Trouble as trouble:
        return await _page(request, AuditFilter(), None, trouble)
    return await _page(request, wanted, await _found(request, wanted), None)


async def _page(
    request: web.Request, wanted: AuditFilter, found: Found | None, trouble: Trouble | None
) -> web.Response:
    book = request.app[AUDIT]
    async with remembered():
        actions = await book.actions()
    return page(
        request,
        "audit.html",
        trouble.status if trouble else 200,
        sorted_columns=SORTED,
        wanted=wanted,
        typed=request.query,
        found=found,
        lines=[_line(row) for row in found.rows] if found else [],
        last=max(1, -(-found.total // wanted.size)) if found else 1,
        trouble=trouble,
        actions=[(name, words.AUDIT_ACTIONS.get(name, name)) for name in actions],
        verdict=_verdict(request),
    )


@routes.get("/api/audit")
@needs(Action.SEE_AUDIT)
@answers(AuditAnswer, query=AuditFilter)
async def audit_json(request: web.Request) -> web.Response:
    """One page of the audit trail, and whether it is sound."""
    wanted = audit_filter(request.query)
    found = await _found(request, wanted)
    entries = [document(row) for row in found.rows]
    verdict = published(verdict_path(request.app[SETTINGS]))
    return answer(
        {"entries": entries, "total": found.total, "page": wanted.page, "size": wanted.size, "verdict": verdict}
    )


@routes.get("/audit.csv")
@needs(Action.EXPORT_AUDIT)
async def audit_csv(request: web.Request) -> web.Response:
    """All that the filter finds, in the order of the chain, with the seals. The export is noted itself."""
    asked, rows = audit_filter(request.query).asked(), list[list[str]]()
    async with remembered(EXPORT_S):
        async for row in request.app[AUDIT].each(asked):
            rows.append(cells(row))
            check_size(len(rows))
    return await csv_file(request, "audit", COLUMNS, rows, len(rows))


async def _found(request: web.Request, wanted: AuditFilter) -> Found:
    async with remembered():
        return await request.app[AUDIT].find(wanted.asked())


def _line(row: Row) -> Line:
    before, after = (_values(text) for text in (row.kept.before, row.kept.after))
    changes = [
        (name, before.get(name), after.get(name))
        for name in dict.fromkeys((*before, *after))
        if before.get(name) != after.get(name)
    ]
    return Line(row, datetime.fromisoformat(row.kept.at), changes)


def _values(text: str | None) -> dict[str, str]:
    told = json.loads(text) if text is not None else {}
    return {name: _said(value) for name, value in told.items()}


def _said(value: object) -> str:
    if isinstance(value, list):
        return "、".join(_said(one) for one in value) or "－"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _verdict(request: web.Request) -> tuple[str, str]:
    """A kind of notice and a sentence: what the worker's last walk along the chain found."""
    told = published(verdict_path(request.app[SETTINGS]))
    if told is None:
        return "info", words.AUDIT_NOT_VERIFIED
    at = datetime.fromisoformat(str(told["at"])).astimezone(JST)
    when = f"{at:%Y年%m月%d日 %H:%M}"
    if told["sound"]:
        return "good", words.AUDIT_SOUND.format(when=when, rows=told["rows"])
    fault = words.AUDIT_FAULTS[str(told["fault"])].format(seq=told["seq"])
    return "bad", words.AUDIT_UNSOUND.format(when=when, fault=fault)
