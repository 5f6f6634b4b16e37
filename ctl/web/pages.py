"""Rendering: one Jinja environment with escaping always on, and the words and figures templates may use."""

import json
from pathlib import Path
from typing import Protocol

import jinja2
from aiohttp import web

from ctl.web import show, words
from ctl.web.keys import MIRROR, NAMES, TEMPLATES

HERE = Path(__file__).parent
STATIC = HERE / "static"


def environment() -> jinja2.Environment:
    """Unknown names in a template are errors, never empty text."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        clock=show.clock,
        day=show.day,
        moment=show.moment,
        share=show.share,
        span=show.span,
        stopwatch=show.stopwatch,
        telephone=show.telephone,
    )
    made.globals["words"] = words
    made.globals["nav"] = nav
    return made


class Visitor(Protocol):
    """Who looks at a page, as far as its frame must know."""

    def may(self, action: str) -> bool: ...


def nav(me: Visitor | None) -> list[words.Screen]:
    """The menu of the screens that one may see."""
    return [screen for screen in words.NAV if me is None or me.may(screen.action)]


def render(request: web.Request, template: str, **values: object) -> str:
    """A template with what every page may use."""
    app = request.app
    common = {
        "names": app[NAMES].names,
        "sight": app[MIRROR].sight,
        "path": request.path,
        "me": None,
        "csrf_token": "",
        "csrf_field": lambda: "",
    }
    return app[TEMPLATES].get_template(template).render(common, **values)


def page(request: web.Request, template: str, status: int = 200, **values: object) -> web.Response:
    return web.Response(text=render(request, template, **values), content_type="text/html", status=status)


def document(value: object, status: int = 200) -> web.Response:
    """JSON for programs, Japanese readable as it is."""
    return web.json_response(value, status=status, dumps=lambda data: json.dumps(data, ensure_ascii=False))


def wants_json(request: web.Request) -> bool:
    return request.path.startswith("/api/")
