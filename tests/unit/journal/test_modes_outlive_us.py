"""A mode outlives a restart of the switchboard, with a snapshot of the floor or without."""

from pathlib import Path

import pytest

from ctl.journal.journal import Journal
from ctl.runtime.recovery import recover
from ctl.switchboard import core, effects
from ctl.switchboard.events import CallArrived, Event, ModeAsked, NoticeAsked, Permission, PlanAdopted
from ctl.switchboard.floor import Floor, empty
from ctl.switchboard.ids import CallId, CommandId, LegId, Media
from tests.plans import CITY, SITE_DOWN, plan_for_bad_days

TYPHOON = Media("sound:ctl/typhoon")
LEAVE = Permission("課長", 0, 2**45)
BEFORE: tuple[Event, ...] = (
    PlanAdopted(plan_for_bad_days()),
    ModeAsked(CommandId("m"), "cli", SITE_DOWN, "SV", "課長", "停電", permission=LEAVE),
    NoticeAsked(CommandId("n"), "cli", "停電です。", TYPHOON),
)


@pytest.mark.parametrize("snapshot_after", [None, 1, 3], ids=["no snapshot", "of the usual", "of the bad day"])
def test_the_next_caller_after_a_restart_meets_the_mode_and_the_message(
    tmp_path: Path, snapshot_after: int | None
) -> None:
    journal = Journal(tmp_path / "journal.sqlite")
    floor: Floor = empty()
    for n, event in enumerate(BEFORE, 1):
        floor, _ = core.step(floor, event, n)
        seq = journal.append_batch([(n, event, ())])
        if n == snapshot_after:
            journal.snapshot(seq, floor)
    journal.close()

    again = Journal(tmp_path / "journal.sqlite")
    restored = again.restore()
    again.close()
    back = recover(restored.floor, restored.events, core.step).floor
    assert back == floor
    back, done = core.step(back, CallArrived(CallId("a"), LegId("a"), CITY, "0312345678"), 10)
    assert [one.media for one in done if isinstance(one, effects.Say)] == [(TYPHOON,)]
    assert back.calls[CallId("a")].plan == "plan-1+site-down"
