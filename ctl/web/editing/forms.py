"""Forms to values and back: names in a form are the keys of the file with dots between (``stages.0.group``)."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, assert_never

from ctl.config import Problem
from ctl.config.source import Path_, where
from ctl.web.editing.fields import Field, Is, Known

BLANK_ROWS = 2
"""Empty rows below those that are there; more come when these are filled and sent."""
MOST_ROWS = 200
LEVELS = tuple(str(level) for level in range(1, 10))

TWICE = "（重複）"
"""Behind the key of a row that has the key of an earlier one: both are shown again, and neither is lost."""

Form = Mapping[str, str]
"""What was sent; several values of one name with commas between."""


def read(fields: tuple[Field, ...], form: Form, known: Known, before: Any, prefix: str = "") -> dict[str, Any]:
    """What a form says, as it is to be written; what is no field of the form stays as it was in ``before``."""
    old = before if isinstance(before, Mapping) else {}
    given = {field.name: _one(field, form, known, old.get(field.name), f"{prefix}{field.name}") for field in fields}
    names = [*old, *(name for name in given if name not in old)]
    found = {name: given.get(name, old.get(name)) for name in names}
    by_name = {field.name: field for field in fields}
    return {
        name: value
        for name, value in found.items()
        if value is not None and not (name in by_name and name not in old and _unsaid(by_name[name], value))
    }


def _unsaid(field: Field, value: Any) -> bool:
    """Whether a value is what holds anyway, so that nobody has to read it."""
    if isinstance(value, bool):
        return ("true" if value else "false") == field.default
    return field.default is not None and str(value) == field.default


def _one(field: Field, form: Form, known: Known, before: Any, name: str) -> Any:
    text = form.get(name, "").strip()
    match field.kind:
        case Is.TEXT | Is.CHOICE:
            return text or None
        case Is.AREA:
            return " ".join(text.split("\n")).replace("\r", "") or None
        case Is.NUMBER:
            return before if isinstance(before, str) and _equal(before, text) else number(text) if text else None
        case Is.CHECK:
            return name in form
        case Is.NAMES | Is.SEVERAL:
            listed = [part for part in re.split(r"[,、\s]+", text) if part]
            return (
                listed[0] if len(listed) == 1 and isinstance(before, str) and field.kind is Is.NAMES else listed or None
            )
        case Is.LEVELS:
            keys = dict.fromkeys([*(key for key, _ in known.pairs(field)), *levels_beside(field, known, before)])
            levels = {key: form.get(f"{name}.{key}", "") for key in keys}
            return {key: number(level) for key, level in levels.items() if level} or None
        case Is.PAIRS:
            return _pairs(form, name) or None
        case Is.ROWS:
            old = before if isinstance(before, list) else []
            rows = [
                read(field.fields, form, known, old[n] if n < len(old) else None, f"{name}.{n}.")
                for n in range(MOST_ROWS)
                if form.get(f"{name}.{n}.{field.fields[0].name}", "").strip()
            ]
            return rows or None
        case Is.MAP:
            return _map(field, form, known, before if isinstance(before, Mapping) else {}, name) or None
        case Is.SECTION:
            return read(field.fields, form, known, before, f"{name}.") if f"{name}.use" in form else None
        case _:
            assert_never(field.kind)


def _pairs(form: Form, name: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for n in range(MOST_ROWS):
        if key := form.get(f"{name}.{n}.key", "").strip():
            found[_once(key, found)] = form.get(f"{name}.{n}.value", "").strip()
    return found


def _once(key: str, found: Mapping[str, object]) -> str:
    while key in found:
        key += TWICE
    return key


def twice(value: Any) -> str | None:
    """A key that stands in more than one row of what was read, if there is one."""
    if isinstance(value, list):
        return next((found for one in value if (found := twice(one)) is not None), None)
    if not isinstance(value, Mapping):
        return None
    doubled = (str(key).replace(TWICE, "") for key in value if str(key).endswith(TWICE))
    return next(doubled, None) or next((found for one in value.values() if (found := twice(one)) is not None), None)


def levels_beside(field: Field, known: Known, value: Any) -> list[str]:
    """What has a level and is none of the options: shown all the same, or it would be gone with the next save."""
    options = {key for key, _ in known.pairs(field)}
    return [str(key) for key in value if str(key) not in options] if isinstance(value, Mapping) else []


def ticked_beside(field: Field, known: Known, value: Any) -> list[str]:
    """What is chosen and is none of the options, likewise."""
    options = {key for key, _ in known.pairs(field)}
    return [str(one) for one in value if str(one) not in options] if isinstance(value, list) else []


def _map(field: Field, form: Form, known: Known, before: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The first field is the key. With one more field, whose name is empty, that field is the value itself."""
    first, *rest = field.fields
    found: dict[str, Any] = {}
    for n in range(MOST_ROWS):
        key = form.get(f"{name}.{n}.{first.name}", "").strip()
        if not key:
            continue
        if len(rest) == 1 and not rest[0].name:
            value = _one(rest[0], form, known, before.get(key), f"{name}.{n}.")
        else:
            value = read(tuple(rest), form, known, before.get(key), f"{name}.{n}.")
        if value is not None:
            found[_once(key, found)] = value
    return found


