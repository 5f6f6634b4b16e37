"""Files as text: flows, and every other file for what no form asks; checked when asked, and before it is kept."""

import asyncio
import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from aiohttp import web

from ctl.config import ConfigError, Loaded, Problem
from ctl.config.folder import READ
from ctl.config.preview import preview
from ctl.config.simulate import tokens
from ctl.editing.checking import Checked, check_with
from ctl.editing.desk import write_text
from ctl.security.policy import Action
from ctl.switchboard.hours import JST
from ctl.switchboard.ids import FlowName, ModeName, Number
from ctl.switchboard.plan import Plan
from ctl.web.editing.diagram import Picture, picture
from ctl.web.editing.entries import OVERTAKEN, _seen
from ctl.web.editing.fields import Known
from ctl.web.editing.frame import form_of, settings_page, told
from ctl.web.editing.office import OFFICE, owner
from ctl.web.pages import document, render, wants_json
from ctl.web.permission import needs, who
from ctl.web.trouble import Trouble

routes = web.RouteTableDef()

NAME = re.compile(r"[a-z][a-z0-9-]{0,40}")
NEW = """# yaml-language-server: $schema=../schema.json
label: {label}
start: notice
nodes:
  notice:
    kind: hang_up
"""


@routes.get("/settings/flows")
@needs(Action.SEE_SETTINGS)
async def flow_list(request: web.Request) -> web.Response:
    await request.app[OFFICE].ready(who(request))
    flows = request.app[OFFICE].flows(who(request))
    checked = await request.app[OFFICE].checked(flows)
    return await settings_page(
        request,
        "settings_flows.html",
        "flows",
        known=Known.of(flows),
        labels=checked.loaded.flow_labels if checked.loaded is not None else {},
        services=checked.loaded.plan.services if checked.loaded is not None else {},
        others=[name for name in READ if (flows / name).exists()],
        typed=dict(request.query),
        walk=_walk(request, checked),
    )


def _walk(request: web.Request, checked: Checked) -> dict[str, object]:
    """What a caller would hear: ``lines``, or what was wrong with the question."""
    query = request.query
    if "number" not in query:
        return {"lines": (), "wrong": ""}
    if checked.loaded is None:
        return {"lines": (), "wrong": "誤りがあるあいだは試せません。先に直してください。"}
    loaded = checked.loaded
    try:
        number, mode = Number(query["number"]), ModeName(query["mode"]) if query.get("mode") else None
        if number not in loaded.plan.services or (mode is not None and mode not in loaded.plan.modes):
            raise ValueError("番号かモードがありません。")
        at = datetime.fromisoformat(query.get("at") or datetime.now(JST).isoformat(timespec="minutes"))
        doings = tokens(query.get("keys", ""))
    except ValueError as error:
        said = "押す番号は、0～9、*、#、t（押さない）、n（部署が応答しない）、h（切る）をコンマで区切ってください。"
        return {
            "lines": (),
            "wrong": said if "caller can do" in str(error) else "日時は 2026-12-29T10:00 のように書いてください。",
        }
    at = at.replace(tzinfo=JST) if at.tzinfo is None else at
    return {
        "lines": list(preview(loaded.plan, loaded.prompts, mode, number, int(at.timestamp() * 1000), doings)),
        "wrong": "",
    }


@routes.get("/settings/text/{file:.+\\.yaml}")
@needs(Action.SEE_SETTINGS)
async def text_page(request: web.Request) -> web.Response:
    flows = request.app[OFFICE].flows(who(request))
    file = file_of(request, flows)
    checked = await request.app[OFFICE].checked(flows)
    return await _editor(request, file, (flows / file).read_text(encoding="utf-8-sig"), checked)


async def _editor(
    request: web.Request,
    file: str,
    text: str,
    checked: Checked,
    *,
    problems: tuple[Problem, ...] | None = None,
    said: tuple[str, str] | None = None,
    seen: str | None = None,
    answer: int = 200,
) -> web.Response:
    flows = request.app[OFFICE].flows(who(request))
    return await settings_page(
        request,
        "settings_text.html",
        "flows",
        answer,
        file=file,
        text=text,
        faults=checked.of(file) if problems is None else problems,
        remarks=[one for one in checked.remarks if one.file == file],
        said=said,
        seen=seen or _seen(flows / file),
        drawn=_drawn(file, checked.loaded),
    )


