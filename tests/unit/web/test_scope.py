"""Whose calls one sees, and how much of a citizen's number."""

import csv
import json
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import astuple
from enum import IntEnum
from itertools import combinations

import pytest
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy.ext.asyncio import AsyncEngine

from ctl.cms.queries import Records
from ctl.runtime.document import floor_document
from ctl.security.policy import Action, Role
from ctl.security.who import Who
from ctl.settings import Settings
from ctl.switchboard.facts import CallEnded, CallStarted
from ctl.switchboard.ids import CallId, QueueName
from ctl.switchboard.kinds import CallKind
from ctl.web.app import make_app
from ctl.web.keys import MIRROR
from ctl.web.names import NameBook, Names
from ctl.web.scope import calls_of, masked_story, row_without_number
from tests.floor_driver import Driver
from tests.plans import CITY
from tests.unit.web.people import signed_in
from tests.unit.web.test_with_postgres import take
from tests.unit.web.town import Browser, StubSwitchboard, a_day, busy_floor, facts_of, story_of, ward_plan

HANDED_OFF = "1781485200.1"
NUMBER = "0312345678"
BACK = CallStarted(CallId("1781485200.1-back"), 1_781_485_300_000, CallKind.CALLBACK, CITY, "", "代表電話")
CALLED = {"to-civil-1": "2002", "to-civil-2": "2005", "to-tax": "2001"}
"""Calls to this number, and the operators who made them; the last is in the group for taxes, too."""


def somebody(role: Role, extension: str | None = None, groups: frozenset[str] | None = None) -> Who:
    return Who(1, "x", "x", frozenset({role}), extension, groups)


def test_an_operator_has_the_calls_of_the_own_extension_and_without_one_none() -> None:
    own = calls_of(somebody(Role.OPERATOR, "2002"), Action.SEE_CALLS, ward_plan())
    none = calls_of(somebody(Role.OPERATOR), Action.SEE_CALLS, ward_plan())
    assert own is not None
    assert none is not None
    assert own.operators == {"2002"}
    assert not own.queues
    assert not none.operators


def test_a_leader_has_the_operators_and_queues_of_the_groups_in_charge() -> None:
    found = calls_of(somebody(Role.LEADER, groups=frozenset({"tax"})), Action.SEE_CALLS, ward_plan())
    assert found is not None
    plan = ward_plan()
    assert found.operators == {e for e, one in plan.operators.items() if "tax" in one.skills}
    assert "tax" in found.queues
    assert "civil" not in found.queues


def test_a_leader_of_groups_sees_only_the_own_calls_while_there_is_no_plan() -> None:
    found = calls_of(somebody(Role.LEADER, "2001", frozenset({"tax"})), Action.SEE_CALLS, None)
    assert found is not None
    assert found.operators == {"2001"}


@pytest.mark.parametrize(
    ("kind", "called", "caller"),
    [
        ("inbound", "0339811111", "0312******"),
        ("outbound", "0339******", "0312345678"),
        ("callback", "0339811111", "0312******"),
    ],
)
def test_of_a_running_call_it_is_the_citizens_number_that_is_hidden(kind: str, called: str, caller: str) -> None:
    town = busy_floor()
    row = floor_document(town.floor, town.now)["calls"][0]
    hidden = row_without_number({**row, "kind": kind, "called": "0339811111", "caller": "0312345678"})
    assert (hidden["called"], hidden["caller"]) == (called, caller)


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.MANAGER, Role.WARD])
def test_others_have_all(role: Role) -> None:
    assert calls_of(somebody(role), Action.SEE_CALLS, ward_plan()) is None


@pytest.fixture
async def browser(engine: AsyncEngine) -> AsyncIterator[Browser]:
    day, calls = a_day()
    outside = _calls_to_citizens()
    stated = [fact for call in calls for fact in facts_of(day, call)]
    stated += [BACK, CallEnded(BACK.call, BACK.at, None, "centre", None, QueueName("tax"), None)]
    await take(engine, [*stated, *(fact for call in CALLED for fact in facts_of(outside, call))])
    names = NameBook(Names.of(ward_plan()))
    names.plan = ward_plan()
    app = make_app(Settings(), StubSwitchboard(busy_floor()), Records(engine), names)
    async with TestClient(TestServer(app)) as client:
        yield client


