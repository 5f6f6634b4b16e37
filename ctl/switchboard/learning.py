"""Learning how the queues fare, from the facts of each turn: a few steps for each fact, whatever is on the floor.

| fact | what is learned |
|---|---|
| `CallQueued`, but of a call-back | one more came |
| `SegmentEnded` of a wait | how long it was |
| `CallEnded`, abandoned | it ended because the caller gave up |
| `OperatorChanged` | handling begins with an offer, and ends when the operator is ready or not at work again |
"""

from ctl.switchboard import facts
from ctl.switchboard.effects import Record
from ctl.switchboard.experience import Experience, Pace, Work
from ctl.switchboard.floor import Floor
from ctl.switchboard.ids import CallId, QueueName
from ctl.switchboard.kinds import NOT_AT_WORK, OperatorState, Outcome, SegmentKind
from ctl.switchboard.records import replace
from ctl.switchboard.turn import Turn

GAVE_UP = frozenset({Outcome.ABANDONED_QUEUE, Outcome.ABANDONED_RINGING})
FREE_AGAIN = NOT_AT_WORK | {OperatorState.READY}


def learn(turn: Turn, before: Floor) -> None:
    """Take in what this turn has stated. ``before``: the floor it began with."""
    for effect in turn.effects:
        if not isinstance(effect, Record):
            continue
        match effect.fact:
            case facts.CallQueued(queue=queue) if not _is_promised(turn, effect.fact.call):
                _put(turn, queue, _pace(turn, queue).with_arrival(turn.now))
            case facts.SegmentEnded(kind=SegmentKind.WAIT) as wait:
                if (queue := _queue_of(turn, before, wait.call)) is not None:
                    _put(turn, queue, _pace(turn, queue).with_wait(wait.at - wait.started_at))
            case facts.CallEnded(queue=queue, outcome=outcome) if queue is not None and outcome in GAVE_UP:
                known = _pace(turn, queue)
                _put(turn, queue, replace(known, gave_up=known.gave_up + 1))
            case facts.OperatorChanged() as change:
                _work(turn, before, change)
            case _:
                pass


def _is_promised(turn: Turn, name: CallId) -> bool:
    """A call-back whose queue a deploy took away: it has come long ago."""
    return (call := turn.calls.get(name)) is not None and call.callback is not None


def _work(turn: Turn, before: Floor, change: facts.OperatorChanged) -> None:
    work = dict(turn.experience.work)
    if change.state is OperatorState.OFFERED and change.call is not None:
        queue = _queue_of(turn, before, change.call)
        if queue is None:
            return
        work[change.extension] = Work(queue, change.at)
    elif change.state in FREE_AGAIN and (done := work.pop(change.extension, None)) is not None:
        if change.previous is not OperatorState.OFFERED:  # else it rang in vain
            _put(turn, done.queue, _pace(turn, done.queue).with_handling(change.at - done.since, turn.now))
    else:
        return
    turn.experience = replace(turn.experience, work=work)


def _queue_of(turn: Turn, before: Floor, name: CallId) -> QueueName | None:
    call = turn.calls.get(name) or before.calls.get(name)
    return call.queue if call is not None else None


def _pace(turn: Turn, queue: QueueName) -> Pace:
    return turn.experience.paces.get(queue, Pace())


def _put(turn: Turn, queue: QueueName, pace: Pace) -> None:
    turn.experience = Experience({**turn.experience.paces, queue: pace}, turn.experience.work)
