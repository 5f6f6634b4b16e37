"""Diagrams show every node and every way between them, whatever the names hold."""

import re
from dataclasses import replace

import pytest

from ctl.config import load
from ctl.config.draw import dot, edges, mermaid
from ctl.config.graph import successors
from ctl.switchboard.ids import FlowName
from tests.unit.config.conftest import SHIPPED

PLAN = load(SHIPPED, year=2026).plan


@pytest.mark.parametrize("name", PLAN.flows)
def test_every_node_and_every_way_is_drawn(name: str) -> None:
    flow = next(flow for flow in PLAN.flows.values() if flow.name == name)
    ways = sum(len(successors(node)) for node in flow.nodes.values())
    assert len(list(edges(flow))) == ways
    assert mermaid(flow, PLAN).count("-->") == ways + 1
    assert dot(flow, PLAN).count(" -> ") == ways + 1
    for node in flow.nodes:
        assert f'"{node}<br>' in mermaid(flow, PLAN)
        assert f'"{node}" [shape=' in dot(flow, PLAN)


def test_quotes_in_labels_do_not_end_them() -> None:
    flow = PLAN.flows[FlowName("main")]
    queues = {name: replace(queue, label='say "<hello>" #1') for name, queue in PLAN.queues.items()}
    plan = replace(PLAN, queues=queues)
    assert all(line.count('"') % 2 == 0 for line in mermaid(flow, plan).splitlines())
    for line in dot(flow, plan).splitlines():
        assert re.sub(r"\\.", "", line).count('"') % 2 == 0
