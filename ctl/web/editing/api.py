"""The settings for programs: the same drafts, checks, deploys and generations as on the pages, as JSON.

A program has a draft of its own, as every person has.
"""

import asyncio
from pathlib import Path
from typing import Annotated, TypedDict, TypeVar

import msgspec
from aiohttp import web

from ctl.config import ConfigError, Problem
from ctl.config.folder import READ
from ctl.editing import history
from ctl.editing.desk import write_text
from ctl.security.policy import Action
from ctl.web.editing.entries import OVERTAKEN, _seen
from ctl.web.editing.frame import reason_of, told
from ctl.web.editing.office import OFFICE, owner
from ctl.web.editing.review import apply_draft, compared, spoken
from ctl.web.editing.text import file_of
from ctl.web.forms import body
from ctl.web.openapi import answers
from ctl.web.pages import document
from ctl.web.permission import needs, who
from ctl.web.trouble import Trouble

routes = web.RouteTableDef()

T = TypeVar("T")
VISIBLE = r"[^\x00-\x20\x7f-\xa0\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff]"
"""Something to read. Spelt out, since not every language takes the same signs for blanks."""


class FileWish(msgspec.Struct, forbid_unknown_fields=True):
    """``seen``: that of the answer from which the new text was made."""

    text: str
    seen: str


class ReasonWish(msgspec.Struct, forbid_unknown_fields=True):
    """Why, for the history and the audit trail."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=VISIBLE)]


class FaultTold(TypedDict):
    """``line``: 0 for the whole file."""

    file: str
    line: int
    where: str
    message: str


class ChangeTold(TypedDict):
    """One value; ``before`` is null for a new one, ``after`` for one that is gone."""

    file: str
    where: str
    before: str | None
    after: str | None


class GenerationTold(TypedDict):
    number: int
    at: str
    author: str
    reason: str
    taken_back: bool


class SettingsAnswer(TypedDict):
    """What is in force, and the own draft: the files, all that is wrong, all that would change."""

    in_force: int | None
    draft: bool
    files: list[str]
    faults: list[FaultTold]
    changes: list[ChangeTold]


class FileAnswer(TypedDict):
    """A file of the own draft, or, without one, of the settings."""

    file: str
    text: str
    seen: str


class HistoryAnswer(TypedDict):
    in_force: int | None
    generations: list[GenerationTold]


class DeployAnswer(TypedDict):
    """``done``: null while it is at work, then whether it is in force. ``faults``: why not."""

    number: int
    done: bool | None
    steps: list[str]
    faults: list[str]


@routes.get("/api/settings")
@needs(Action.SEE_SETTINGS)
@answers(SettingsAnswer)
async def settings_json(request: web.Request) -> web.Response:
    """What is in force, and the own draft with its faults and changes."""
    return await _settings(request)


async def _settings(request: web.Request) -> web.Response:
    office, me = request.app[OFFICE], who(request)
    draft, flows = office.draft(me), office.flows(me)
    checked = await office.checked(flows)
    changes = await compared(draft.base, draft.flows) if draft is not None else []
    found: SettingsAnswer = {
        "in_force": history.number_in_force(office.settings),
        "draft": draft is not None,
        "files": _files(flows),
        "faults": [_fault(one) for one in checked.problems],
        "changes": [
            {"file": one.file, "where": where, "before": before, "after": after}
            for one in changes
            for where, before, after in spoken(one)
        ],
    }
    return document(found)


def _files(flows: Path) -> list[str]:
    return [
        *(name for name in READ if (flows / name).exists()),
        *sorted(f"flows/{path.name}" for path in (flows / "flows").glob("*.yaml")),
    ]


def _fault(one: Problem) -> FaultTold:
    return {"file": one.file, "line": one.line, "where": one.where, "message": told(one)[1]}


@routes.get("/api/settings/files/{file:.+\\.yaml}")
@needs(Action.SEE_SETTINGS)
@answers(FileAnswer)
async def settings_file_json(request: web.Request) -> web.Response:
    """A file as text."""
    flows = request.app[OFFICE].flows(who(request))
    return _file(flows, file_of(request, flows))


def _file(flows: Path, file: str) -> web.Response:
    found: FileAnswer = {
        "file": file,
        "text": (flows / file).read_text(encoding="utf-8-sig"),
        "seen": _seen(flows / file),
    }
    return document(found)


@routes.put("/api/settings/files/{file:.+\\.yaml}")
@needs(Action.EDIT_SETTINGS)
@answers(FileAnswer, body=FileWish)
async def settings_file_put(request: web.Request) -> web.Response:
    """Keep a file's new text in the own draft, which begins with it; one that alone would be wrong is not kept."""
    wish, office, me = await _wish(request, FileWish), request.app[OFFICE], who(request)
    if "\0" in wish.text:
        raise Trouble(400, "入力に使えない文字があります。", "text")
    async with office.locks[owner(me)]:
        file = file_of(request, office.flows(me))
        if wish.seen != _seen(office.flows(me) / file):
            raise Trouble(409, OVERTAKEN, "seen")
        draft = office.begin(me)
        try:
            await asyncio.to_thread(write_text, draft.flows, file, wish.text)
        except ConfigError as error:
            raise Trouble(400, "\n".join("：".join(told(one)[:2]) for one in error.problems), "text") from None
    return _file(draft.flows, file)


