"""What the records say of an alarm: raised, seen and over meet in one row, in whatever order they come."""

from collections.abc import Sequence

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from ctl.cms.alarms import alarms_between
from ctl.cms.models import Alarm
from ctl.database.base import instant
from ctl.switchboard.events import AlarmKind
from ctl.switchboard.facts import AlarmCleared, AlarmRaised, AlarmSeen, Fact
from ctl.switchboard.ids import AlarmId
from tests.stories import at
from tests.unit.cms.test_conditions import take

ALARM = AlarmId("long_wait:civil@1.1")
TOLD: list[Fact] = [
    AlarmRaised(ALARM, at(0), AlarmKind.LONG_WAIT, "civil", "somebody waits"),
    AlarmSeen(ALARM, at(5), "cli:sv"),
    AlarmCleared(ALARM, at(9)),
]


@pytest.mark.parametrize("told", [TOLD, TOLD[::-1], [*TOLD, *TOLD]], ids=["in order", "backwards", "twice"])
async def test_one_row_holds_what_it_was_and_who_saw_it_when(engine: AsyncEngine, told: Sequence[Fact]) -> None:
    await take(engine, told)
    async with engine.connect() as connection:
        (row,) = await connection.execute(select(Alarm.__table__))
    assert (row.id, row.kind, row.about, row.what) == (ALARM, "long_wait", "civil", "somebody waits")
    assert (row.raised_at, row.seen_at, row.seen_by) == (instant(at(0)), instant(at(5)), "cli:sv")
    assert row.cleared_at == instant(at(9))


async def test_a_stretch_holds_what_was_raised_in_it_the_newest_first(engine: AsyncEngine) -> None:
    raised = [AlarmRaised(AlarmId(f"trunk_full@{n}"), at(n), AlarmKind.TRUNK_FULL, None, "all taken") for n in range(4)]
    await take(engine, raised)
    found = await alarms_between(engine, instant(at(1)), instant(at(3)), 10)
    assert [one.id for one in found] == ["trunk_full@2", "trunk_full@1"]
    assert [one.id for one in await alarms_between(engine, instant(at(0)), instant(at(9)), 1)] == ["trunk_full@3"]
