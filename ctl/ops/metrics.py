"""Figures for Prometheus, made from what was found out at the moment of asking. No personal data: only counts."""

from collections import Counter as Count
from collections.abc import Iterator, Mapping
from datetime import datetime

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from ctl.ops.health import Signs, jobs_ok
from ctl.runtime.document import FloorDocument
from ctl.switchboard.facts import AlarmKind, OperatorState
from ctl.switchboard.floor import Phase

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


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
    """Whatever figures the switchboard tells of itself, by their own names."""
    figures = GaugeMetricFamily("ctl_switchboard", "Figures that the switchboard tells of itself.", labels=["figure"])
    for name, value in _numbers(health):
        figures.add_metric([name], value)
    yield figures


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
    for state in OperatorState:
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
    raised = Count(row["name"] for row in floor["alarms"])
    alarms = GaugeMetricFamily(
        "ctl_alarms", "Alarms that stand now, by name; 0 of toll_fraud is told too.", labels=["alarm"]
    )
    for name in sorted({*raised, *AlarmKind}):
        alarms.add_metric([name], raised[name])
    yield alarms
    yield GaugeMetricFamily("ctl_trunk_channels_used", "Channels of the outside line in use.", floor["trunk"]["used"])
    yield GaugeMetricFamily("ctl_trunk_channels_limit", "Channels that the outside line has.", floor["trunk"]["limit"])


def exposition(signs: Signs, floor: FloorDocument | None) -> bytes:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Figures(signs, floor))
    return generate_latest(registry)
