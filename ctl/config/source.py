"""Reads YAML so that every value keeps its line, and nothing in it can hurt us.

A scalar stays the text that was written (only an empty one, ``~`` and ``null`` are nothing): the model decides whether
``0339811111``, ``8:30`` or ``no`` is a number, a time or a word, so none of YAML's guesses can spoil it. Anchors,
aliases, tags and merge keys are refused, which also ends every document that grows when it is read.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from ctl.config.problems import ConfigError, Problem

MOST_BYTES = 300_000
MOST_DEPTH = 12
MOST_VALUES = 50_000

Path_ = tuple[str | int, ...]
"""Where a value stands in its document: keys and positions from the top."""
Value = Any
"""Nested dict, list, str and None."""


@dataclass(frozen=True)
class Source:
    """One document as read: ``lines`` says on which line (from 1) each value's key or list item stands."""

    file: str
    value: Value
    lines: Mapping[Path_, int] = field(repr=False)

    def line(self, *path: str | int) -> int:
        """The line of a value, or of what surrounds it when the value itself is missing."""
        for length in range(len(path), -1, -1):
            if path[:length] in self.lines:
                return self.lines[path[:length]]
        return 1

    def problem(self, path: Path_, message: str) -> Problem:
        return Problem(self.file, self.line(*path), where(path), message)


def where(path: Path_) -> str:
    """``operators #4 skills``: people count from 1."""
    return " ".join(f"#{part + 1}" if isinstance(part, int) else part for part in path)


def read(path: Path, file: str) -> Source:
    """The document in ``path``, called ``file`` in messages. Raises `ConfigError` with what is wrong with it."""
    return _parsed(_text(path, file), file)


@lru_cache(maxsize=64)
def _parsed(text: str, file: str) -> Source:
    """Kept, since who edits settings has the same files read again and again; nobody changes what was read."""
    reader = YAML(typ="safe", pure=True)
    try:
        source = _Builder(file).build(reader.parse(text))
    except MarkedYAMLError as error:
        raise ConfigError([_syntax(error, file)]) from error
    except YAMLError as error:
        raise ConfigError([Problem(file, 1, "", f"not YAML: {error}")]) from error
    if source.value is None:
        raise ConfigError([Problem(file, 1, "", "the file is empty; write its contents or remove the file")])
    return source


def _text(path: Path, file: str) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError([Problem(file, 0, "", f"cannot be read: {error.strerror}")]) from error
    if len(data) > MOST_BYTES:
        raise ConfigError([Problem(file, 0, "", f"{len(data)} bytes are too many; at most {MOST_BYTES} are allowed")])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"not UTF-8 (byte 0x{data[error.start]:02x}); save the file as UTF-8"
        raise ConfigError([Problem(file, line, "", message)]) from error


def _syntax(error: MarkedYAMLError, file: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    said = " ".join(str(part) for part in (error.context, error.problem) if part)
    if "\\t" in said:
        said = "a tab is not allowed here; indent with spaces"
    return Problem(
        file,
        mark.line + 1 if mark else 1,
        "",
        f"not YAML: {said}; look at the indentation, colons, quotes and brackets here",
    )


class _Builder:
    """Makes plain values of YAML events, one after the other and without recursion into unchecked depth."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._lines: dict[Path_, int] = {}
        self._problems: list[Problem] = []
        self._count = 0

    def build(self, events: Iterator[Any]) -> Source:
        value: Value = None
        documents = 0
        for event in events:
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._refuse(event, "only one document is allowed in a file; remove the line '---'")
            elif isinstance(event, NodeEvent):
                value = self._value(event, events, ())
        if self._problems:
            raise ConfigError(self._problems)
        return Source(self._file, value, self._lines)

    def _refuse(self, event: Any, message: str) -> None:
        """Faults that forbid reading on."""
        raise ConfigError([*self._problems, Problem(self._file, event.start_mark.line + 1, "", message)])

    def _value(self, event: Any, events: Iterator[Any], path: Path_) -> Value:
        self._count += 1
        if self._count > MOST_VALUES:
            self._refuse(event, f"too many values; at most {MOST_VALUES} are allowed in a file")
        if len(path) > MOST_DEPTH:
            self._refuse(event, f"nested too deeply; at most {MOST_DEPTH} levels are allowed")
        if isinstance(event, AliasEvent) or event.anchor is not None:
            self._refuse(
                event, "anchors (&) and aliases (*) are not allowed; write the value out, in quotes if it is text"
            )
        if event.ctag is not None:
            self._refuse(event, "tags (!) are not allowed; write the plain value, in quotes if it is text")
        self._lines.setdefault(path, event.start_mark.line + 1)
        if isinstance(event, MappingStartEvent):
            return self._mapping(events, path)
        if isinstance(event, SequenceStartEvent):
            return self._sequence(events, path)
        assert isinstance(event, ScalarEvent)
        nothing = event.style is None and event.value in ("", "~", "null")
        return None if nothing else event.value

    def _sequence(self, events: Iterator[Any], path: Path_) -> Value:
        items: list[Value] = []
        for event in events:
            if isinstance(event, SequenceEndEvent):
                break
            items.append(self._value(event, events, (*path, len(items))))
        return items

    def _mapping(self, events: Iterator[Any], path: Path_) -> Value:
        entries: dict[str, Value] = {}
        for event in events:
            if isinstance(event, MappingEndEvent):
                break
            if not isinstance(event, ScalarEvent):
                self._refuse(event, "a key must be plain text")
            key = str(event.value)
            line = event.start_mark.line + 1
            inner = (*path, key)
            if key in entries:
                first = self._lines[inner]
                self._problems.append(
                    Problem(self._file, line, where(inner), f"the key stands twice (first on line {first}); keep one")
                )
            self._lines.setdefault(inner, line)
            entries[key] = self._value(next(events), events, inner)
        return entries
