"""What every page of settings carries: the menu of its parts, whose draft is shown, and who else is at work on the same."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from ctl.config import ConfigError, Problem
from ctl.editing.drafts import Draft
from ctl.editing.overtaken import Neighbour, Overtaken, neighbours, overtaken
from ctl.editing.stand import hand_edits, settings_files
from ctl.security.policy import Action
from ctl.web import words
from ctl.web.editing.forms import joined
from ctl.web.editing.office import OFFICE, owner
from ctl.web.forms import read as sent
from ctl.web.pages import page
from ctl.web.permission import who
from ctl.web.trouble import Trouble


@dataclass(frozen=True)
class Status:
    """How the own draft stands. ``draft`` None: the files are shown. ``problems`` of what is shown."""

    draft: Draft | None
    changed: tuple[str, ...]
    problems: tuple[Problem, ...]
    overtaken: Overtaken | None
    neighbours: Sequence[Neighbour]
    by_hand: tuple[str, ...]


async def status(request: web.Request) -> Status:
    office, me = request.app[OFFICE], who(request)
    draft = office.draft(me)
    changed = settings_files(draft.changed) if draft is not None else ()
    by_hand = settings_files(hand_edits(office.settings))
    checked = await office.checked(office.flows(me))
    return Status(
        draft,
        changed,
        checked.problems,
        overtaken(office.settings, draft) if draft is not None else None,
        neighbours(office.drafts, owner(me), changed),
        by_hand,
    )


async def settings_page(
    request: web.Request, template: str, part: str, answer: int = 200, **values: object
) -> web.Response:
    """A page below ``/settings``. ``part``: its entry in the menu."""
    found = await status(request)
    return page(
        request,
        template,
        answer,
        part=part,
        draft_status=found,
        may_edit=who(request).may(Action.EDIT_SETTINGS),
        told=told,
        **values,
    )


def told(problem: Problem) -> tuple[str, str, str | None]:
    """File and line, place and sentence of a problem for people; the last None when the sentence is English."""
    line = f"{problem.line}行目" if problem.line else ""
    place = "・".join(part for part in (problem.file, line, in_words(problem.where)) if part)
    japanese = words.in_japanese(problem.message)
    return place, japanese or problem.message, None if japanese is None else "ja"


def in_words(where: str) -> str:
    """``queues tax priority`` as people call it."""
    return " ".join(words.SETTINGS_KEYS.get(part, part) for part in where.split())


def problem_lines(error: ConfigError) -> list[Problem]:
    """Problems of one file, named as people know it."""
    return list(error.problems)


async def form_of(request: web.Request) -> dict[str, str]:
    """What was sent, files left out. Line ends are one character."""
    data = await sent(request)
    texts = [(name, value) for name, value in data.items() if isinstance(value, str)]
    if any("\0" in value for _, value in texts):
        raise Trouble(400, "入力に使えない文字があります。")
    return joined((name, value.replace("\r\n", "\n").encode("utf-8", "replace").decode()) for name, value in texts)


def reason_of(form: dict[str, str]) -> str:
    """Why something is put in force. Raises `Trouble` when nobody says."""
    reason = " ".join(form.get("reason", "").split())
    if not reason:
        raise Trouble(400, "理由を書いてください。履歴と操作の記録に残ります。", "reason")
    if len(reason) > 200:
        raise Trouble(400, "理由は200文字までです。", "reason")
    return reason
