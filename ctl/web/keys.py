"""What the handlers find in the application, by type."""

import asyncio

import jinja2
from aiohttp import web

from ctl.settings import Settings
from ctl.web.archive import Archive
from ctl.web.meter import Meter
from ctl.web.mirror import FloorMirror
from ctl.web.names import NameBook

SETTINGS = web.AppKey("settings", Settings)
TEMPLATES = web.AppKey("templates", jinja2.Environment)
MIRROR = web.AppKey("mirror", FloorMirror)
NAMES = web.AppKey("names", NameBook)
ARCHIVE: web.AppKey[Archive] = web.AppKey("archive")
METER = web.AppKey("meter", Meter)
CLOSING = web.AppKey("closing", asyncio.Event)
"""Set when the web stops: streams that would never end by themselves do."""
