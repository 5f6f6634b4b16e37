"""Figures for Prometheus, made from what was found out at the moment of asking. No personal data: only counts."""

from collections import Counter as Count
from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from ctl.ops.health import Signs, jobs_ok
from ctl.runtime.document import SHOWN_STATES, FloorDocument
from ctl.switchboard.events import AlarmKind
from ctl.switchboard.floor import Phase
from ctl.switchboard.kinds import NotDialled, Outcome

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

COUNTED: tuple[tuple[str, str, str, type[StrEnum]], ...] = (
    ("calls_ended", "outcome", "Citizens' calls that have ended since the switchboard was started.", Outcome),
    ("outside_refused", "why", "Numbers outside that were not dialled since the switchboard was started.", NotDialled),
    ("alarms_raised", "alarm", "Alarms raised since the switchboard was started.", AlarmKind),
)
"""Counters of `ctl.runtime.counters`: name, label, help, and every value of the label."""


class Figures(Collector):
    """One scrape. ``floor`` is None when there is none that is true now: no figure is better than an old one."""

    def __init__(self, signs: Signs, floor: FloorDocument | None) -> None:
        self._signs = signs
        self._floor = floor

    def collect(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("ctl_up", "Whether a part of the centre works (1) or not (0).", labels=["part"])
        up.add_metric(["switchboard"], float(self._signs.switchboard is not None))
        up.add_metric(["database"], float(self._signs.database))
        up.add_metric(["worker"], float(jobs_ok(self._signs)))
        yield up
        yield from _switchboard(self._signs.switchboard or {})
        if self._floor is not None:
            yield from _floor(self._floor, self._signs.now)


def _switchboard(health: Mapping[str, object]) -> Iterator[Metric]:
    """Whatever figures the switchboard tells of itself, by their own names, and what it has counted."""
    counted = health.get("counted")
    if isinstance(counted, Mapping):
        yield from _counted(counted)
    yield from _line(health.get("link"))
    figures = GaugeMetricFamily("ctl_switchboard", "Figures that the switchboard tells of itself.", labels=["figure"])
    for name, value in _numbers({name: value for name, value in health.items() if name != "counted"}):
        figures.add_metric([name], value)
    yield figures


def _line(link: object) -> Iterator[Metric]:
    """What is known of the carrier; nothing where he is not asked, or where we do not register."""
    up = GaugeMetricFamily(
        "ctl_trunk_up", "Whether the carrier has us in his register, and answers (1), or not (0).", labels=["sign"]
    )
    for sign, value in _numbers(link.get("trunk", {}) if isinstance(link, Mapping) else {}):
        up.add_metric([sign], value)
    yield up


def _counted(counted: Mapping[str, Mapping[str, int]]) -> Iterator[Metric]:
    """What has happened since the switchboard was started; what has not happened yet is told as 0."""
    for name, label, about, values in COUNTED:
        known = counted.get(name, {})
        counter = CounterMetricFamily(f"ctl_{name}", about, labels=[label])
        for value in values:
            counter.add_metric([value], known.get(value, 0))
        yield counter


def _numbers(document: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, float]]:
    for name, value in document.items():
        if isinstance(value, Mapping):
            yield from _numbers(value, f"{prefix}{name}.")
        elif isinstance(value, int | float):
            yield f"{prefix}{name}", float(value)


def _floor(floor: FloorDocument, now: datetime) -> Iterator[Metric]:
    phases = Count(call["phase"] for call in floor["calls"])
    calls = GaugeMetricFamily("ctl_calls", "Calls on the floor, by phase.", labels=["phase"])
    for phase in Phase:
        calls.add_metric([phase], phases[phase])
    yield calls
    states = Count(row["state"] for row in floor["operators"])
    operators = GaugeMetricFamily("ctl_operators", "Operators, by state.", labels=["state"])
    for state in SHOWN_STATES:
        operators.add_metric([state], states[state])
    yield operators
    waiting = GaugeMetricFamily("ctl_queue_waiting", "Callers in a queue, ringing included.", labels=["queue"])
    longest = GaugeMetricFamily(
        "ctl_queue_longest_wait_seconds", "How long the first in the queue waits.", labels=["queue"]
    )
    for row in floor["queues"]:
        waiting.add_metric([row["name"]], row["waiting"])
        oldest = row["oldest_since"]
        longest.add_metric([row["name"]], (now - datetime.fromisoformat(oldest)).total_seconds() if oldest else 0.0)
    expected = GaugeMetricFamily(
        "ctl_queue_expected_wait_seconds",
        "What a new caller would be told of the wait, where it is known.",
        labels=["queue"],
    )
    for one in floor["expected"]:
        if one["wait_s"] is not None:
            expected.add_metric([one["name"]], one["wait_s"])
    yield from (waiting, longest, expected)
    yield from _trunk(floor)
    yield from _service(floor)
    yield _alarms(floor)


def _trunk(floor: FloorDocument) -> Iterator[Metric]:
    trunk = floor["trunk"]
    yield GaugeMetricFamily("ctl_trunk_channels_used", "Channels of the outside line in use.", trunk["used"])
    yield GaugeMetricFamily("ctl_trunk_channels_limit", "Channels that the outside line has.", trunk["limit"])
    yield GaugeMetricFamily(
        "ctl_trunk_channels_reserved", "Of these, channels that only handoffs may take.", trunk["reserve"]
    )


def _service(floor: FloorDocument) -> Iterator[Metric]:
    """Of the last minutes and of the day. ``queue`` is empty for all queues together, as the agreement counts them."""
    labels = ["window", "queue"]
    waits = GaugeMetricFamily(
        "ctl_service_waits", "Calls offered in the window, by what became of them.", labels=[*labels, "end"]
    )
    level = GaugeMetricFamily("ctl_service_level_ratio", "Answered in time of all offered.", labels=labels)
    abandonment = GaugeMetricFamily("ctl_service_abandonment_ratio", "Abandoned of all that waited.", labels=labels)
    for row in floor["service"]:
        of = [f"{row['window']}m" if row["window"].isdecimal() else row["window"], row["queue"] or ""]
        in_time, late = row["within"], row["answered"] - row["within"]
        ends = {"in_time": in_time, "late": late, "abandoned": row["abandoned"], "turned_away": row["turned_away"]}
        ends["other"] = row["offered"] - sum(ends.values())
        for end, count in ends.items():
            waits.add_metric([*of, end], count)
        for ratio, share in ((level, row["service_level"]), (abandonment, row["abandonment"])):
            if share is not None:
                ratio.add_metric(of, share)
    yield from (waits, level, abandonment)


def _alarms(floor: FloorDocument) -> Metric:
    raised = Count((row["name"], row["seen_by"] is not None) for row in floor["alarms"])
    alarms = GaugeMetricFamily(
        "ctl_alarms", "Alarms that stand, by kind and by whether somebody looks after it.", labels=["alarm", "seen"]
    )
    for kind in AlarmKind:
        for seen in (False, True):
            alarms.add_metric([kind, "yes" if seen else "no"], raised[kind, seen])
    return alarms


def exposition(signs: Signs, floor: FloorDocument | None) -> bytes:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Figures(signs, floor))
    return generate_latest(registry)
