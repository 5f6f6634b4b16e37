"""The worker is ready while it can ship, and only then."""

import asyncio
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ctl.cli.worker import _work
from ctl.house.services import services
from ctl.house.state import serves
from ctl.journal.journal import Journal
from ctl.lab.pulse import eventually
from ctl.ops.jobs import State, publish
from ctl.secrets import Secrets
from ctl.settings import Settings
from ctl.switchboard.events import TimePassed
from tests.postgres import Cluster
from tests.stories import handed_off


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A centre's home with a journal, and the word of a worker that was killed a moment ago."""
    journal = Journal(tmp_path / "journal" / "journal.sqlite")
    journal.append(1, TimePassed(), handed_off())
    journal.close()
    ship = State()
    ship.succeeded(1, datetime.now(UTC))
    publish(tmp_path / "worker.json", {"ship": ship})
    return tmp_path


def ready(settings: Settings) -> bool:
    known = services(settings, Secrets.of(settings), Path("/"), Path("/"))
    return serves(next(one for one in known if one.name == "worker").ready)


async def becomes(settings: Settings, wanted: bool) -> None:
    async def so() -> bool:
        return ready(settings) is wanted

    await eventually(so, f"worker ready: {wanted}", 20)


async def test_worker_is_ready_as_long_as_postgres_takes_what_it_ships(cluster: Cluster, home: Path) -> None:
    shutil.copy(cluster.settings.under("secrets.json"), home / "secrets.json")
    settings = cluster.settings.model_copy(update={"home": home})
    working = asyncio.create_task(_work(settings))
    await becomes(settings, True)
    cluster.stop()
    try:
        await becomes(settings, False)  # although there is nothing left to ship
    finally:
        cluster.start()
        working.cancel()
        await working
    assert not (home / "worker.json").exists()


async def test_worker_that_never_reached_postgres_does_not_live_on_an_older_ones_word(home: Path) -> None:
    settings = Settings(home=home, postgres_port=1)
    assert ready(settings)
    working = asyncio.create_task(_work(settings))
    await becomes(settings, False)
    working.cancel()
    await working
