"""The floor as it is now: a page that keeps itself up to date, and the same as JSON.

The page is told by server-sent events: ``floor`` with the new picture, made by the same template as the page itself,
and ``beat`` when nothing changed, so that the page can tell silence from a lost connection.
"""

import asyncio
import contextlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from aiohttp import web

from ctl.runtime.document import CONSULTING, HOLDING, CallRow, FloorDocument, OperatorRow, QueueRow
from ctl.runtime.service import ServiceRow
from ctl.security.policy import Action
from ctl.switchboard.plan import MINUTES
from ctl.web import words
from ctl.web.keys import CLOSING, MIRROR
from ctl.web.mirror import Sight
from ctl.web.pages import document, page, render
from ctl.web.permission import needs
from ctl.web.trouble import Trouble

BEAT_S = 5.0
SETTLE_S = 0.2
"""Changes within this time reach a browser as one: a busy floor changes more often than eyes can follow."""

routes = web.RouteTableDef()


@dataclass(frozen=True, slots=True)
class Board:
    """The floor document, put in the order in which people look at it. ``now``: when it was made."""

    floor: FloorDocument
    now: datetime
    states: Mapping[str, int]
    operators: Sequence[OperatorRow]
    logged_out: Sequence[OperatorRow]
    waiting: Sequence[CallRow]
    calls: Sequence[CallRow]

    @property
    def longest(self) -> datetime | None:
        """Since when the caller has waited who has waited longest in any queue."""
        return min(
            (moment(queue["oldest_since"]) for queue in self.floor["queues"] if queue["oldest_since"]), default=None
        )

    @property
    def in_calls(self) -> int:
        """Operators who talk, hold, consult, or are being rung."""
        return sum(self.states.get(state, 0) for state in ("talking", HOLDING, CONSULTING, "offered"))

    @staticmethod
    def at(text: str) -> datetime:
        return moment(text)

    def age_ms(self, since: str | None) -> int:
        return round((self.now - moment(since)).total_seconds() * 1000) if since else 0

    def expected(self, queue: str) -> str:
        """What a new caller of the queue would be told of the wait."""
        wait_s = next((row["wait_s"] for row in self.floor["expected"] if row["name"] == queue), None)
        if wait_s is None:
            return "－"
        minutes = wait_s // 60
        return f"{MINUTES[-1]}分超" if minutes > MINUTES[-1] else f"約{minutes}分" if minutes else "0分"

    @property
    def service(self) -> Sequence[ServiceRow]:
        """Of all queues together, the shortest window first."""
        order = list(words.WINDOWS)
        of_all = (row for row in self.floor["service"] if row["queue"] is None)
        return sorted(of_all, key=lambda row: order.index(row["window"]))

    @property
    def queues(self) -> Sequence[QueueRow]:
        """The fullest first."""
        return sorted(self.floor["queues"], key=lambda row: (-row["waiting"], row["name"]))


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def board(floor: FloorDocument, now: datetime) -> Board:
    """Operators by state in the order of `words.STATES`, in each state the longest first; logged-out ones apart."""
    order = list(words.STATES)
    present = [row for row in floor["operators"] if row["state"] != "logged_out"]
    in_queue = {"waiting", "ringing"}
    return Board(
        floor,
        now,
        Counter(row["state"] for row in floor["operators"]),
        sorted(present, key=lambda row: (order.index(row["state"]), row["since"] or "")),
        [row for row in floor["operators"] if row["state"] == "logged_out"],
        [row for row in floor["calls"] if row["phase"] in in_queue],
        [row for row in floor["calls"] if row["phase"] not in in_queue],
    )


def _picture(request: web.Request, sight: Sight) -> str:
    seen = board(sight.floor, datetime.now(UTC)) if sight.floor else None
    return render(request, "floor_board.html", board=seen, sight=sight)


@routes.get("/floor")
@needs(Action.SEE_FLOOR)
async def floor_page(request: web.Request) -> web.Response:
    sight = request.app[MIRROR].sight
    seen = board(sight.floor, datetime.now(UTC)) if sight.floor else None
    return page(request, "floor.html", board=seen)


@routes.get("/api/floor")
@needs(Action.SEE_FLOOR)
async def floor_json(request: web.Request) -> web.Response:
    """The floor document of `ctl floor --json`, with ``live`` and ``seen_at`` beside it."""
    sight = request.app[MIRROR].sight
    if sight.floor is None:
        raise Trouble(
            503, "交換制御につながらず、現在の状況がまだ一度も読めていません。ctl status で確かめてください。"
        )
    seen_at = sight.seen_at.isoformat(timespec="milliseconds").replace("+00:00", "Z") if sight.seen_at else None
    return document({**sight.floor, "live": sight.live, "seen_at": seen_at})


@routes.get("/floor/events", allow_head=False)
@needs(Action.SEE_FLOOR)
async def floor_events(request: web.Request) -> web.StreamResponse:
    """Server-sent events until the browser leaves or the web stops."""
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8"})
    await response.prepare(request)
    with contextlib.suppress(ConnectionError):
        await response.write(b"retry: 2000\n\n")
        await _tell(request, response)
    return response


async def _tell(request: web.Request, response: web.StreamResponse) -> None:
    mirror, closing = request.app[MIRROR], request.app[CLOSING]
    told = -1
    while not closing.is_set():
        sight = await mirror.after(told, BEAT_S)
        name = "beat" if sight.version == told else "floor"
        told = sight.version
        data: dict[str, object] = {"live": sight.live, "now": datetime.now(UTC).timestamp() * 1000}
        if name == "floor":
            data["html"] = _picture(request, sight)
        await response.write(f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode())
        await asyncio.sleep(SETTLE_S)
