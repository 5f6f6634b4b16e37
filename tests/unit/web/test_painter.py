"""Pieces of the floor page: painted once for all who see the same, and each change leads from one picture to the next."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ctl.runtime.document import floor_document
from ctl.switchboard.events import Do
from ctl.web.mirror import Sight
from ctl.web.names import NameBook, Names
from ctl.web.pages import environment
from ctl.web.painter import Painter, View
from tests.floor_driver import Driver
from tests.unit.web.town import busy_floor, ward_plan

ALL = View(None, numbers=None, alarms=True, takes_alarms=True, steers=True)


@pytest.fixture
def painter() -> Painter:
    plan = ward_plan()
    return Painter(environment(), NameBook(Names.of(plan), plan=plan))


def sight(town: Driver, version: int, before: Sight | None = None) -> Sight:
    """As the mirror sees it: rows that did not change stay the same objects."""
    floor = floor_document(town.floor, town.now)
    if before is not None and before.floor is not None:
        known = {str(row): row for row in before.floor["operators"]}
        floor["operators"] = [known.get(str(row), row) for row in floor["operators"]]
    return Sight(floor, datetime.now(UTC), None, version)


def test_who_sees_the_same_gets_the_same_picture(painter: Painter) -> None:
    now = sight(busy_floor(), 1)
    assert painter.picture(ALL, now) is painter.picture(replace(ALL), now)
    assert painter.picture(replace(ALL, numbers=frozenset()), now) is not painter.picture(ALL, now)


def test_change_leads_from_one_picture_to_the_next_and_says_no_more(painter: Painter) -> None:
    town = busy_floor()
    first = sight(town, 1)
    before = painter.picture(ALL, first)
    town.command(Do.WRAP_UP_DONE, "2007")
    after = painter.picture(ALL, sight(town, 2, first))
    told = json.loads(f"{{{after.since(before)}}}")
    assert {**before.pieces, **told["pieces"]}.items() >= after.pieces.items()
    assert {**before.lists, **told["lists"]} == after.lists
    assert "o-2007" in told["pieces"]
    assert "o-2001" not in told["pieces"]
    assert json.loads(f"{{{after.since(None)}}}") == {"pieces": after.pieces, "lists": after.lists}


def test_row_that_did_not_change_is_not_painted_again(painter: Painter, monkeypatch: pytest.MonkeyPatch) -> None:
    town = busy_floor()
    first = sight(town, 1)
    before = painter.picture(ALL, first)
    town.command(Do.WRAP_UP_DONE, "2007")
    after = painter.picture(ALL, sight(town, 2, first))
    assert after.pieces["o-2001"] is before.pieces["o-2001"]
    assert after.pieces["o-2007"] is not before.pieces["o-2007"]
