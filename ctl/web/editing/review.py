"""From a draft to what is in force, and back: look at everything that changes, say why, watch it happen, go back."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import web

from ctl.editing import history
from ctl.editing.difference import FileChange, difference
from ctl.editing.drafts import Draft
from ctl.editing.job import Job
from ctl.editing.overtaken import OvertakenError, bring, give_up_both
from ctl.editing.sounds import sweep
from ctl.editing.stand import flows_in_force, hand_edits, settings_files
from ctl.security.audit import Outcome
from ctl.security.policy import Action
from ctl.web import words
from ctl.web.auditing import note
from ctl.web.editing.frame import form_of, in_words, reason_of, settings_page
from ctl.web.editing.office import OFFICE, Busy, author, owner
from ctl.web.pages import render
from ctl.web.permission import needs, who
from ctl.web.trouble import Trouble

routes = web.RouteTableDef()

OUTCOMES: Mapping[int, Outcome] = {0: Outcome.DONE, 2: Outcome.REFUSED}


@routes.get("/settings")
@needs(Action.SEE_SETTINGS)
async def overview(request: web.Request) -> web.Response:
    office = request.app[OFFICE]
    return await settings_page(
        request,
        "settings.html",
        "",
        current=history.current(office.settings),
        drafts=[(one, settings_files(one.changed)) for one in office.drafts.all()],
        mine=owner(who(request)),
        busy=office.at_work,
    )


@routes.get("/settings/review")
@needs(Action.SEE_SETTINGS)
async def review_page(request: web.Request) -> web.Response:
    return await _review(request)


async def _review(request: web.Request, reason: str = "", wrong: str = "") -> web.Response:
    office, me = request.app[OFFICE], who(request)
    draft = office.draft(me)
    changes: list[FileChange] = []
    by_hand: list[FileChange] = []
    force = flows_in_force(office.settings)
    if draft is not None:
        changes = await compared(draft.base, draft.flows)
        by_hand = await compared(force, draft.base) if force is not None else []
    elif force is not None:
        by_hand = await compared(force, office.settings.flows)
    return await settings_page(
        request,
        "settings_review.html",
        "review",
        400 if wrong else 200,
        changes=changes,
        by_hand=by_hand,
        spoken=spoken,
        reason=reason,
        wrong=wrong,
        busy=office.at_work,
    )


async def compared(before: Path, after: Path) -> list[FileChange]:
    found = await asyncio.to_thread(difference, before, after)
    return [one for one in found if settings_files((one.file,))]


def spoken(change: FileChange) -> list[tuple[str, str | None, str | None]]:
    """A change in words: where, before, after."""
    return [(in_words(" ".join(one.where)), one.before, one.after) for one in change.changes]


@routes.post("/settings/draft/from-files")
@needs(Action.EDIT_SETTINGS)
async def from_files(request: web.Request) -> web.StreamResponse:
    """A draft of the files as they are, so that what was edited by hand can be looked at and applied."""
    request.app[OFFICE].begin(who(request))
    raise web.HTTPSeeOther("/settings/review")


@routes.post("/settings/draft/drop")
@needs(Action.EDIT_SETTINGS)
async def drop(request: web.Request) -> web.StreamResponse:
    office, me = request.app[OFFICE], who(request)
    async with office.locks[owner(me)]:
        office.drafts.drop(owner(me))
    raise web.HTTPSeeOther("/settings")


@routes.post("/settings/draft/bring")
@needs(Action.EDIT_SETTINGS)
async def bring_page(request: web.Request) -> web.StreamResponse:
    """Onto what others applied meanwhile; with ``give_up`` their version holds where both changed a file."""
    office, me = request.app[OFFICE], who(request)
    form = await form_of(request)
    async with office.locks[owner(me)]:
        draft = _draft(request)
        try:
            await asyncio.to_thread(
                give_up_both if form.get("give_up") else bring, office.drafts, office.settings, draft
            )
        except OvertakenError:
            raise Trouble(409, "同じファイルが両方で変わっています。どちらかを選んでください。") from None
    raise web.HTTPSeeOther("/settings/review")


@routes.post("/settings/apply")
@needs(Action.EDIT_SETTINGS)
async def apply(request: web.Request) -> web.StreamResponse:
    form = await form_of(request)
    try:
        reason = reason_of(form)
    except Trouble as trouble:
        return await _review(request, form.get("reason", ""), trouble.message)
    raise _watched(await apply_draft(request, reason))


async def apply_draft(request: web.Request, reason: str) -> int:
    """Begin to put the own draft in force. Raises `Trouble` (409)."""
    me = who(request)
    async with request.app[OFFICE].locks[owner(me)]:  # a sound that is being uploaded is not used yet
        draft = _draft(request)
        await asyncio.to_thread(sweep, draft.flows, draft.base)
    files = list(settings_files(draft.changed))
    arguments = ["--draft", owner(me), "--author", author(me), "--reason", reason]
    return _begin(request, "apply", arguments, _noting(request, "settings.apply", reason, {"files": files}))


@routes.post("/settings/restore-files")
@needs(Action.EDIT_SETTINGS)
async def restore(request: web.Request) -> web.StreamResponse:
    """Hand edits that nobody wants: the files become what is in force; the edits are kept aside."""
    office, me = request.app[OFFICE], who(request)
    files = list(settings_files(hand_edits(office.settings)))
    if not files:
        raise Trouble(409, "ファイルは反映中の設定と同じです。戻すものはありません。")
    arguments = ["--restore-files", "--author", author(me)]
    reason = "ファイルの直接編集を取り消し"
    raise _watched(_begin(request, "restore", arguments, _noting(request, "settings.apply", reason, {"files": files})))


@routes.get("/settings/history")
@needs(Action.SEE_SETTINGS)
async def history_page(request: web.Request) -> web.Response:
    office = request.app[OFFICE]
    current, rows = history.all_of(office.settings)
    return await settings_page(
        request,
        "settings_history.html",
        "history",
        current=current,
        rows=rows,
        may_back=who(request).may(Action.ROLL_BACK),
    )


@routes.get("/settings/history/{number:[0-9]{1,9}}")
@needs(Action.SEE_SETTINGS)
async def generation_page(request: web.Request) -> web.Response:
    """What a generation changed, and what going back to it would change now."""
    return await _generation(request)


async def _generation(request: web.Request, reason: str = "", wrong: str = "") -> web.Response:
    settings, number = request.app[OFFICE].settings, int(request.match_info["number"])
    found = _kept_generation(request)
    force, before = flows_in_force(settings), history.flows_before(settings, number)
    here = history.flows(settings, number)
    return await settings_page(
        request,
        "settings_generation.html",
        "history",
        400 if wrong else 200,
        row=found,
        changes=await compared(before, here) if before is not None else [],
        back=await compared(force, here) if force is not None else [],
        current=history.current(settings),
        spoken=spoken,
        reason=reason,
        wrong=wrong,
        may_back=who(request).may(Action.ROLL_BACK),
    )


@routes.post("/settings/history/{number:[0-9]{1,9}}/back")
@needs(Action.ROLL_BACK)
async def roll_back(request: web.Request) -> web.StreamResponse:
    form = await form_of(request)
    found = _kept_generation(request)
    try:
        reason = reason_of(form)
    except Trouble as trouble:
        return await _generation(request, form.get("reason", ""), trouble.message)
    number = found.number
    arguments = ["--rollback", str(number), "--files", "--author", author(who(request)), "--reason", reason]
    raise _watched(_begin(request, "back", arguments, _noting(request, "settings.roll_back", reason, {"to": number})))


def _kept_generation(request: web.Request) -> history.Generation:
    found = history.find(request.app[OFFICE].settings, int(request.match_info["number"]))
    if found is None:
        raise Trouble(404, "その世代は残っていません。")
    return found


def _draft(request: web.Request) -> Draft:
    draft = request.app[OFFICE].draft(who(request))
    if draft is None:
        raise Trouble(409, "下書きがありません。反映されたか、破棄されています。")
    return draft


def _begin(request: web.Request, name: str, arguments: list[str], after: Callable[[Job], Awaitable[None]]) -> int:
    """The number of the deploy. Raises `Trouble` (409)."""
    try:
        return request.app[OFFICE].start(name, who(request), arguments, after)
    except Busy as busy:
        raise Trouble(409, f"{busy.job.author}さんが反映中です。終わるまでお待ちください。") from None


def _watched(number: int) -> web.HTTPSeeOther:
    return web.HTTPSeeOther(f"/settings/progress/{number}")


def _noting(
    request: web.Request, action: str, reason: str, what: Mapping[str, object]
) -> Callable[[Job], Awaitable[None]]:
    settings = request.app[OFFICE].settings
    before = history.number_in_force(settings)

    async def after(job: Job) -> None:
        now = history.number_in_force(settings)
        await note(
            request,
            action,
            f"generation {now}",
            outcome=OUTCOMES.get(job.status if job.status is not None else 1, Outcome.FAILED),
            before={"generation": before},
            after={"generation": now, **what},
            reason=reason,
        )

    return after


@routes.get("/settings/progress/{number:[0-9]{1,9}}")
@needs(Action.SEE_SETTINGS)
async def progress(request: web.Request) -> web.StreamResponse:
    """The page grows while the deploy is at work: no script, and nothing to press."""
    job = request.app[OFFICE].jobs.get(int(request.match_info["number"]))
    if job is None:
        raise Trouble(404, "その反映の経過は残っていません。結果は履歴で見られます。")
    whole = render(request, "settings_progress.html", job=job, marker=MARKER)
    head, _, foot = whole.partition(MARKER)
    response = web.StreamResponse(headers={"Content-Type": "text/html; charset=utf-8", "X-Accel-Buffering": "no"})
    await response.prepare(request)
    try:
        await response.write(head.encode())
        async for line in job.follow():
            if (said := words.deploy_step(line)) is not None:
                at = datetime.now(UTC)
                await response.write(render(request, "settings_step.html", said=said, at=at).encode())
        result = render(request, "settings_result.html", job=job, faults=_faults(job))
        await response.write(result.encode() + foot.encode())
    except ConnectionError:
        return response
    return response


MARKER = "<!-- steps -->"


def _faults(job: Job) -> list[tuple[str, str | None]]:
    """What the deploy said was wrong, Japanese where there are words for it."""
    return [_fault(line.removeprefix("flows/")) for line in job.faults if not line.startswith("refused: ")]


def _fault(line: str) -> tuple[str, str | None]:
    parts = line.split(": ")
    for n in range(1, len(parts)):
        if (japanese := words.in_japanese(": ".join(parts[n:]))) is not None:
            return f"{parts[0]} {in_words(' '.join(parts[1:n]))}：{japanese}", "ja"
    return line, None