@routes.delete("/api/settings/draft")
@needs(Action.EDIT_SETTINGS)
@answers(SettingsAnswer)
async def settings_draft_drop(request: web.Request) -> web.Response:
    """Throw the own draft away."""
    office, me = request.app[OFFICE], who(request)
    async with office.locks[owner(me)]:
        office.drafts.drop(owner(me))
    return await _settings(request)


@routes.post("/api/settings/apply")
@needs(Action.EDIT_SETTINGS)
@answers(DeployAnswer, body=ReasonWish)
async def settings_apply(request: web.Request) -> web.Response:
    """Begin to put the own draft in force; ask `/api/settings/deploys/{number}` what became of it."""
    return _deploy(request, await apply_draft(request, await _reason(request)))


@routes.get("/api/settings/deploys/{number:[0-9]{1,9}}")
@needs(Action.SEE_SETTINGS)
@answers(DeployAnswer)
async def settings_deploy_json(request: web.Request) -> web.Response:
    """How a deploy goes that was begun here lately."""
    return _deploy(request, int(request.match_info["number"]))


def _deploy(request: web.Request, number: int) -> web.Response:
    job = request.app[OFFICE].jobs.get(number)
    if job is None:
        raise Trouble(404, "その反映の経過は残っていません。結果は履歴で見られます。")
    found: DeployAnswer = {
        "number": number,
        "done": None if job.status is None else job.status == 0,
        "steps": job.lines,
        "faults": job.faults,
    }
    return document(found)


@routes.get("/api/settings/history")
@needs(Action.SEE_SETTINGS)
@answers(HistoryAnswer)
async def settings_history_json(request: web.Request) -> web.Response:
    """Every generation that is kept, the newest first."""
    current, rows = history.all_of(request.app[OFFICE].settings)
    found: HistoryAnswer = {"in_force": current, "generations": [_generation(one) for one in rows]}
    return document(found)


def _generation(one: history.Generation) -> GenerationTold:
    return {
        "number": one.number,
        "at": one.at.isoformat(),
        "author": one.author,
        "reason": one.reason or "",
        "taken_back": bool(one.taken_back),
    }


async def _reason(request: web.Request) -> str:
    return reason_of({"reason": (await _wish(request, ReasonWish)).reason})


async def _wish(request: web.Request, kind: type[T]) -> T:
    """What was sent as JSON. Raises `Trouble` (400, 408)."""
    try:
        return msgspec.json.decode(await body(request), type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Trouble(400, f"送られた内容を読み取れません（{error}）。") from None