async def listed(browser: Browser, query: str = "") -> set[str]:
    return {one["id"] for one in (await (await browser.get(f"/api/calls{query}")).json())["calls"]}


async def test_an_operator_is_shown_own_calls_only_whatever_is_asked(browser: Browser) -> None:
    await signed_in(browser, Role.SUPERVISOR)
    everything = (await (await browser.get("/api/calls")).json())["calls"]
    mine = {one["id"] for one in everything if one["operator"] == "2002"}
    others = {one["id"] for one in everything} - mine
    assert mine
    assert others
    await signed_in(browser, Role.OPERATOR, extension="2002")
    assert await listed(browser) == mine
    assert await listed(browser, "?operator=2001") == set()
    for call in others:
        assert (await browser.get(f"/calls/{call}")).status == 403
        assert (await browser.get(f"/api/calls/{call}")).status == 403
        assert (await browser.get(f"/calls/{call}/recordings/1.wav")).status == 403
    for call in mine:
        assert (await browser.get(f"/calls/{call}")).status == 200


@pytest.mark.parametrize("role", [Role.WARD, Role.ADMIN, Role.QA])
async def test_who_may_not_see_numbers_finds_none_anywhere(browser: Browser, role: Role) -> None:
    await signed_in(browser, Role.SUPERVISOR)
    callers = {one["caller"] for one in (await (await browser.get("/api/calls")).json())["calls"]} - {""}
    assert callers
    await signed_in(browser, role)
    paths = ["/calls", "/api/calls", f"/calls/{HANDED_OFF}", f"/api/calls/{HANDED_OFF}"]
    paths += ["/calls.csv"] if role is Role.QA else []
    for path in paths:
        answer = await browser.get(path)
        assert answer.status == 200, path
        text = await answer.text()
        assert not [caller for caller in callers if caller in text.replace("-", "")], path


@pytest.mark.parametrize(
    ("roles", "found"),
    [
        ({Role.SUPERVISOR}, set(CALLED)),
        ({Role.MANAGER}, set(CALLED)),
        ({Role.LEADER}, {"to-civil-1", "to-tax"}),
        ({Role.OPERATOR}, {"to-civil-1"}),
        ({Role.QA}, set()),
        ({Role.ADMIN}, set()),
        ({Role.WARD}, set()),
        ({Role.QA, Role.OPERATOR}, {"to-civil-1"}),
        ({Role.ADMIN, Role.LEADER}, {"to-civil-1", "to-tax"}),
    ],
)
async def test_calls_to_a_citizen_are_found_by_the_number_where_it_is_shown(
    browser: Browser, roles: set[Role], found: set[str]
) -> None:
    await signed_in(browser, *roles, extension="2002", groups=frozenset({"tax"}))
    assert await listed(browser, f"?kind=outbound&called={NUMBER}") == found
    assert await listed(browser, f"?kind=all&called={NUMBER}") == found
    assert (await (await browser.get(f"/api/calls?kind=all&called={NUMBER}")).json())["total"] == len(found)
    if Role.QA in roles:
        assert (await (await browser.get(f"/calls.csv?kind=all&called={NUMBER}")).text()).count("to-") == len(found)


@pytest.mark.parametrize("role", [Role.QA, Role.ADMIN, Role.WARD])
async def test_numbers_of_the_centre_are_sought_by_everybody(browser: Browser, role: Role) -> None:
    await signed_in(browser, Role.SUPERVISOR)
    of_the_city = await listed(browser, f"?kind=all&called={CITY}")
    assert of_the_city
    assert BACK.call in of_the_city, "a call-back has the number that the citizen had dialled"
    await signed_in(browser, role)
    assert await listed(browser, f"?kind=all&called={CITY}") == of_the_city


