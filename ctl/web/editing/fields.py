"""What a form asks for: fields that nest as the files do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from ctl.config import ConfigError
from ctl.editing.checking import value_of


class Is(StrEnum):
    """How a value is asked for."""

    TEXT = "text"
    AREA = "area"
    NUMBER = "number"
    CHOICE = "choice"
    CHECK = "check"
    NAMES = "names"
    """Names in order, with commas between."""
    SEVERAL = "several"
    """Some of the options, by boxes."""
    LEVELS = "levels"
    """A level from 1 to 9 for each option, or none."""
    PAIRS = "pairs"
    """Keys with a text each."""
    ROWS = "rows"
    """A list of entries with fields of their own."""
    MAP = "map"
    """The same, each under the key that its first field gives."""
    SECTION = "section"
    """An entry that may be missing as a whole."""


@dataclass(frozen=True)
class Field:
    """``name`` is the key in the file. ``options``: pairs, or what `Known` calls them. ``default``: what holds unsaid."""

    name: str
    label: str
    kind: Is = Is.TEXT
    hint: str = ""
    options: str | Sequence[tuple[str, str]] = ()
    required: bool = False
    default: str | None = None
    fields: tuple["Field", ...] = ()
    labels: tuple[str, str] = ("", "")
    """Of key and text of pairs."""


@dataclass(frozen=True)
class Known:
    """What a draft defines, as pairs of name and label: options of fields that refer to it."""

    values: Mapping[str, Any]

    @classmethod
    def of(cls, flows: Path) -> "Known":
        files = (
            "queues.yaml",
            "calendar.yaml",
            "services.yaml",
            "departments.yaml",
            "announcements.yaml",
            "modes.yaml",
        )
        found: dict[str, Any] = {}
        for file in files:
            try:
                found[file] = value_of(flows / file, file)
            except ConfigError:
                found[file] = {}
        names = sorted(path.stem for path in flows.joinpath("flows").glob("*.yaml"))
        return cls({**found, "flows": names})

    def pairs(self, field: Field) -> Sequence[tuple[str, str]]:
        if not isinstance(field.options, str):
            return field.options
        found: Sequence[tuple[str, str]] = getattr(self, field.options)
        return found

    def _labels(self, file: str, key: str) -> Sequence[tuple[str, str]]:
        entries = _mapping(_mapping(self.values[file]).get(key))
        return [(name, f"{label} ({name})" if (label := _label(entry)) else name) for name, entry in entries.items()]

    def _listed(self, file: str, key: str, name: str, label: str) -> Sequence[tuple[str, str]]:
        entries = _mapping(self.values[file]).get(key) or []
        return [(str(one.get(name)), f"{one.get(label)} ({one.get(name)})") for one in entries if isinstance(one, dict)]

    @property
    def groups(self) -> Sequence[tuple[str, str]]:
        return self._labels("queues.yaml", "groups")

    @property
    def queues(self) -> Sequence[tuple[str, str]]:
        return self._labels("queues.yaml", "queues")

    @property
    def music(self) -> Sequence[tuple[str, str]]:
        return [(name, name) for name in _mapping(_mapping(self.values["queues.yaml"]).get("music"))]

    @property
    def hours(self) -> Sequence[tuple[str, str]]:
        return self._labels("calendar.yaml", "hours")

    @property
    def sites(self) -> Sequence[tuple[str, str]]:
        return self._labels("modes.yaml", "sites")

    @property
    def modes(self) -> Sequence[tuple[str, str]]:
        return self._labels("modes.yaml", "modes")

    @property
    def flows(self) -> Sequence[tuple[str, str]]:
        return [(name, name) for name in self.values["flows"]]

    @property
    def services(self) -> Sequence[tuple[str, str]]:
        return self._listed("services.yaml", "services", "number", "label")

    @property
    def departments(self) -> Sequence[tuple[str, str]]:
        return self._listed("departments.yaml", "departments", "code", "name")

    @property
    def announcements(self) -> Sequence[tuple[str, str]]:
        return [(name, name) for name in _mapping(_mapping(self.values["announcements.yaml"]).get("announcements"))]


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _label(entry: Any) -> str:
    return str(entry.get("label") or "") if isinstance(entry, Mapping) else str(entry or "")
