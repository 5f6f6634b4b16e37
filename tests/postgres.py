"""A real Postgres for tests: one private cluster per session, in a directory and on a port of its own."""

import shutil
import signal
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

import ctl.cms.models
import ctl.security.audit.models
import ctl.security.models  # noqa: F401 - all fill the metadata
from ctl.database.base import Base
from ctl.database.engine import engine_for, owner_url, url
from ctl.database.migrate import migrate
from ctl.house import postgres as house
from ctl.secrets import Secrets
from ctl.settings import Settings

START_S = 30


class Cluster:
    """The server. `stop` takes it away as a crash would, `start` brings it back with what it held."""

    def __init__(self, home: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        self.settings = Settings(home=home, postgres_port=port)
        self._secrets = Secrets.of(self.settings)
        self._programs = house.ensure_cluster(self.settings, self._secrets, lambda _: None)
        self._server: subprocess.Popen[bytes] | None = None
        self._migrated = False

    def engine(self) -> AsyncEngine:
        """As the owner of the tables, who may do everything."""
        return engine_for(owner_url(self.settings, self._secrets))

    def app_engine(self) -> AsyncEngine:
        """As the program works."""
        return engine_for(url(self.settings, self._secrets))

    async def has_tables(self, owner: AsyncEngine) -> None:
        """Migrate, the first time."""
        if not self._migrated:
            await migrate(owner)
            self._migrated = True

    def start(self, *, durable: bool = False) -> None:
        """``durable``: as the centre's own; what a test has written need not survive the machine."""
        command = [*house.server_command(self.settings, self._programs), "-c", f"fsync={'on' if durable else 'off'}"]
        self._server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + START_S
        while subprocess.run(house.ready_command(self.settings, self._programs), check=False).returncode:
            assert self._server.poll() is None, "Postgres ended while starting"
            assert time.monotonic() < deadline, f"Postgres did not start within {START_S} s"

    def stop(self) -> None:
        if self._server is not None:
            self._server.send_signal(signal.SIGQUIT)
            self._server.wait()
            self._server = None


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    home = tmp_path_factory.mktemp("postgres")
    made = Cluster(home)
    made.start()
    yield made
    made.stop()
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
async def engine(cluster: Cluster) -> AsyncIterator[AsyncEngine]:
    """Our tables, empty, as the program uses them."""
    owner = cluster.engine()
    await cluster.has_tables(owner)
    await empty(owner)
    await owner.dispose()
    made = cluster.app_engine()
    yield made
    await made.dispose()


async def empty(owner: AsyncEngine) -> None:
    """Empty every table, also those whose triggers do not let anybody. All in one go: hundreds of tests wait for it."""
    deletes = " ".join(f'DELETE FROM "{table.name}";' for table in reversed(Base.metadata.sorted_tables))
    let, guard = (f"ALTER TABLE audit_entries {so} TRIGGER USER;" for so in ("DISABLE", "ENABLE"))
    async with owner.begin() as connection:
        await connection.execute(text(f"DO $$ BEGIN {let} {deletes} {guard} END $$"))


async def everything(engine: AsyncEngine) -> dict[str, set[str]]:
    """Every row of every table but the positions, as text."""
    async with engine.connect() as connection:
        return {
            name: {str(tuple(row)) for row in await connection.execute(table.select())}
            for name, table in Base.metadata.tables.items()
            if name != "shipments"
        }
