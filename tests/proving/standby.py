"""A standby of the centre's Postgres that is behind when the primary dies, and is promoted."""

import asyncio
import os
import signal
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import IPv4Address
from pathlib import Path

from ctl.house.postgres import as_postgres, installed, ready_command, server_command
from ctl.house.supervision import Supervisor, script_path
from ctl.lab.pulse import eventually
from ctl.settings import Settings
from tests.lab.wire import Wire, wire
from tests.proving.anew import changed
from tests.proving.place import STANDBY, Place

REPLICATION_WIRE = 53
"""Last part of the address at which the wire begins over which the standby follows the primary."""
BEHIND_S, PROMOTED_AFTER_S = 3, 3
_TRUSTED = "host all,replication postgres 127.0.0.0/8 trust\n"


class Standby:
    """`followed` while there is one; `promoted` strikes. One at a time."""

    def __init__(self) -> None:
        self._line: Wire | None = None

    @asynccontextmanager
    async def followed(self, place: Place) -> AsyncIterator[None]:
        """A standby follows the primary while the context lasts; then the primary is alone again, as it was when it died."""
        settings, standby, programs = place.centre.settings, _standby(place), _programs()
        hba = settings.under("postgres", "data", "pg_hba.conf")
        with changed(hba, lambda text: _TRUSTED + text), changed(_script(settings), lambda text: text):
            os.kill(_postmaster(settings), signal.SIGHUP)
            async with wire(
                f"{place.net}.{REPLICATION_WIRE}", str(settings.address), settings.postgres_port
            ) as self._line:
                await _copy(standby, programs, self._line)
                command, environment = server_command(standby, programs), place.centre.environment()
                server = await asyncio.create_subprocess_exec(*command, stdout=DEVNULL, stderr=DEVNULL, env=environment)
                try:
                    await eventually(lambda: _runs(standby, programs), "the standby follows", 30)
                    yield
                finally:
                    server.send_signal(signal.SIGQUIT)
                    await server.wait()
        await asyncio.to_thread(Supervisor(settings).start_service, "postgres")
        await eventually(lambda: _runs(settings, programs), "the primary is there", 30)

    async def promoted(self, place: Place) -> None:
        """The standby hears nothing more for a while; then the primary dies for good, and the standby takes its place."""
        settings, standby = place.centre.settings, _standby(place)
        assert self._line is not None
        self._line.swallow()
        await asyncio.sleep(BEHIND_S)
        # Whatever its supervisor starts again for it is not the primary.
        _script(settings).write_text("exec sleep infinity\n", encoding="utf-8")
        os.kill(_postmaster(settings), signal.SIGKILL)
        self._line.cut()
        await asyncio.to_thread(Supervisor(settings).stop_service, "postgres")
        await asyncio.sleep(PROMOTED_AFTER_S)
        programs = _programs()
        data = server_command(standby, programs)[-1]
        await _run(as_postgres(standby, str(programs / "pg_ctl"), "promote", "-D", data))


def _script(settings: Settings) -> Path:
    return script_path(settings, "postgres")


def _standby(place: Place) -> Settings:
    """Of these only where its cluster lies and listens is used."""
    there = {"home": place.folder / "standby", "address": IPv4Address(f"{place.net}.{STANDBY}")}
    return place.centre.settings.model_copy(update=there)


async def _copy(standby: Settings, programs: Path, line: Wire) -> None:
    data = standby.under("postgres")
    data.mkdir(parents=True)
    await _run(["chown", "postgres:", str(data)])
    where = ("-h", line.listen, "-p", str(line.port), "-U", "postgres")
    into = ("-D", server_command(standby, programs)[-1], "--write-recovery-conf", "--checkpoint=fast")
    await _run(as_postgres(standby, str(programs / "pg_basebackup"), *where, *into))
    with (data / "data" / "postgresql.conf").open("a", encoding="utf-8") as file:
        file.write(f"listen_addresses = '{standby.address}'\n")


async def _runs(settings: Settings, programs: Path) -> bool:
    process = await asyncio.create_subprocess_exec(*ready_command(settings, programs))
    return await process.wait() == 0


async def _run(command: list[str]) -> None:
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=PIPE)
    out, err = await process.communicate()
    assert process.returncode == 0, f"{command[-1]}: {(err or out).decode()}"


def _programs() -> Path:
    programs = installed()
    assert programs is not None
    return programs


def _postmaster(settings: Settings) -> int:
    return int(settings.under("postgres", "data", "postmaster.pid").read_text(encoding="ascii").split()[0])
