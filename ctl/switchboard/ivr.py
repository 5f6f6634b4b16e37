"""The IVR interpreter: walks a caller through a flow.

Rules
-----
* The interpreter holds no clock and starts nothing. It is told what happened (`Entered`, `Played`, `Key`, `Silence`)
  and answers with what to do next and with the steps that the caller has taken (1.2.5: every node passed, key
  pressed, time-out and wrong key is counted per menu). A node gives one step when it is passed, a menu one per try;
  ``given_up`` comes on top: the last try of a menu was in vain, or no number of a department answered.
* Nodes that need no caller (hours, the end of a message) are passed in the same breath, so an answer always ends in
  something that waits (`Speak`) or something that leaves the IVR (`Leave`).
* A flow that was checked by ``ctl ivr check`` cannot loop without a caller's part in it; should an unchecked one do
  so, the walk stops after `MOST_NODES` nodes and leaves as ``lost``.
"""

from dataclasses import dataclass
from typing import assert_never

from ctl.switchboard.hours import is_open
from ctl.switchboard.ids import DepartmentCode, FlowName, Millis, NodeName, PromptName, QueueName
from ctl.switchboard.plan import Close, Flow, HangUp, HoursBranch, Menu, Plan, Play, ToDepartment, ToQueue
from ctl.switchboard.records import replace

MOST_NODES = 100


@dataclass(frozen=True, slots=True)
class Position:
    """Where a caller stands: at ``node`` since ``entered_at``, on the ``attempt``-th try of a menu (from 1)."""

    flow: FlowName
    node: NodeName
    entered_at: Millis
    attempt: int = 1
    menu: str | None = None
    """The business menu chosen so far."""


# What happened -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Played:
    """All that was to be said has been said."""


@dataclass(frozen=True, slots=True)
class Key:
    digit: str


@dataclass(frozen=True, slots=True)
class Silence:
    """The menu's time-out has passed without a key."""


@dataclass(frozen=True, slots=True)
class Unreached:
    """No number of the department answered (`ToDepartment.otherwise`)."""


Input = Played | Key | Silence | Unreached

# What to do ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Speak:
    """Stop what is being said, say ``prompts``, then wait ``listen_ms`` for a key (None: no key is awaited)."""

    prompts: tuple[PromptName, ...]
    listen_ms: Millis | None = None


@dataclass(frozen=True, slots=True)
class Leave:
    """The caller leaves the IVR for exactly one of: a queue, a department, a closing message, the end."""

    queue: QueueName | None = None
    department: DepartmentCode | None = None
    closing: tuple[PromptName, ...] | None = None
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One node passed: counted per menu. ``outcome``: passed | key | timeout | invalid | given_up | abandoned."""

    node: NodeName
    kind: str
    outcome: str
    key: str | None
    menu: str | None
    entered_at: Millis
    left_at: Millis


@dataclass(frozen=True, slots=True)
class Walk:
    """The interpreter's answer. ``do`` is None when the input changes nothing (a key where none is awaited)."""

    position: Position
    do: Speak | Leave | None
    steps: tuple[Step, ...] = ()


# The walk -------------------------------------------------------------------------------------------------------------


def enter(flow: Flow, plan: Plan, now: Millis) -> Walk:
    """The caller enters the flow at its start."""
    return _go(flow, Position(flow.name, flow.start, now), flow.start, plan, now, ())


def react(flow: Flow, position: Position, heard: Input, plan: Plan, now: Millis) -> Walk:
    """What follows from what the caller did, or did not do, at ``position``."""
    node = flow.nodes.get(position.node)
    match node, heard:
        case Play(), Played():
            return _pass(flow, position, node.next, plan, now, "passed", "play")
        case Menu(), Played():
            return Walk(position, None)
        case Menu(), Key(digit):
            choice = node.choices.get(digit)
            if choice is None:
                return _again(flow, position, node, plan, now, "invalid", digit)
            chosen = replace(position, menu=choice.menu or position.menu)
            return _pass(flow, chosen, choice.next, plan, now, "key", "menu", digit)
        case Menu(), Silence():
            return _again(flow, position, node, plan, now, "timeout", None)
        case ToDepartment(), Unreached():
            return _pass(flow, position, node.otherwise, plan, now, "given_up", "department")
        case _:
            return Walk(position, None)


def abandon(flow: Flow, position: Position, now: Millis) -> Step:
    """The caller hung up at ``position``."""
    kind = _KINDS.get(type(flow.nodes.get(position.node)), "lost")
    return _step(position, kind, "abandoned", None, now)


def accepts_keys(flow: Flow, position: Position, speaking: bool) -> bool:
    """Whether a key counts now: at a menu, and during speech only where the menu lets callers interrupt."""
    node = flow.nodes.get(position.node)
    return isinstance(node, Menu) and (node.barge_in or not speaking)


_KINDS = {
    Play: "play",
    Menu: "menu",
    HoursBranch: "hours",
    ToQueue: "queue",
    ToDepartment: "department",
    Close: "close",
    HangUp: "hang_up",
}


def _step(position: Position, kind: str, outcome: str, key: str | None, now: Millis) -> Step:
    return Step(position.node, kind, outcome, key, position.menu, position.entered_at, now)


def _pass(
    flow: Flow,
    position: Position,
    to: NodeName,
    plan: Plan,
    now: Millis,
    outcome: str,
    kind: str,
    key: str | None = None,
) -> Walk:
    return _go(flow, position, to, plan, now, (_step(position, kind, outcome, key, now),))


def _again(flow: Flow, position: Position, menu: Menu, plan: Plan, now: Millis, outcome: str, key: str | None) -> Walk:
    step = _step(position, "menu", outcome, key, now)
    if position.attempt >= menu.attempts:
        # The key belongs to the try before: it is counted once (1.2.5).
        given_up = replace(step, outcome="given_up", key=None, entered_at=now)
        return _go(flow, position, menu.fallback, plan, now, (step, given_up))
    excuse = menu.timeout_prompts if outcome == "timeout" else menu.invalid_prompts
    again = replace(position, attempt=position.attempt + 1, entered_at=now)
    return Walk(again, Speak((*excuse, *menu.prompts), menu.timeout_ms), (step,))


def _go(flow: Flow, came: Position, to: NodeName, plan: Plan, now: Millis, steps: tuple[Step, ...]) -> Walk:
    at = came
    for _ in range(MOST_NODES):
        at = Position(flow.name, to, now, menu=at.menu)
        node = flow.nodes.get(to)
        match node:
            case HoursBranch():
                opened = node.hours in plan.hours and is_open(plan.hours[node.hours], plan.holidays, now)
                steps += (_step(at, "hours", "passed", None, now),)
                to = node.open if opened else node.closed
            case Play():
                return Walk(at, Speak(node.prompts), steps)
            case Menu():
                return Walk(at, Speak(node.prompts, node.timeout_ms), steps)
            case ToQueue():
                at = replace(at, menu=at.menu or node.menu)
                return Walk(at, Leave(queue=node.queue), (*steps, _step(at, "queue", "passed", None, now)))
            case ToDepartment():
                return Walk(
                    at, Leave(department=node.department), (*steps, _step(at, "department", "passed", None, now))
                )
            case Close():
                return Walk(at, Leave(closing=node.prompts), (*steps, _step(at, "close", "passed", None, now)))
            case HangUp():
                return Walk(at, Leave(closing=()), (*steps, _step(at, "hang_up", "passed", None, now)))
            case None:
                break
            case _:
                assert_never(node)
    return Walk(at, Leave(lost=True), steps)
