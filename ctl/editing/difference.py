"""What a draft changes: as lines of the files, and entry by entry."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ctl.config import ConfigError
from ctl.config.people import extensions
from ctl.editing.checking import value_of
from ctl.editing.stand import changed
from ctl.pbx.deploy.following import hashes_of

KEYS: Mapping[str, str] = {"services": "number", "departments": "code", "destinations": "prefix"}
"""Lists whose entries are told apart by one of their keys rather than by their place."""


@dataclass(frozen=True)
class Change:
    """One value that is new (``before`` None), gone (``after`` None) or another. ``where``: keys from the top."""

    where: tuple[str, ...]
    before: str | None
    after: str | None


@dataclass(frozen=True)
class FileChange:
    """One file. ``lines``: a unified difference, empty for sounds; ``changes`` empty where a side is no YAML."""

    file: str
    before: bool
    after: bool
    lines: tuple[str, ...]
    changes: tuple[Change, ...]


def difference(before: Path, after: Path) -> list[FileChange]:
    """Every file that is not the same in both folders of flows."""
    return [_file(before, after, file) for file in changed(hashes_of(before), hashes_of(after))]


def _file(before: Path, after: Path, file: str) -> FileChange:
    old, new = before / file, after / file
    lines = tuple(
        line.rstrip("\n")
        for line in difflib.unified_diff(_text(old).splitlines(), _text(new).splitlines(), lineterm="", n=2)
        if not line.startswith(("---", "+++"))
    )
    return FileChange(file, old.exists(), new.exists(), lines, tuple(in_words(_value(old, file), _value(new, file))))


def in_words(before: Any, after: Any) -> Iterator[Change]:
    """Values that differ between two documents. Operators are compared one by one, whatever range they stand in."""
    old, new = dict(_flat(before)), dict(_flat(after))
    for where in [*old, *(where for where in new if where not in old)]:
        if old.get(where) != new.get(where):
            yield Change(where, old.get(where), new.get(where))


def _flat(value: Any, where: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, Mapping):
        for key, one in value.items():
            if key == "operators" and not where and isinstance(one, list):
                yield from _people(one)
            elif key in KEYS and isinstance(one, list):
                yield from _keyed(one, KEYS[key], (*where, key))
            else:
                yield from _flat(one, (*where, str(key)))
    elif isinstance(value, list) and any(isinstance(one, Mapping) for one in value):
        for n, one in enumerate(value, 1):
            yield from _flat(one, (*where, f"#{n}"))
    elif isinstance(value, list):
        yield where, "、".join(str(one) for one in value)
    elif value is not None:
        yield where, str(value)


def _keyed(entries: Sequence[Any], key: str, where: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    for n, entry in enumerate(entries, 1):
        name = str(entry.get(key, f"#{n}")) if isinstance(entry, Mapping) else f"#{n}"
        rest = {one: value for one, value in entry.items() if one != key} if isinstance(entry, Mapping) else entry
        yield from _flat(rest, (*where, name))


def _people(groups: Sequence[Any]) -> Iterator[tuple[tuple[str, ...], str]]:
    for n, group in enumerate(groups, 1):
        try:
            people = list(zip(extensions(group["extensions"]), group["names"], strict=True))
        except (ValueError, KeyError, TypeError, AttributeError):
            yield from _flat(group, ("operators", f"#{n}"))
            continue
        for extension, name in people:
            here = ("operators", extension)
            yield (*here, "names"), name
            yield from _flat({key: group[key] for key in ("skills", "supervises") if group.get(key)}, here)


def _value(path: Path, file: str) -> Any:
    if not path.exists() or path.suffix != ".yaml":
        return None
    try:
        return value_of(path, file)
    except ConfigError:
        return None


def _text(path: Path) -> str:
    if not path.exists():
        return ""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""
