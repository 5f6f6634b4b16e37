"""The short form of `make torture`: nobody is let in, nobody is sent to a forbidden number, and citizens are served."""

from pathlib import Path

from ctl.lab.centre import Centre
from ctl.lab.exchange import Exchange
from ctl.switchboard.plan import Department
from tests.proving.place import Place
from tests.proving.report import table
from tests.proving.torture import torture

SEED = 4475


async def test_malformed_hostile_and_forbidden_messages_change_nothing(
    centre: Centre, town: Exchange, department: Department, tmp_path: Path
) -> None:
    net = str(centre.settings.address).rpartition(".")[0]
    report = await torture(Place(centre, town, department, tmp_path, net), short=True, seed=SEED)
    assert report.held, table(report.cases)
    for alarm in (await centre.floor())["alarms"]:
        seen = await centre.ctl("alarm", "seen", alarm["alarm"])
        assert seen.status == 0, seen.err
