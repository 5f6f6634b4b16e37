"""What the records say of modes and short messages: beginnings and ends meet in one row, in whatever order they come."""

from collections.abc import Sequence

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from ctl.cms.conditions import ConditionRecords
from ctl.cms.ingest import Ingest
from ctl.database.base import instant
from ctl.journal.codec import FACTS
from ctl.journal.shipper import Shipped
from ctl.switchboard.events import Permission
from ctl.switchboard.facts import Fact, NoticeBegan, NoticeEnded, NoticeSaid, SwitchAsked, SwitchBegan, SwitchEnded
from ctl.switchboard.ids import CallId, Media, ModeName, NoticeId, Number, SwitchId
from ctl.switchboard.kinds import NoticeEnd, SwitchEnd
from tests.stories import at

SWITCH, MODE = SwitchId("s1"), ModeName("site-down")
NOTICE = NoticeId("n1")


async def take(engine: AsyncEngine, facts: Sequence[Fact]) -> None:
    ingest = Ingest(engine)
    position = await ingest.position("j")
    shipped = [Shipped(position + n, fact, FACTS.encode_fact(fact)) for n, fact in enumerate(facts)]
    await ingest.take("j", position, position + len(facts), shipped, now=0)


TOLD: list[Fact] = [
    SwitchAsked(
        SWITCH,
        at(0),
        MODE,
        "cli:ops",
        "統括SV",
        "区民相談課",
        "停電",
        at(60),
        None,
        Permission("課長", at(-9), at(999)),
    ),
    SwitchBegan(SWITCH, at(60), MODE, None),
    SwitchEnded(SWITCH, at(90), MODE, SwitchEnd.BACK, "cli:sv", "統括SV", "区民相談課", "復電"),
    NoticeBegan(NOTICE, at(1), "停電です。", Media("sound:ctl/1"), (Number("0339811111"),), at(500), "cli:ops"),
    NoticeSaid(CallId("1.1"), 2, at(2), NOTICE),
    NoticeSaid(CallId("1.2"), 2, at(3), NOTICE),
    NoticeEnded(NOTICE, at(80), NoticeEnd.STOPPED, "cli:sv"),
]


@pytest.mark.parametrize("told", [TOLD, TOLD[::-1], [*TOLD, *TOLD]], ids=["in order", "backwards", "twice"])
async def test_one_row_holds_who_asked_why_with_whose_leave_and_how_it_ended(
    engine: AsyncEngine, told: Sequence[Fact]
) -> None:
    await take(engine, told)
    records = ConditionRecords(engine)
    (switch,) = await records.switches(9)
    assert (switch.mode, switch.requested_by, switch.approved_by, switch.reason) == (
        MODE,
        "統括SV",
        "区民相談課",
        "停電",
    )
    assert (switch.permitted_by, switch.permitted_until) == ("課長", instant(at(999)))
    assert (switch.asked_at, switch.began_at, switch.ended_at) == (instant(at(0)), instant(at(60)), instant(at(90)))
    assert (switch.how, switch.end_by, switch.end_reason) == ("back", "cli:sv", "復電")
    (notice,) = await records.notices(9)
    assert (notice.text, notice.numbers, notice.by, notice.how) == ("停電です。", ["0339811111"], "cli:ops", "stopped")
    assert (notice.began_at, notice.ended_at, notice.heard) == (instant(at(1)), instant(at(80)), 2)
