"""The short form of `make chaos`: two faults under running calls, and the history of each is in order."""

from pathlib import Path

import pytest

from ctl.lab.centre import Centre
from ctl.lab.exchange import Exchange
from ctl.switchboard.plan import Department
from tests.proving.chaos import BESIDE_OTHERS_S, chaos
from tests.proving.faults import SHORT
from tests.proving.place import Place
from tests.proving.report import table


@pytest.mark.timeout(240)
async def test_history_is_in_order_after_each_fault(
    centre: Centre, town: Exchange, department: Department, tmp_path: Path
) -> None:
    net = str(centre.settings.address).rpartition(".")[0]
    report = await chaos(Place(centre, town, department, tmp_path, net), SHORT, BESIDE_OTHERS_S)
    assert report.held, table(report.cases)
