"""``modes.yaml`` → the modes of a plan, each as the parts that stand in place of the plan's own."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import cast

from ctl.config.centre import OURS, check_number
from ctl.config.fields import milliseconds
from ctl.config.files import QueueShape
from ctl.config.folder import Document
from ctl.config.modefile import ModesFile, ModeShape, RefugeShape
from ctl.config.nodes import Shape
from ctl.config.notes import Names, Notes
from ctl.config.opening import compile_one
from ctl.config.overflow import check_circles
from ctl.config.people import unserved
from ctl.config.problems import did_you_mean
from ctl.config.routing import compile_queue
from ctl.config.source import Path_, Source
from ctl.switchboard.hours import JST
from ctl.switchboard.ids import DepartmentCode, Extension, FlowName, GroupName, Millis, ModeName, Number, QueueName
from ctl.switchboard.modes import NORMAL
from ctl.switchboard.plan import Mode, OperatorProfile, Plan, Queue, Refuge, Service, Site


@dataclass(frozen=True)
class Modes:
    """What ``modes.yaml`` adds to a plan."""

    modes: Mapping[ModeName, Mode] = field(default_factory=dict)
    sites: Mapping[DepartmentCode, Site] = field(default_factory=dict)
    refuge: Refuge | None = None

    @property
    def flows(self) -> set[str]:
        """Those that some number has in some mode."""
        return {service.flow for mode in self.modes.values() for service in mode.services.values()}


def compile_modes(
    document: Document[ModesFile],
    plan: Plan,
    queues: Mapping[str, QueueShape],
    years: range,
    names: Names,
    notes: Notes,
) -> Modes:
    """``plan`` is the normal one; ``queues`` are as written, because a mode names only what is different about one."""
    source, shape = document.source, document.shape
    sites = _sites(document, plan, notes)
    compiler = _Compiler(source, plan, queues, sites, years, names, notes)
    if NORMAL in shape.modes:
        message = (
            f"{NORMAL!r} is the mode without changes; choose another name, or write the change into the other files"
        )
        notes.problem(source, ("modes", NORMAL), message)
    return Modes(
        {ModeName(name): compiler.mode(name, mode) for name, mode in shape.modes.items()},
        sites,
        compiler.refuge(shape.when_nobody) if shape.when_nobody is not None else None,
    )


def _sites(document: Document[ModesFile], plan: Plan, notes: Notes) -> dict[DepartmentCode, Site]:
    source = document.source
    for name, site in document.shape.sites.items():
        here: Path_ = ("sites", name, "numbers")
        notes.once(source, [((*here, n), number) for n, number in enumerate(site.numbers)], "number")
        for n, number in enumerate(site.numbers):
            if number in plan.services:
                notes.problem(source, (*here, n), f"{number} {OURS} the other site")
            check_number(source, (*here, n), number, plan.outside, notes)
    return {
        DepartmentCode(name): Site(
            DepartmentCode(name), site.label, tuple(Number(number) for number in site.numbers), site.limit
        )
        for name, site in document.shape.sites.items()
    }


class _Compiler:
    """Compiles modes against the normal plan, and notes what they refer to in vain."""

    def __init__(
        self,
        source: Source,
        plan: Plan,
        queues: Mapping[str, QueueShape],
        sites: Mapping[DepartmentCode, Site],
        years: range,
        names: Names,
        notes: Notes,
    ) -> None:
        self.source, self.plan, self.queues, self.sites = source, plan, queues, sites
        self.years, self.names, self.notes = years, names, notes

    def mode(self, name: str, shape: ModeShape) -> Mode:
        here: Path_ = ("modes", name)
        for hours in shape.hours:
            self.notes.known(self.source, (*here, "hours", hours), hours, self.names.hours, "opening hours")
        mode = Mode(
            ModeName(name),
            shape.label,
            self._services(here, shape),
            {
                hours: compile_one(self.source, (*here, "hours", hours), written, self.years, self.notes)
                for hours, written in shape.hours.items()
            },
            self._queues(here, shape),
            self._operators(here, shape),
            shape.degraded,
        )
        operators = {**self.plan.operators, **mode.operators}
        never = set(unserved(dict(self.plan.queues), dict(self.plan.operators)))
        for queue in set(unserved(dict(mode.queues), operators)) - never:
            message = "in this mode no operator has a skill that the queue asks for, so its callers would wait for ever"
            self.notes.problem(self.source, (*here, "queues", queue), message)
        return mode

    def _services(self, here: Path_, shape: ModeShape) -> dict[Number, Service]:
        found: dict[Number, Service] = {}
        for written, change in shape.numbers.items():
            path = (*here, "numbers", written)
            service = self._service(path, written)
            if change.flow is not None:
                self.notes.known(self.source, (*path, "flow"), change.flow, self.names.flows, "flow")
            if change.queue is not None:
                self.notes.known(self.source, (*path, "queue"), change.queue, self.names.queues, "queue")
            if change.site is not None:
                self.notes.known(self.source, (*path, "site"), change.site, self.sites, "site")
            if service is not None:
                found[service.number] = replace(
                    service,
                    flow=FlowName(change.flow or service.flow),
                    queue=QueueName(change.queue or service.queue),
                    site=DepartmentCode(change.site) if change.site else None,
                )
        return found

    def _service(self, path: Path_, number: str) -> Service | None:
        service = self.plan.services.get(Number(number))
        if service is None and self.plan.services:
            message = f"{number} is none of our numbers; {did_you_mean(number, self.plan.services)}"
            self.notes.problem(self.source, path, message)
        return service

    def _queues(self, here: Path_, shape: ModeShape) -> dict[QueueName, Queue]:
        found: dict[QueueName, Queue] = {}
        changed: dict[str, QueueShape] = {}
        for name, change in cast(Mapping[str, Shape], shape.queues).items():
            path = (*here, "queues", name)
            self.notes.known(self.source, path, name, self.names.queues, "queue")
            if name in self.queues:
                given = {key: getattr(change, key) for key in change.model_fields_set}
                written = self.queues[name].model_copy(
                    update={key: new for key, new in given.items() if new is not None}
                )
                found[QueueName(name)] = compile_queue(self.source, path, name, written, self.names, self.notes)
                if given.get("overflow") is not None:
                    changed[name] = written
        check_circles(self.source, {**self.queues, **changed}, self.notes.remark, here, of=changed)
        return found

    def _operators(self, here: Path_, shape: ModeShape) -> dict[Extension, OperatorProfile]:
        for group, given in shape.staffing.items():
            for name, path in ((group, ()), *((other, (other,)) for other in given)):
                self.notes.known(self.source, (*here, "staffing", group, *path), name, self.names.groups, "skill group")
        found: dict[Extension, OperatorProfile] = {}
        for profile in self.plan.operators.values():
            skills = dict(profile.skills)
            for group, given in shape.staffing.items():
                if group in profile.skills:
                    for other, level in given.items():
                        skills[GroupName(other)] = min(level, profile.skills.get(GroupName(other), level))
            if skills != profile.skills:
                found[profile.extension] = replace(profile, skills=skills)
        return found

    def refuge(self, shape: RefugeShape) -> Refuge:
        here: Path_ = ("when_nobody",)
        self.notes.known(self.source, (*here, "site"), shape.site, self.sites, "site")
        for n, number in enumerate(shape.numbers):
            self._service((*here, "numbers", n), number)
        until = self.notes.attempt(self.source, (*here, "permitted_until"), _end_of_day, shape.permitted_until)
        return Refuge(
            DepartmentCode(shape.site),
            milliseconds(shape.after_seconds),
            frozenset(map(Number, shape.numbers)) or frozenset(self.plan.services),
            shape.permitted_by,
            until or 0,
        )


def _end_of_day(text: str) -> Millis:
    try:
        last = date.fromisoformat(text)
    except ValueError:
        raise ValueError(f'{text!r} is not a date; allowed: a day such as "2027-03-31"') from None
    return int((datetime.combine(last, time(), JST) + timedelta(days=1)).timestamp() * 1000)
