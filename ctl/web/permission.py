"""What a handler needs, said at the handler; without such a word the web does not start.

    @routes.get("/floor")
    @needs(Action.SEE_FLOOR)
    async def floor_page(request): ...

Who has what is decided by the table of `ctl.security.policy` and nowhere else.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from aiohttp import web
from aiohttp.web_urldispatcher import AbstractRoute, StaticResource

from ctl.security.policy import Action
from ctl.security.sessions import Session
from ctl.security.who import Who
from ctl.web.keys import SESSION

H = TypeVar("H", bound=Callable[..., object])

_WORD = "__needs__"


@dataclass(frozen=True, slots=True)
class Needs:
    """``action`` None: open to everybody, because of ``why``. ``step_up``: proved within the last minutes, too.

    ``here``: programs on this machine need no account for it. ``token_in_address``: a program's token may also come as
    ``?token=``, for screens that open an address and can do no more.
    """

    action: Action | None
    step_up: bool = False
    here: bool = False
    why: str = ""
    token_in_address: bool = False


class UndeclaredRoute(Exception):
    """A route does not say what it needs."""


def needs(action: Action, *, step_up: bool = False) -> Callable[[H], H]:
    """The handler is for people who may ``action``; with ``step_up`` who gave password or code lately."""
    return _saying(Needs(action, step_up))


def needs_or_here(action: Action) -> Callable[[H], H]:
    """The handler is for people who may ``action``, and for whoever asks from this very machine."""
    return _saying(Needs(action, here=True))


def needs_or_screen(action: Action) -> Callable[[H], H]:
    """The handler is for people who may ``action``, and for screens whose address carries a token for it."""
    return _saying(Needs(action, token_in_address=True))


def open_to_all(why: str) -> Callable[[H], H]:
    """The handler is for everybody; ``why`` is part of the declaration."""
    return _saying(Needs(None, why=why))


def _saying(word: Needs) -> Callable[[H], H]:
    def put(handler: H) -> H:
        setattr(handler, _WORD, word)
        return handler

    return put


def needs_of(route: AbstractRoute) -> Needs | None:
    """What the route needs; None when it does not say."""
    if isinstance(route.resource, StaticResource):
        return Needs(None, why="style, script and pictures hold nothing of the centre")
    found = getattr(route.handler, _WORD, None)
    return found if isinstance(found, Needs) else None


def check_routes(app: web.Application) -> None:
    """Raises `UndeclaredRoute` naming every route that does not say what it needs."""
    silent = [f"{route.method} {_path(route)}" for route in app.router.routes() if needs_of(route) is None]
    if silent:
        raise UndeclaredRoute(f"no @needs or @open_to_all at: {', '.join(silent)}")


def declared(app: web.Application) -> Iterator[tuple[str, str, Needs]]:
    """Method, pattern and need of every route."""
    for route in app.router.routes():
        if (word := needs_of(route)) is not None:
            yield route.method, _path(route), word


def _path(route: AbstractRoute) -> str:
    return route.resource.canonical if route.resource is not None else "-"


def session(request: web.Request) -> Session | None:
    """The session of the request; None for who is not signed in."""
    return request.get(SESSION)


def who(request: web.Request) -> Who:
    """Who asks. Only in handlers that need an action; LookupError elsewhere when nobody is signed in."""
    found = session(request)
    if found is None:
        raise LookupError("nobody is signed in at this request")
    return found.who
