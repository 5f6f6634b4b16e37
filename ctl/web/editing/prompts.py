"""Sounds: hear a text before callers do, hear what is said now, put a recording in its place."""

import asyncio
from collections.abc import Awaitable, Mapping
from urllib.parse import quote, urlencode

from aiohttp import web
from aiohttp.typedefs import Handler

from ctl.config import ConfigError, PromptSource
from ctl.config.prompts import synthesised, uploaded
from ctl.editing import sounds
from ctl.editing.checking import value_of
from ctl.editing.desk import changing
from ctl.editing.listen import NotSpoken, Spoken, speak
from ctl.security.policy import Action
from ctl.web.editing.frame import settings_page
from ctl.web.editing.office import OFFICE, owner
from ctl.web.forms import read as sent
from ctl.web.keys import SESSION
from ctl.web.permission import needs, who
from ctl.web.trouble import Trouble

routes = web.RouteTableDef()

UPLOAD = "/settings/prompts/upload"
MOST_BYTES = 40_000_000
"""Three minutes of the best sound that is allowed, on the disk while it is read."""
LONGEST_TEXT = 500
AT_ONCE = asyncio.Semaphore(2)
"""The voice takes a processor while it speaks."""
WANTED = "WAV（PCM、8～32ビット、8～192kHz、モノラルかステレオ、3分まで）にしてください。"


@web.middleware
async def allow_uploads(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A recording is larger than any form: people who may change settings may send one, to one address."""
    session = request.get(SESSION)
    if request.path == UPLOAD and session is not None and session.who.may(Action.EDIT_SETTINGS):
        request = request.clone(client_max_size=MOST_BYTES)
    return await handler(request)


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


def _names(request: web.Request) -> Mapping[str, str]:
    """Announcements and their texts."""
    try:
        found = value_of(request.app[OFFICE].flows(who(request)) / sounds.FILE, sounds.FILE).get("announcements") or {}
    except ConfigError:
        return {}
    return {name: str(one.get("text", "") if isinstance(one, dict) else one) for name, one in found.items()}


def _options(request: web.Request) -> list[tuple[str, str]]:
    return [(name, f"{name}：{text[:30]}") for name, text in _names(request).items()]


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
    if name not in _names(request) or not text:
        raise Trouble(400, "アナウンスと文を選んでください。", "name")
    office, me = request.app[OFFICE], who(request)
    async with office.locks[owner(me)]:
        draft = office.begin(me)

        def change() -> None:
            with changing(draft.flows) as desk:
                sounds.speak(desk, name, text, reading or None)

        await _kept(asyncio.to_thread(change))
    raise web.HTTPSeeOther(f"/settings/announcements?saved={quote(name)}")


@routes.post(UPLOAD)
@needs(Action.EDIT_SETTINGS)
async def upload(request: web.Request) -> web.StreamResponse:
    """A recording for an announcement; its text is what people read."""
    data = await sent(request)
    name, file = str(data.get("name", "")), data.get("file")
    texts = _names(request)
    if name not in texts or not isinstance(file, web.FileField):
        raise Trouble(400, f"アナウンスとファイルを選んでください。{WANTED}", "file")
    content = await asyncio.to_thread(file.file.read)
    office, me = request.app[OFFICE], who(request)
    async with office.locks[owner(me)]:
        draft = office.begin(me)

        def change() -> None:
            path = sounds.upload(draft.flows, name, content)
            with changing(draft.flows) as desk:
                sounds.use(desk, name, texts[name], path)

        try:
            await _kept(asyncio.to_thread(change))
        except sounds.BadSound:
            raise Trouble(400, f"この録音は使えません。{WANTED}", "file") from None
    raise web.HTTPSeeOther(f"/settings/announcements?saved={quote(name)}")


async def _kept(change: Awaitable[None]) -> None:
    try:
        await change
    except ConfigError as error:
        raise Trouble(400, f"announcements.yaml に誤りがあります：{error.problems[0].message}") from None
