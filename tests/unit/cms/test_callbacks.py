"""Call-backs in Postgres: what became of them for ever, their numbers only in the vault and not for long."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from ctl.cms import numbers, recordings
from ctl.cms.ingest import Ingest
from ctl.database.base import instant
from ctl.journal.codec import FACTS
from ctl.journal.shipper import Shipped
from ctl.switchboard import facts as f
from ctl.switchboard import kinds
from ctl.switchboard.events import Cause
from ctl.switchboard.ids import CallId, LegId, Private, QueueName
from tests.postgres import everything
from tests.stories import FIRST, QUEUE, at

ORIGIN, BACK = CallId("1764000000.7"), CallId("1764000000.7-back")
CITIZEN = LegId(f"{BACK}.l5")
NUMBER = Private("09012345678")

REQUESTED: list[f.Fact] = [
    f.CallStarted(BACK, at(0), kinds.CallKind.CALLBACK, "0339811111", "", "代表電話"),
    f.CallbackRequested(BACK, at(0), ORIGIN, QUEUE, at(-60), NUMBER, at(3600), at(7200)),
]
REACHED: list[f.Fact] = [
    f.CallbackTried(BACK, 4, at(20), 1, FIRST, LegId(f"{BACK}.l3"), at(10), Cause.BUSY, at(320)),
    f.LegStarted(CITIZEN, BACK, at(330), kinds.LegRole.CITIZEN, "callback", True),
    f.LegEstablished(CITIZEN, BACK, at(340)),
    f.CallbackTried(BACK, 6, at(340), 2, FIRST, CITIZEN, at(330), None, None),
    f.CallbackEnded(BACK, at(340), kinds.CallbackResult.ANSWERED, 2, "citizen"),
    f.SegmentEnded(BACK, 7, at(340), kinds.SegmentKind.PROMISED, at(0), None, None),
    f.SegmentEnded(BACK, 8, at(400), kinds.SegmentKind.TALK, at(340), FIRST, None),
    f.CallEnded(BACK, at(400), None, "citizen", None, QUEUE, FIRST),
]


async def take(engine: AsyncEngine, facts: list[f.Fact]) -> None:
    """As the shipper does it: facts with their numbers, bodies as they stand in the journal."""
    ingest = Ingest(engine)
    position = await ingest.position("j")
    shipped = [Shipped(position + n, fact, FACTS.encode_fact(fact)) for n, fact in enumerate(facts)]
    await ingest.take("j", position, position + len(facts), shipped, now=0)


async def vault(engine: AsyncEngine) -> list[tuple[str, str]]:
    return [(call, number) for call, number, _ in await numbers.held(engine)]


async def test_the_number_is_in_the_vault_and_nowhere_else(engine: AsyncEngine) -> None:
    await take(engine, REQUESTED)
    assert await vault(engine) == [(BACK, NUMBER)]
    rows = await everything(engine)
    del rows["callback_numbers"]
    assert NUMBER not in str(rows)


async def test_characters_that_postgres_does_not_keep_cost_nothing_but_themselves(engine: AsyncEngine) -> None:
    asked = f.CallbackRequested(
        BACK, at(0), ORIGIN, QueueName("inq\0uiry"), at(-60), Private(f"\0{NUMBER}"), at(3600), at(7200)
    )
    await take(engine, [REQUESTED[0], asked])
    assert await vault(engine) == [(BACK, NUMBER)]
    async with engine.connect() as connection:
        assert await connection.scalar(text("SELECT queue FROM callbacks")) == "inquiry"


async def test_it_leaves_the_vault_when_the_promise_is_kept(engine: AsyncEngine) -> None:
    await take(engine, [*REQUESTED, *REACHED])
    assert await vault(engine) == []
    async with engine.connect() as connection:
        (row,) = await connection.execute(text("SELECT origin, queue, result, attempts FROM callbacks"))
        tries = await connection.execute(text("SELECT attempt, cause FROM callback_attempts ORDER BY n"))
        assert tuple(row) == (ORIGIN, QUEUE, "answered", 2)
        assert [tuple(one) for one in tries] == [(1, "busy"), (2, None)]


async def test_the_number_of_a_citizen_who_was_not_reached_stays_until_it_expires(engine: AsyncEngine) -> None:
    await take(engine, [*REQUESTED, f.CallbackEnded(BACK, at(900), kinds.CallbackResult.GAVE_UP, 3, "centre")])
    assert await numbers.forget(engine, at(7199)) == 0
    assert await vault(engine) == [(BACK, NUMBER)]
    assert await numbers.forget(engine, at(7200)) == 1
    assert await vault(engine) == []


async def test_a_number_that_was_erased_before_it_was_shipped_is_not_made_up(engine: AsyncEngine) -> None:
    forgotten = FACTS.decode_fact(FACTS.encode_fact(REQUESTED[1]))
    await take(engine, [forgotten])
    assert await vault(engine) == []


async def test_talk_of_a_call_back_lies_on_the_leg_of_the_citizen(engine: AsyncEngine) -> None:
    await take(engine, [*REQUESTED, *REACHED])
    (uncut,) = await recordings.uncut(engine, instant(at(0)), instant(at(1000)))
    (talk,) = uncut.talks
    assert talk.on is not None
    assert (talk.on.leg, talk.on.answered_at) == (CITIZEN, at(340))


async def test_talk_lies_on_the_leg_that_was_reached_and_not_on_one_that_answered_as_it_was_given_up(
    engine: AsyncEngine,
) -> None:
    given_up = LegId(f"{BACK}.l3")
    late: list[f.Fact] = [
        f.LegStarted(given_up, BACK, at(10), kinds.LegRole.CITIZEN, "callback", True),
        f.LegEstablished(given_up, BACK, at(20)),
    ]
    await take(engine, [*REQUESTED, *REACHED, *late])
    (uncut,) = await recordings.uncut(engine, instant(at(0)), instant(at(1000)))
    assert [talk.on.leg for talk in uncut.talks if talk.on is not None] == [CITIZEN]
