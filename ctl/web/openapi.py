"""The JSON API described for programs (OpenAPI 3.1), from the routes themselves.

A handler says what it answers, and the rest is known: its address, what it needs (`ctl.web.permission`), its first
sentence. Answers are described by the very types that make them, questions by the pydantic models that check them.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec
from aiohttp import web
from aiohttp.web_urldispatcher import AbstractRoute
from pydantic import BaseModel

from ctl.web.pages import document
from ctl.web.permission import needs_of, open_to_all

H = TypeVar("H", bound=Callable[..., object])

API = "/api/"
_WORD = "__answers__"
_REF = "#/components/schemas/{name}"


@dataclass(frozen=True, slots=True)
class Answers:
    """``answer``: a dataclass or a TypedDict. ``query``: the model that checks what stands behind the question mark;
    ``body``: the type of what is sent as JSON."""

    answer: type
    query: type[BaseModel] | None = None
    body: type | None = None


class ErrorTold(msgspec.Struct):
    """``id`` is in the log, too. ``field``: the input that was wrong."""

    id: str
    message: str
    field: str | None


class ErrorAnswer(msgspec.Struct):
    error: ErrorTold


REFUSALS: Mapping[int, str] = {
    400: "The question cannot be read; the error names the field and what is allowed.",
    401: "No token, or one that does not hold.",
    403: "The token's scopes do not reach so far.",
    404: "There is no such thing.",
    409: "Not now: somebody else is at work, or it has changed since it was read.",
    503: "What is asked for is away at the moment.",
}


def answers(answer: type, *, query: type[BaseModel] | None = None, body: type | None = None) -> Callable[[H], H]:
    """The handler answers with a JSON document of this type."""

    def put(handler: H) -> H:
        setattr(handler, _WORD, Answers(answer, query, body))
        return handler

    return put


def described(app: web.Application) -> Iterator[tuple[AbstractRoute, Answers | None]]:
    """Every route of the API, with its description or None. HEAD goes with GET."""
    for route in app.router.routes():
        if route.resource is not None and route.resource.canonical.startswith(API) and route.method != "HEAD":
            found = getattr(route.handler, _WORD, None)
            yield route, found if isinstance(found, Answers) else None


def openapi(app: web.Application) -> dict[str, Any]:
    """The whole document."""
    routes = [(route, word) for route, word in described(app) if word is not None]
    types = {word.answer for _, word in routes} | {ErrorAnswer}
    types |= {word.body for _, word in routes if word.body is not None}
    _, schemas = msgspec.json.schema_components(sorted(types, key=lambda one: one.__name__), ref_template=_REF)
    paths: dict[str, dict[str, Any]] = {}
    for route, word in routes:
        assert route.resource is not None
        paths.setdefault(route.resource.canonical, {})[route.method.lower()] = _operation(route, word, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Call centre", "version": "1", "description": "Instants are ISO 8601 in UTC."},
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": "`ctl token create`"}},
        },
    }


def _operation(route: AbstractRoute, word: Answers, schemas: dict[str, Any]) -> dict[str, Any]:
    need = needs_of(route)
    said = inspect.getdoc(route.handler) or route.handler.__name__
    operation: dict[str, Any] = {
        "operationId": route.handler.__name__,
        "summary": said.split("\n\n")[0].replace("\n", " "),
        "parameters": [*_of_path(route), *_of_query(word.query, schemas)],
        "responses": {
            "200": {"description": "As asked.", "content": _json(word.answer.__name__)},
            **{
                str(code): {"description": said, "content": _json(ErrorAnswer.__name__)}
                for code, said in REFUSALS.items()
            },
        },
    }
    if word.body is not None:
        operation["requestBody"] = {"required": True, "content": _json(word.body.__name__)}
    if need is not None and need.action is not None:
        operation["security"] = [{"token": []}]
        operation["x-scope"] = str(need.action)
    return operation


def _json(name: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": _REF.format(name=name)}}}


def _of_path(route: AbstractRoute) -> Iterator[dict[str, Any]]:
    assert route.resource is not None
    pattern = route.resource.get_info().get("pattern")
    for name in pattern.groupindex if pattern is not None else ():
        yield {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}


def _of_query(model: type[BaseModel] | None, schemas: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if model is None:
        return
    # Two models may each have an Outcome of their own.
    schema = model.model_json_schema(ref_template=_REF.format(name=f"{model.__name__}.{{model}}"))
    schemas.update({f"{model.__name__}.{name}": told for name, told in schema.get("$defs", {}).items()})
    for name, field in schema["properties"].items():
        # What may be left out is left out, not sent as null.
        kinds = [kind for kind in field.get("anyOf", []) if kind != {"type": "null"}]
        told = {key: value for key, value in field.items() if key not in ("anyOf", "title") and value is not None}
        if kinds:
            told |= kinds[0] if len(kinds) == 1 else {"anyOf": kinds}
        yield {"name": name, "in": "query", "required": False, "schema": told}


routes = web.RouteTableDef()


@routes.get("/api/openapi.json")
@open_to_all("it describes the API and holds nothing of the centre")
async def openapi_json(request: web.Request) -> web.Response:
    """This document."""
    return document(openapi(request.app))
