"""Health for people and figures for Prometheus."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families

from ctl.kpi.windows import Count, Service
from ctl.ops.health import JOBS_SILENT_AFTER, Signs, health
from ctl.ops.metrics import exposition
from ctl.runtime.counters import Counters
from ctl.runtime.document import FloorDocument, floor_document
from ctl.runtime.engine import Turned
from ctl.runtime.expected import ExpectedRow
from ctl.runtime.service import service_rows
from ctl.settings import SOURCE_ROOT
from ctl.switchboard.effects import Record
from ctl.switchboard.events import AlarmFound, AlarmKind, AlarmsFound, Do
from ctl.switchboard.ids import QueueName
from ctl.switchboard.kinds import Outcome
from ctl.switchboard.plan import Trunk
from tests.floor_driver import Driver
from tests.plans import plan_with
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
        if name == "ctl_operators" and label not in {"logged_out", "talking", "holding", "consulting"}:
            assert value == sum(operator.state == label for operator in floor.operators.values())
    # Of four who are in a call one holds, and two ask a department.
    in_calls = [told["ctl_operators", state] for state in ("talking", "holding", "consulting")]
    assert in_calls == [1, 1, 2]
    assert told["ctl_trunk_channels_limit", ""] == 40
    assert told["ctl_queue_waiting", "civil"] > 0


Labels = tuple[tuple[str, str], ...]


def told(floor: FloorDocument, health: Mapping[str, object] | None = None) -> dict[tuple[str, Labels], float]:
    """Every sample of one scrape."""
    families = text_string_to_metric_families(exposition(Signs(health or {}, True, jobs(), NOW), floor).decode())
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def test_alarms_are_counted_by_kind_and_by_whether_somebody_looks_after_them() -> None:
    town = Driver()
    two = (AlarmFound(AlarmKind.LONG_WAIT, "civil", ""), AlarmFound(AlarmKind.LONG_WAIT, "tax", ""))
    town.happens(AlarmsFound(two))
    town.command(Do.ALARM_SEEN, argument="long_wait:tax")
    samples = told(floor_document(town.floor, town.now))
    assert samples["ctl_alarms", (("alarm", "long_wait"), ("seen", "no"))] == 1
    assert samples["ctl_alarms", (("alarm", "long_wait"), ("seen", "yes"))] == 1
    assert samples["ctl_alarms", (("alarm", "toll_fraud"), ("seen", "no"))] == 0


def test_service_level_is_told_by_window_and_queue_and_nothing_is_told_of_nothing() -> None:
    town = Driver()
    row: Service = {
        "15": {None: Count(20, 7, 5, 2, 10)},
        "day": {QueueName("civil"): Count(4, 4, 3, 0)},
        "30": {None: Count()},
    }
    samples = told(floor_document(town.floor, town.now, service_rows(row)))
    of = (("queue", ""), ("window", "15m"))
    ends = ("in_time", "late", "abandoned", "turned_away", "other")
    waits = {end: samples["ctl_service_waits", (("end", end), *of)] for end in ends}
    assert waits == {"in_time": 5, "late": 2, "abandoned": 2, "turned_away": 10, "other": 1}
    assert samples["ctl_service_level_ratio", of] == 0.25
    assert samples["ctl_service_abandonment_ratio", of] == 0.2
    assert samples["ctl_service_level_ratio", (("queue", "civil"), ("window", "day"))] == 0.75
    assert ("ctl_service_level_ratio", (("queue", ""), ("window", "30m"))) not in samples


def test_the_trunk_is_told_with_what_is_kept_for_handoffs() -> None:
    town = Driver(plan_with(trunk=Trunk(limit=9, reserve=2)))
    town.calls_in("1.1")
    samples = told(floor_document(town.floor, town.now))
    channels = {name: samples[f"ctl_trunk_channels_{name}", ()] for name in ("used", "limit", "reserved")}
    assert channels == {"used": 1, "limit": 9, "reserved": 2}


def test_what_was_counted_is_told_and_what_never_happened_is_told_as_none() -> None:
    town = Driver()
    counters = Counters()
    town.ready("2001")
    town.dials("2001", "0990123456")
    town.calls_in("1.1")
    town.hangs_up("1.1")
    facts = tuple(effect.fact for effect in town.effects if isinstance(effect, Record))
    counters.turned(Turned(town.floor, town.floor, town.now, facts))
    samples = told(floor_document(town.floor, town.now), {"counted": counters.told()})
    assert samples["ctl_outside_refused_total", (("why", "not_listed"),)] == 1
    assert samples["ctl_outside_refused_total", (("why", "trunk_full"),)] == 0
    assert samples["ctl_alarms_raised_total", (("alarm", "toll_fraud"),)] == 1
    assert samples["ctl_calls_ended_total", (("outcome", "abandoned_ivr"),)] == 1
    assert {labels for name, labels in samples if name == "ctl_calls_ended_total"} == {
        (("outcome", outcome),) for outcome in Outcome
    }
    assert not [labels for name, labels in samples if name == "ctl_switchboard" and "counted" in str(labels)]


def test_every_figure_is_in_the_documentation_and_nothing_else() -> None:
    page = (SOURCE_ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
    town = busy_floor()
    service = service_rows({"15": {None: Count(1, 1, 1, 0)}})
    floor = floor_document(town.floor, town.now, service, [{"name": "civil", "wait_s": 240}])
    link = {"trunk": {"registered": False, "answers": True}}
    names = {name for name, _ in told(floor, {"calls": 3, "counted": Counters().told(), "link": link})}
    assert {name for name in re.findall(r"^\| `(ctl_\w+)", page, re.MULTILINE) if "_web_" not in name} == names


def test_an_old_floor_gives_no_figures() -> None:
    told = figures(WELL, with_floor=False)
    assert {name for name, _ in told} == {"ctl_up", "ctl_switchboard"}


def test_figures_of_the_switchboard_keep_their_names() -> None:
    told = figures(Signs({"engine": {"turns": 5, "note": "x"}, "ari": True}, True, None, NOW))
    assert told["ctl_switchboard", "engine.turns"] == 5
    assert told["ctl_switchboard", "ari"] == 1
    assert told["ctl_up", "worker"] == 0


def test_what_is_known_of_the_line_is_told_and_nothing_else() -> None:
    link = {"ari": True, "trunk": {"answers": False}}
    told = figures(Signs({"link": link}, True, None, NOW))
    assert told["ctl_trunk_up", "answers"] == 0
    assert ("ctl_trunk_up", "registered") not in told