def _drawn(file: str, loaded: Loaded | None) -> Picture | None:
    plan: Plan | None = loaded.plan if loaded is not None else None
    if plan is None or not file.startswith("flows/"):
        return None
    flow = plan.flows.get(FlowName(Path(file).stem))
    return picture(flow, plan) if flow is not None else None


@routes.post("/settings/text/{file:.+\\.yaml}")
@needs(Action.EDIT_SETTINGS)
async def text_save(request: web.Request) -> web.StreamResponse:
    """``do``: check (nothing is kept; the page's script asks while one writes) or save."""
    office, me = request.app[OFFICE], who(request)
    form = await form_of(request)
    text = form.get("text", "")
    async with office.locks[owner(me)]:
        flows = office.flows(me)
        file = file_of(request, flows)
        seen = form.get("seen", "")
        if form.get("do") == "check":
            checked = await asyncio.to_thread(check_with, flows, file, text)
            if wants_json(request):
                return document(_as_data(request, file, checked))
            fine = not checked.of(file)
            said = ("good", "この内容に誤りはありません。まだ保存していません。") if fine else None
            return await _editor(request, file, text, checked, said=said, seen=seen)
        if seen != _seen(flows / file):
            return await _editor(request, file, text, Checked(None, ()), said=("bad", OVERTAKEN), answer=400)
        draft = office.begin(me)
        try:
            await asyncio.to_thread(write_text, draft.flows, file, text)
        except ConfigError as error:
            return await _editor(request, file, text, Checked(None, ()), problems=error.problems, seen=seen, answer=400)
    raise web.HTTPSeeOther(f"/settings/text/{file}?saved=1")


def _as_data(request: web.Request, file: str, checked: Checked) -> dict[str, object]:
    """What the page's script shows of a check; ``drawn`` is HTML, empty while the whole has faults."""
    drawn = _drawn(file, checked.loaded)
    here = checked.of(file)
    return {
        "faults": [_finding(one) for one in here],
        "remarks": [_finding(one) for one in checked.remarks if one.file == file],
        "elsewhere": len(checked.problems) - len(here),
        "drawn": render(request, "settings_drawn.html", file=file, drawn=drawn) if drawn is not None else "",
    }


def _finding(problem: Problem) -> dict[str, object]:
    place, text, language = told(replace(problem, file=""))
    return {"line": problem.line or 0, "place": place or "全体", "text": text, "lang": language or "en"}


@routes.post("/settings/flows/new")
@needs(Action.EDIT_SETTINGS)
async def flow_new(request: web.Request) -> web.StreamResponse:
    office, me = request.app[OFFICE], who(request)
    form = await form_of(request)
    name, label = form.get("name", "").strip(), " ".join(form.get("label", "").split())
    if not NAME.fullmatch(name) or not label:
        raise Trouble(400, "名前は英小文字で始め、英小文字・数字・ハイフンで書き、名称も書いてください。", "name")
    async with office.locks[owner(me)]:
        draft = office.begin(me)
        if (draft.flows / f"flows/{name}.yaml").exists():
            raise Trouble(400, f"「{name}」はもうあります。", "name")
        await asyncio.to_thread(
            write_text, draft.flows, f"flows/{name}.yaml", NEW.format(label=f"'{label.replace(chr(39), chr(39) * 2)}'")
        )
    raise web.HTTPSeeOther(f"/settings/text/flows/{name}.yaml")


@routes.post("/settings/flows/remove")
@needs(Action.EDIT_SETTINGS)
async def flow_remove(request: web.Request) -> web.StreamResponse:
    office, me = request.app[OFFICE], who(request)
    name = (await form_of(request)).get("name", "")
    async with office.locks[owner(me)]:
        draft = office.begin(me)
        file = draft.flows / "flows" / f"{name}.yaml"
        if not NAME.fullmatch(name) or not file.exists():
            raise Trouble(404, "その自動案内はありません。")
        file.unlink()
    raise web.HTTPSeeOther("/settings/flows")


def file_of(request: web.Request, flows: Path) -> str:
    """The file that the address names. Raises `Trouble` (404)."""
    file = request.match_info["file"]
    known = {*READ, *(f"flows/{path.name}" for path in flows.joinpath("flows").glob("*.yaml"))}
    if file not in known or not (flows / file).exists():
        raise Trouble(404, "そのファイルはありません。")
    return file
