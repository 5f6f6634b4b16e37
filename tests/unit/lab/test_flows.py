"""The laboratory's flows are the product's own, open or closed today."""

from datetime import UTC, datetime
from pathlib import Path

from ctl.config import load
from ctl.lab import flows
from ctl.settings import SOURCE_ROOT
from ctl.switchboard.hours import is_open

NOW = int(datetime.now(UTC).timestamp() * 1000)


def test_the_copy_is_open_now_and_can_be_closed(tmp_path: Path) -> None:
    copy = flows.copy_of(SOURCE_ROOT / "ivr_flows", tmp_path / "flows")
    opened = load(copy).plan
    assert all(is_open(hours, opened.holidays, NOW) for hours in opened.hours.values())
    flows.set_today(copy, flows.CLOSED)
    closed = load(copy).plan
    assert not any(is_open(hours, closed.holidays, NOW) for hours in closed.hours.values())


def test_nothing_but_the_words_asked_for_is_changed(tmp_path: Path) -> None:
    copy = flows.copy_of(SOURCE_ROOT / "ivr_flows", tmp_path / "flows")
    flows.say(copy, {"greeting": "豊島区です。"})
    ours, theirs = load(copy), load(SOURCE_ROOT / "ivr_flows")
    assert ours.plan.flows == theirs.plan.flows
    assert ours.plan.departments == theirs.plan.departments
    changed = {name for name, media in ours.plan.prompts.items() if media != theirs.plan.prompts[name]}
    assert changed == {"greeting"}
