"""The ``overflow`` of a queue in ``queues.yaml`` → its rules, or what is wrong with them."""

from collections.abc import Callable, Container, Iterator, Mapping

from ctl.config.fields import milliseconds
from ctl.config.files import OverflowShape, QueueShape
from ctl.config.notes import Names, Notes
from ctl.config.source import Path_, Source
from ctl.config.speech import prompts
from ctl.switchboard.ids import DepartmentCode, QueueName
from ctl.switchboard.plan import Overflow, OverflowWhen

CONDITIONS: Mapping[OverflowWhen, tuple[frozenset[str], frozenset[str]]] = {
    OverflowWhen.WAITED: (frozenset({"after_seconds"}), frozenset()),
    OverflowWhen.EXPECTED: (frozenset({"wait_seconds"}), frozenset()),
    OverflowWhen.CROWD: (frozenset({"callers"}), frozenset()),
    OverflowWhen.NOBODY: (frozenset(), frozenset({"after_seconds"})),
    OverflowWhen.FULL: (frozenset({"callers"}), frozenset()),
    OverflowWhen.CLOSED: (frozenset({"hours"}), frozenset()),
}
"""Which keys a rule must have, and which it may have, beside its destination."""
DESTINATIONS = ("queue", "department", "site", "callback", "say")


def compile_overflow(
    source: Source, here: Path_, queue: QueueShape, names: Names, notes: Notes
) -> tuple[Overflow, ...]:
    for n, rule in enumerate(queue.overflow):
        _check(source, (*here, n), rule, names, notes)
        if rule.callback and queue.callback is None:
            notes.problem(source, (*here, n, "callback"), "this queue makes no call-backs; give it a callback, too")
    return tuple(
        Overflow(
            when=OverflowWhen(rule.when),
            after_ms=milliseconds(rule.after_seconds or 0),
            callers=rule.callers or 0,
            hours=rule.hours,
            queue=QueueName(rule.queue) if rule.queue is not None else None,
            department=_over_the_trunk(rule),
            say=prompts(source, (*here, n, "say"), rule.say, names, notes),
            wait_ms=milliseconds(rule.wait_seconds or 0),
            callback=rule.callback,
        )
        for n, rule in enumerate(queue.overflow)
    )


def _check(source: Source, here: Path_, rule: OverflowShape, names: Names, notes: Notes) -> None:
    must, may = CONDITIONS[OverflowWhen(rule.when)]
    given = {name for name in ("after_seconds", "wait_seconds", "callers", "hours") if getattr(rule, name) is not None}
    for name in sorted(must - given):
        notes.problem(source, here, f"when: {rule.when} needs the key {name!r}")
    for name in sorted(given - must - may):
        known = ", ".join(sorted(must | may)) or "no condition"
        notes.problem(source, (*here, name), f"when: {rule.when} has no {name!r}; allowed: {known}")
    to = [name for name in DESTINATIONS if getattr(rule, name) and not (name == "say" and rule.callback)]
    if len(to) != 1:
        got = " and ".join(to) or "none"
        notes.problem(source, here, f"one destination is needed: queue, department, site, callback or say; got {got}")
    if rule.callback and rule.when == OverflowWhen.CLOSED.value:
        notes.problem(
            source,
            (*here, "callback"),
            "nobody is called back by a queue that is closed; allowed: queue, department, site or say",
        )
    if rule.hours is not None:
        notes.known(source, (*here, "hours"), rule.hours, names.hours, "opening hours")
    if rule.queue is not None:
        notes.known(source, (*here, "queue"), rule.queue, names.queues, "queue")
    if rule.department is not None:
        notes.known(source, (*here, "department"), rule.department, names.departments, "department")
    if rule.site is not None:
        notes.known(source, (*here, "site"), rule.site, names.sites, "site")


def _over_the_trunk(rule: OverflowShape) -> DepartmentCode | None:
    to = rule.department or rule.site
    return DepartmentCode(to) if to is not None else None


def check_circles(
    source: Source,
    queues: Mapping[str, QueueShape],
    note: Callable[[Source, Path_, str], None],
    here: Path_ = (),
    of: Container[str] | None = None,
) -> None:
    """Rules that lead a caller back to a queue he has been sent away from.

    ``note``: refuses or tells. ``here``: where these queues stand in the file. ``of``: only the rules of these.
    """
    for name, queue in queues.items():
        if of is not None and name not in of:
            continue
        for n, rule in enumerate(queue.overflow):
            way = _way(queues, rule.queue, name) if rule.queue is not None else None
            if way is not None:
                message = f"overflow that never ends: {' → '.join((name, *way))}; send one of them elsewhere"
                note(source, (*here, "queues", name, "overflow", n, "queue"), message)


def _way(queues: Mapping[str, QueueShape], start: str, goal: str) -> tuple[str, ...] | None:
    """How rules lead from one queue to another, None if they do not."""
    ways: list[tuple[str, ...]] = [(start,)]
    seen = {start}
    while ways:
        way = ways.pop(0)
        if way[-1] == goal:
            return way
        fresh = [to for to in _leads_to(queues, way[-1]) if to not in seen]
        seen.update(fresh)
        ways.extend((*way, to) for to in fresh)
    return None


def _leads_to(queues: Mapping[str, QueueShape], name: str) -> Iterator[str]:
    if name in queues:
        yield from (rule.queue for rule in queues[name].overflow if rule.queue is not None)
