"""Talks in the PBX's own queue: learnt afterwards, with the caller or with his end."""

from collections.abc import Iterable

from ctl.switchboard import seating
from ctl.switchboard.events import CallServedElsewhere, TalkElsewhere
from ctl.switchboard.floor import Call, Phase
from ctl.switchboard.kinds import SegmentKind
from ctl.switchboard.records import replace
from ctl.switchboard.turn import Turn


def by_operators(turn: Turn, talks: Iterable[TalkElsewhere]) -> tuple[TalkElsewhere, ...]:
    """The fallback rings telephones and knows them by their numbers."""
    return tuple(replace(one, operator=seating.who_sat_at(turn.operators, one.operator)) for one in talks)


def was_there(turn: Turn, call: Call, talks: Iterable[TalkElsewhere]) -> bool:
    """Whether a caller whom we believe in our hands, and who came back, was in the PBX's own queue meanwhile.

    It tells of every caller anew after a gap, and of what he did there ever. Who has once come back is in no menu.
    """
    return call.phase is Phase.IVR or any(_is_new(turn, call, talk) for talk in talks)


def _is_new(turn: Turn, call: Call, talk: TalkElsewhere) -> bool:
    return call.segment is None or call.segment.started_at <= min(talk.answered_at, turn.now)


def talked(turn: Turn, call: Call, talks: Iterable[TalkElsewhere]) -> Call:
    """The caller waited, talked, and waits since then. What was told when he came back before is passed over.

    The PBX goes by a clock of its own, which may be ahead.
    """
    for talk in by_operators(turn, talks):
        answered_at, ended_at = min(talk.answered_at, turn.now), min(talk.ended_at, turn.now)
        if call.segment is None:
            call = turn.segment(call, SegmentKind.WAIT, None, None, call.started_at)
        if _is_new(turn, call, talk):
            call = turn.put(replace(call, operator=talk.operator))
            call = turn.segment(call, SegmentKind.TALK, talk.operator, None, answered_at)
            call = turn.segment(call, SegmentKind.WAIT, talk.operator, None, ended_at)
    return call


def talked_last(turn: Turn, call: Call, news: CallServedElsewhere) -> Call:
    """The talk that ended with the call. What we had the caller in goes on until then: nobody says when he left us."""
    if news.answered_at is None:
        return call
    began = call.segment.started_at if call.segment is not None else call.started_at
    call = turn.put(replace(call, operator=news.operator or call.operator))
    return turn.segment(call, SegmentKind.TALK, news.operator, None, max(began, min(news.answered_at, turn.now)))
