"""Operators one by one, though the file keeps those who can do the same together, as a range with its names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from ctl.config.people import extensions
from ctl.editing.checking import value_of
from ctl.editing.desk import Desk

FILE = "operators.yaml"
LIST = "operators"


@dataclass(frozen=True)
class OperatorRow:
    """``skills``: level by group, 1 the most skilled. ``supervises``: groups in charge, or all of them."""

    extension: str
    name: str
    skills: Mapping[str, int] = field(default_factory=dict)
    supervises: Sequence[str] | Literal["all"] = ()


class AlreadyThere(ValueError):
    """An extension that another operator has."""


class UnknownOperator(ValueError):
    """An extension that nobody has."""


def rows(flows: Path) -> list[OperatorRow]:
    """Everybody, in the order of the file. Raises `ConfigError` for a file that is no YAML."""
    return _rows(value_of(flows / FILE, FILE).get(LIST, []))


def _rows(groups: Sequence[Mapping[str, Any]]) -> list[OperatorRow]:
    return [
        OperatorRow(extension, name, _levels(group.get("skills") or {}), _charge(group.get("supervises")))
        for group in groups
        for extension, name in zip(extensions(group["extensions"]), group["names"], strict=False)
    ]


def put(desk: Desk, row: OperatorRow, before: str | None = None) -> None:
    """A new operator, or in place of the one who had the extension ``before``.

    Raises `AlreadyThere`, `UnknownOperator`, and ValueError for an extension that is none.
    """
    extensions(row.extension)
    taken = {one.extension for one in _now(desk)}
    if row.extension != before and row.extension in taken:
        raise AlreadyThere(row.extension)
    if before is None:
        desk.sheet(FILE).add((LIST,), _group([row]), after=_behind(desk, row))
        return
    n, position, members = _find(desk, before)
    old = members[position]
    if (old.skills, old.supervises, old.extension) == (row.skills, row.supervises, row.extension):
        desk.put(FILE, (LIST, n, "names", position), row.name)
    elif len(members) == 1:
        _write(desk, n, [row])
    else:
        _take_out(desk, n, position, members, row)


def remove(desk: Desk, extension: str) -> None:
    """Raises `UnknownOperator`."""
    n, position, members = _find(desk, extension)
    if len(members) == 1:
        desk.remove(FILE, (LIST, n))
    else:
        _take_out(desk, n, position, members, None)


def _take_out(desk: Desk, n: int, position: int, members: list[OperatorRow], row: OperatorRow | None) -> None:
    """What is left of the group stands before and behind; its comments stay with its first part."""
    parts = [members[:position], [row] if row is not None else [], members[position + 1 :]]
    first, *others = [part for part in parts if part]
    _write(desk, n, first)
    for k, part in enumerate(others):
        desk.sheet(FILE).add((LIST,), _group(part), after=n + k)


def _write(desk: Desk, n: int, members: list[OperatorRow]) -> None:
    for key, value in _group(members).items():
        desk.put(FILE, (LIST, n, key), value)
    if not members[0].supervises:
        desk.put(FILE, (LIST, n, "supervises"), None)


def _group(members: Sequence[OperatorRow]) -> dict[str, object]:
    first, last = members[0], members[-1]
    span = first.extension if len(members) == 1 else f"{first.extension}-{last.extension}"
    charge = {"supervises": first.supervises} if first.supervises else {}
    return {"extensions": span, "skills": dict(first.skills), **charge, "names": [one.name for one in members]}


def _find(desk: Desk, extension: str) -> tuple[int, int, list[OperatorRow]]:
    for n, group in enumerate(desk.sheet(FILE).value((LIST,))):
        members = _rows([group])
        for position, one in enumerate(members):
            if one.extension == extension:
                return n, position, members
    raise UnknownOperator(extension)


def _behind(desk: Desk, row: OperatorRow) -> int | None:
    """The group after which a new extension stands in order."""
    before = [
        n for n, group in enumerate(desk.sheet(FILE).value((LIST,))) if _rows([group])[-1].extension < row.extension
    ]
    return before[-1] if before else None


def _now(desk: Desk) -> list[OperatorRow]:
    return _rows(desk.sheet(FILE).value((LIST,)))


def _levels(written: Mapping[str, object]) -> dict[str, int]:
    return {str(group): int(str(level)) for group, level in written.items() if str(level).isdecimal()}


def _charge(written: object) -> Sequence[str] | Literal["all"]:
    if written == "all":
        return "all"
    return tuple(str(one) for one in written) if isinstance(written, list | tuple) else ()
