"""Health for people and figures for Prometheus."""

from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families

from ctl.ops.health import JOBS_SILENT_AFTER, Signs, health
from ctl.ops.metrics import exposition
from ctl.runtime.document import floor_document
from ctl.runtime.expected import ExpectedRow
from ctl.runtime.feed import Feed
from tests.floor_driver import Driver
from tests.unit.web.town import busy_floor

NOW = datetime(2026, 6, 15, 1, 2, 3, tzinfo=UTC)


def jobs(ok: bool = True, age: timedelta = timedelta()) -> dict[str, object]:
    return {"at": (NOW - age).isoformat(), "jobs": {"ship": {"ok": ok}}}


WELL = Signs({"backlog": 0}, True, jobs(), NOW)


def test_all_parts_well_is_ok() -> None:
    assert health(WELL)["status"] == "ok"


@pytest.mark.parametrize(
    ("part", "signs"),
    [
        ("switchboard", Signs(None, True, jobs(), NOW)),
        ("database", Signs({}, False, jobs(), NOW)),
        ("worker", Signs({}, True, None, NOW)),
        ("worker", Signs({}, True, {"at": 3}, NOW)),
        ("worker", Signs({}, True, jobs(ok=False), NOW)),
        ("worker", Signs({}, True, jobs(age=JOBS_SILENT_AFTER), NOW)),
    ],
)
def test_one_part_away_is_degraded_and_named(part: str, signs: Signs) -> None:
    told = health(signs)
    parts = told["parts"]
    assert told["status"] == "degraded"
    assert isinstance(parts, dict)
    assert [name for name, state in parts.items() if state == "away"] == [part]


def figures(signs: Signs, with_floor: bool = True) -> dict[tuple[str, str], float]:
    town = busy_floor()
    floor = floor_document(town.floor, town.now) if with_floor else None
    families = text_string_to_metric_families(exposition(signs, floor).decode())
    return {
        (sample.name, next(iter(sample.labels.values()), "")): sample.value
        for family in families
        for sample in family.samples
    }


def test_expected_wait_is_told_of_queues_where_it_is_known() -> None:
    town = busy_floor()
    rows: list[ExpectedRow] = [{"name": "civil", "wait_s": 240}, {"name": "tax", "wait_s": None}]
    told = exposition(WELL, floor_document(town.floor, town.now, expected=rows)).decode()
    lines = [line for line in told.splitlines() if line.startswith("ctl_queue_expected_wait_seconds")]
    assert lines == ['ctl_queue_expected_wait_seconds{queue="civil"} 240.0']


def test_figures_count_what_is_on_the_floor() -> None:
    town = busy_floor()
    told = figures(WELL)
    floor = town.floor
    for (name, label), value in told.items():
        if name == "ctl_calls":
            assert value == sum(call.phase == label for call in floor.calls.values())
        if name == "ctl_operators" and label != "logged_out":
            assert value == sum(operator.state == label for operator in floor.operators.values())
    assert told["ctl_trunk_channels_limit", ""] == 40
    assert told["ctl_queue_waiting", "civil"] > 0


def test_alarms_are_counted_by_name() -> None:
    town = Driver()
    town.ready("2001")
    town.dials("2001", "0990123456")
    assert 'ctl_alarms{alarm="toll_fraud"} 0.0' in exposition(WELL, Feed().document(busy_floor().floor, 0)).decode()
    assert 'ctl_alarms{alarm="toll_fraud"} 1.0' in exposition(WELL, Feed().document(town.floor, town.now)).decode()


def test_an_old_floor_gives_no_figures() -> None:
    told = figures(WELL, with_floor=False)
    assert {name for name, _ in told} == {"ctl_up", "ctl_switchboard"}


def test_figures_of_the_switchboard_keep_their_names() -> None:
    told = figures(Signs({"engine": {"turns": 5, "note": "x"}, "ari": True}, True, None, NOW))
    assert told["ctl_switchboard", "engine.turns"] == 5
    assert told["ctl_switchboard", "ari"] == 1
    assert told["ctl_up", "worker"] == 0
