"""A YAML file as it was written: read, changed and written again with its comments, order, quotes and blank lines.

As in `ctl.config.source`, every scalar stays text: neither reading nor writing guesses at numbers, times or booleans.
"""

import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode
from ruamel.yaml.resolver import VersionedResolver
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, FoldedScalarString, PlainScalarString, ScalarString
from ruamel.yaml.tag import Tag

Document = Any
"""Nested ruamel mappings, lists and text."""

WIDE = 1_000_000
"""No line is broken that its writer has not broken."""
_QUOTED = re.compile(r"[0-9*#][0-9*#-]*")
"""Numbers of telephones, extensions, departments and keys stand in quotes by custom, so that no editor spoils them."""
_SIGNS = ("?", ":")
"""Begins of a text that the library writes plain within braces although it cannot read them there."""
FOLD_FROM = 60
"""Characters from which a text of several sentences is written on lines of its own."""
TEXT = "tag:yaml.org,2002:str"


class NotYaml(Exception):
    """The file is so that it cannot be changed but as text. Says why."""


class _EverythingIsText(VersionedResolver):
    def resolve(self, kind: Any, value: Any, implicit: Any) -> Any:
        if kind is ScalarNode and implicit[0] and value not in ("", "~", "null"):
            return Tag(suffix=TEXT)
        return super().resolve(kind, value, implicit)


def _yaml() -> YAML:
    yaml = YAML()
    yaml.Resolver = _EverythingIsText
    yaml.preserve_quotes = True
    yaml.width = WIDE
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.brace_single_entry_mapping_in_flow_sequence = True
    return yaml


def parsed(text: str) -> Document:
    """Raises `NotYaml`."""
    try:
        found = _yaml().load(text)
    except YAMLError as error:
        raise NotYaml(str(error)) from error
    if not isinstance(found, CommentedMap):
        raise NotYaml("the file is no mapping")
    return found


def composed(text: str) -> MappingNode:
    """The same as nodes that know where they stand in the text. Raises `NotYaml`."""
    try:
        found = _yaml().compose(text)
    except YAMLError as error:
        raise NotYaml(str(error)) from error
    if not isinstance(found, MappingNode):
        raise NotYaml("the file is no mapping")
    return found


def written(document: Document) -> str:
    """The document as the text of a file."""
    text = io.StringIO()
    _yaml().dump(document, text)
    return text.getvalue()


def save(path: Path, text: str) -> None:
    """In one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)


def plain(value: object) -> Any:
    """A value as it is to stand in a file: quotes where people write them, long announcements folded."""
    if isinstance(value, bool):
        return PlainScalarString("true" if value else "false")
    if isinstance(value, int | float):
        return PlainScalarString(f"{value:g}" if isinstance(value, float) else str(value))
    if isinstance(value, ScalarString):
        return value
    if isinstance(value, str):
        return DoubleQuotedScalarString(value) if _QUOTED.fullmatch(value) or value.startswith(_SIGNS) else value
    if isinstance(value, Mapping):
        inner = CommentedMap((plain(str(key)), plain(one)) for key, one in value.items() if one is not None)
        inner.fa.set_flow_style()
        return inner
    if isinstance(value, Sequence):
        listed = CommentedSeq([plain(one) for one in value])
        listed.fa.set_flow_style()
        return listed
    raise TypeError(f"{type(value).__name__} cannot stand in a file")


def same(written_value: object, new: object) -> bool:
    """Whether two values read alike, however they are written."""
    if isinstance(written_value, Mapping) and isinstance(new, Mapping):
        keys = [*written_value]
        return keys == [*new] and all(same(written_value[key], new[key]) for key in keys)
    if isinstance(written_value, list) and isinstance(new, list):
        return len(written_value) == len(new) and all(map(same, written_value, new))
    if isinstance(written_value, str) and isinstance(new, str):
        return written_value.rstrip("\n") == new.rstrip("\n")
    return written_value == new


def folded(text: str, longer_than: int = 0) -> Any:
    """A text of several sentences on lines of its own, or a short one as it is; blanks that this brings are taken out again when it is read."""
    lines = [line for line in re.split(r"(?<=[。、])", text.strip()) if line]
    if len(text) <= longer_than or len(lines) < 2:
        return plain(text)
    packed = [lines[0]]
    for line in lines[1:]:
        if packed[-1].endswith("。"):
            packed.append(line)
        else:
            packed[-1] += line
    joined = FoldedScalarString(" ".join(packed))
    at, places = 0, []
    for line in packed[:-1]:
        at += len(line)
        places.append(at)
        at += 1
    joined.fold_pos = places
    return joined
