"""The files that the product ships say what the specification says."""

import json
from datetime import datetime

import jsonschema
import pytest
from ruamel.yaml import YAML

from ctl.config import load
from ctl.config.schema import SCHEMA_FILE, schema_text
from ctl.switchboard.hours import JST, is_open
from ctl.switchboard.ids import Number
from ctl.switchboard.plan import Say
from tests.unit.config.conftest import SHIPPED, Files

LOADED = load(SHIPPED, year=2026)
PLAN = LOADED.plan
YAML_FILES = sorted(SHIPPED.rglob("*.yaml"))


def test_three_numbers_of_the_specification_are_served() -> None:
    assert set(PLAN.services) == {Number("0339811111"), Number("0345662466"), Number("0339811280")}


def test_sixty_operators_and_at_least_thirty_departments() -> None:
    assert sorted(PLAN.operators) == [str(extension) for extension in range(2001, 2061)]
    assert len(PLAN.departments) >= 30


def test_department_numbers_can_belong_to_nobody() -> None:
    # No local office code in Japan starts with 0, so 03-0xxx-xxxx is never given out.
    numbers = [number for department in PLAN.departments.values() for number in department.numbers]
    assert all(number.startswith("030") and len(number) == 10 for number in numbers)
    assert len(numbers) == len(set(numbers))


def test_everything_that_is_said_has_a_sound() -> None:
    assert {own.value for own in Say} <= set(PLAN.prompts)
    assert set(LOADED.prompts) == set(PLAN.prompts)


def test_nothing_is_remarked() -> None:
    assert LOADED.remarks == ()


@pytest.mark.parametrize(
    ("hours", "moment", "expected"),
    [
        ("inquiry", "2026-11-24T08:00", True),
        ("inquiry", "2026-11-24T07:59", False),
        ("inquiry", "2026-11-24T18:59", True),
        ("inquiry", "2026-11-24T19:00", False),
        ("inquiry", "2027-01-01T12:00", True),
        ("inquiry", "2026-11-22T12:00", True),
        ("exchange", "2026-11-24T08:29", False),
        ("exchange", "2026-11-24T08:30", True),
        ("exchange", "2026-11-24T17:14", True),
        ("exchange", "2026-11-24T17:15", False),
        ("exchange", "2026-11-22T12:00", False),
        ("exchange", "2026-11-23T12:00", False),
        ("exchange", "2026-12-29T12:00", False),
        ("exchange", "2027-01-03T12:00", False),
        ("exchange", "2027-01-04T12:00", True),
        ("exchange", "2027-03-22T12:00", False),
        ("exchange", "2031-01-13T12:00", False),
    ],
)
def test_opening_hours(hours: str, moment: str, expected: bool) -> None:
    at = datetime.fromisoformat(moment).replace(tzinfo=JST)
    assert is_open(PLAN.hours[hours], PLAN.holidays, int(at.timestamp() * 1000)) is expected


def test_same_files_give_the_same_version_wherever_they_lie(files: Files) -> None:
    assert load(files.path, year=2026).plan.version == PLAN.version


def test_comment_changes_nothing_and_a_word_changes_the_version(files: Files) -> None:
    files.write("centre.yaml", files.read("centre.yaml") + "# a comment\n")
    assert load(files.path, year=2026).plan.version == PLAN.version
    files.change("announcements.yaml", "ログインしました", "ログインいたしました")
    assert load(files.path, year=2026).plan.version != PLAN.version


def test_order_of_reasons_counts_because_the_telephone_numbers_them(files: Files) -> None:
    files.change("centre.yaml", "  break: 休憩\n  meal: 食事\n", "  meal: 食事\n  break: 休憩\n")
    assert load(files.path, year=2026).plan.version != PLAN.version


@pytest.mark.parametrize("path", YAML_FILES, ids=lambda path: path.name)
def test_files_fit_the_schema_as_an_editor_reads_them(path: object) -> None:
    document = YAML(typ="safe", pure=True).load(path)
    jsonschema.validate(document, json.loads((SHIPPED / SCHEMA_FILE).read_text(encoding="utf-8")))


def test_schema_file_is_current() -> None:
    current = (SHIPPED / SCHEMA_FILE).read_text(encoding="utf-8")
    assert current == schema_text(), "write it again: ctl ivr schema"
