"""One call: its picture, its story in sentences, its recordings; and the same as JSON."""

import asyncio
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

from aiohttp import web

from ctl.cms.records import Story
from ctl.recording.vault import Vault
from ctl.security.policy import Action
from ctl.switchboard.explain import explain
from ctl.switchboard.ids import Millis
from ctl.web.answers import CallAnswer
from ctl.web.archive import remembered
from ctl.web.auditing import note_once
from ctl.web.calls import plain
from ctl.web.keys import ARCHIVE, NAMES, SETTINGS
from ctl.web.openapi import answers
from ctl.web.pages import document, page
from ctl.web.permission import needs
from ctl.web.reel import reel
from ctl.web.scope import covers, masked_story, within
from ctl.web.show import clock
from ctl.web.timeline import picture
from ctl.web.trouble import Trouble

routes = web.RouteTableDef()

ONE_HEARING = timedelta(minutes=10)
"""Players fetch a recording in pieces: what one person fetches of it within this time is heard once."""

PIECE_BYTES = 1 << 18
"""What is read at once: a segment may be hours long, and be heard by several."""

CALL = r"{call:[\w.-]{1,80}}"


@routes.get(f"/calls/{CALL}")
@needs(Action.SEE_CALLS)
async def call_page(request: web.Request) -> web.Response:
    story = await _story(request, Action.SEE_CALLS)
    names = request.app[NAMES].names
    seen = reel(story.facts, names)
    drawn = picture(seen.stretches, seen.lines, seen.marks, instant)
    return page(
        request,
        "call.html",
        story=story,
        call=story.call,
        course=explain(story.facts, "ja", names),
        picture=drawn,
        instant=instant,
        hears=covers(within(request, Action.HEAR_RECORDINGS), story.call),
    )


@routes.get(f"/api/calls/{CALL}")
@needs(Action.SEE_CALLS)
@answers(CallAnswer)
async def call_json(request: web.Request) -> web.Response:
    """One call, and all that was stated about it."""
    story = await _story(request, Action.SEE_CALLS)
    facts = [{"type": type(fact).__name__, **asdict(fact)} for fact in story.facts]
    return document({"call": plain(story.call), "facts": facts})


@routes.get(f"/calls/{CALL}/recordings/{{segment:\\d{{1,9}}}}.wav")
@needs(Action.HEAR_RECORDINGS)
async def recording(request: web.Request) -> web.StreamResponse:
    """The sound of one segment, whole or a range of it, so that a player can jump."""
    call, segment = request.match_info["call"], int(request.match_info["segment"])
    if within(request, Action.HEAR_RECORDINGS) is not None:
        await _story(request, Action.HEAR_RECORDINGS)
    async with remembered():
        row = await request.app[ARCHIVE].recording(call, segment)
    if row is None or row.file is None:
        raise Trouble(404, "この区間の録音はありません。")
    vault = Vault.of(request.app[SETTINGS])
    try:
        size = vault.size(row.file)
        start, stop = _range(request, size)
    except FileNotFoundError:
        raise Trouble(404, "録音のファイルが見つかりません。索引にはあります。担当者に伝えてください。") from None
    if request.method != "HEAD":
        await note_once(request, "recording.hear", f"{call}.{segment}", ONE_HEARING)
    response = web.StreamResponse(headers={"Accept-Ranges": "bytes", "Content-Type": "audio/wav"})
    response.content_length = stop - start
    if (start, stop) != (0, size) or "Range" in request.headers:
        response.set_status(206)
        response.headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    await response.prepare(request)
    for first in range(start, stop if request.method != "HEAD" else start, PIECE_BYTES):
        length = min(PIECE_BYTES, stop - first)
        piece = await asyncio.to_thread(vault.read, row.file, first, length)
        if len(piece) < length:
            raise FileNotFoundError(f"{row.file} has become shorter while it was played")
        await response.write(piece)
    return response


def _range(request: web.Request, size: int) -> tuple[int, int]:
    """What is asked for (RFC 9110 §14), as the first byte and the one after the last."""
    try:
        asked = request.http_range
    except ValueError:
        raise Trouble(416, f"読み取れる範囲は 0～{size - 1} バイトです。", "Range") from None
    start, stop, _ = asked.indices(size)
    if start >= stop:
        raise Trouble(416, f"読み取れる範囲は 0～{size - 1} バイトです。", "Range")
    return start, stop


async def _story(request: web.Request, action: Action) -> Story:
    """The call, if it is within one's reach; numbers as one may see them."""
    async with remembered():
        story = await request.app[ARCHIVE].story(request.match_info["call"])
    if story is None:
        raise Trouble(404, "この通話の記録はありません。始まったばかりの通話は、少し待ってから開いてください。")
    if not covers(within(request, action), story.call):
        raise Trouble(403, "この通話は、あなたの受け持ちではありません。")
    return story if covers(within(request, Action.SEE_NUMBERS), story.call) else masked_story(story)


def instant(at: Millis) -> str:
    return clock(datetime.fromtimestamp(at / 1000, UTC))
