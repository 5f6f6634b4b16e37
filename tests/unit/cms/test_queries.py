"""What the records say of a call agrees with what happened in it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncEngine

from ctl.cms import recordings
from ctl.cms.ingest import Ingest
from ctl.cms.queries import Records, page_of
from ctl.cms.records import CallQuery, Column, HandoffRecord, Within
from ctl.database.base import instant
from ctl.database.engine import DatabaseAway, DatabaseUnprepared, engine_for
from ctl.journal.codec import FACTS
from ctl.journal.shipper import Shipped
from ctl.switchboard.facts import CallEnded, CallStarted, Fact, HandoffEnded, SegmentEnded
from ctl.switchboard.ids import CallId, Extension
from ctl.switchboard.kinds import CallKind, Outcome, SegmentKind
from tests.postgres import Cluster
from tests.stories import CALL, GOOD_NUMBER, QUEUE, SECOND, at, handed_off, leg


async def take(engine: AsyncEngine, facts: list[Fact]) -> None:
    ingest = Ingest(engine)
    position = await ingest.position("j")
    shipped = [Shipped(position + n, fact, FACTS.encode_fact(fact)) for n, fact in enumerate(facts)]
    await ingest.take("j", position, position + len(facts), shipped, now=0)


def short_call(n: int, **ended: object) -> list[Fact]:
    call = CallId(f"1764000000.{n}")
    end = CallEnded(call, at(n + 9), Outcome.ABANDONED_QUEUE, "citizen", None, QUEUE, None)
    return [
        CallStarted(call, at(n), CallKind.INBOUND, "0345662466", f"03555500{n}", None),
        SegmentEnded(call, 1, at(n + 9), SegmentKind.WAIT, at(n), None, None),
        replace(end, **ended),  # type: ignore[arg-type]
    ]


async def test_the_figures_of_a_call_add_up(engine: AsyncEngine) -> None:
    await take(engine, handed_off())
    page = await Records(engine).calls(CallQuery())
    (call,) = page.rows
    assert page.total == 1
    assert (call.wait_ms, call.talk_ms, call.hold_ms) == (25_000, 40_000, 10_000)
    assert (call.outcome, call.operator, call.menu, call.queue) == ("handed_off", SECOND, "tax", QUEUE)
    assert call.started_at == instant(at(0))
    assert call.ended_at == instant(at(160))
    busy, agreed = call.handoffs
    assert (busy.result, busy.consult_ms, busy.outside_ms) == ("busy", 3_000, 0)
    assert agreed == HandoffRecord("101", GOOD_NUMBER, "completed", 17_000, 72_250)


async def test_a_story_is_told_in_the_order_in_which_it_was_stated(engine: AsyncEngine) -> None:
    facts = handed_off()
    await take(engine, facts)
    story = await Records(engine).story(CALL)
    assert story is not None
    told_of_the_call = [fact for fact in facts if getattr(fact, "call", None) == CALL]
    assert list(story.facts) == told_of_the_call
    assert await Records(engine).story("unheard.of") is None


async def test_a_call_that_goes_on_has_no_end_and_no_outcome(engine: AsyncEngine) -> None:
    await take(engine, handed_off()[:20])
    (call,) = (await Records(engine).calls(CallQuery())).rows
    assert (call.ended_at, call.outcome) == (None, None)
    assert call.wait_ms == 25_000


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (CallQuery(since=instant(at(20))), [30, 20]),
        (CallQuery(until=instant(at(20))), [11, 10]),
        (CallQuery(outcome=Outcome.CLOSED), [30]),
        (CallQuery(operator="2009"), [20]),
        (CallQuery(queue="nowhere"), []),
        (CallQuery(called="0345662466", sort="started_at", descending=False), [10, 11, 20, 30]),
        (CallQuery(kind=CallKind.OUTBOUND), []),
        (CallQuery(kind=None, limit=2, offset=1), [20, 11]),
        (CallQuery(sort="wait_ms", limit=2), [30, 20]),
    ],
)
async def test_calls_are_found_sorted_and_paged(engine: AsyncEngine, query: CallQuery, expected: list[int]) -> None:
    await take(
        engine,
        [
            *short_call(10),
            *short_call(11),
            *short_call(20, operator="2009", outcome=Outcome.ANSWERED),
            *short_call(30, outcome=Outcome.CLOSED),
        ],
    )
    page = await Records(engine).calls(query)
    assert [int(call.id.split(".")[1]) for call in page.rows] == expected
    assert page.total >= len(expected)


@pytest.mark.parametrize(
    ("numbers", "kind", "expected"),
    [
        (None, CallKind.OUTBOUND, [20, 30, 10]),
        (Within(frozenset({"2001", "2002"})), CallKind.OUTBOUND, [20, 30, 10]),
        (Within(frozenset()), CallKind.OUTBOUND, [10, 20, 30]),
        (Within(frozenset({"2002"})), CallKind.OUTBOUND, [30, 10, 20]),
        (Within(frozenset()), None, [40, 10, 20, 30]),
        (Within(frozenset()), CallKind.INBOUND, [40]),
    ],
)
async def test_citizens_numbers_that_are_not_shown_do_not_order_calls(
    engine: AsyncEngine, numbers: Within | None, kind: CallKind | None, expected: list[int]
) -> None:
    """Calls to them stand last, as they came."""
    for n, called, operator in ((10, "0300000003", "2001"), (20, "0300000001", "2001"), (30, "0300000002", "2002")):
        started, *others = short_call(n, operator=Extension(operator))
        assert isinstance(started, CallStarted)
        await take(engine, [replace(started, kind=CallKind.OUTBOUND, called=called), *others])
    await take(engine, short_call(40))
    query = CallQuery(kind=kind, sort="called", descending=False, numbers=numbers)
    assert [int(call.id.split(".")[1]) for call in (await Records(engine).calls(query)).rows] == expected


async def test_figures_count_a_segment_that_arrives_before_its_call(engine: AsyncEngine) -> None:
    started, *others = short_call(10)
    await take(engine, others)
    assert (await Records(engine).calls(CallQuery())).rows == []
    await take(engine, [started])
    (call,) = (await Records(engine).calls(CallQuery())).rows
    assert call.wait_ms == 9_000


@pytest.mark.parametrize("descending", [True, False])
@pytest.mark.parametrize("column", ["wait_ms", "talk_ms", "hold_ms"])
async def test_sorting_by_a_figure_reads_an_index_and_sorts_nothing(
    engine: AsyncEngine, column: Column, descending: bool
) -> None:
    query = page_of(CallQuery(sort=column, descending=descending))
    asked = query.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})  # type: ignore[no-untyped-call]
    async with engine.connect() as connection:
        # Sorting is right for a table without rows; here it shall stay only where nothing else is possible.
        await connection.execute(text("SET LOCAL enable_sort = off"))
        plan = "\n".join(await connection.scalars(text(f"EXPLAIN {asked}")))
    assert f"calls_{column}_id_idx" in plan
    assert "Sort" not in plan


async def test_talk_waits_to_be_cut_until_a_recording_is_indexed(engine: AsyncEngine) -> None:
    await take(engine, handed_off())
    window = (instant(at(0)), instant(at(161)))
    (job,) = await recordings.uncut(engine, *window)
    assert [(talk.n, talk.kind) for talk in job.talks] == [
        (9, SegmentKind.TALK),
        (11, SegmentKind.TALK),
        (12, SegmentKind.CONSULT),
        (17, SegmentKind.HANDED_OFF),
    ]
    assert await recordings.uncut(engine, instant(at(0)), instant(at(160))) == [], "it has only just ended"

    row = {
        "call": CALL, "segment": 9, "kind": "talk", "operator": SECOND, "department": None,
        "started_at": instant(at(30)), "duration_ms": 30_000, "verdict": "complete", "lost_ms": 0, "gap_ms": 0,
        "file": "segments/x.wav", "sha256": "ab", "bytes": 960_044, "note": None,
    }  # fmt: skip
    await recordings.index(engine, [row], now=at(200))
    await recordings.index(engine, [row], now=at(201))
    (job,) = await recordings.uncut(engine, *window)
    assert [talk.n for talk in job.talks] == [11, 12, 17]
    (call,) = (await Records(engine).calls(CallQuery())).rows
    assert [(one.segment, one.seconds) for one in call.recordings] == [(9, 30.0)]
    assert await Records(engine).recording(CALL, 9) == call.recordings[0]
    assert await Records(engine).recording(CALL, 11) is None


async def test_a_consultation_begins_when_the_department_answers_and_names_its_leg(engine: AsyncEngine) -> None:
    await take(engine, handed_off())
    (job,) = await recordings.uncut(engine, instant(at(0)), instant(at(161)))
    (consultation,) = [talk for talk in job.talks if talk.kind is SegmentKind.CONSULT]
    assert (consultation.started_at, consultation.ended_at) == (at(88), at(100))
    assert consultation.on == recordings.DepartmentLeg(leg(16), at(88))
    assert all(talk.on is None for talk in job.talks if talk is not consultation)


async def test_a_consultation_goes_on_with_the_supervisor_who_relieves_the_operator(engine: AsyncEngine) -> None:
    facts: list[Fact] = []
    for fact in handed_off():
        if isinstance(fact, SegmentEnded) and fact.kind is SegmentKind.CONSULT:
            facts.append(replace(fact, at=at(92)))
            facts.append(replace(fact, n=99, started_at=at(92), operator=Extension("2009")))
        else:
            facts.append(fact)
    await take(engine, facts)
    (job,) = await recordings.uncut(engine, instant(at(0)), instant(at(161)))
    consulted = [talk for talk in job.talks if talk.kind is SegmentKind.CONSULT]
    assert [(one.started_at, one.ended_at, one.operator) for one in consulted] == [
        (at(88), at(92), SECOND),
        (at(92), at(100), "2009"),
    ]
    assert {one.on for one in consulted} == {recordings.DepartmentLeg(leg(16), at(88))}


async def test_nobody_talks_while_a_department_only_rings(engine: AsyncEngine) -> None:
    unanswered = [replace(fact, answered_at=None) if isinstance(fact, HandoffEnded) else fact for fact in handed_off()]
    await take(engine, unanswered)
    (job,) = await recordings.uncut(engine, instant(at(0)), instant(at(161)))
    assert SegmentKind.CONSULT not in {talk.kind for talk in job.talks}


async def test_a_call_of_an_operator_goes_on_on_the_departments_leg(engine: AsyncEngine) -> None:
    outbound = [
        replace(fact, kind=CallKind.OUTBOUND) if isinstance(fact, CallStarted) else fact for fact in handed_off()
    ]
    await take(engine, outbound)
    (job,) = await recordings.uncut(engine, instant(at(0)), instant(at(161)))
    assert {talk.kind: talk.on for talk in job.talks} == {
        SegmentKind.TALK: None,
        SegmentKind.CONSULT: recordings.DepartmentLeg(leg(16), at(88)),
        SegmentKind.HANDED_OFF: recordings.DepartmentLeg(leg(16), at(88)),
    }


async def test_an_absent_postgres_is_told_in_words(cluster: Cluster) -> None:
    absent = engine_for(cluster.engine().url.set(port=1))
    with pytest.raises(DatabaseAway, match="ctl up"):
        await Records(absent).ping()


async def test_missing_tables_name_the_command_that_makes_them(cluster: Cluster) -> None:
    elsewhere = cluster.engine().execution_options(schema_translate_map={None: "nowhere"})
    with pytest.raises(DatabaseUnprepared, match="ctl database migrate"):
        await Records(elsewhere).ping()
    await elsewhere.dispose()


async def test_the_index_is_used_for_the_list_of_a_day(engine: AsyncEngine) -> None:
    await take(engine, [fact for n in range(100, 400) for fact in short_call(n)])
    since = instant(at(390))
    page = await Records(engine).calls(CallQuery(since=since, until=since + timedelta(seconds=5)))
    assert page.total == 5
