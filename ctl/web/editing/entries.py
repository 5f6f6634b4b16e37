"""Lists and forms of everything that `kinds` declares: look, add, change, remove, always in the own draft."""

import asyncio
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from aiohttp import web

from ctl.config import ConfigError, Problem
from ctl.editing.desk import changing
from ctl.security.policy import Action
from ctl.web import listing
from ctl.web.editing import forms
from ctl.web.editing.fields import Field, Known
from ctl.web.editing.frame import form_of, settings_page
from ctl.web.editing.kinds import PAGES, Kind
from ctl.web.editing.office import OFFICE, owner
from ctl.web.editing.stores import Taken
from ctl.web.exports import csv_file
from ctl.web.permission import needs, who
from ctl.web.trouble import Trouble

routes = web.RouteTableDef()

PAGE = f"{{page:{'|'.join(PAGES)}}}"
OVERTAKEN = "この画面を開いたあとに、同じファイルが変わりました。いまの内容を確かめて、もう一度送ってください。"


@routes.get(f"/settings/{PAGE}")
@needs(Action.SEE_SETTINGS)
async def list_page(request: web.Request) -> web.Response:
    name = request.match_info["page"]
    await request.app[OFFICE].ready(who(request))
    flows = request.app[OFFICE].flows(who(request))
    wish = listing.asked(request.query, besides=frozenset({"saved"}))
    lists = []
    for kind in PAGES[name]:
        entries, problems = _entries(kind, flows)
        found = listing.look(listing.of(wish, kind.name), [*entries.items()], kind.cells)
        lists.append((kind, entries, problems, found))
    return await settings_page(
        request,
        "settings_entries.html",
        name,
        name=name,
        lists=lists,
        shown=forms.shown,
        quoted=lambda key: quote(key, safe=""),
        saved=request.query.get("saved"),
    )


@routes.get(f"/settings/{PAGE}/{{kind}}/list.csv")
@needs(Action.SEE_SETTINGS)
async def list_file(request: web.Request) -> web.Response:
    """The list as the address asks for it, all its pages."""
    kind = _kind(request)
    if kind.key is None:
        raise web.HTTPNotFound
    wish = listing.of(listing.asked(request.query), kind.name)
    await request.app[OFFICE].ready(who(request))
    entries, problems = _entries(kind, request.app[OFFICE].flows(who(request)))
    if problems:
        raise Trouble(400, f"{kind.store.file} に誤りがあるため書き出せません。先に直してください。")
    rows = [cells for _, cells in listing.matching(wish, [*entries.items()], kind.cells)]
    return await csv_file(request, f"settings-{kind.name}", kind.labels(), rows, len(rows))


def _entries(kind: Kind, flows: Path) -> tuple[dict[str, Any], tuple[Problem, ...]]:
    try:
        return kind.store.entries(flows), ()
    except ConfigError as error:
        return {}, error.problems
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}, (Problem(kind.store.file, 0, "", "form cannot show it"),)


def _kind(request: web.Request) -> Kind:
    for kind in PAGES[request.match_info["page"]]:
        if kind.name == request.match_info["kind"]:
            return kind
    raise web.HTTPNotFound


@routes.get(f"/settings/{PAGE}/{{kind}}/new")
@needs(Action.EDIT_SETTINGS)
async def new_page(request: web.Request) -> web.Response:
    kind = _kind(request)
    if kind.key is None:
        raise web.HTTPNotFound
    await request.app[OFFICE].ready(who(request))
    return await _form(request, kind, None, {})


@routes.get(f"/settings/{PAGE}/{{kind}}/entry")
@needs(Action.EDIT_SETTINGS)
async def form_page(request: web.Request) -> web.Response:
    kind, key = _kind(request), request.query.get("key", "")
    await request.app[OFFICE].ready(who(request))
    return await _form(request, kind, key, _entry(request, kind, key))


def _entry(request: web.Request, kind: Kind, key: str) -> Any:
    entries, problems = _entries(kind, request.app[OFFICE].flows(who(request)))
    if problems:
        raise Trouble(400, "このファイルはフォームで編集できません。「YAMLで編集」で直してください。")
    if key not in entries:
        raise Trouble(404, f"「{key}」はありません。消されたか、名前が変わったのかもしれません。")
    return entries[key]


