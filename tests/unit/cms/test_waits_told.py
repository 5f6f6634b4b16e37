"""What callers were told of their wait, in the records: one row for each telling, however often it is sent."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from ctl.cms.models import WaitAnnouncement
from ctl.database.base import instant
from ctl.switchboard.facts import WaitAnnounced
from ctl.switchboard.ids import CallId, QueueName
from tests.stories import at
from tests.unit.cms.test_conditions import take

TAX = QueueName("tax")
TOLD = [
    WaitAnnounced(CallId("1.1"), 5, at(20), TAX, 12, 900, True),
    WaitAnnounced(CallId("1.1"), 7, at(50), TAX, 11, None),
    WaitAnnounced(CallId("1.1"), 9, at(60), TAX, None, None, after_hours=True),
]


async def test_each_telling_is_a_row(engine: AsyncEngine) -> None:
    await take(engine, [*TOLD, *TOLD])
    async with engine.connect() as connection:
        table = WaitAnnouncement.__table__
        rows = (await connection.execute(select(table).where(table.c.call == "1.1").order_by(table.c.n))).all()
    assert [tuple(row) for row in rows] == [
        ("1.1", 5, instant(at(20)), "tax", 12, 900, True, False),
        ("1.1", 7, instant(at(50)), "tax", 11, None, False, False),
        ("1.1", 9, instant(at(60)), "tax", None, None, False, True),
    ]
