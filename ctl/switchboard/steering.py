"""What supervisors do about callers who wait, and what they tell operators.

A caller who is moved or gets another priority keeps the place. One who is pulled is offered to the named operator at
once, whatever the skills and whoever waits before; the rules have their say again when that offer comes to nothing.
"""

from ctl.switchboard import acd, authority, facts, operator
from ctl.switchboard.events import Commanded, Do
from ctl.switchboard.floor import Call, Phase
from ctl.switchboard.ids import Extension, QueueName
from ctl.switchboard.kinds import OfferResult, OperatorState
from ctl.switchboard.turn import Turn

HIGHEST, LOWEST = 1, 9
"""Priorities: smaller is served first."""
LONGEST_TEXT = 200
"""Characters that a glance takes in."""


def steer(turn: Turn, call: Call, command: Commanded) -> str | None:
    """Do something about a caller who waits. Returns None, or why not."""
    if call.phase not in (Phase.WAITING, Phase.RINGING):
        return f"call {call.id} is {call.phase.value}; {command.do.value} needs one that is waiting or ringing"
    if call.callback is not None:
        return f"call {call.id} is a call-back: `ctl callbacks now` or `cancel` steer it"
    refusal = authority.over_caller(turn, command.supervisor, call)
    if refusal is not None:
        return refusal
    by = f"supervisor {command.supervisor}" if command.supervisor else command.by
    match command.do:
        case Do.MOVE:
            return _move(turn, call, QueueName(command.argument or ""), by)
        case Do.PRIORITY:
            return _prioritise(turn, call, command.argument or "", by)
        case _:
            return _pull(turn, call, Extension(command.argument or ""), by)


def _move(turn: Turn, call: Call, name: QueueName, by: str) -> str | None:
    plan = turn.current_plan or turn.plan_of(call)
    queue = plan.queues.get(name)
    if queue is None:
        return f"there is no queue {name!r}; allowed: {', '.join(plan.queues)}"
    acd.requeue(turn, _waits(turn, call), queue, queue.priority, by)
    return None


def _prioritise(turn: Turn, call: Call, text: str, by: str) -> str | None:
    if not (text.isascii() and text.isdecimal() and HIGHEST <= int(text) <= LOWEST):
        return f"{text!r} is no priority: {HIGHEST} (first) to {LOWEST} are allowed"
    call = _waits(turn, call)
    acd.requeue(turn, call, acd.queue_of(turn, call), int(text), by)
    return None


def _pull(turn: Turn, call: Call, extension: Extension, by: str) -> str | None:
    known = operator.find(turn, extension)
    if known is None:
        return f"unknown extension {extension!r}; `ctl floor` shows all"
    if call.offer is not None and call.offer.operator == extension:
        return f"the telephone of {extension} is ringing for call {call.id} already"
    if not acd.could_be_offered(turn, known):
        return f"operator {extension} is {known.state.value} or has no free telephone; name one who is ready"
    acd.pull(turn, _waits(turn, call), known, by)
    return None


def _waits(turn: Turn, call: Call) -> Call:
    """The caller, taken back from a telephone that rings."""
    if call.offer is not None:
        acd.take_back(turn, call, OfferResult.WITHDRAWN)
    return turn.calls[call.id]


# --- texts ------------------------------------------------------------------------------------------------------------


def text(turn: Turn, command: Commanded) -> str | None:
    """A short text to one operator, to a group, or to everybody who is logged in and in the supervisor's charge."""
    said = (command.argument or "").strip()
    if not 1 <= len(said) <= LONGEST_TEXT:
        return f"a text has 1 to {LONGEST_TEXT} characters, this one has {len(said)}"
    refusal = _may_not_tell(turn, command)
    if refusal is not None:
        return refusal
    to = (command.extension,) if command.extension is not None else _present(turn, command)
    if not to:
        return "nobody is logged in to whom the text could go"
    turn.record(facts.TextSent(command.command, turn.now, command.by, command.supervisor, to, said))
    return None


def _may_not_tell(turn: Turn, command: Commanded) -> str | None:
    if command.extension is not None:
        return authority.over_operator(turn, command.supervisor, command.extension)
    plan = turn.current_plan
    groups = {stage.group for queue in plan.queues.values() for stage in queue.stages} if plan is not None else set()
    if command.group is not None and command.group not in groups:
        return f"there is no skill group {command.group!r}; allowed: {', '.join(sorted(groups))}"
    return authority.of_group(turn, command.supervisor, command.group) if command.group is not None else None


def _present(turn: Turn, command: Commanded) -> tuple[Extension, ...]:
    profiles = turn.current_plan.operators if turn.current_plan is not None else {}
    return tuple(
        extension
        for extension, known in sorted(turn.operators.items())
        if known.state is not OperatorState.LOGGED_OUT
        and extension in profiles
        and (command.group is None or command.group in profiles[extension].skills)
        and authority.over_operator(turn, command.supervisor, extension) is None
    )