class Shown(IntEnum):
    """How much of a call and its citizen's number, on the page that shows most."""

    NOTHING = 0
    MASKED = 1
    WHOLE = 2


Sight = defaultdict[str, Shown]
"""By the name of the call."""


async def seen_of_the_records(browser: Browser) -> Sight:
    rows = await _rows(browser, "/api/calls?kind=all&size=500")
    stories = [await browser.get(f"/api/calls/{call}") for call in rows]
    export = await browser.get("/calls.csv?kind=all")
    lines = csv.reader((await export.text()).splitlines() if export.status == 200 else [])
    told = [(one["call"]["id"], json.dumps(one)) for one in [await story.json() for story in stories]]
    return _most([*rows.items(), *told, *((line[0], ",".join(line)) for line in lines if line[0] in rows)])


async def seen_of_the_floor(browser: Browser) -> Sight:
    everything = floor_document(busy_floor().floor, 0)["calls"]
    panels = [(row["id"], await browser.get("/floor/panel", params={"call": row["id"]})) for row in everything]
    page = await (await browser.get("/floor")).text()
    return _most(
        [
            *(await _rows(browser, "/api/floor")).items(),
            *re.findall(r'<tr id="r-([\d.]+)">(.*?)</tr>', page, re.DOTALL),
            *[(call, await panel.text()) for call, panel in panels if panel.status == 200],
        ]
    )


async def _rows(browser: Browser, path: str) -> dict[str, str]:
    answer = await browser.get(path)
    return {row["id"]: json.dumps(row) for row in (await answer.json())["calls"]} if answer.status == 200 else {}


def _most(told: Iterable[tuple[str, str]]) -> Sight:
    most = Sight(lambda: Shown.NOTHING)
    for call, text in told:
        most[call] = max(most[call], Shown.WHOLE if NUMBER in text.replace("-", "") else Shown.MASKED)
    return most


@pytest.mark.parametrize("look", [seen_of_the_records, seen_of_the_floor])
async def test_with_two_roles_one_sees_of_each_call_what_one_of_the_two_shows(
    browser: Browser, look: Callable[[Browser], Awaitable[Sight]]
) -> None:
    """Neither more, as when one role shows the call and the other the numbers of other calls, nor less."""
    await browser.server.app[MIRROR].after(0, 10)  # type: ignore[attr-defined]

    async def seen(*roles: Role) -> Sight:
        await signed_in(browser, *roles, extension="2002", groups=frozenset({"tax"}))
        return await look(browser)

    alone = {role: await seen(role) for role in Role}
    calls = alone[Role.SUPERVISOR].keys()
    assert alone[Role.OPERATOR]["to-civil-1"] is (Shown.WHOLE if look is seen_of_the_records else Shown.NOTHING)
    assert {shown for call, shown in alone[Role.LEADER].items() if call != BACK.call} == {Shown.WHOLE}
    assert set(alone[Role.QA].values()) == {Shown.MASKED}
    assert alone[Role.LEADER].keys() < calls
    assert alone[Role.QA].keys() == calls
    for one, other in combinations(Role, 2):
        both = await seen(one, other)
        for call in calls:
            assert both[call] == max(alone[one][call], alone[other][call]), (one, other, call)


def _calls_to_citizens() -> Driver:
    town = Driver(ward_plan())
    town.ready(*CALLED.values())
    for call, extension in CALLED.items():
        town.dials(extension, NUMBER, call)
        town.hangs_up(call)
    return town


def test_a_masked_story_is_the_same_story() -> None:
    day, _ = a_day()
    story = story_of(day, HANDED_OFF)
    number = story.call.caller
    hidden = masked_story(story)
    assert number not in str(astuple(hidden.call))
    assert number not in "".join(str(fact) for fact in hidden.facts)
    assert [type(fact) for fact in hidden.facts] == [type(fact) for fact in story.facts]
    assert [fact.at for fact in hidden.facts] == [fact.at for fact in story.facts]
