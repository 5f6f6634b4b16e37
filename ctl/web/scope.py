"""Whose calls: the reach of the policy turned into a question to the records; and telephone numbers for who may see them.

`Reach.OWN`: the calls of one's own extension. `Reach.GROUP`: those of operators with a skill in a group in one's charge,
and those of queues that such a group serves, as the plan in force has it.
"""

from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from aiohttp import web

from ctl.cms.records import CITIZEN_IS_CALLED, CallRecord, Story, Within
from ctl.runtime.document import CallRow
from ctl.security.policy import Action, Reach
from ctl.security.who import Who
from ctl.switchboard.numbering import masked
from ctl.switchboard.plan import Plan
from ctl.web.charge import Charge
from ctl.web.keys import NAMES
from ctl.web.permission import who

T = TypeVar("T")


def within(request: web.Request, action: Action) -> Within | None:
    """Which calls the person who asks may ``action``; None for all."""
    return calls_of(who(request), action, request.app[NAMES].plan)


def calls_of(me: Who, action: Action, plan: Plan | None) -> Within | None:
    """The same, without a request. Without a plan only one's own calls are known to be in one's charge."""
    own = frozenset({me.extension} if me.extension else ())
    match me.reach(action):
        case Reach.ALL:
            return None
        case Reach.GROUP:
            mine = Charge(me.groups, plan)
            return None if mine.groups is None else Within(own | mine.operators(), mine.queues())
        case Reach.OWN:
            return Within(own)
        case Reach.NONE:
            return Within(frozenset())


def covers(mine: Within | None, call: CallRecord) -> bool:
    """Whether a call is one of these."""
    return mine is None or mine.covers(call)


def without_number(row: CallRecord) -> CallRecord:
    """The citizen's number is who called, or whom we called."""
    if row.kind in CITIZEN_IS_CALLED:
        return replace(row, called=masked(row.called))
    return replace(row, caller=masked(row.caller)) if row.caller else row


def row_without_number(row: CallRow) -> CallRow:
    """The same of a call that runs."""
    if row["kind"] in CITIZEN_IS_CALLED:
        return {**row, "called": masked(row["called"])}
    return {**row, "caller": masked(row["caller"])}


def masked_story(story: Story) -> Story:
    """The same story; wherever the citizen's number stands, as much of it as anybody may see."""
    call = story.call
    number = call.called if call.kind in CITIZEN_IS_CALLED else call.caller
    if not number:
        return story
    return replace(story, call=without_number(call), facts=[_with_mask(fact, number) for fact in story.facts])


def _with_mask(value: T, number: str) -> T:
    """A copy in which every text that is the number is masked, however deep it stands."""
    found: Any = value
    if isinstance(found, str):
        return type(found)(masked(number)) if found == number else found  # type: ignore[return-value]
    if is_dataclass(found) and not isinstance(found, type):
        changed = {}
        for field in fields(found):
            before = getattr(found, field.name)
            after = _with_mask(before, number)
            if after is not before:
                changed[field.name] = after
        return replace(found, **changed) if changed else found  # type: ignore[return-value]
    if isinstance(found, tuple):
        parts = tuple(_with_mask(part, number) for part in found)
        return parts if any(new is not old for new, old in zip(parts, found, strict=True)) else found  # type: ignore[return-value]
    return value
