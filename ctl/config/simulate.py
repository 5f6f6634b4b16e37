"""Walks one caller through a flow with the interpreter that real callers meet, and tells it as the caller would."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ctl.config.prompts import PromptSource
from ctl.config.words import ENGLISH, Words
from ctl.switchboard import ivr
from ctl.switchboard.hours import is_open
from ctl.switchboard.ids import Millis, PromptName, QueueName
from ctl.switchboard.plan import Flow, HoursBranch, Menu, Overflow, OverflowWhen, Plan, Queue, ToDepartment

KEYS = "0123456789*#"
TIMEOUT, UNREACHED, HANG_UP = "t", "n", "h"
TOKENS = {**{key: f"presses {key}" for key in KEYS}, TIMEOUT: "waits", UNREACHED: "nobody answers", HANG_UP: "hangs up"}


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happens. ``what``: hears | does | passes | ends. ``queue``: where the caller ends, if in one."""

    node: str
    what: str
    text: str
    queue: QueueName | None = None


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
    plan: Plan,
    prompts: Mapping[PromptName, PromptSource],
    flow: Flow,
    at: Millis,
    doings: Sequence[str],
    say: Words = ENGLISH,
) -> Iterator[Moment]:
    """What the caller meets from the first word to the end. Once ``doings`` are used up the caller stays silent."""
    todo = list(doings)
    walk = ivr.enter(flow, plan, at)
    while True:
        yield from _passed(plan, flow, walk, say)
        here = walk.position.node
        node = flow.nodes.get(here)
        match walk.do:
            case ivr.Speak(said):
                for name in said:
                    yield Moment(here, "hears", prompts[name].text)
            case ivr.Leave(department=department) if department is not None:
                name_of = plan.departments[department].name
                if not todo or todo[0] != UNREACHED:
                    yield Moment(here, "ends", say.connected.format(name=name_of, code=department))
                    return
                yield Moment(here, "does", say.unanswered.format(name=name_of, code=department))
            case ivr.Leave() as leave:
                yield from _left(plan, prompts, walk, leave, say, at)
                return
            case None:
                pass
        heard = _next(node, todo)
        if heard is None:
            yield Moment(here, "ends", say.hangs_up)
            return
        if isinstance(heard, ivr.Key | ivr.Silence):
            pressed = say.presses.format(key=heard.digit) if isinstance(heard, ivr.Key) else say.silent
            yield Moment(here, "does", pressed)
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


def _passed(plan: Plan, flow: Flow, walk: ivr.Walk, say: Words) -> Iterator[Moment]:
    for step in walk.steps:
        node = flow.nodes.get(step.node)
        if isinstance(node, HoursBranch):
            way = say.open if is_open(plan.hours[node.hours], plan.holidays, step.left_at) else say.closed
            yield Moment(step.node, "passes", way.format(hours=node.hours))
        elif step.outcome in ("invalid", "given_up"):
            words = {"invalid": say.no_choice, "given_up": say.gives_up}
            yield Moment(step.node, "passes", words[step.outcome].format(key=step.key))


def _left(
    plan: Plan, prompts: Mapping[PromptName, PromptSource], walk: ivr.Walk, leave: ivr.Leave, say: Words, at: Millis
) -> Iterator[Moment]:
    here = walk.position.node
    if leave.queue is not None:
        yield from _queued(plan, prompts, walk, plan.queues[leave.queue], say, at)
        return
    for name in leave.closing or ():
        yield Moment(here, "hears", prompts[name].text)
    yield Moment(here, "ends", say.lost if leave.lost else say.hung_up_on)


def _queued(
    plan: Plan, prompts: Mapping[PromptName, PromptSource], walk: ivr.Walk, queue: Queue, say: Words, at: Millis
) -> Iterator[Moment]:
    """Hours decide here as they would; of the other rules, which depend on the floor, it is told what they say."""
    here = walk.position.node
    for n, rule in enumerate(queue.overflow, 1):
        closed = rule.when is OverflowWhen.CLOSED and not is_open(plan.hours[rule.hours or ""], plan.holidays, at)
        if closed or rule.when is not OverflowWhen.CLOSED:
            yield Moment(here, "passes", _rule(plan, queue, n, rule, say))
        if closed and rule.queue is not None:
            yield from _queued(plan, prompts, walk, plan.queues[rule.queue], say, at)
            return
        if closed and rule.department is not None:
            name = _party(plan, rule)
            yield Moment(here, "ends", say.connected.format(name=name, code=rule.department))
            return
        if closed:
            for prompt in rule.say:
                yield Moment(here, "hears", prompts[prompt].text)
            yield Moment(here, "ends", say.hung_up_on)
            return
    for prompt in queue.entry_prompts:
        yield Moment(here, "hears", prompts[prompt].text)
    menu = walk.position.menu or say.no_menu
    yield Moment(here, "ends", say.waits.format(queue=queue.name, label=queue.label, menu=menu), queue.name)


def _rule(plan: Plan, queue: Queue, n: int, rule: Overflow, say: Words) -> str:
    when = say.when[rule.when].format(
        after=rule.after_ms / 1000, wait=rule.wait_ms / 1000, callers=rule.callers, hours=rule.hours
    )
    if rule.queue is not None:
        to = say.to_queue.format(to=plan.queues[rule.queue].label)
    elif rule.department is not None:
        to = say.to_numbers.format(to=_party(plan, rule))
    else:
        to = say.to_callback if rule.callback else say.to_message
    return say.rule.format(n=n, queue=queue.label, when=when, to=to)


def _party(plan: Plan, rule: Overflow) -> str:
    code = rule.department
    known = plan.departments.get(code) or plan.sites.get(code) if code is not None else None
    return known.name if known is not None else str(code)
