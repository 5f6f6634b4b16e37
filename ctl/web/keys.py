"""What the handlers find in the application and in the request, by type."""

import asyncio
from collections.abc import Awaitable, Callable

import jinja2
from aiohttp import web

from ctl.prompts.notice import Voiced
from ctl.security.audit.book import Book
from ctl.security.door import Door
from ctl.security.machines import Tokens
from ctl.security.sessions import Session, Sessions
from ctl.settings import Settings
from ctl.web.archive import Archive
from ctl.web.meter import Meter
from ctl.web.mirror import FloorMirror
from ctl.web.names import NameBook
from ctl.web.painter import Painter
from ctl.web.wall import Wall

SETTINGS = web.AppKey("settings", Settings)
TEMPLATES = web.AppKey("templates", jinja2.Environment)
MIRROR = web.AppKey("mirror", FloorMirror)
NAMES = web.AppKey("names", NameBook)
VOICE: web.AppKey[Callable[[str], Awaitable[Voiced]]] = web.AppKey("voice")
"""Makes the sound of a short message; raises `NotVoiced`."""
PAINTER = web.AppKey("painter", Painter)
WALL = web.AppKey("wall", Wall)
ARCHIVE: web.AppKey[Archive] = web.AppKey("archive")
SESSIONS: web.AppKey[Sessions] = web.AppKey("sessions")
AUDIT: web.AppKey[Book] = web.AppKey("audit")
TOKENS: web.AppKey[Tokens] = web.AppKey("tokens")
DOOR: web.AppKey[Door | None] = web.AppKey("door")
METER = web.AppKey("meter", Meter)
CLOSING = web.AppKey("closing", asyncio.Event)
"""Set when the web stops: streams that would never end by themselves do."""

SESSION = web.RequestKey("session", Session)
"""Set when somebody is signed in."""
MACHINE = web.RequestKey("machine", bool)
"""Set when a program asks, with a token."""
TOKEN = web.RequestKey("token", str)
"""The secret that this request's CSRF token is made of: the session's, or a visitor's."""
