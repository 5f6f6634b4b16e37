"""Checks a document against the model of its file, and says what does not fit in words of the one who wrote it."""

from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from ctl.config.nodes import TAG, Shape
from ctl.config.problems import ConfigError, Problem, did_you_mean
from ctl.config.source import Path_, Source

S = TypeVar("S", bound=Shape)
Schema = dict[str, Any]


def shape(model: type[S], source: Source) -> S:
    """The document as ``model``. Raises `ConfigError` with every fault."""
    try:
        return model.model_validate(source.value)
    except ValidationError as error:
        raise ConfigError([_problem(model, source, detail) for detail in error.errors(include_url=False)]) from error


def _problem(model: type[Shape], source: Source, detail: ErrorDetails) -> Problem:
    path = _path(detail["loc"])
    match detail["type"]:
        case "missing":
            message = f"the key {path[-1]!r} is missing"
        case "extra_forbidden":
            message = f"unknown key; {did_you_mean(str(path[-1]), _known_keys(model, source, path[:-1]))}"
        case "value_error":
            message = str(detail["ctx"]["error"])
        case "model_type" | "dict_type":
            message = f"lines of the form 'key: value' belong here{_got(detail['input'])}"
        case "kind":
            message = detail["msg"]
        case _:
            message = f"{detail['msg'][:1].lower()}{detail['msg'][1:]}{_got(detail['input'])}"
    return source.problem(path, message)


def _path(location: tuple[int | str, ...]) -> Path_:
    return tuple(part for part in location if not (isinstance(part, str) and (part.startswith(TAG) or part == "[key]")))


def _got(value: object) -> str:
    if value is None:
        return "; got nothing"
    if isinstance(value, str):
        return f"; got {value[:60]!r}"
    return f"; got a {'list' if isinstance(value, list) else 'mapping'}"


@cache
def _schema(model: type[Shape]) -> Schema:
    return model.model_json_schema()


def _known_keys(model: type[Shape], source: Source, path: Path_) -> list[str]:
    """The keys that the model allows at ``path`` of this document."""
    root = _schema(model)
    here: Schema = root
    value = source.value
    for part in path:
        here = _resolve(root, here, value)
        if isinstance(part, int):
            here = here.get("items", {})
        else:
            here = here.get("properties", {}).get(part) or _values_schema(here)
        value = value[part]
    return list(_resolve(root, here, value).get("properties", {}))


def _values_schema(schema: Schema) -> Schema:
    by_pattern = list(schema.get("patternProperties", {}).values())
    other = schema.get("additionalProperties")
    found = by_pattern[0] if by_pattern else other
    return found if isinstance(found, dict) else {}


def _resolve(root: Schema, schema: Schema, value: object) -> Schema:
    if "$ref" in schema:
        return _resolve(root, root["$defs"][schema["$ref"].rsplit("/", 1)[1]], value)
    branches = [_resolve(root, branch, value) for branch in (*schema.get("oneOf", ()), *schema.get("anyOf", ()))]
    kind = value.get("kind") if isinstance(value, Mapping) else None
    for branch in branches:
        if kind is None or branch.get("properties", {}).get("kind", {}).get("const") == kind:
            return branch
    return schema
