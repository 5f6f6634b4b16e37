"""The service level shown live and the one computed afterwards from Postgres agree to the call."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from ctl.cms.ingest import Ingest
from ctl.cms.service import service_between
from ctl.journal.journal import Journal
from ctl.journal.shipper import Shipper
from ctl.kpi.windows import DAY, MINUTES, Service, Windows, day_of
from ctl.runtime.service import facts_since
from ctl.switchboard import core, effects, floor
from ctl.switchboard.events import (
    CallArrived,
    CallServedElsewhere,
    Cause,
    Commanded,
    Do,
    Event,
    KeyPressed,
    LegAnswered,
    LegEnded,
    LegLeft,
    PhoneReachable,
    PlanAdopted,
    PlaybackEnded,
    TalkElsewhere,
    TimePassed,
)
from ctl.switchboard.facts import CallQueued, Fact
from ctl.switchboard.floor import Phase
from ctl.switchboard.ids import CallId, CommandId, Endpoint, LegId, Millis, Number, PromptName
from ctl.switchboard.kinds import CallKind
from ctl.switchboard.plan import Overflow, OverflowWhen, Routing, Trunk
from tests.floor_driver import MONDAY_TEN
from tests.plans import CITY, TAX, plan_with, small_plan
from tests.property.world import Books, Pbx

CALLS = 1000
EXEMPT = Number("0345662466")
LINES = 16
"""Few enough for some callers to find none."""
OVERFLOW = (
    Overflow(OverflowWhen.FULL, callers=2, say=(PromptName("night"),)),
    Overflow(OverflowWhen.WAITED, after_ms=120_000, say=(PromptName("night"),)),
)
ALONE = frozenset({Phase.IVR, Phase.WAITING, Phase.RINGING, Phase.HELD})
"""Phases in which a caller may be rescued."""


class Town:
    """A day of random people on the pure core, looked at live now and then."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.entries: list[tuple[Millis, Event, list[Fact]]] = []
        self.floor = floor.empty()
        self.now = MONDAY_TEN
        self.pbx, self.books, self.windows = Pbx(), Books(), Windows()
        self.arrived = self.commands = 0
        self.seen: list[tuple[Millis, Service]] = []
        services = {number: small_plan().services[CITY] for number in (CITY, EXEMPT)}
        # Without announcements on the way: thousands of them that change no figure.
        queues = {name: replace(queue, repeat_prompts=()) for name, queue in small_plan().queues.items()}
        queues[TAX] = replace(queues[TAX], overflow=OVERFLOW)
        routing = Routing(keep_place_ms=600_000)
        self.happens(PlanAdopted(plan_with(services=services, queues=queues, trunk=Trunk(LINES), routing=routing)))

    def happens(self, event: Event) -> None:
        self.floor, done = core.step(self.floor, event, self.now)
        facts: list[Fact] = []
        for effect in done:
            self.pbx.obey(effect)
            if isinstance(effect, effects.Record):
                self.books.note(effect.fact)
                self.windows.note(effect.fact)
                facts.append(effect.fact)
        self.entries.append((self.now, event, facts))

    def one_of(self, things: "set[LegId]") -> LegId | None:
        return self.random.choice(sorted(things)) if things else None

    def lets_pass(self, ms: Millis) -> None:
        until = self.now + ms
        while (due := core.next_due(self.floor)) is not None and due <= until:
            self.now = due
            self.happens(TimePassed())
        self.now = until

    # --- what people do -------------------------------------------------------------------------------------------

    def somebody_calls(self) -> None:
        self.arrived += 1
        name = f"call{self.arrived}"
        number = self.random.choice([CITY, CITY, EXEMPT, Number("0399999999")])
        self.pbx.up.add(LegId(name))
        caller = f"031234567{self.random.randrange(10)}"
        since, talks = self.was_in_the_fallback() if self.random.random() < 0.1 else (None, ())
        self.happens(CallArrived(CallId(name), LegId(name), number, caller, since, talks))
        call = self.floor.calls.get(CallId(name))
        if call is not None and call.phase is Phase.IVR and call.speaking and self.random.random() < 0.95:
            self.happens(PlaybackEnded(call.speaking))
            self.happens(KeyPressed(LegId(name), self.random.choice("1122")))

    def was_in_the_fallback(self) -> tuple[Millis, tuple[TalkElsewhere, ...]]:
        """Since when, and the talk that was broken off there."""
        since, answered, ended = sorted(self.now - self.random.randrange(60_000) for _ in range(3))
        return since, (TalkElsewhere(self.random.choice(sorted(small_plan().operators)), answered, ended),)

    def somebody_is_served_by_the_fallback(self) -> None:
        self.arrived += 1
        took = self.random.choice([None, *small_plan().operators])
        at = self.now - self.random.randrange(1, 100_000)
        answered = None if took is None else self.random.randrange(at, self.now)
        name = CallId(f"call{self.arrived}")
        self.happens(CallServedElsewhere(name, self.random.choice([CITY, EXEMPT]), "", at, answered, self.now, took))

    def a_telephone_is_answered(self) -> None:
        if leg := self.one_of(self.pbx.ringing - self.pbx.dying):
            self.pbx.ringing.discard(leg)
            self.pbx.up.add(leg)
            self.happens(LegAnswered(leg))

    def somebody_hangs_up(self) -> None:
        if leg := self.one_of(self.pbx.alive):
            self.pbx.gone(leg)
            self.happens(LegEnded(leg, self.random.choice([Cause.NORMAL, Cause.NORMAL, Cause.UNREACHABLE, Cause.LOST])))

    def a_caller_is_rescued(self) -> None:
        """We see him leave, or hear of it when it is over."""
        alone = [call for call in self.floor.calls.values() if call.phase in ALONE and call.kind is CallKind.INBOUND]
        if alone:
            call = self.random.choice(alone)
            in_gap = self.random.random() < 0.5
            if not in_gap:
                self.happens(LegLeft(call.leg))
            took = self.random.choice([None, *small_plan().operators])
            answered = self.random.randrange(call.started_at, self.now + 1) if took else None
            self.pbx.gone(call.leg)
            self.happens(
                CallServedElsewhere(call.id, CITY, "", call.started_at, answered, self.now, took, in_gap=in_gap)
            )

    def last_messages_are_said(self) -> None:
        for call in list(self.floor.calls.values()):
            if call.phase is Phase.CLOSING and call.speaking is not None:
                self.happens(PlaybackEnded(call.speaking))

    def everybody_gets_ready(self) -> None:
        for leg in sorted(self.pbx.dying):
            self.pbx.gone(leg)
            self.happens(LegEnded(leg, Cause.NORMAL))
        for extension in small_plan().operators:
            self.happens(PhoneReachable(extension, Endpoint(extension)))
            for do in (Do.LOGIN, Do.WRAP_UP_DONE, Do.READY):
                self.commands += 1
                self.happens(Commanded(CommandId(f"c{self.commands}"), do, "test", extension))

    def goes_by(self) -> None:
        doings = [
            (self.somebody_calls, 8),
            (self.a_telephone_is_answered, 8),
            (self.somebody_hangs_up, 6),
            (self.everybody_gets_ready, 4),
            (self.last_messages_are_said, 2),
            (self.a_caller_is_rescued, 1),
            (self.somebody_is_served_by_the_fallback, 1),
        ]
        while self.arrived < CALLS:
            (do,) = self.random.choices([one for one, _ in doings], [weight for _, weight in doings])
            do()
            self.lets_pass(self.random.choice([0, 1, 400, 5_000, 15_000, 40_000]))
            if self.random.random() < 0.005:
                self.somebody_looks()
        self.somebody_looks()

    def somebody_looks(self) -> None:
        self.seen.append((self.now, self.windows.at(self.now)))
        self.now += 1  # what happens in the same millisecond happened before, for whoever asks later


