"""A citizen's call as the switchboard states it, from the first ring to the last leg: for tests of what is made of it.

Twelve seconds past noon: the numbers are seconds after `START`, so that figures can be checked in the head.
"""

from ctl.switchboard import facts as f
from ctl.switchboard import kinds
from ctl.switchboard.events import Cause
from ctl.switchboard.ids import CallId, DepartmentCode, Extension, LegId, Millis, Number, QueueName

START = 1_764_000_000_000
CALL = CallId("1764000000.7")
CITIZEN = LegId(CALL)
FIRST, SECOND = Extension("2001"), Extension("2002")
QUEUE, TAX = QueueName("general"), DepartmentCode("101")
BUSY_NUMBER, GOOD_NUMBER = Number("0312340001"), Number("0312340002")


def at(seconds: float) -> Millis:
    return START + round(seconds * 1000)


def leg(n: int) -> LegId:
    return LegId(f"{CALL}.l{n}")


def handed_off() -> list[f.Fact]:
    """Menu, queue, one operator lets it ring, the next answers, holds, consults (busy, then agreed), hands off."""
    return [
        f.CallStarted(CALL, at(0), kinds.CallKind.INBOUND, "0339811111", "0355550001", "代表電話"),
        f.LegStarted(CITIZEN, CALL, at(0), kinds.LegRole.CITIZEN, "0355550001", True),
        f.LegEstablished(CITIZEN, CALL, at(0)),
        f.IvrStepped(CALL, 2, at(5), "main", "abc", "menu", "menu", "key", "1", "tax", at(0)),
        f.SegmentEnded(CALL, 1, at(5), kinds.SegmentKind.IVR, at(0), None, None),
        f.CallQueued(CALL, 3, at(5), QUEUE, "tax", 5, 0),
        f.OfferMade(
            CALL, 5, at(6), leg(6), QUEUE, FIRST, 1000,
            (f.Candidate(FIRST, at(-600), 1), f.Candidate(SECOND, at(-300), 2)),
            ((Extension("2003"), "talking"), (Extension("2004"), "no_skill")),
        ),
        f.LegStarted(leg(6), CALL, at(6), kinds.LegRole.OPERATOR, FIRST, False),
        f.OperatorChanged(FIRST, 4, at(6), kinds.OperatorState.OFFERED, None, kinds.OperatorState.READY, CALL, "switchboard"),
        f.OperatorChanged(
            FIRST, 5, at(26), kinds.OperatorState.NOT_READY, "ring_timeout", kinds.OperatorState.OFFERED, None, "switchboard"
        ),
        f.OfferEnded(CALL, 5, at(26), FIRST, kinds.OfferResult.RING_TIMEOUT),
        f.LegClosed(leg(6), CALL, at(26), kinds.LegRole.OPERATOR, FIRST, False, at(6), None, Cause.NO_ANSWER, 19),
        f.OfferMade(CALL, 7, at(26), leg(8), QUEUE, SECOND, 21000, (f.Candidate(SECOND, at(-300), 2),), ()),
        f.LegStarted(leg(8), CALL, at(26), kinds.LegRole.OPERATOR, SECOND, False),
        f.LegEstablished(leg(8), CALL, at(30)),
        f.OfferEnded(CALL, 7, at(30), SECOND, kinds.OfferResult.ANSWERED),
        f.SegmentEnded(CALL, 4, at(30), kinds.SegmentKind.WAIT, at(5), None, None),
        f.SegmentEnded(CALL, 9, at(60), kinds.SegmentKind.TALK, at(30), SECOND, None),
        f.SegmentEnded(CALL, 10, at(70), kinds.SegmentKind.HOLD, at(60), SECOND, None),
        f.SegmentEnded(CALL, 11, at(80), kinds.SegmentKind.TALK, at(70), SECOND, None),
        f.HandoffStarted(CALL, 13, at(80), SECOND, TAX, BUSY_NUMBER, leg(14), False),
        f.LegStarted(leg(14), CALL, at(80), kinds.LegRole.DEPARTMENT, BUSY_NUMBER, True),
        f.HandoffEnded(CALL, 13, at(83), TAX, BUSY_NUMBER, leg(14), kinds.HandoffResult.BUSY, None),
        f.LegClosed(leg(14), CALL, at(83), kinds.LegRole.DEPARTMENT, BUSY_NUMBER, True, at(80), None, Cause.BUSY, 17),
        f.HandoffStarted(CALL, 15, at(83), SECOND, TAX, GOOD_NUMBER, leg(16), False),
        f.LegStarted(leg(16), CALL, at(83), kinds.LegRole.DEPARTMENT, GOOD_NUMBER, True),
        f.LegEstablished(leg(16), CALL, at(88)),
        f.HandoffEnded(CALL, 15, at(100), TAX, GOOD_NUMBER, leg(16), kinds.HandoffResult.COMPLETED, at(88)),
        f.SegmentEnded(CALL, 12, at(100), kinds.SegmentKind.CONSULT, at(80), SECOND, TAX),
        f.LegClosed(leg(8), CALL, at(100), kinds.LegRole.OPERATOR, SECOND, False, at(26), at(30), Cause.NORMAL, 16),
        f.CommandAnswered("c1", at(100), "complete", "phone:2002", None, CALL, None, True, "handed off"),
        f.PhoneSeen(FIRST, "2001w", at(101), False),
        f.SegmentEnded(CALL, 17, at(160), kinds.SegmentKind.HANDED_OFF, at(100), SECOND, TAX),
        f.CallEnded(CALL, at(160), kinds.Outcome.HANDED_OFF, "citizen", "tax", QUEUE, SECOND),
        f.LegClosed(
            CITIZEN, CALL, at(160), kinds.LegRole.CITIZEN, "0355550001", True, at(0), at(0), Cause.NORMAL, 16
        ),
        f.LegClosed(
            leg(16), CALL, at(160.25), kinds.LegRole.DEPARTMENT, GOOD_NUMBER, True, at(83), at(88), Cause.NORMAL, 16
        ),
    ]  # fmt: skip
