"""The list of calls: a page, JSON, and CSV, all from one filter."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime

from aiohttp import web

from ctl.cms.records import CallRecord, Page
from ctl.security.policy import Action
from ctl.web import words
from ctl.web.answers import CallsAnswer
from ctl.web.archive import PATIENCE_S, remembered
from ctl.web.exports import MOST_LINES, csv_file
from ctl.web.exports import PATIENCE_S as CSV_S
from ctl.web.filters import LABELS, CallFilter, call_filter
from ctl.web.keys import ARCHIVE, NAMES
from ctl.web.names import Names
from ctl.web.openapi import answers
from ctl.web.pages import document, page
from ctl.web.permission import needs
from ctl.web.scope import covers, within, without_number
from ctl.web.show import moment
from ctl.web.trouble import Trouble

routes = web.RouteTableDef()

COLUMNS: Mapping[str, str] = {
    "started_at": "受付",
    "called": "着信番号",
    "queue": "用件・待ち行列",
    "operator": "担当",
    "outcome": "結果",
    "wait_ms": "待ち",
    "talk_ms": "通話",
    "hold_ms": "保留",
}

HEAD = (
    "通話ID",
    "受付",
    "終了",
    "着信番号",
    "発信番号",
    "用件",
    "待ち行列",
    "担当",
    "結果",
    "待ち秒",
    "通話秒",
    "保留秒",
    "取次先",
)
"""Of the file."""


@routes.get("/calls")
@needs(Action.SEE_CALLS)
async def call_list(request: web.Request) -> web.Response:
    try:
        wanted = call_filter(request.query)
    except Trouble as trouble:
        # The form comes back as it was filled in, with the wrong field marked.
        return _list(request, CallFilter(), None, trouble)
    return _list(request, wanted, await _found(request, wanted), None)


def _list(request: web.Request, wanted: CallFilter, found: Page | None, trouble: Trouble | None) -> web.Response:
    return page(
        request,
        "calls.html",
        trouble.status if trouble else 200,
        columns=COLUMNS,
        labels=LABELS,
        wanted=wanted,
        typed=request.query,
        found=found,
        trouble=trouble,
    )


@routes.get("/api/calls")
@needs(Action.SEE_CALLS)
@answers(CallsAnswer, query=CallFilter)
async def call_list_json(request: web.Request) -> web.Response:
    """One page of the calls that fit; each call as in ``ctl calls --json``."""
    wanted = call_filter(request.query)
    found = await _found(request, wanted)
    calls = [plain(row) for row in found.rows]
    return document({"calls": calls, "total": found.total, "page": wanted.page, "size": wanted.size})


@routes.get("/calls.csv")
@needs(Action.EXPORT_CALLS)
async def call_list_csv(request: web.Request) -> web.Response:
    """All calls that the filter finds, for a spreadsheet: UTF-8 with a mark, times of day in Japan."""
    wanted = call_filter(request.query).model_copy(update={"page": 1, "size": MOST_LINES})
    found = await _found(request, wanted, CSV_S)
    names = request.app[NAMES].names
    return await csv_file(request, "calls", HEAD, (_line(row, names) for row in found.rows), found.total)


async def _found(request: web.Request, wanted: CallFilter, patience_s: float = PATIENCE_S) -> Page:
    action = Action.EXPORT_CALLS if wanted.size == MOST_LINES else Action.SEE_CALLS
    # With several roles one may see a call by one of them, and by another the numbers of other calls only.
    numbers = within(request, Action.SEE_NUMBERS)
    query = replace(wanted.asked(), within=within(request, action), numbers=numbers)
    async with remembered(patience_s):
        found = await request.app[ARCHIVE].calls(query)
    return Page([row if covers(numbers, row) else without_number(row) for row in found.rows], found.total)


def plain(value: object) -> object:
    """A record as JSON: instants in ISO 8601 UTC with milliseconds."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, CallRecord):
        return plain(asdict(value))
    if isinstance(value, Mapping):
        return {name: plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return value


def _line(row: CallRecord, names: Names) -> tuple[str, ...]:
    return (
        row.id,
        moment(row.started_at),
        moment(row.ended_at) if row.ended_at else "",
        row.called,
        row.caller,
        row.menu or "",
        names.queues.get(row.queue or "", row.queue or ""),
        names.operator(row.operator) if row.operator else "",
        words.OUTCOMES.get(row.outcome or "", ""),
        *(f"{ms / 1000:.1f}" for ms in (row.wait_ms, row.talk_ms, row.hold_ms)),
        "；".join(
            f"{names.department(h.department)}（{words.HANDOFFS.get(h.result or '', '進行中')}）" for h in row.handoffs
        ),
    )
