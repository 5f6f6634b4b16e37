"""The laboratory of the tests: one centre and one town for the whole session, swept between tests.

Every run lives on a loopback network and in a folder of its own, so a centre that runs on this machine is never
touched. Its flows are the product's own with few changes: today and tomorrow are open around the clock, so that the
tests do not depend on when they are run, and what every caller hears first is said in fewer words.
"""

import asyncio
from collections.abc import AsyncIterator, Generator, Iterator
from ipaddress import IPv4Address
from pathlib import Path

import pytest
import pytest_asyncio

from ctl.config import load
from ctl.house import ensure_rootfs
from ctl.lab.browserphone import BrowserPhone
from ctl.lab.centre import Centre
from ctl.lab.exchange import Exchange
from ctl.lab.net import own_network
from ctl.lab.tones import MUSIC, tone, write_wav
from ctl.secrets import Secrets
from ctl.settings import Settings
from ctl.switchboard.plan import Department, Plan
from tests.lab.ground import EXTENSIONS, lab_flows

HERE = Path(__file__).parent
LONGEST = ("test_database_away", "test_house", "test_overflow", "test_announcing", "test_control_plane_killed")
"""Begun first: where several centres work side by side, nobody shall wait for one of these at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All tests here are lab tests and share one event loop, as they share one centre."""
    items.sort(key=lambda item: LONGEST.index(item.path.stem) if item.path.stem in LONGEST else len(LONGEST))
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.lab)
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Whoever reads of a failure wants to know what the centre said at the time."""
    report = yield
    running = getattr(item, "funcargs", {}).get("running_centre")
    if report.failed and isinstance(running, Centre):
        report.sections.append(("the centre's logs", running.logs(40)))
        report.sections.append(("the end of its journal", running.journal(100)))
    browser = getattr(item, "funcargs", {}).get("browser")
    if report.failed and isinstance(browser, BrowserPhone):
        report.sections.append(("the browser's telephone, second by second", browser.explain()))
    return report


@pytest.fixture(scope="session")
def rootfs() -> Path:
    return ensure_rootfs(Settings(), print)


@pytest.fixture(scope="session")
def lab_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A home of its own (short, since sockets lie below it), a network of its own, music that is a tone."""
    with own_network() as net:
        home = tmp_path_factory.mktemp("lab")
        write_wav(home / "music" / "tone.wav", tone(MUSIC, 10))
        yield Settings(
            home=home / "run",
            flows=lab_flows(home / "flows"),
            music=home / "music",
            address=IPv4Address(f"{net}.1"),
            carrier_address=IPv4Address(f"{net}.10"),
        )


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def running_centre(lab_settings: Settings, rootfs: Path) -> AsyncIterator[Centre]:
    async with Centre.started(lab_settings) as centre:
        yield centre


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def running_town(
    running_centre: Centre, rootfs: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Exchange]:
    settings = running_centre.settings
    secrets = Secrets.of(settings)
    net = str(settings.address).rpartition(".")[0]
    secret_of = {extension: secrets.operator(extension) for extension in EXTENSIONS}
    async with Exchange.started(net, tmp_path_factory.mktemp("town"), rootfs, secret_of) as town:
        yield town


@pytest_asyncio.fixture(loop_scope="session")
async def centre(running_centre: Centre, town: Exchange) -> AsyncIterator[Centre]:
    """The centre with its telephones plugged in and nobody at work; swept afterwards."""
    for extension in EXTENSIONS:
        if not town.phone(extension).plugged_in:
            await town.plug_in(extension)
    await asyncio.gather(*(running_centre.reaches(extension) for extension in EXTENSIONS))
    yield running_centre
    await town.everybody_hangs_up()
    await running_centre.everybody_goes_home()


@pytest.fixture(scope="session")
def plan(lab_settings: Settings) -> Plan:
    """What the centre under test is configured as."""
    return load(lab_settings.flows).plan


@pytest.fixture(scope="session")
def department(plan: Plan) -> Department:
    """A department that has more than one number."""
    return next(one for one in plan.departments.values() if len(one.numbers) > 1)


@pytest_asyncio.fixture(loop_scope="session")
async def town(running_town: Exchange) -> AsyncIterator[Exchange]:
    yield running_town
    await running_town.everybody_hangs_up()
