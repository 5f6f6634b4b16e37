"""Walks one caller through a flow with the interpreter that real callers meet, and tells it as the caller would."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ctl.config.prompts import PromptSource
from ctl.switchboard import ivr
from ctl.switchboard.hours import is_open
from ctl.switchboard.ids import Millis, PromptName
from ctl.switchboard.plan import Flow, HoursBranch, Menu, Plan, ToDepartment

KEYS = "0123456789*#"
TIMEOUT, UNREACHED, HANG_UP = "t", "n", "h"
TOKENS = {**{key: f"presses {key}" for key in KEYS}, TIMEOUT: "waits", UNREACHED: "nobody answers", HANG_UP: "hangs up"}


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happens. ``what``: hears | does | passes | ends."""

    node: str
    what: str
    text: str


def tokens(text: str) -> tuple[str, ...]:
    """``1,t,*`` as what the caller does, one after the other. Raises ValueError with what is allowed."""
    found = tuple(part.strip() for part in text.split(",") if part.strip())
    for token in found:
        if token not in TOKENS:
            raise ValueError(
                f"{token!r} is nothing that a caller can do; allowed, with commas between: the keys 0 to 9, * and #, "
                f"{TIMEOUT} (no key until the time-out), {UNREACHED} (the department does not answer), "
                f"{HANG_UP} (hangs up)"
            )
    return found


def simulate(
    plan: Plan, prompts: Mapping[PromptName, PromptSource], flow: Flow, at: Millis, doings: Sequence[str]
) -> Iterator[Moment]:
    """What the caller meets from the first word to the end. Once ``doings`` are used up the caller stays silent."""
    todo = list(doings)
    walk = ivr.enter(flow, plan, at)
    while True:
        yield from _passed(plan, flow, walk)
        here = walk.position.node
        node = flow.nodes.get(here)
        match walk.do:
            case ivr.Speak(said):
                for name in said:
                    yield Moment(here, "hears", prompts[name].text)
            case ivr.Leave(department=department) if department is not None:
                name_of = plan.departments[department].name
                if not todo or todo[0] != UNREACHED:
                    yield Moment(here, "ends", f"is connected to {name_of} ({department})")
                    return
                yield Moment(here, "does", f"hears {name_of} ({department}) ring, and nobody answers")
            case ivr.Leave() as leave:
                yield from _left(plan, prompts, walk, leave)
                return
            case None:
                pass
        heard = _next(node, todo)
        if heard is None:
            yield Moment(here, "ends", "hangs up")
            return
        if isinstance(heard, ivr.Key | ivr.Silence):
            yield Moment(here, "does", f"presses {heard.digit}" if isinstance(heard, ivr.Key) else "presses nothing")
        walk = ivr.react(flow, walk.position, heard, plan, at)


def _next(node: object, todo: list[str]) -> ivr.Input | None:
    """What the caller does now; None: hangs up. Keys wait for a menu, as the caller would with the list in hand."""
    if todo and todo[0] == HANG_UP:
        return None
    if isinstance(node, Menu):
        token = todo.pop(0) if todo else TIMEOUT
        return ivr.Key(token) if token in KEYS else ivr.Silence()
    if isinstance(node, ToDepartment):
        todo.pop(0)
        return ivr.Unreached()
    return ivr.Played()


def _passed(plan: Plan, flow: Flow, walk: ivr.Walk) -> Iterator[Moment]:
    for step in walk.steps:
        node = flow.nodes.get(step.node)
        if isinstance(node, HoursBranch):
            to = "open" if is_open(plan.hours[node.hours], plan.holidays, step.left_at) else "closed"
            yield Moment(step.node, "passes", f"{node.hours} is {to}")
        elif step.outcome in ("invalid", "given_up"):
            words = {"invalid": f"key {step.key} has no choice", "given_up": "gives up"}
            yield Moment(step.node, "passes", words[step.outcome])


def _left(plan: Plan, prompts: Mapping[PromptName, PromptSource], walk: ivr.Walk, leave: ivr.Leave) -> Iterator[Moment]:
    here = walk.position.node
    if leave.queue is not None:
        queue = plan.queues[leave.queue]
        for name in queue.entry_prompts:
            yield Moment(here, "hears", prompts[name].text)
        menu = walk.position.menu or "none"
        yield Moment(here, "ends", f"waits in the queue {queue.name} ({queue.label}), menu {menu}")
        return
    for name in leave.closing or ():
        yield Moment(here, "hears", prompts[name].text)
    yield Moment(here, "ends", "is lost: the flow leads nowhere" if leave.lost else "is hung up on")
