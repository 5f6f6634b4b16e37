"""Every route with every role: the table of the policy is what the web does."""

import re
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.typedefs import Handler
from aiohttp.web_urldispatcher import AbstractRoute

from ctl.security.policy import TABLE, Action, Reach, Role
from ctl.settings import Settings
from ctl.web import entry
from ctl.web.app import make_app
from ctl.web.names import NameBook
from ctl.web.permission import Needs, UndeclaredRoute, check_routes, needs_of, open_to_all
from tests.unit.web.people import signed_in, visiting
from tests.unit.web.town import Browser, StubArchive, StubSwitchboard, busy_floor


def the_app() -> web.Application:
    return make_app(Settings(), StubSwitchboard(busy_floor()), StubArchive(), NameBook())


ROUTES = list(the_app().router.routes())


def address(route: AbstractRoute) -> str:
    """An address that the route answers; nothing lives there."""
    assert route.resource is not None
    info = route.resource.get_info()
    if (pattern := info.get("pattern")) is None:
        return str(info.get("path", "/static/style.css"))
    path = re.sub(r"\\(.)", r"\1", info["formatter"])
    names = dict.fromkeys(re.findall(r"{(\w+)}", path), "1") | {"page": "queues", "file": "centre.yaml"}
    found = path.format(**names)
    assert pattern.fullmatch(found), f"this test knows no address for {pattern}"
    return found


INSIDE = 299
"""What the guarded handlers of this test answer: whoever sees it was let in."""


@web.middleware
async def inside(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Stands in for every handler, so that all of them can be tried without doing anything."""
    return web.Response(status=INSIDE)


@pytest.fixture(params=[None, *Role], ids=lambda role: str(role or "nobody"))
async def visitor(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Role | None, Browser]]:
    """Somebody with one role, at another machine than the web's."""
    monkeypatch.setattr(entry, "from_this_machine", lambda _: False)
    app = the_app()
    app.middlewares.append(inside)
    async with TestClient(TestServer(app)) as client:
        await (signed_in(client, request.param) if request.param else visiting(client))
        yield request.param, client


async def test_every_route_opens_to_the_roles_of_the_table_and_to_nobody_else(
    visitor: tuple[Role | None, Browser],
) -> None:
    role, client = visitor
    for route in ROUTES:
        word = needs_of(route)
        assert word is not None
        async with client.request(route.method, address(route), allow_redirects=False) as answer:
            seen = (answer.status, answer.headers.get("Location", "").partition("?")[0])
        what = f"{route.method} {address(route)} for {role or 'nobody'}: {seen}"
        if word.action is None:
            assert seen[0] == INSIDE, what
        elif role is None:
            assert seen == (303, "/login") or seen[0] == 401, what
        elif role not in TABLE[word.action]:
            assert seen[0] == 403, what
        else:
            assert TABLE[word.action][role] > Reach.NONE
            assert seen[0] == INSIDE, what


def test_a_route_that_does_not_say_what_it_needs_keeps_the_web_from_starting() -> None:
    async def forgotten(_: web.Request) -> web.Response:
        return web.Response()

    app = the_app()
    app.router.add_get("/forgotten", forgotten)
    with pytest.raises(UndeclaredRoute, match="GET /forgotten"):
        check_routes(app)


async def test_should_one_slip_through_it_stays_shut() -> None:
    async def forgotten(_: web.Request) -> web.Response:
        return web.Response(text="inside")

    app = the_app()
    app.router.add_get("/forgotten", forgotten)
    async with TestClient(TestServer(app)) as client:
        await signed_in(client, Role.SUPERVISOR)
        assert (await client.get("/forgotten")).status == 403


def test_what_is_open_to_all_says_why() -> None:
    @open_to_all("a reason")
    async def door(_: web.Request) -> web.Response:
        return web.Response()

    app = the_app()
    route = app.router.add_get("/door", door)
    assert needs_of(route) == Needs(None, why="a reason")
    assert [word for route in ROUTES if (word := needs_of(route)) and word.action is None and not word.why] == []


def test_metrics_are_for_programs_here_and_for_who_may_see_them() -> None:
    by_path = {route.resource.canonical: needs_of(route) for route in ROUTES if route.resource}
    assert by_path["/metrics"] == by_path["/healthz"] == Needs(Action.SEE_METRICS, here=True)
