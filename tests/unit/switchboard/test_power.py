"""The machine was off: whatever was missing afterwards had ended by then, however late we learn of it."""

from ctl.switchboard import facts
from ctl.switchboard.events import Do, PbxFound
from ctl.switchboard.ids import CallId
from ctl.switchboard.kinds import OperatorState, Outcome, SegmentKind
from tests.floor_driver import Driver

OFF_MS = 2 * 3600 * 1000


def test_calls_that_the_power_ended_last_no_longer_than_it() -> None:
    desk = Driver()
    desk.ready("2001")
    desk.talks("a", "2001")
    desk.waits_in_civil("b")
    desk.passes(60_000)
    gone_by = desk.now
    desk.happens(PbxFound((), booted=True))
    ended = {fact.call: (fact.at, fact.outcome) for fact in desk.recorded(facts.CallEnded)}
    assert ended == {CallId("a"): (gone_by, Outcome.LOST), CallId("b"): (gone_by, Outcome.LOST)}
    assert {fact.at for fact in desk.recorded(facts.LegClosed)} == {gone_by}
    last = {fact.call: (fact.kind, fact.at) for fact in desk.recorded(facts.SegmentEnded)}
    assert last == {CallId("a"): (SegmentKind.TALK, gone_by), CallId("b"): (SegmentKind.WAIT, gone_by)}


def test_how_long_the_machine_was_off_is_no_ones_handling_of_a_call() -> None:
    desk = Driver()
    desk.ready("2001")
    desk.talks("a", "2001")
    desk.happens(PbxFound((), booted=True))
    desk.passes(OFF_MS)
    assert desk.command(Do.WRAP_UP_DONE, "2001").ok
    assert desk.operator("2001").state is OperatorState.READY
    assert {pace.handled for pace in desk.floor.experience.paces.values()} == {0}
