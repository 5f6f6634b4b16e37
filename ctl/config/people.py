"""``operators.yaml`` and ``departments.yaml`` → who answers, and whom they ask."""

from collections.abc import Iterator

from ctl.config.files import DepartmentsFile, OperatorsFile
from ctl.config.folder import Document
from ctl.config.notes import Names, Notes
from ctl.config.source import Path_
from ctl.switchboard.ids import DepartmentCode, Extension, GroupName, Number, QueueName
from ctl.switchboard.plan import Department, OperatorProfile, Queue

MOST_IN_RANGE = 1000


def extensions(text: str) -> tuple[Extension, ...]:
    """``2001-2003`` as its extensions. Raises ValueError when the range does not go forward."""
    first, _, last = text.partition("-")
    last = last or first
    span = range(int(first), int(last) + 1)
    if len(first) != len(last) or not 1 <= len(span) <= MOST_IN_RANGE:
        raise ValueError(
            f"the range {text!r} must go forward, with as many digits at both ends, over at most {MOST_IN_RANGE}"
        )
    return tuple(Extension(str(number).zfill(len(first))) for number in span)


def compile_operators(
    document: Document[OperatorsFile], names: Names, notes: Notes
) -> dict[Extension, OperatorProfile]:
    source = document.source
    found: dict[Extension, OperatorProfile] = {}
    entries: list[tuple[Path_, str]] = []
    for n, group in enumerate(document.shape.operators):
        here: Path_ = ("operators", n)
        span = notes.attempt(source, (*here, "extensions"), extensions, group.extensions) or ()
        if span and len(span) != len(group.names):
            message = f"{len(group.names)} names for {len(span)} extensions; write one name for each extension"
            notes.problem(source, (*here, "names"), message)
        for skill in group.skills:
            notes.known(source, (*here, "skills", skill), skill, names.groups, "skill group")
        everybody = group.supervises == "all"
        supervises = () if group.supervises == "all" else tuple(GroupName(one) for one in group.supervises)
        for m, supervised in enumerate(supervises):
            notes.known(source, (*here, "supervises", m), supervised, names.groups, "skill group")
        entries.extend(((*here, "extensions"), extension) for extension in span)
        skills = {GroupName(skill): level for skill, level in group.skills.items()}
        for extension, name in zip(span, group.names, strict=False):
            found.setdefault(extension, OperatorProfile(extension, name, skills, supervises, everybody))
    notes.once(source, entries, "extension")
    return found


def compile_departments(
    document: Document[DepartmentsFile], names: Names, notes: Notes
) -> dict[DepartmentCode, Department]:
    source, departments = document.source, document.shape.departments
    notes.once(source, [(("departments", n, "code"), entry.code) for n, entry in enumerate(departments)], "code")
    for n, entry in enumerate(departments):
        here: Path_ = ("departments", n)
        notes.known(source, (*here, "hours"), entry.hours, names.hours, "opening hours")
        notes.once(source, [((*here, "numbers", m), number) for m, number in enumerate(entry.numbers)], "number")
    return {
        DepartmentCode(entry.code): Department(
            DepartmentCode(entry.code),
            entry.name,
            entry.reading,
            tuple(Number(number) for number in entry.numbers),
            entry.hours,
        )
        for entry in departments
    }


def unserved(queues: dict[QueueName, Queue], operators: dict[Extension, OperatorProfile]) -> Iterator[QueueName]:
    """Queues that no operator could ever take a call of."""
    for name, queue in queues.items():
        fits = any(
            stage.group in operator.skills and operator.skills[stage.group] <= stage.max_level
            for stage in queue.stages
            for operator in operators.values()
        )
        if not fits:
            yield name
