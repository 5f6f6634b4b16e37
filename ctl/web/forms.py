"""What people typed into a form."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from aiohttp import web
from multidict import MultiDictProxy

from ctl.web.trouble import Trouble

LONGEST = 1000
SENT_WITHIN_S = 60.0
"""How long a browser may take to send what it was asked for; longer for as much as it says that comes (`SLOWEST`)."""
SLOWEST = 50_000
"""Octets a second of a line that is slow and not held open to no end."""


async def typed(request: web.Request) -> Mapping[str, str]:
    """The form's single fields as text; a field given twice is told by its first. `Trouble` (400) for what is none."""
    form = await read(request)
    return {name: _text(value) for name, value in reversed(list(form.items()))}


async def several(request: web.Request, name: str) -> list[str]:
    """All values of a field, such as of check boxes."""
    form = await read(request)
    return [_text(value) for value in form.getall(name, [])]


async def read(request: web.Request) -> MultiDictProxy[str | bytes | bytearray | web.FileField]:
    """The form that was sent; `Trouble` (400) when it cannot be read, (408) when it does not come to its end."""
    try:
        async with _in_time(request):
            return await request.post()
    except (ValueError, LookupError, AssertionError):
        raise Trouble(400, "送られた内容を読み取れません。") from None


async def body(request: web.Request) -> bytes:
    """All that was sent; `Trouble` (408) when it does not come to its end."""
    async with _in_time(request):
        return await request.read()


def patience_s(announced: int | None, most: int) -> float:
    """How long to wait for so many octets, None when nobody said, of which not more than ``most`` are taken."""
    return SENT_WITHIN_S + min(announced or 0, most) / SLOWEST


@asynccontextmanager
async def _in_time(request: web.Request) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(patience_s(request.content_length, request.client_max_size)):
            yield
    except TimeoutError:
        raise Trouble(408, "送信に時間がかかりすぎました。もう一度お試しください。") from None


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > LONGEST or "\0" in value:
        raise Trouble(400, f"入力は{LONGEST}文字までの文字にしてください。")
    return value.encode("utf-8", "replace").decode()
