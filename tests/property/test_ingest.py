"""Facts in any order, in any portions, twice or thrice: the rows are the same."""

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine

from ctl.cms.ingest import Ingest
from ctl.cms.shape import key_of, merged, row_of
from ctl.journal.codec import FACTS
from ctl.journal.shipper import Shipped
from ctl.switchboard.facts import Fact
from tests.examples import examples
from tests.postgres import Cluster, empty, everything
from tests.records import any_fact
from tests.stories import handed_off

STORY = handed_off()


SEQ = {key_of(fact): n for n, fact in enumerate(STORY)}

muddled = st.tuples(st.permutations(STORY), st.lists(st.sampled_from(STORY))).map(lambda both: [*both[0], *both[1]])


@given(muddled)
def test_order_and_repetition_shape_the_same_rows(facts: list[Fact]) -> None:
    assert merged(map(row_of, facts)) == merged(map(row_of, STORY))


@given(any_fact)
def test_every_fact_has_a_row_and_a_key(fact: Fact) -> None:
    (rows,) = merged([row_of(fact)]).values()
    assert len(rows) == 1
    assert all(value is not None for value in row_of(fact).key.values())
    assert key_of(fact).startswith(f'["{type(fact).__name__}"')


@settings(max_examples=examples(12))
@given(muddled, st.integers(1, 20))
def test_order_repetition_and_portions_leave_the_same_tables(cluster: Cluster, facts: list[Fact], portion: int) -> None:
    assert asyncio.run(_tables_after(cluster, facts, portion)) == asyncio.run(_tables_after(cluster, STORY, 1000))


async def _tables_after(cluster: Cluster, facts: list[Fact], portion: int) -> dict[str, set[str]]:
    engine = cluster.engine()
    try:
        await cluster.has_tables(engine)
        await empty(engine)
        ingest = Ingest(engine)
        for after in range(0, len(facts), portion):
            some = facts[after : after + portion]
            shipped = [Shipped(SEQ.get(key_of(fact), 0), fact, FACTS.encode_fact(fact)) for fact in some]
            await ingest.take("j", after, after + portion, shipped, now=0)
        return await everything(engine)
    finally:
        await engine.dispose()


async def test_entries_without_any_fact_only_move_the_position(engine: AsyncEngine) -> None:
    ingest = Ingest(engine)
    assert await ingest.take("j", 0, 7, [], now=0) == 7
    assert await ingest.position("j") == 7
    assert not any((await everything(engine)).values())


@settings(max_examples=examples(30))
@given(st.lists(any_fact, max_size=5))
def test_postgres_takes_whatever_can_be_stated(cluster: Cluster, facts: list[Fact]) -> None:
    tables = asyncio.run(_tables_after(cluster, facts, 1000))
    assert len(tables["facts"]) <= len(facts)
    assert bool(tables["facts"]) == bool(facts)