def moment(at: Millis) -> datetime:
    return datetime.fromtimestamp(at / 1000, UTC)


@pytest.fixture(scope="module")
def town() -> Town:
    town = Town(seed=3)
    town.goes_by()
    return town


@pytest.fixture
def journal(town: Town, tmp_path: Path) -> Iterator[Journal]:
    """All that happened in the town."""
    journal = Journal(tmp_path / "journal.sqlite")
    journal.append_batch(town.entries)
    yield journal
    journal.close()


async def test_live_service_is_what_postgres_says_afterwards(town: Town, journal: Journal, engine: AsyncEngine) -> None:
    shipper = Shipper(journal.path, Ingest(engine))
    await shipper.drain()
    shipper.close()

    whole = town.seen[-1][1][DAY][None]
    assert whole.offered > CALLS / 3
    assert whole.turned_away > town.seen[-1][1][DAY][TAX].turned_away > 0
    assert any(fact.kept_from for _, _, facts in town.entries for fact in facts if isinstance(fact, CallQueued))
    assert len(town.seen) > 5
    for at, live in town.seen:
        afters = {str(minutes): at - minutes * 60_000 for minutes in MINUTES} | {DAY: day_of(at)[0] - 1}
        for name, after in afters.items():
            assert live[name] == await service_between(engine, moment(after), moment(at)), (name, at)


def test_service_survives_a_restart(town: Town, journal: Journal) -> None:
    again = Windows()
    for fact in facts_since(journal.path, town.now):
        again.note(fact)
    assert again.at(town.now) == town.windows.at(town.now)
