"""Reads the folder of files: every document that is in order, and every problem of those that are not."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar, cast

from ctl.config.files import (
    FILES,
    FLOWS,
    AnnouncementsFile,
    CalendarFile,
    CentreFile,
    DepartmentsFile,
    OperatorsFile,
    QueuesFile,
    ServicesFile,
)
from ctl.config.modefile import ModesFile
from ctl.config.nodes import FlowFile, Shape
from ctl.config.problems import ConfigError, Problem, did_you_mean
from ctl.config.shape import shape
from ctl.config.source import Source, read

S = TypeVar("S", bound=Shape)

MODES = "modes.yaml"
"""The one file that may be missing."""
READ: Mapping[str, type[Shape]] = {**FILES, MODES: ModesFile}


@dataclass(frozen=True)
class Document(Generic[S]):
    """A checked document with the lines it came from."""

    source: Source
    shape: S


@dataclass
class Folder:
    """What was read. A file with problems is missing from the documents, and its problems are in `problems`."""

    path: Path
    documents: dict[str, Document[Shape]] = field(default_factory=dict)
    flows: dict[str, Document[FlowFile]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    flow_names: frozenset[str] = frozenset()
    """All flows that have a file, in order or not."""

    def named(self, name: str) -> str:
        """What messages call a file of this folder."""
        return f"{self.path.name}/{name}"

    def _get(self, name: str) -> Document[Shape] | None:
        return self.documents.get(name)

    @property
    def services(self) -> Document[ServicesFile] | None:
        return cast(Document[ServicesFile] | None, self._get("services.yaml"))

    @property
    def calendar(self) -> Document[CalendarFile] | None:
        return cast(Document[CalendarFile] | None, self._get("calendar.yaml"))

    @property
    def queues(self) -> Document[QueuesFile] | None:
        return cast(Document[QueuesFile] | None, self._get("queues.yaml"))

    @property
    def operators(self) -> Document[OperatorsFile] | None:
        return cast(Document[OperatorsFile] | None, self._get("operators.yaml"))

    @property
    def departments(self) -> Document[DepartmentsFile] | None:
        return cast(Document[DepartmentsFile] | None, self._get("departments.yaml"))

    @property
    def announcements(self) -> Document[AnnouncementsFile] | None:
        return cast(Document[AnnouncementsFile] | None, self._get("announcements.yaml"))

    def has(self, name: str) -> bool:
        """Whether the file is there, in order or not."""
        return self.path.joinpath(name).exists()

    @property
    def modes(self) -> Document[ModesFile] | None:
        return cast(Document[ModesFile] | None, self._get(MODES))

    @property
    def centre(self) -> Document[CentreFile] | None:
        return cast(Document[CentreFile] | None, self._get("centre.yaml"))


def read_folder(path: Path) -> Folder:
    """Reads all files below ``path``. Raises `ConfigError` only when there is no such folder."""
    if not path.is_dir():
        raise ConfigError(
            [Problem(str(path), 0, "", "there is no such folder; CTL_FLOWS names the folder of the flows")]
        )
    folder = Folder(path)
    _strangers(folder)
    for name, model in READ.items():
        if name == MODES and not folder.path.joinpath(name).exists():
            continue
        document = _document(folder, name, model)
        if document is not None:
            folder.documents[name] = document
    names = sorted(file.name for file in path.joinpath(FLOWS).glob("*.yaml"))
    folder.flow_names = frozenset(name.removesuffix(".yaml") for name in names)
    for name in names:
        flow = _document(folder, f"{FLOWS}/{name}", FlowFile)
        if flow is not None:
            folder.flows[name.removesuffix(".yaml")] = flow
    return folder


def _document(folder: Folder, name: str, model: type[S]) -> Document[S] | None:
    try:
        source = read(folder.path / name, folder.named(name))
        return Document(source, shape(model, source))
    except ConfigError as error:
        folder.problems.extend(error.problems)
        return None


def _strangers(folder: Folder) -> None:
    """A file that nobody reads is a file whose author believes that it holds."""
    known = READ
    for file in sorted(folder.path.iterdir()):
        if file.suffix in (".yaml", ".yml") and file.name not in known:
            folder.problems.append(
                Problem(folder.named(file.name), 0, "", f"this file is not read; {did_you_mean(file.name, known)}")
            )
    for file in sorted(folder.path.joinpath(FLOWS).glob("*.yml")):
        folder.problems.append(
            Problem(folder.named(f"{FLOWS}/{file.name}"), 0, "", "this file is not read; let its name end in .yaml")
        )
