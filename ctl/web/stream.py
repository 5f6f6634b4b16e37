"""What keeps a page of the floor up to date: server-sent events.

``floor`` tells the pieces that are different (all of them at first), ``beat`` that nothing is, so that the page can
tell silence from a lost connection. Both say the time, whether the floor is seen, and when it was true. ``over`` is the
last: who reads is signed out or has other rights now, and a page that is opened again shows what is for him.
"""

import asyncio
import contextlib
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from aiohttp import web

from ctl.web.entry import still_permitted
from ctl.web.keys import CLOSING, MIRROR
from ctl.web.mirror import Sight
from ctl.web.painter import Picture

BEAT_S = 5.0
"""A page hears at least so often, and as often is it looked up whether who reads still may."""
SETTLE_S = 0.2
"""Changes within this time reach a browser as one: a busy floor changes more often than eyes can follow."""


async def stream(
    request: web.Request,
    paint: Callable[[Sight], Picture],
    more: Callable[[Sight], Mapping[str, object]] = lambda _: {},
) -> web.StreamResponse:
    """Until the browser leaves, who reads may no more, or the web stops. ``more`` is told with every picture."""
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8"})
    with contextlib.suppress(ConnectionError):
        await response.prepare(request)
        if request.method == "HEAD":  # which is answered without a body
            return response
        await response.write(b"retry: 2000\n\n")
        await _tell(request, response, paint, more)
    return response


async def _tell(
    request: web.Request,
    response: web.StreamResponse,
    paint: Callable[[Sight], Picture],
    more: Callable[[Sight], Mapping[str, object]],
) -> None:
    mirror, closing, time = request.app[MIRROR], request.app[CLOSING], asyncio.get_running_loop().time
    shown: Picture | None = None
    version, looked_at = -1, time()
    while not closing.is_set():
        sight = await mirror.after(version, BEAT_S)
        if time() - looked_at >= BEAT_S:
            if not await still_permitted(request):
                await response.write(b"event: over\ndata: {}\n\n")
                return
            looked_at = time()
        if sight.version == version:
            await response.write(f"event: beat\ndata: {json.dumps(head(sight))}\n\n".encode())
            continue
        picture = paint(sight)
        data = json.dumps({**head(sight), **more(sight)}, ensure_ascii=False)[:-1]
        data = f"{data}, {picture.since(shown)}}}"
        shown, version = picture, sight.version
        await response.write(f"event: floor\ndata: {data}\n\n".encode())
        await asyncio.sleep(SETTLE_S)


def head(sight: Sight) -> dict[str, object]:
    """``now``: our time; ``seen``: when the floor was last known to be true; both in ms since 1970."""
    seen = sight.seen_at.timestamp() * 1000 if sight.seen_at is not None else None
    return {"live": sight.live, "now": datetime.now(UTC).timestamp() * 1000, "seen": seen}
