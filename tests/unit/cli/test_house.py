"""What a start says to whoever sits before it: the first call works as told."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ctl.cli import app, calls, house  # noqa: F401 - with one command alone its name would not be asked for
from ctl.config import load
from ctl.house.centre import House
from ctl.settings import SOURCE_ROOT
from ctl.switchboard.ids import Number
from ctl.switchboard.plan import Menu, ToQueue


def test_first_call_that_a_start_tells_of_reaches_the_reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CTL_HOME", str(tmp_path))

    def started(_: House, *, ends_with_us: bool) -> list[str]:
        assert not ends_with_us
        return []

    monkeypatch.setattr(House, "start", started)
    said = CliRunner().invoke(app, ["up"]).stdout

    plan = load(SOURCE_ROOT / "ivr_flows").plan
    extension = re.search(r"as (\d+) at", said)
    assert extension
    reader = next(one for one in plan.operators.values() if one.extension == extension[1])
    assert f"dial {plan.features.login} and {plan.features.ready} to log in and be ready" in said
    assert f"log out before ({plan.features.logout})" in said

    number, key = re.search(r"sip:(\d+)@", said), re.search(r"press (\d) in the menu", said)
    assert number
    assert key
    flow = plan.flows[plan.services[Number(number[1])].flow]
    menu = next(node for node in flow.nodes.values() if isinstance(node, Menu))
    queue = flow.nodes[menu.choices[key[1]].next]
    assert isinstance(queue, ToQueue)
    assert any(reader.skills.get(stage.group, 10) <= stage.max_level for stage in plan.queues[queue.queue].stages)
