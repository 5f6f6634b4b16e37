"""``load``: the folder of files → the plan that the switchboard follows, or everything that is wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from ctl.config.calendar import holidays
from ctl.config.centre import Centre, check_departments, compile_centre
from ctl.config.flows import check_keys, compile_flow
from ctl.config.folder import Folder, read_folder
from ctl.config.modes import Modes, compile_modes
from ctl.config.music import compile_music
from ctl.config.notes import Names, Notes
from ctl.config.opening import compile_hours
from ctl.config.people import compile_departments, compile_operators, unserved
from ctl.config.problems import ConfigError, Problem
from ctl.config.prompts import PromptSource
from ctl.config.routing import compile_queues, compile_routing, compile_services
from ctl.config.speech import compile_announcements
from ctl.config.version import content_hash
from ctl.switchboard.hours import JST
from ctl.switchboard.ids import FlowName, MusicName, NodeName, PromptName
from ctl.switchboard.plan import FeatureCodes, Plan, Routing, Trunk

YEARS_BACK, YEARS_AHEAD = 1, 5


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in the files."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Loaded:
    """A plan with what only people and the deployment need of its files.

    ``remarks``: worth knowing, no reason to refuse. ``music``: the files of each music that queues may play.
    """

    plan: Plan
    prompts: Mapping[PromptName, PromptSource]
    node_places: Mapping[FlowName, Mapping[NodeName, Place]]
    flow_labels: Mapping[FlowName, str]
    remarks: tuple[Problem, ...]
    music: Mapping[MusicName, tuple[Path, ...]]


def load(flows: Path, year: int | None = None) -> Loaded:
    """Read, check and compile the folder ``flows``.

    ``year`` (now, in Japan) decides for which years holidays and yearly exceptions are worked out; the same files
    loaded in the same year give the same version. Raises `ConfigError` with every problem found.
    """
    this_year = year if year is not None else datetime.now(JST).year
    years = range(this_year - YEARS_BACK, this_year + YEARS_AHEAD + 1)
    folder = read_folder(flows)
    names, notes = Names.of(folder), Notes()
    plan = _plan(folder, names, years, notes)
    modes = _modes(folder, plan, years, names, notes)
    sources = _announcements(folder, notes)
    music = compile_music(folder.queues, folder.path, notes) if folder.queues else {}
    _unused_flows(folder, modes.flows, notes)
    problems = (*folder.problems, *notes.problems)
    if problems:
        raise ConfigError(problems)
    plan = replace(
        plan,
        prompts={name: source.media for name, source in sources.items()},
        modes=modes.modes,
        sites=modes.sites,
        refuge=modes.refuge,
    )
    return Loaded(
        replace(plan, version=content_hash(plan)[:12]),
        sources,
        {
            FlowName(name): {
                NodeName(node): Place(flow.source.file, flow.source.line("nodes", node)) for node in flow.shape.nodes
            }
            for name, flow in folder.flows.items()
        },
        {FlowName(name): flow.shape.label for name, flow in folder.flows.items()},
        tuple(sorted(notes.remarks)),
        music,
    )


def _plan(folder: Folder, names: Names, years: range, notes: Notes) -> Plan:
    """The plan without announcements; what is missing because of problems is left empty."""
    queues = compile_queues(folder.queues, names, notes) if folder.queues else {}
    operators = compile_operators(folder.operators, names, notes) if folder.operators else {}
    centre = compile_centre(folder.centre, notes) if folder.centre else Centre({}, FeatureCodes(), Trunk(), True)
    if folder.queues and folder.operators:
        for name in unserved(queues, operators):
            message = "no operator has a skill that this queue asks for, so its callers would wait for ever"
            notes.problem(folder.queues.source, ("queues", name, "stages"), message)
    services = compile_services(folder.services, names, notes) if folder.services else {}
    if folder.departments:
        check_departments(folder.departments, centre.outside, services, notes)
    return Plan(
        version="",
        services=services,
        flows={FlowName(name): compile_flow(name, flow, names, notes) for name, flow in folder.flows.items()},
        hours=compile_hours(folder.calendar, years, notes) if folder.calendar else {},
        holidays=holidays(years),
        queues=queues,
        operators=operators,
        departments=compile_departments(folder.departments, names, notes) if folder.departments else {},
        prompts={},
        not_ready_reasons=centre.not_ready_reasons,
        features=centre.features,
        trunk=centre.trunk,
        wrap_up=centre.wrap_up,
        routing=compile_routing(folder.queues) if folder.queues else Routing(),
        silence_ms=centre.silence_ms,
        pause_ms=centre.pause_ms,
        outside=centre.outside,
    )


def _modes(folder: Folder, plan: Plan, years: range, names: Names, notes: Notes) -> Modes:
    if folder.modes is None:
        return Modes()
    queues = folder.queues.shape.queues if folder.queues else {}
    return compile_modes(folder.modes, plan, queues, years, names, notes)


def _unused_flows(folder: Folder, of_modes: set[str], notes: Notes) -> None:
    if folder.services is None:
        return
    used = {service.flow for service in folder.services.shape.services} | of_modes
    for name, flow in folder.flows.items():
        if name not in used:
            notes.remark(flow.source, (), "no number in services.yaml leads to this flow, and no mode")


def _announcements(folder: Folder, notes: Notes) -> Mapping[PromptName, PromptSource]:
    document = folder.announcements
    if document is None:
        return {}
    for flow in folder.flows.values():
        check_keys(flow, document.shape.announcements, notes)
    return compile_announcements(document, folder.path, notes)
