"""The departments as a spreadsheet: out as CSV, and in again with a look at what would change."""

import asyncio

from aiohttp import web

from ctl.config import ConfigError
from ctl.editing import departments
from ctl.editing.desk import changing
from ctl.security.policy import Action
from ctl.web.auditing import note
from ctl.web.editing.entries import OVERTAKEN, _seen
from ctl.web.editing.frame import settings_page
from ctl.web.editing.office import OFFICE, owner
from ctl.web.forms import read as sent
from ctl.web.permission import needs, who
from ctl.web.trouble import Trouble

routes = web.RouteTableDef()


@routes.get("/settings/departments.csv")
@needs(Action.SEE_SETTINGS)
async def export(request: web.Request) -> web.Response:
    await request.app[OFFICE].ready(who(request))
    try:
        rows = departments.rows(request.app[OFFICE].flows(who(request)))
    except ConfigError:
        raise Trouble(400, "departments.yaml に誤りがあるため書き出せません。先に直してください。") from None
    await note(request, "settings.export", "departments.csv")
    headers = {"Content-Disposition": 'attachment; filename="departments.csv"'}
    return web.Response(text=departments.as_csv(rows), content_type="text/csv", headers=headers)


@routes.get("/settings/departments/import")
@needs(Action.EDIT_SETTINGS)
async def import_page(request: web.Request) -> web.Response:
    return await settings_page(
        request, "settings_import.html", "departments", preview=None, faults=(), table="", seen=""
    )


@routes.post("/settings/departments/import")
@needs(Action.EDIT_SETTINGS)
async def take_in(request: web.Request) -> web.StreamResponse:
    """With a file: what would change. With the table that was looked at: take it in."""
    office, me = request.app[OFFICE], who(request)
    data = await sent(request)
    file, text = data.get("file"), data.get("table")
    looked_at = isinstance(text, str) and bool(text)
    content = (
        str(text).encode()
        if looked_at
        else await asyncio.to_thread(file.file.read)
        if isinstance(file, web.FileField)
        else b""
    )
    if not content:
        raise Trouble(400, "CSVファイルを選んでください。", "file")
    async with office.locks[owner(me)]:
        await office.ready(me)
        path = office.flows(me) / departments.FILE
        try:
            table = departments.from_csv(content)
            now = departments.rows(office.flows(me))
        except departments.BadTable as bad:
            return await settings_page(
                request, "settings_import.html", "departments", 400, preview=None, faults=bad.faults, table="", seen=""
            )
        except ConfigError:
            raise Trouble(400, "departments.yaml に誤りがあります。先に直してください。") from None
        if not looked_at:
            seen = departments.preview(now, table)
            return await settings_page(
                request,
                "settings_import.html",
                "departments",
                preview=seen,
                faults=(),
                table=departments.as_csv(table),
                seen=_seen(path),
            )
        if data.get("seen") != _seen(path):
            raise Trouble(400, OVERTAKEN)
        draft = office.begin(me)

        def change() -> None:
            with changing(draft.flows) as desk:
                departments.take_in(desk, table)

        await asyncio.to_thread(change)
    raise web.HTTPSeeOther("/settings/departments?saved=CSV")
