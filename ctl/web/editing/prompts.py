"""Announcements: hear a text before callers do, use it, hear what is said now."""

import asyncio
from collections.abc import Awaitable, Mapping
from urllib.parse import quote, urlencode

from aiohttp import web

from ctl.config import ConfigError, PromptSource
from ctl.config.prompts import synthesised, uploaded
from ctl.editing import sounds
from ctl.editing.checking import value_of
from ctl.editing.desk import changing
from ctl.editing.listen import NotSpoken, Spoken, speak
from ctl.security.policy import Action
from ctl.web.editing.frame import settings_page, told
from ctl.web.editing.office import OFFICE, owner
from ctl.web.forms import read as sent
from ctl.web.permission import needs, who
from ctl.web.trouble import Trouble

routes = web.RouteTableDef()

LONGEST_TEXT = 500
AT_ONCE = asyncio.Semaphore(2)
"""The voice takes a processor while it speaks."""


@routes.get("/settings/prompts")
@needs(Action.SEE_SETTINGS)
async def try_page(request: web.Request) -> web.Response:
    text, reading = _text(request.query, "text"), _text(request.query, "reading")
    await request.app[OFFICE].ready(who(request))
    spoken: Spoken | None = None
    wrong = ""
    if text:
        try:
            async with AT_ONCE:
                spoken = await speak(request.app[OFFICE].settings, _source(request, text, reading))
        except NotSpoken as error:
            wrong = f"読み上げられません（{error}）。文を確かめてください。"
    return await settings_page(
        request,
        "settings_prompts.html",
        "prompts",
        text=text,
        reading=reading,
        spoken=spoken,
        wrong=wrong,
        sound=f"/settings/prompts/text.wav?{urlencode({'text': text, 'reading': reading})}" if spoken else "",
        options=_options(request),
        name=request.query.get("name", ""),
    )


def texts_of(request: web.Request) -> Mapping[str, str]:
    """Announcements and their texts."""
    try:
        found = value_of(request.app[OFFICE].flows(who(request)) / sounds.FILE, sounds.FILE).get("announcements") or {}
    except ConfigError:
        return {}
    return {name: str(one.get("text", "") if isinstance(one, dict) else one) for name, one in found.items()}


def _options(request: web.Request) -> list[tuple[str, str]]:
    return [(name, f"{name}：{text[:30]}") for name, text in texts_of(request).items()]


def _text(query: Mapping[str, str], name: str) -> str:
    text = query.get(name, "").strip()
    if len(text) > LONGEST_TEXT:
        raise Trouble(400, f"{LONGEST_TEXT}文字までです。", name)
    return text


def _source(request: web.Request, text: str, reading: str) -> PromptSource:
    """Spoken by the draft's voice."""
    speed, half_tone = 1.0, 0.0
    try:
        voice = value_of(request.app[OFFICE].flows(who(request)) / sounds.FILE, sounds.FILE).get("voice") or {}
        speed, half_tone = float(voice.get("speed", speed)), float(voice.get("half_tone", half_tone))
    except (ConfigError, ValueError, AttributeError):
        pass
    return synthesised(text, reading or None, min(max(speed, 0.5), 2.0), min(max(half_tone, -12.0), 12.0))


@routes.get("/settings/prompts/text.wav")
@needs(Action.SEE_SETTINGS)
async def text_sound(request: web.Request) -> web.StreamResponse:
    text = _text(request.query, "text")
    if not text:
        raise Trouble(400, "文を書いてください。", "text")
    return await _wav(request, _source(request, text, _text(request.query, "reading")))


@routes.get("/settings/prompts/{name:[a-z0-9-]{1,60}}.wav")
@needs(Action.SEE_SETTINGS)
async def announcement_sound(request: web.Request) -> web.StreamResponse:
    """An announcement of the draft, as callers would hear it."""
    name, flows = request.match_info["name"], request.app[OFFICE].flows(who(request))
    try:
        written = (value_of(flows / sounds.FILE, sounds.FILE).get("announcements") or {}).get(name)
    except ConfigError:
        written = None
    if written is None:
        raise Trouble(404, "そのアナウンスはありません。")
    entry = written if isinstance(written, dict) else {"text": written}
    text = str(entry.get("text") or "")
    sound = flows / str(entry["sound"]) if entry.get("sound") else None
    if sound is not None and sound.parent == flows / sounds.FOLDER and sound.exists():
        return await _wav(request, uploaded(text, sound, await asyncio.to_thread(sound.read_bytes)))
    return await _wav(request, _source(request, text.replace("{number}", "3"), str(entry.get("reading") or "")))


async def _wav(request: web.Request, source: PromptSource) -> web.StreamResponse:
    try:
        async with AT_ONCE:
            made = await speak(request.app[OFFICE].settings, source)
    except NotSpoken as error:
        raise Trouble(400, f"音声を作れません（{error}）。") from None
    return web.FileResponse(made.file, headers={"Content-Type": "audio/wav"})


@routes.post("/settings/prompts/use")
@needs(Action.EDIT_SETTINGS)
async def use(request: web.Request) -> web.StreamResponse:
    """The text that was listened to becomes an announcement's."""
    data = await sent(request)
    name, text, reading = (str(data.get(key, "")).strip() for key in ("name", "text", "reading"))
    if name not in texts_of(request) or not text:
        raise Trouble(400, "アナウンスと文を選んでください。", "name")
    office, me = request.app[OFFICE], who(request)
    async with office.locks[owner(me)]:
        draft = office.begin(me)

        def change() -> None:
            with changing(draft.flows) as desk:
                sounds.speak(desk, name, text, reading or None)

        await kept(asyncio.to_thread(change))
    raise web.HTTPSeeOther(f"/settings/announcements?saved={quote(name)}")


async def kept(change: Awaitable[None]) -> None:
    """Raises `Trouble` (400) when the file would be wrong with it."""
    try:
        await change
    except ConfigError as error:
        raise Trouble(400, f"ファイルに誤りがあります：{'：'.join(told(error.problems[0])[:2])}") from None
