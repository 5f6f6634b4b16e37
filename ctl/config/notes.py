"""Collects what is wrong while the files are compiled, so that all of it is told at once."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from ctl.config.folder import MODES, Folder
from ctl.config.problems import Problem, did_you_mean
from ctl.config.source import Path_, Source

T = TypeVar("T")


class Notes:
    """``problems`` refuse the configuration; ``remarks`` are worth knowing.

    ``said`` and ``played``: announcements and music used somewhere.
    """

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.remarks: list[Problem] = []
        self.said: set[str] = set()
        self.played: set[str] = set()

    def problem(self, source: Source, path: Path_, message: str) -> None:
        self.problems.append(source.problem(path, message))

    def remark(self, source: Source, path: Path_, message: str) -> None:
        self.remarks.append(source.problem(path, message))

    def known(self, source: Source, path: Path_, name: str, known: Collection[str] | None, what: str) -> None:
        """``name`` must be one of ``known`` (None: the file that defines them is out of order, so nothing is said)."""
        if known is not None and name not in known:
            self.problem(source, path, f"there is no {what} {name!r}; {did_you_mean(name, known)}")

    def once(self, source: Source, entries: Iterable[tuple[Path_, str]], what: str) -> None:
        first: dict[str, Path_] = {}
        for path, name in entries:
            if name in first:
                line = source.line(*first[name])
                self.problem(source, path, f"{what} {name} stands twice (first on line {line}); keep one")
            first.setdefault(name, path)

    def attempt(self, source: Source, path: Path_, make: Callable[[str], T], text: str) -> T | None:
        """``make(text)``, or None and a problem where it raises ValueError."""
        try:
            return make(text)
        except ValueError as error:
            self.problem(source, path, str(error))
            return None


@dataclass(frozen=True)
class Names:
    """What is defined in the folder. None where the defining file is out of order."""

    flows: Collection[str]
    announcements: Collection[str] | None = field(default=None)
    hours: Collection[str] | None = None
    groups: Collection[str] | None = None
    queues: Collection[str] | None = None
    menus: Collection[str] | None = None
    departments: Collection[str] | None = None
    sites: Collection[str] | None = None
    music: Collection[str] | None = None

    @classmethod
    def of(cls, folder: Folder) -> "Names":
        services, calendar, queues = folder.services, folder.calendar, folder.queues
        departments, announcements, modes = folder.departments, folder.announcements, folder.modes
        return cls(
            flows=folder.flow_names,
            announcements=announcements.shape.announcements if announcements else None,
            hours=calendar.shape.hours if calendar else None,
            groups=queues.shape.groups if queues else None,
            queues=queues.shape.queues if queues else None,
            music=queues.shape.music if queues else None,
            menus=services.shape.menus if services else None,
            departments=[department.code for department in departments.shape.departments] if departments else None,
            sites=modes.shape.sites if modes else None if folder.has(MODES) else (),
        )
