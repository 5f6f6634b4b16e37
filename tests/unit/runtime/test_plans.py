"""The plan is compiled by a child process, and what is wrong with the flows is said as it is."""

import shutil
from pathlib import Path

import pytest

from ctl.config import load
from ctl.runtime.plans import NoPlan, load_plan
from ctl.settings import SOURCE_ROOT

FLOWS = SOURCE_ROOT / "ivr_flows"


async def test_plan_is_the_one_that_the_flows_say() -> None:
    assert await load_plan(FLOWS) == load(FLOWS).plan


async def test_problems_come_with_file_and_line(tmp_path: Path) -> None:
    flows = tmp_path / "flows"
    shutil.copytree(FLOWS, flows)
    main = flows / "flows" / "main.yaml"
    main.write_text(main.read_text(encoding="utf-8").replace("start: greeting", "start: nowhere"), encoding="utf-8")
    with pytest.raises(NoPlan, match=r"main\.yaml:\d+: .*nowhere"):
        await load_plan(flows)


async def test_without_a_generation_the_way_out_is_named(tmp_path: Path) -> None:
    with pytest.raises(NoPlan, match="ctl deploy"):
        await load_plan(tmp_path / "flows")
