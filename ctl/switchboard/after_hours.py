"""Callers who still wait when the hours of their queue end: they are served all the same, and are told so once."""

from ctl.switchboard import facts
from ctl.switchboard.floor import Call
from ctl.switchboard.hours import closes_at, is_open
from ctl.switchboard.ids import Millis, PromptName
from ctl.switchboard.plan import AfterHours, Queue
from ctl.switchboard.records import replace
from ctl.switchboard.turn import Turn


def told_at(turn: Turn, call: Call, queue: Queue, planned: Millis | None) -> Millis | None:
    """When a waiting caller is to be told something next: at ``planned``, or sooner if the hours end before."""
    rule = _rule(call, queue)
    plan = turn.plan_of(call)
    ends = closes_at(plan.hours[rule.hours], plan.holidays, turn.now) if rule is not None else None
    return min((at for at in (planned, ends) if at is not None), default=None)


def take(turn: Turn, call: Call, queue: Queue) -> tuple[Call, tuple[PromptName, ...]]:
    """What is to be said to a caller who came while it was open, when it no longer is; stated as told."""
    rule = _rule(call, queue)
    if rule is None or call.queued_at is None:
        return call, ()
    plan = turn.plan_of(call)
    hours = plan.hours[rule.hours]
    if is_open(hours, plan.holidays, turn.now) or not is_open(hours, plan.holidays, call.queued_at):
        return call, ()
    call, n = turn.number(replace(call, heard=replace(call.heard, after_hours=True)))
    turn.record(facts.WaitAnnounced(call.id, n, turn.now, queue.name, None, None, after_hours=True))
    return call, rule.say


def _rule(call: Call, queue: Queue) -> AfterHours | None:
    """What the queue says, to a caller who has not heard it."""
    return queue.announce.after_hours if queue.announce is not None and not call.heard.after_hours else None
