"""What holds for the whole centre, from the floor page: the mode in which it works, and short messages to callers."""

import logging
from collections.abc import Mapping
from datetime import datetime

from aiohttp import web

from ctl.prompts.notice import NotVoiced
from ctl.runtime.client import SwitchboardAway, SwitchboardRefused
from ctl.security.audit import Outcome
from ctl.security.policy import Action
from ctl.switchboard.hours import JST
from ctl.web import words
from ctl.web.auditing import note
from ctl.web.forms import typed
from ctl.web.keys import MIRROR, VOICE
from ctl.web.pages import page
from ctl.web.permission import needs, who
from ctl.web.steering import floor_now, told
from ctl.web.trouble import Trouble

log = logging.getLogger(__name__)

routes = web.RouteTableDef()

LONGEST_MESSAGE = 200
"""Characters, some 30 seconds: nobody listens to more before a greeting."""
LONGEST_WORDS = 100


@routes.get("/floor/mode")
@needs(Action.SWITCH_MODE)
async def mode_panel(request: web.Request) -> web.Response:
    """The inside of the dialog about the mode."""
    return page(request, "floor_mode.html", centre=floor_now(request)["centre"])


@routes.get("/floor/notice")
@needs(Action.ANNOUNCE)
async def notice_panel(request: web.Request) -> web.Response:
    """The inside of the dialog about short messages."""
    return page(request, "floor_notice.html", centre=floor_now(request)["centre"], longest=LONGEST_MESSAGE)


@routes.post("/floor/mode")
@needs(Action.SWITCH_MODE)
async def mode(request: web.Request) -> web.Response:
    """Switch, at once or later; or with ``do`` `mode_back` return to the normal mode, or call off a planned switch."""
    given = await _given(request)
    words_given = {name: _words(given, name) for name in ("requested_by", "approved_by", "reason")}
    if given.get("do") == "mode_back":
        planned = given.get("switch")
        return await _ask(request, "mode_back", "mode.back", planned or "normal", {**words_given, "switch": planned})
    begin, until = _moment(given, "from_at"), _moment(given, "until_at")
    leave = None
    if given.get("permitted_by"):
        permitted_until = _moment(given, "permitted_until")
        if permitted_until is None:
            raise Trouble(400, "区の許可の期限を入れてください。", "permitted_until")
        leave = {"by": _words(given, "permitted_by"), "at": datetime.now(JST).isoformat(), "until": permitted_until}
    wish = {"mode": _words(given, "mode"), "from_at": begin, "until_at": until, "permission": leave, **words_given}
    return await _ask(request, "mode", "mode.switch", str(wish["mode"]), wish, "mode_later" if begin else "mode")


@routes.post("/floor/notice")
@needs(Action.ANNOUNCE)
async def notice(request: web.Request) -> web.Response:
    """Let callers hear a message from now on; or with ``do`` `announce_stop` no more."""
    given = await _given(request)
    if given.get("do") == "announce_stop":
        one = given.get("notice")
        return await _ask(request, "announce_stop", "notice.end", one or "all", {"notice": one})
    text = given.get("text", "")
    if not 0 < len(text) <= LONGEST_MESSAGE:
        raise Trouble(400, f"案内の文を {LONGEST_MESSAGE} 字以内で入れてください。", "text")
    until = _moment(given, "until_at")
    try:
        sound = await request.app[VOICE](text)
    except NotVoiced as error:
        log.error("no sound for a message: %s", error)
        raise Trouble(503, "案内の音声を作れませんでした。案内は流れていません。") from None
    return await _ask(
        request, "announce", "notice.begin", text, {"text": sound.text, "media": sound.media, "until_at": until}
    )


async def _ask(
    request: web.Request, do: str, noted: str, subject: str, wish: Mapping[str, object], said: str | None = None
) -> web.Response:
    kept = {name: value for name, value in wish.items() if value is not None and name not in ("reason", "media")}
    reason = str(wish["reason"]) if "reason" in wish else None
    try:
        answer = await request.app[MIRROR].switchboard.centre(do, by=f"web:{who(request).login}", **wish)
    except (SwitchboardAway, SwitchboardRefused) as error:
        log.warning("%s not done: %s", do, error)
        await note(request, noted, subject, outcome=Outcome.FAILED, after=kept, reason=reason)
        raise Trouble(503 if isinstance(error, SwitchboardAway) else 400, words.AWAY) from None
    outcome = Outcome.DONE if answer.ok else Outcome.REFUSED
    await note(request, noted, subject, outcome=outcome, after=kept, reason=reason)
    return told(answer, said or do)


async def _given(request: web.Request) -> dict[str, str]:
    return {name: value.strip() for name, value in (await typed(request)).items() if value.strip()}


def _words(given: Mapping[str, str], name: str) -> str:
    """Raises `Trouble` (400) when it is missing or too long."""
    value = given.get(name, "")
    if not 0 < len(value) <= LONGEST_WORDS:
        raise Trouble(400, f"「{words.CONDUCT[name]}」を {LONGEST_WORDS} 字以内で入れてください。", name)
    return value


def _moment(given: Mapping[str, str], name: str) -> str | None:
    """A date and time as a browser's field gives them, which is Japan's, in ISO 8601. Raises `Trouble` (400)."""
    if name not in given:
        return None
    try:
        at = datetime.fromisoformat(given[name])
    except ValueError:
        raise Trouble(400, f"「{words.CONDUCT[name]}」を読み取れません。例 2026-04-01T17:15", name) from None
    return (at if at.tzinfo else at.replace(tzinfo=JST)).isoformat()