async def _form(
    request: web.Request,
    kind: Kind,
    key: str | None,
    value: Any,
    *,
    typed_key: str | None = None,
    problems: tuple[Problem, ...] = (),
    others: tuple[str, ...] = (),
    answer: int = 200,
) -> web.Response:
    flows = request.app[OFFICE].flows(who(request))
    errors, general = forms.faults(problems, kind.store.path(flows, typed_key or key or ""))
    return await settings_page(
        request,
        "settings_form.html",
        request.match_info["page"],
        answer,
        page_name=request.match_info["page"],
        kind=kind,
        key=key,
        typed_key=typed_key if typed_key is not None else key or "",
        value={kind.fields[0].name: value} if kind.bare and kind.fields and not isinstance(value, dict) else value,
        errors=errors,
        general=general,
        others=others,
        known=Known.of(flows),
        forms=forms,
        seen=_seen(flows / kind.store.file),
    )


@routes.post(f"/settings/{PAGE}/{{kind}}/new")
@needs(Action.EDIT_SETTINGS)
async def add(request: web.Request) -> web.StreamResponse:
    return await _save(request, _kind(request), None)


@routes.post(f"/settings/{PAGE}/{{kind}}/entry")
@needs(Action.EDIT_SETTINGS)
async def change(request: web.Request) -> web.StreamResponse:
    return await _save(request, _kind(request), request.query.get("key", ""))


async def _save(request: web.Request, kind: Kind, before: str | None) -> web.StreamResponse:
    office, me = request.app[OFFICE], who(request)
    form = await form_of(request)
    async with office.locks[owner(me)]:
        await office.ready(me)
        flows = office.flows(me)
        old = None if before is None else _entry(request, kind, before)
        fields: tuple[Field, ...] = kind.fields
        base = {fields[0].name: old} if kind.bare and fields and old is not None else old
        value = forms.read(fields, form, Known.of(flows), base)
        key = form.get("key", "").strip() if kind.key is not None else ""

        async def again(*others: str, problems: tuple[Problem, ...] = ()) -> web.Response:
            return await _form(
                request, kind, before, value, typed_key=key, problems=problems, others=others, answer=400
            )

        if form.get("seen") != _seen(flows / kind.store.file):
            return await again(OVERTAKEN)
        if (doubled := forms.twice(value)) is not None:
            return await again(f"「{doubled}」が2行あります。1行にまとめるか、余分な行を消してください。")
        if kind.key is not None and not key:
            return await again(f"「{kind.key.label}」を書いてください。")
        written: Any = (value.get(fields[0].name) or "") if kind.bare and fields else value
        draft = office.begin(me)
        try:
            await asyncio.to_thread(
                _change, draft.flows, lambda desk: kind.store.put(desk, key, _plain(kind, written), before)
            )
        except Taken:
            said = f"「{key}」はもうあります。別の名前にしてください。"
            return await again(said)
        except ConfigError as error:
            return await again(problems=error.problems)
        except ValueError as error:
            return await again(str(error))
    raise web.HTTPSeeOther(f"/settings/{request.match_info['page']}?saved={quote(key or kind.title)}")


def _plain(kind: Kind, written: Any) -> Any:
    """An announcement that is only a text is written as one."""
    if kind.name == "announcements" and isinstance(written, dict) and set(written) == {"text"}:
        return written["text"]
    return written


@routes.post(f"/settings/{PAGE}/{{kind}}/remove")
@needs(Action.EDIT_SETTINGS)
async def remove(request: web.Request) -> web.StreamResponse:
    kind, me, office = _kind(request), who(request), request.app[OFFICE]
    form = await form_of(request)
    key = form.get("key", "")
    async with office.locks[owner(me)]:
        await office.ready(me)
        value = _entry(request, kind, key)
        if form.get("seen") != _seen(office.flows(me) / kind.store.file):
            return await _form(request, kind, key, value, others=(OVERTAKEN,), answer=400)
        draft = office.begin(me)
        try:
            await asyncio.to_thread(_change, draft.flows, lambda desk: kind.store.remove(desk, key))
        except ConfigError as error:
            return await _form(request, kind, key, value, problems=error.problems, answer=400)
    raise web.HTTPSeeOther(f"/settings/{request.match_info['page']}?saved={quote(key)}")


def _change(flows: Path, do: Callable[[Any], None]) -> None:
    with changing(flows) as desk:
        do(desk)


def _seen(file: Path) -> str:
    """What a form was made from."""
    return hashlib.sha256(file.read_bytes()).hexdigest()[:16] if file.exists() else "none"
