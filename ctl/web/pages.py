"""Rendering: one Jinja environment with escaping always on, and the words and figures templates may use."""

import functools
import json
from datetime import datetime
from pathlib import Path

import jinja2
from aiohttp import web
from markupsafe import Markup

from ctl.security.sessions import csrf_of
from ctl.security.who import Who
from ctl.switchboard.numbering import masked
from ctl.web import show, words
from ctl.web.assets import Assets
from ctl.web.keys import MIRROR, NAMES, SESSION, TEMPLATES, TOKEN

HERE = Path(__file__).parent
STATIC = HERE / "static"
BUILT = STATIC / "built"


@functools.cache
def environment() -> jinja2.Environment:
    """The one of this process. Unknown names in a template are errors, never empty text. Raises `NotBuilt`."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        browser=show.browser,
        clock=show.clock,
        day=show.day,
        hour_minute=show.hour_minute,
        masked=masked,
        moment=show.moment,
        instant=datetime.fromisoformat,
        mode_pair=lambda mode: (mode["name"], mode["label"] + ("（縮退運用）" if mode["degraded"] else "")),
        pair=lambda code, names: (code, names.get(code, code)),
        share=show.share,
        span=show.span,
        stopwatch=show.stopwatch,
        telephone=show.telephone,
    )
    made.globals["asset"] = Assets(BUILT)
    made.globals["words"] = words
    made.globals["nav"] = nav
    made.globals["nearest"] = nearest
    return made


def nav(me: Who | None) -> list[words.Screen]:
    """The menu of the screens that one may see."""
    return [screen for screen in words.NAV if me is not None and me.may(screen.action)]


def nearest(screens: list[words.Screen], path: str) -> str:
    """The entry of the menu to which a page belongs: itself or the one it lies below; empty for none."""
    above = [one.href for one in screens if path == one.href or path.startswith(f"{one.href}/")]
    return max(above, key=len, default="")


def render(request: web.Request, template: str, **values: object) -> str:
    """A template with what every page may use."""
    app = request.app
    session = request.get(SESSION)
    csrf = csrf_of(request.get(TOKEN, ""))
    common = {
        "names": app[NAMES].names,
        "sight": app[MIRROR].sight,
        "path": request.path,
        "me": session.who if session else None,
        "csrf_token": csrf,
        "csrf_field": lambda: Markup('<input type="hidden" name="csrf" value="{}">').format(csrf),
    }
    return app[TEMPLATES].get_template(template).render(common, **values)


def page(request: web.Request, template: str, status: int = 200, **values: object) -> web.Response:
    return web.Response(text=render(request, template, **values), content_type="text/html", status=status)


def document(value: object, status: int = 200) -> web.Response:
    """JSON for programs, Japanese readable as it is."""
    return web.json_response(value, status=status, dumps=lambda data: json.dumps(data, ensure_ascii=False))


def wants_json(request: web.Request) -> bool:
    """Programs ask below /api/, scripts of our pages by what they accept."""
    return request.path.startswith("/api/") or request.headers.get("Accept", "") == "application/json"
