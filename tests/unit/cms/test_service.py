"""A day whose figures are worked out by hand (別紙3): what is offered, answered in time, abandoned and turned away.

The words of each scene say what its callers go through; the counts are what the contract makes of that, by the definition
in force and by the one before.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from ctl.cms.service import service_between
from ctl.database.base import instant
from ctl.kpi.definitions import PHONE_1, PHONE_2, SERVICE_LEVEL, ServiceLevel
from ctl.kpi.windows import DAY, Count, Key, Windows, day_of
from ctl.switchboard.effects import Record
from ctl.switchboard.events import CallArrived, CallServedElsewhere, Do, LegAnswered, TalkElsewhere
from ctl.switchboard.facts import Fact
from ctl.switchboard.ids import CallId, Extension, LegId, Number, PromptName
from ctl.switchboard.plan import Overflow, OverflowWhen, Plan, Routing, Trunk
from tests.floor_driver import MONDAY_TEN, Driver
from tests.plans import CITY, CIVIL, TAX, callback_plan
from tests.unit.cms.test_conditions import take

SECOND, MINUTE, HOUR = 1000, 60_000, 3_600_000
(EXEMPT,) = map(Number, SERVICE_LEVEL.exempt)
WORDS = (PromptName("night"),)
FEW_LINES = 5


def plan() -> Plan:
    """Call-backs in civil; in tax one may wait, for a minute, and until the exchange closes at 17:15."""
    plan = callback_plan()
    tax = replace(
        plan.queues[TAX],
        overflow=(
            Overflow(OverflowWhen.CLOSED, hours="exchange", say=WORDS),
            Overflow(OverflowWhen.FULL, callers=1, say=WORDS),
            Overflow(OverflowWhen.WAITED, after_ms=MINUTE, say=WORDS),
        ),
    )
    return replace(
        plan,
        services={number: replace(plan.services[CITY], number=number) for number in (CITY, EXEMPT)},
        queues={**plan.queues, TAX: tax},
        routing=Routing(keep_place_ms=5 * MINUTE),
        trunk=Trunk(limit=FEW_LINES, reserve=1),
    )


class Town(Driver):
    """Citizens with numbers of their own, and one operator for civil who is there when a scene says so."""

    def __init__(self) -> None:
        super().__init__(plan())
        self.ready("2002")
        self.command(Do.NOT_READY, "2002", "break")

    def comes(self, call: str, caller: str, key: str = "1", *, dialled: Number = CITY, menu_ms: int = 0) -> None:
        self.happens(CallArrived(CallId(call), LegId(call), dialled, caller))
        self.hears_out(call)
        self.passes(menu_ms)
        self.presses(call, key)

    def comes_back(self, call: str, caller: str, waited_ms: int, *talks: TalkElsewhere) -> None:
        """From the fallback queue, with the switchboard."""
        self.happens(CallArrived(CallId(call), LegId(call), CITY, caller, self.now - waited_ms, talks))

    def is_promised_a_call(self, call: str, caller: str) -> None:
        """After half a minute, at the number shown."""
        self.comes(call, caller)
        self.hears_out(call)
        self.passes(30 * SECOND)
        self.presses(call, "11")
        self.hangs_up(call)

    def is_answered_after(self, call: str, ms: int) -> None:
        self.command(Do.READY, "2002")
        self.passes(ms)
        leg = self.rings_at(call)
        self.happens(LegAnswered(leg))
        self.passes(MINUTE)
        self.hangs_up(call)
        self.hangs_up(leg)
        self.command(Do.WRAP_UP_DONE, "2002")
        self.command(Do.NOT_READY, "2002", "break")

    @property
    def facts(self) -> list[Fact]:
        return [effect.fact for effect in self.effects if isinstance(effect, Record)]


# --- scenes -----------------------------------------------------------------------------------------------------------


def kept_place(town: Town) -> None:
    """Gives up after 5 s. Two minutes later: 20 s of menu, the old place, answered 3 s after. On the line 3 s of wait;
    since the place 148 s."""
    town.comes("k1", "0311110001")
    town.passes(5 * SECOND)
    town.hangs_up("k1")
    town.passes(2 * MINUTE)
    town.comes("k2", "0311110001", menu_ms=20 * SECOND)
    town.is_answered_after("k2", 3 * SECOND)


def promised_place(town: Town) -> None:
    """Is promised a call, calls by himself ten minutes later, 20 s of menu, answered 15 s after."""
    town.is_promised_a_call("p1", "0311110002")
    town.passes(10 * MINUTE)
    town.comes("p2", "0311110002", menu_ms=20 * SECOND)
    town.is_answered_after("p2", 15 * SECOND)


def promised_and_late(town: Town) -> None:
    """The same, but nobody answers him for a millisecond more than the target."""
    town.is_promised_a_call("l1", "0311110003")
    town.passes(10 * MINUTE)
    town.comes("l2", "0311110003", menu_ms=20 * SECOND)
    town.is_answered_after("l2", 15 * SECOND + 1)


def back_from_the_fallback(town: Town) -> None:
    """One waited there for 40 s, one for 11 s; each is answered 4 s after coming back."""
    town.comes_back("b1", "0311110004", 40 * SECOND)
    town.is_answered_after("b1", 4 * SECOND)
    town.comes_back("b2", "0311110005", 11 * SECOND)
    town.is_answered_after("b2", 4 * SECOND)


def promised_and_back_from_the_fallback(town: Town) -> None:
    """Has a promise, calls while the switchboard is away, waits 20 s there and 1 s with us: 21 s on the line."""
    town.is_promised_a_call("f1", "0311110006")
    town.passes(10 * MINUTE)
    town.comes_back("f2", "0311110006", 20 * SECOND)
    town.is_answered_after("f2", 1 * SECOND)


def torn_out_of_the_fallback(town: Town) -> None:
    """Answered there, the telephone died; back with us, gives up after 5 s."""
    talk = TalkElsewhere(Extension("2001"), town.now - 50 * SECOND, town.now - 10 * SECOND)
    town.comes_back("t1", "0311110007", MINUTE, talk)
    town.passes(5 * SECOND)
    town.hangs_up("t1")


def served_by_the_fallback(town: Town) -> None:
    """One is answered there after a second, one gives up there."""
    came = town.now - 30 * SECOND
    for call, answered_at, operator in (("s1", came + SECOND, Extension("2001")), ("s2", None, None)):
        town.happens(CallServedElsewhere(CallId(call), CITY, "0311110008", came, answered_at, town.now, operator))


def turned_away_by_a_queue(town: Town) -> None:
    """The first waits out the minute that may be waited. Two come meanwhile: one hears the message, one not to its end."""
    town.comes("q1", "0311110009", "2")
    for call in ("q2", "q3"):
        town.passes(SECOND)
        town.comes(call, "0311110010", "2")
    town.hears_out("q2")
    town.hangs_up("q2")
    town.hangs_up("q3")
    town.passes(MINUTE)
    town.hears_out("q1")
    town.hangs_up("q1")


def turned_away_by_the_trunk(town: Town) -> None:
    """Four are in the menu, and hang up there. One more at the ward's number, one at the exempt one, hear that all
    lines are in use."""
    for n in range(FEW_LINES - 1):
        town.happens(CallArrived(CallId(f"m{n}"), LegId(f"m{n}"), CITY, "0311110011"))
    for call, number in (("u1", CITY), ("u2", EXEMPT)):
        town.happens(CallArrived(CallId(call), LegId(call), number, "0311110012"))
        town.hears_out(call)
        town.hangs_up(call)
    for n in range(FEW_LINES - 1):
        town.hangs_up(f"m{n}")


def exempt_number(town: Town) -> None:
    """Gives up after 3 s."""
    town.comes("e1", "0311110013", dialled=EXEMPT)
    town.passes(3 * SECOND)
    town.hangs_up("e1")


def closed(town: Town) -> None:
    """At 18:00 one hears that the tax queue is closed; at 19:30 another that the centre is."""
    town.passes(MONDAY_TEN + 8 * HOUR - town.now)
    town.comes("c1", "0311110014", "2")
    town.hears_out("c1")
    town.hangs_up("c1")
    town.passes(90 * MINUTE)
    town.happens(CallArrived(CallId("c2"), LegId("c2"), CITY, "0311110015"))
    town.hears_out("c2")
    town.hangs_up("c2")


Counts = Mapping[Key, Count]


def in_civil(*figures: int) -> Counts:
    return {CIVIL: Count(*figures), None: Count(*figures)}


# offered, answered, within, abandoned, turned away
SCENES: Mapping[Callable[[Town], None], tuple[Counts, Counts]] = {
    kept_place: (in_civil(2, 1, 1, 1), in_civil(2, 1, 0, 1)),
    promised_place: (in_civil(2, 1, 1, 0), in_civil(2, 1, 0, 0)),
    promised_and_late: (in_civil(2, 1, 0, 0), in_civil(2, 1, 0, 0)),
    back_from_the_fallback: (in_civil(2, 2, 1, 0), in_civil(2, 2, 1, 0)),
    promised_and_back_from_the_fallback: (in_civil(2, 1, 0, 0), in_civil(2, 1, 0, 0)),
    torn_out_of_the_fallback: (in_civil(1, 1, 0, 0), in_civil(1, 0, 0, 0)),
    served_by_the_fallback: (in_civil(2, 1, 0, 1), in_civil(2, 1, 0, 1)),
    turned_away_by_a_queue: (
        {TAX: Count(3, turned_away=2), None: Count(3, turned_away=2)},
        {TAX: Count(1), None: Count(1)},
    ),
    turned_away_by_the_trunk: ({None: Count(1, turned_away=1)}, {}),
    exempt_number: ({CIVIL: Count(1, abandoned=1)}, {CIVIL: Count(1, abandoned=1)}),
    closed: ({}, {}),
}
DAY_BY_PHONE_2: Counts = {
    CIVIL: Count(offered=14, answered=8, within=3, abandoned=3),
    TAX: Count(offered=3, turned_away=2),
    None: Count(offered=17, answered=8, within=3, abandoned=2, turned_away=3),
}
DAY_BY_PHONE_1: Counts = {
    CIVIL: Count(offered=14, answered=7, within=1, abandoned=3),
    TAX: Count(offered=1),
    None: Count(offered=14, answered=7, within=1, abandoned=2),
}


def live(town: Town, definition: ServiceLevel) -> Counts:
    windows = Windows(definition)
    for fact in town.facts:
        windows.note(fact)
    return windows.at(town.now)[DAY]


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
def test_each_scene_counts_as_worked_out_by_hand(scene: Callable[[Town], None]) -> None:
    town = Town()
    scene(town)
    assert not town.floor.calls
    assert (live(town, PHONE_2), live(town, PHONE_1)) == SCENES[scene]


@pytest.mark.parametrize(
    ("definition", "counts"),
    [(PHONE_2, DAY_BY_PHONE_2), (PHONE_1, DAY_BY_PHONE_1)],
    ids=lambda one: getattr(one, "version", None),
)
async def test_the_day_counts_so_live_and_in_the_records(
    definition: ServiceLevel, counts: Counts, engine: AsyncEngine
) -> None:
    town = Town()
    for scene in SCENES:
        scene(town)
    assert live(town, definition) == counts
    await take(engine, town.facts)
    midnight, next_midnight = map(instant, day_of(MONDAY_TEN))
    assert await service_between(engine, midnight, next_midnight, definition) == counts


def test_who_was_not_let_in_makes_the_service_level_worse_and_abandonment_no_better() -> None:
    whole, before = DAY_BY_PHONE_2[None], DAY_BY_PHONE_1[None]
    assert (whole.service_level, whole.abandonment) == (3 / 17, 2 / 14)
    assert before.abandonment == 2 / 14
