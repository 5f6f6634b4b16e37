"""A small town for the screens: the pure core decides about real events, so what is shown could have happened."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime

from aiohttp import web
from aiohttp.test_utils import TestClient

from ctl.cms.recordings import WITH_CITIZEN
from ctl.cms.records import CallQuery, CallRecord, HandoffRecord, Page, RecordingRecord, Story
from ctl.database.engine import DatabaseAway
from ctl.recording.cutter import Verdict
from ctl.runtime.client import Answer, SwitchboardAway, SwitchboardRefused
from ctl.runtime.document import FloorDocument, floor_document
from ctl.runtime.requests import BadRequest, parse
from ctl.switchboard import effects
from ctl.switchboard.events import Cause, Do, LegAnswered, LegEnded, PhoneReachable
from ctl.switchboard.facts import CallEnded, CallStarted, Fact, HandoffEnded, HandoffStarted, LegClosed, SegmentEnded
from ctl.switchboard.ids import Endpoint, Extension, GroupName, Millis, Number
from ctl.switchboard.kinds import SegmentKind
from ctl.switchboard.plan import OperatorProfile, Plan
from tests.floor_driver import Driver
from tests.plans import PENSIONS, plan_with

Browser = TestClient[web.Request, web.Application]

SUPERVISOR = Extension("2060")
PEOPLE = ("豊島 花子", "池袋 太郎", "目白 さくら", "駒込 健一", "大塚 由美", "巣鴨 誠", "要町 葵", "千川 翔")


def ward_plan() -> Plan:
    """The small plan with people of Japanese names."""
    skills = ({"civil": 1, "tax": 5}, {"civil": 1}, {"tax": 1})
    operators = {}
    for n, name in enumerate(PEOPLE):
        extension = Extension(str(2001 + n))
        groups = {GroupName(group): level for group, level in skills[n % 3].items()}
        operators[extension] = OperatorProfile(extension, name, groups)
    operators[SUPERVISOR] = OperatorProfile(SUPERVISOR, "石田 美咲", {}, supervises_all=True)
    return plan_with(operators=operators)


def busy_floor() -> Driver:
    """Calls in most phases, operators in most states, callers waiting."""
    town = Driver(ward_plan())
    town.ready("2001", "2002", "2004", "2005", "2007", "2008")
    town.passes(40_000)
    for n in range(6):
        town.waits_in_civil(f"1781485240.{n}")
        town.passes(1300)
    answer = [town.rings_at(f"1781485240.{n}") for n in range(5)]
    for leg in answer:
        town.happens(LegAnswered(leg))
        town.passes(900)
    town.command(Do.HOLD, call="1781485240.1")
    town.command(Do.CONSULT, call="1781485240.2", argument=PENSIONS)
    town.command(Do.CONSULT, call="1781485240.3", argument=PENSIONS)
    town.happens(LegAnswered(town.department_leg("1781485240.3")))
    town.passes(12_000)
    town.hangs_up("1781485240.4", Cause.NORMAL)
    town.command(Do.NOT_READY, "2007", "break")
    town.passes(8_000)
    for n in range(6, 9):
        town.waits_in_civil(f"1781485240.{n}")
        town.passes(2_000)
    town.calls_in("1781485240.9")
    town.passes(2_500)
    town.happens(PhoneReachable(SUPERVISOR, Endpoint(SUPERVISOR)))
    return town


def facts_of(town: Driver, call: str) -> list[Fact]:
    """Everything that was stated about one call."""
    records = (effect.fact for effect in town.effects if isinstance(effect, effects.Record))
    return [fact for fact in records if getattr(fact, "call", None) == call]


def story_of(town: Driver, call: str) -> Story:
    """The record of a call as it follows from its facts."""
    stated = facts_of(town, call)
    first = next(fact for fact in stated if isinstance(fact, CallStarted))
    last = next((fact for fact in stated if isinstance(fact, CallEnded)), None)
    segments = [fact for fact in stated if isinstance(fact, SegmentEnded)]

    def spent(*kinds: SegmentKind) -> int:
        return sum(fact.at - fact.started_at for fact in segments if fact.kind in kinds)

    row = CallRecord(
        id=call,
        kind=first.kind,
        started_at=at(first.at),
        ended_at=at(last.at) if last else None,
        called=first.called,
        caller=first.caller,
        service=first.service,
        menu=last.menu if last else None,
        queue=last.queue if last else None,
        operator=last.operator if last else None,
        outcome=last.outcome if last else None,
        ended_by=last.ended_by if last else None,
        wait_ms=spent(SegmentKind.WAIT),
        talk_ms=spent(*WITH_CITIZEN),
        hold_ms=spent(SegmentKind.HOLD),
        handoffs=[_handoff(fact, stated) for fact in stated if isinstance(fact, HandoffEnded)],
        recordings=[_recording(fact) for fact in segments if fact.kind in (*WITH_CITIZEN, SegmentKind.CONSULT)],
    )
    return Story(row, stated)


def _handoff(ended: HandoffEnded, stated: list[Fact]) -> HandoffRecord:
    began = next(fact for fact in stated if isinstance(fact, HandoffStarted) and fact.n == ended.n)
    closed = next((fact.at for fact in stated if isinstance(fact, LegClosed) and fact.leg == ended.leg), ended.at)
    outside = closed - ended.answered_at if ended.answered_at is not None else 0
    return HandoffRecord(ended.department, ended.number, ended.result, ended.at - began.at, outside)


def _recording(segment: SegmentEnded) -> RecordingRecord:
    seconds = (segment.at - segment.started_at) / 1000
    file = f"segments/{segment.call}.{segment.n}.wav"
    return RecordingRecord(
        segment.n,
        segment.kind,
        segment.operator,
        segment.department,
        at(segment.started_at),
        seconds,
        Verdict.COMPLETE,
        0,
        0,
        file,
        "",
        44 + round(seconds * 32_000),
    )


def at(ms: Millis) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


def a_day() -> tuple[Driver, list[str]]:
    """One call of every outcome that a citizen's day has, an hour's worth; the names of the calls."""
    town = Driver(ward_plan())
    town.ready("2001", "2002", "2004")
    handed_off(town, "1781485200.1")
    town.command(Do.WRAP_UP_DONE, "2002")
    town.passes(30_000)
    _answered(town, "1781485200.9")
    town.calls_in("1781485200.12")
    town.passes(7_000)
    town.hangs_up("1781485200.12")
    town.passes(45_000)
    town.waits_in_civil("1781485200.15")
    town.passes(6_000)
    town.hangs_up("1781485200.15")
    town.calls_in("1781485200.18", Number("0399999999"))
    town.hears_out("1781485200.18")
    town.hangs_up("1781485200.18")
    return town, [f"1781485200.{n}" for n in (1, 9, 12, 15, 18)]


def _answered(town: Driver, call: str) -> None:
    town.waits_in_civil(call)
    town.passes(3_400)
    leg = town.rings_at(call)
    town.happens(LegAnswered(leg))
    town.passes(81_000)
    town.hangs_up(call)
    town.hangs_up(leg)
    town.passes(20_000)


def handed_off(town: Driver, call: str) -> None:
    """Silence, a wrong key, a ring time-out, hold, a busy number, a consultation, three at once, a handoff."""
    town.calls_in(call)
    town.passes(6_000)
    town.hears_out(call)
    town.passes(4_000)
    town.hears_out(call)
    town.passes(5_500)
    town.hears_out(call)
    town.presses(call, "1")
    unanswered = town.rings_at(call)
    town.passes(20_000)
    town.happens(LegEnded(unanswered, Cause.NO_ANSWER))
    town.passes(4_000)
    operator_leg = town.rings_at(call)
    town.happens(LegAnswered(operator_leg))
    town.passes(42_000)
    town.command(Do.HOLD, call=call)
    town.passes(15_000)
    town.command(Do.RESUME, call=call)
    town.passes(4_000)
    town.command(Do.CONSULT, call=call, argument=PENSIONS)
    town.passes(8_000)
    town.happens(LegEnded(town.department_leg(call), Cause.BUSY, 17))
    town.passes(3_000)
    town.command(Do.NEXT_NUMBER, call=call)
    town.passes(7_000)
    department_leg = town.department_leg(call)
    town.happens(LegAnswered(department_leg))
    town.passes(18_000)
    town.command(Do.THREE_WAY, call=call)
    town.passes(9_000)
    town.command(Do.COMPLETE, call=call)
    town.hangs_up(operator_leg)
    town.passes(65_000)
    town.hangs_up(call)
    town.hangs_up(department_leg)


class StubArchive:
    """Records that a test brings along."""

    def __init__(self, *stories: Story) -> None:
        self.stories = {story.call.id: story for story in stories}
        self.away = False

    async def ping(self) -> None:
        if self.away:
            raise DatabaseAway("Postgres does not answer")

    async def calls(self, wanted: CallQuery) -> Page:
        await self.ping()
        rows = [story.call for story in self.stories.values()]
        return Page(rows[wanted.offset :][: wanted.limit], len(rows))

    async def story(self, call: str) -> Story | None:
        await self.ping()
        return self.stories.get(call)

    async def recording(self, call: str, segment: int) -> RecordingRecord | None:
        await self.ping()
        story = self.stories.get(call)
        return next((row for row in story.call.recordings if row.segment == segment), None) if story else None


class StubSwitchboard:
    """A switchboard that tells one floor, may go away and come back, and does what it is asked with the real core.

    ``asked``: every request as it would be written to the socket.
    """

    def __init__(self, town: Driver) -> None:
        self.town = town
        self.asked: list[dict[str, object]] = []
        self._away = asyncio.Event()
        self._news = asyncio.Event()

    def leave(self) -> None:
        self._away.set()
        self._news.set()

    def come_back(self) -> None:
        self._away.clear()

    def tell(self) -> None:
        """Let watchers see what the town has become."""
        self._news.set()

    async def floor(self) -> FloorDocument:
        if self._away.is_set():
            raise SwitchboardAway("gone")
        return floor_document(self.town.floor, self.town.now)

    async def health(self) -> Mapping[str, object]:
        await self.floor()
        return {"ari": True}

    async def watch(self) -> AsyncIterator[Mapping[str, object]]:
        while True:
            self._news.clear()
            yield {"n": 0, "snapshot": await self.floor()}
            await self._news.wait()
            if self._away.is_set():
                raise SwitchboardAway("closed")

    async def command(self, do: Do | str, **wish: object) -> Answer:
        return self._do({"command": {"do": str(do), **_given(wish)}})

    async def centre(self, do: str, **wish: object) -> Answer:
        return self._do({"centre": {"do": do, **_given(wish)}})

    def _do(self, request: dict[str, object]) -> Answer:
        self.asked.append(request)
        if self._away.is_set():
            raise SwitchboardAway("gone")
        try:
            parsed = parse(json.dumps(request).encode())
        except BadRequest as bad:
            raise SwitchboardRefused(str(bad)) from None
        wish = parsed.command or parsed.centre
        assert wish is not None
        self.town.passes(1)
        done = self.town.happens(wish.commanded(f"w{len(self.asked)}"))
        reply = next(effect for effect in done if isinstance(effect, effects.Reply))
        self.tell()
        return Answer(reply.ok, reply.message)


def _given(wish: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in wish.items() if value not in (None, False)}
