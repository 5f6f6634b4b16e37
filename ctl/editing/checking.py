"""What is wrong with a draft: everything that `ctl ivr check` would say of it, without a telephone system."""

import contextlib
import hashlib
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from ctl.config import ConfigError, Loaded, Problem, load
from ctl.config.folder import READ
from ctl.config.nodes import FlowFile, Shape
from ctl.config.shape import shape
from ctl.config.source import Source, Value, read
from ctl.pbx.deploy.following import hashes_of
from ctl.pbx.deploy.generations import read_tree

_values: dict[bytes, Value] = {}
KEPT_VALUES = 64
KEPT = 6
"""Results that are remembered, by content: pages of one draft are looked at again and again."""


@dataclass(frozen=True)
class Checked:
    """``loaded`` is None when there are ``problems``. Remarks refuse nothing. Files are named from inside the folder."""

    loaded: Loaded | None
    problems: tuple[Problem, ...]
    remarks: tuple[Problem, ...] = ()

    def of(self, file: str) -> tuple[Problem, ...]:
        return tuple(one for one in self.problems if one.file == file)


class Checker:
    """Checks folders of flows, each content once. Takes the better part of a second of one processor when it is new."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, frozenset[tuple[str, str]]], Checked] = {}

    def check(self, flows: Path) -> Checked:
        key = (str(flows), frozenset(hashes_of(flows).items()))
        if key not in self._known:
            found = check(flows)
            while len(self._known) >= KEPT:
                self._known.pop(next(iter(self._known)))
            self._known[key] = found
        return self._known[key]


def check(flows: Path) -> Checked:
    try:
        loaded = load(flows)
    except ConfigError as error:
        return Checked(None, tuple(_inside(flows, one) for one in error.problems))
    return Checked(loaded, (), tuple(_inside(flows, one) for one in loaded.remarks))


def check_with(flows: Path, file: str, text: str) -> Checked:
    """The folder as it would be with this text in one file. Nothing is kept."""
    with TemporaryDirectory(prefix="ctl-check-") as name:
        folder = Path(name) / flows.name
        for path, content in {**read_tree(flows), file: f"{text.rstrip()}\n".encode("utf-8", "replace")}.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
        return check(folder)


def model_of(file: str) -> type[Shape] | None:
    """What a file of the folder must look like; None for one that is not read."""
    return FlowFile if file.startswith("flows/") else READ.get(file)


def check_alone(path: Path, file: str) -> Source:
    """One file for itself. Raises `ConfigError` with its problems, of which references to other files are none."""
    source = read(path, file)
    model = model_of(file)
    if model is not None:
        shape(model, source)
    return source


def value_of(path: Path, file: str) -> Value:
    """What a file says, every scalar as text, whether or not it may be so: to be looked at, not to be changed.

    Equal contents are read once, since reading takes some tens of milliseconds. Raises `ConfigError` when it is not YAML.
    """
    try:
        key = hashlib.sha256(path.read_bytes()).digest()
    except OSError:
        return read(path, file).value  # which says what is wrong with it
    if key not in _values:
        value = read(path, file).value
        while len(_values) >= KEPT_VALUES:
            _values.pop(next(iter(_values)), None)
        _values[key] = value
    return _values[key]


def warm(flows: Path) -> None:
    """Read all files of a folder, so that `value_of` has them at hand. For a thread."""
    for name in READ:
        if (flows / name).exists():
            with contextlib.suppress(ConfigError):
                value_of(flows / name, name)


def _inside(flows: Path, problem: Problem) -> Problem:
    return Problem(problem.file.removeprefix(f"{flows.name}/"), problem.line, problem.where, problem.message)
