"""``modes.yaml`` → modes: what is not named stays as it is."""

from datetime import datetime

from ctl.config import load
from ctl.switchboard.hours import JST, is_open
from ctl.switchboard.ids import DepartmentCode, Extension, GroupName, ModeName, Number, PromptName, QueueName
from ctl.switchboard.modes import under
from tests.unit.config.conftest import SHIPPED, Files

PLAN = load(SHIPPED, year=2026).plan
CITY = Number("0339811111")
MIDNIGHT = int(datetime(2026, 11, 24, 0, 0, tzinfo=JST).timestamp() * 1000)


def test_five_ways_to_work_with_the_normal_one() -> None:
    labels = {name: mode.label for name, mode in PLAN.modes.items()}
    assert labels == {"busy": "混雑", "emergency": "緊急体制", "disaster": "災害", "site-down": "拠点停止"}


def test_a_queue_keeps_what_the_mode_does_not_name() -> None:
    tax, busy = PLAN.queues[QueueName("tax")], under(PLAN, ModeName("busy")).queues[QueueName("tax")]
    assert busy.repeat_prompts == (PromptName("busy-wait"),)
    assert (busy.stages, busy.priority, busy.label) == (tax.stages, tax.priority, tax.label)


def test_staffing_adds_skills_and_takes_none_away() -> None:
    exchange = next(one for one in PLAN.operators.values() if set(one.skills) == {"general", "exchange", "waste"})
    now = under(PLAN, ModeName("busy")).operators[exchange.extension].skills
    assert now.items() - exchange.skills.items() == {("tax", 4), ("insurance", 4)}
    assert exchange.skills.items() <= now.items()


def test_a_better_level_of_ones_own_is_kept() -> None:
    first = under(PLAN, ModeName("busy")).operators[Extension("2001")]
    assert first == PLAN.operators[Extension("2001")]
    assert first.skills[GroupName("tax")] == 2


def test_the_emergency_is_open_at_midnight() -> None:
    emergency = under(PLAN, ModeName("emergency"))
    assert is_open(emergency.hours["inquiry"], emergency.holidays, MIDNIGHT)
    assert not is_open(PLAN.hours["inquiry"], PLAN.holidays, MIDNIGHT)


def test_the_lost_centre_sends_its_calls_to_the_site_and_needs_permission() -> None:
    down = under(PLAN, ModeName("site-down"))
    assert down.services[CITY].site == DepartmentCode("backup")
    assert PLAN.services[CITY].site is None
    assert PLAN.modes[ModeName("site-down")].degraded
    assert PLAN.sites[DepartmentCode("backup")].limit == 20


def test_the_refuge_lasts_to_the_end_of_its_last_day(files: Files) -> None:
    files.change(
        "modes.yaml",
        "modes:\n",
        "when_nobody: {site: backup, after_seconds: 90, permitted_by: 区民相談課長, permitted_until: 2027-03-31}\nmodes:\n",
    )
    refuge = load(files.path, year=2026).plan.refuge
    assert refuge is not None
    assert (refuge.after_ms, refuge.permitted_by) == (90_000, "区民相談課長")
    assert refuge.permitted_until == int(datetime(2027, 4, 1, tzinfo=JST).timestamp() * 1000)
    assert refuge.numbers == frozenset(PLAN.services)


def test_without_the_file_there_is_the_normal_mode_only(files: Files) -> None:
    (files.path / "modes.yaml").unlink()
    assert load(files.path, year=2026).plan.modes == {}
