"""Where the entries of a kind lie in the files, and how one is put there and taken away."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from ctl.config.source import Path_
from ctl.editing import operators
from ctl.editing.checking import value_of
from ctl.editing.desk import Desk


class Store(Protocol):
    """``before`` is the key that the entry had, None for a new one. Raises ValueError for a key that is taken."""

    @property
    def file(self) -> str: ...
    def entries(self, flows: Path) -> dict[str, Any]: ...
    def put(self, desk: Desk, key: str, value: Any, before: str | None) -> None: ...
    def remove(self, desk: Desk, key: str) -> None: ...
    def path(self, flows: Path, key: str) -> Path_: ...


class Taken(ValueError):
    """There is an entry of this name already."""


def _value(flows: Path, file: str, path: Path_) -> Any:
    value = value_of(flows / file, file) if (flows / file).exists() else None
    for part in path:
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


@dataclass(frozen=True)
class InMapping:
    """Entries by key. A new key renames the entry, in its place."""

    file: str
    at: Path_

    def entries(self, flows: Path) -> dict[str, Any]:
        found = _value(flows, self.file, self.at)
        return dict(found) if isinstance(found, Mapping) else {}

    def put(self, desk: Desk, key: str, value: Any, before: str | None) -> None:
        sheet = desk.sheet(self.file)
        there = list(sheet.value(self.at)) if sheet.has(self.at) else []
        if key != before and key in there:
            raise Taken(key)
        if before is not None and key != before:
            sheet.add(self.at, value, key, after=before)
            sheet.remove((*self.at, before))
        else:
            desk.put(self.file, (*self.at, key), value)

    def remove(self, desk: Desk, key: str) -> None:
        desk.remove(self.file, (*self.at, key))

    def path(self, flows: Path, key: str) -> Path_:
        return (*self.at, key)


@dataclass(frozen=True)
class InList:
    """Entries of a list, told apart by one of their keys; with ``named`` empty the entry is a text and its own key."""

    file: str
    at: Path_
    named: str

    def entries(self, flows: Path) -> dict[str, Any]:
        found = _value(flows, self.file, self.at)
        return {self._key(one): one for one in found} if isinstance(found, list) else {}

    def put(self, desk: Desk, key: str, value: Any, before: str | None) -> None:
        keys = self._keys(desk)
        if key != before and key in keys:
            raise Taken(key)
        written = {self.named: key, **{k: v for k, v in value.items() if k != self.named}} if self.named else key
        if before is None:
            if desk.sheet(self.file).has(self.at):
                desk.sheet(self.file).add(self.at, written)
            else:
                desk.put(self.file, self.at, [written])
        else:
            desk.put(self.file, (*self.at, keys.index(before)), written)

    def remove(self, desk: Desk, key: str) -> None:
        desk.remove(self.file, (*self.at, self._keys(desk).index(key)))

    def path(self, flows: Path, key: str) -> Path_:
        keys = list(self.entries(flows))
        return (*self.at, keys.index(key) if key in keys else len(keys))

    def _keys(self, desk: Desk) -> list[str]:
        sheet = desk.sheet(self.file)
        return [self._key(one) for one in sheet.value(self.at)] if sheet.has(self.at) else []

    def _key(self, entry: Any) -> str:
        return str(entry.get(self.named, "")) if isinstance(entry, Mapping) else str(entry)


@dataclass(frozen=True)
class Alone:
    """One entry in a place of its own; its key is empty. With ``whole`` the value at the place is a plain one."""

    file: str
    at: Path_

    def entries(self, flows: Path) -> dict[str, Any]:
        found = _value(flows, self.file, self.at)
        return {"": found if found is not None else {}}

    def put(self, desk: Desk, key: str, value: Any, before: str | None) -> None:
        if self.at:
            desk.put(self.file, self.at, value or None)
            return
        for name, one in value.items():
            desk.put(self.file, (name,), one)

    def remove(self, desk: Desk, key: str) -> None:
        desk.put(self.file, self.at, None)

    def path(self, flows: Path, key: str) -> Path_:
        return self.at


@dataclass(frozen=True)
class People:
    """Operators, whom the file keeps in ranges."""

    file: str = operators.FILE

    def entries(self, flows: Path) -> dict[str, Any]:
        return {
            one.extension: {
                "name": one.name,
                "skills": dict(one.skills),
                "everybody": one.supervises == "all",
                "supervises": [] if one.supervises == "all" else list(one.supervises),
            }
            for one in operators.rows(flows)
        }

    def put(self, desk: Desk, key: str, value: Any, before: str | None) -> None:
        supervises = "all" if value.get("everybody") else tuple(value.get("supervises") or ())
        row = operators.OperatorRow(key, str(value.get("name") or ""), value.get("skills") or {}, supervises)
        try:
            operators.put(desk, row, before)
        except operators.AlreadyThere:
            raise Taken(key) from None

    def remove(self, desk: Desk, key: str) -> None:
        operators.remove(desk, key)

    def path(self, flows: Path, key: str) -> Path_:
        return ("operators",)