def number(text: str) -> Any:
    """A number, or the text itself, which is then told to be none."""
    narrow = text.translate(str.maketrans("０１２３４５６７８９．", "0123456789."))
    if re.fullmatch(r"-?[0-9]+", narrow):
        return int(narrow)
    return float(narrow) if re.fullmatch(r"-?[0-9]+\.[0-9]+", narrow) else text


def _equal(before: str, text: str) -> bool:
    """Whether a number is the same, however many zeros it was written with."""
    try:
        return float(before) == float(text)
    except ValueError:
        return before == text


def faults(problems: tuple[Problem, ...], here: Path_) -> tuple[dict[str, str], list[Problem]]:
    """Problems by the name that the field has in the form of the entry at ``here``, and those of no field."""
    start = where(here)
    by_name: dict[str, str] = {}
    others: list[Problem] = []
    for problem in problems:
        if problem.where != start and problem.where.startswith(f"{start} " if start else ""):
            rest = problem.where[len(start) :].split()
            by_name.setdefault(".".join(_part(part) for part in rest), problem.message)
        else:
            others.append(problem)
    return by_name, others


def _part(part: str) -> str:
    return str(int(part[1:]) - 1) if re.fullmatch(r"#[0-9]+", part) else part


def entries_of(field: Field, value: Any) -> list[tuple[str, Any]]:
    """What is there of a list or a map, with empty rows behind: pairs of key and value."""
    if isinstance(value, Mapping):
        there = [(str(key), one) for key, one in value.items()]
    else:
        there = [("", one) for one in value] if isinstance(value, list) else []
    return there + [("", "" if field.kind is Is.PAIRS else {})] * BLANK_ROWS


def as_text(value: Any) -> str:
    """A value as it stands in a field or a cell."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "、".join(
            f"{key} {as_text(one)}" if not isinstance(one, Mapping) else str(key) for key, one in value.items()
        )
    if isinstance(value, list | tuple):
        return ", ".join(_short(one) for one in value)
    return str(value)


def _short(value: Any) -> str:
    return " ".join(str(one) for one in value.values()) if isinstance(value, Mapping) else str(value)


def shown(field: Field, value: Any) -> str:
    """A value as people read it in a list: a tick and a choice by their words."""
    text = as_text(value)
    if field.kind is Is.CHECK:
        return {"true": "はい", "false": "いいえ"}.get(text, "")
    return dict(field.options).get(text, text) if isinstance(field.options, tuple) else text


def is_on(field: Field, value: Any) -> bool:
    """Whether a check box is ticked."""
    said = field.default if value is None else as_text(value)
    return said == "true"


def joined(pairs: Iterator[tuple[str, str]]) -> dict[str, str]:
    """A form as it was sent, with several values of one name in one text."""
    found: dict[str, str] = {}
    for name, value in pairs:
        found[name] = f"{found[name]},{value}" if name in found else value
    return found
