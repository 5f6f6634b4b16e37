"""A centre is installed, started, broken and stopped as its operator would do it, in a home that was not there before."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from ipaddress import IPv4Address
from pathlib import Path

import pytest_asyncio

from ctl.house import asterisk_command, asterisk_owner
from ctl.house.leftovers import leftovers
from ctl.lab import processes
from ctl.lab.centre import Centre
from ctl.lab.net import own_network
from ctl.lab.pulse import eventually
from ctl.settings import Settings

NAMES = ["postgres", "asterisk", "switchboard", "sentinel", "worker", "web"]


@pytest_asyncio.fixture(loop_scope="session")
async def fresh(tmp_path: Path, rootfs: Path) -> AsyncIterator[Centre]:
    """A centre that was never started; whatever of it still runs at the end is stopped."""
    with own_network() as net:
        centre = Centre(
            Settings(home=tmp_path / "run", address=IPv4Address(f"{net}.1"), carrier_address=IPv4Address(f"{net}.10"))
        )
        yield centre
        await centre.ctl("down", within_s=90)


async def pids(centre: Centre) -> dict[str, int]:
    """Process ids of the services that are ready."""
    services = (await centre.ctl("status", "--json")).document["services"]
    return {name: service["pid"] for name, service in services.items() if service["state"] == "ready"}


async def is_back(centre: Centre, name: str, before: int, within_s: float) -> None:
    async def ask() -> bool:
        return (await pids(centre)).get(name, before) != before

    await eventually(ask, f"{name} serves again", within_s)


def written(path: Path) -> int:
    return path.stat().st_mtime_ns


async def leaves_a_word(told: Path) -> None:
    before = written(told)

    async def again() -> bool:
        return written(told) != before

    await eventually(again, f"{told} is written again", 20)


async def test_centre_starts_from_nothing_mends_itself_and_leaves_no_process(fresh: Centre) -> None:
    up = await fresh.ctl("up", within_s=280)
    assert up.status == 0, up.err + up.out + fresh.logs()
    assert [line.split()[0] for line in up.out.splitlines() if " ready after " in line] == NAMES

    again = await fresh.ctl("up")
    assert again.status == 1
    assert "running" in again.err
    assert "ctl down" in again.err

    first = await pids(fresh)
    assert list(first) == NAMES
    # Asterisk waits for the home before it records, so nobody may write there all the time: the slower the disk, the longer.
    before = written(fresh.settings.home)
    for service in ("sentinel", "worker"):
        await leaves_a_word(fresh.settings.told_by(service))
    assert written(fresh.settings.home) == before
    os.kill(first["asterisk"], signal.SIGKILL)
    await is_back(fresh, "asterisk", first["asterisk"], within_s=15)
    os.kill(first["postgres"], signal.SIGKILL)
    await is_back(fresh, "postgres", first["postgres"], within_s=30)

    down = await fresh.ctl("down", within_s=90)
    assert [line.split()[0] for line in down.out.splitlines() if line.endswith("stopped")] == NAMES[::-1]
    assert processes.every(fresh.settings) == {}
    stopped = (await fresh.ctl("status", "--json")).document["services"]
    assert {service["state"] for service in stopped.values()} == {"stopped"}


async def test_foreground_centre_ends_in_order_at_ctrl_c(fresh: Centre) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "ctl", "run", env=fresh.environment(), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    said: list[str] = []
    async with asyncio.timeout(280):
        while not (line := (await process.stdout.readline()).decode()).startswith("A first call"):
            assert line, f"ctl run ended: {said}\n{fresh.logs()}"
            said.append(line)
    process.send_signal(signal.SIGINT)
    async with asyncio.timeout(90):
        rest = (await process.stdout.read()).decode().splitlines()
        assert await process.wait() == 0
    assert [line.split()[0] for line in rest if line.endswith("stopped")] == NAMES[::-1]
    assert processes.every(fresh.settings) == {}


async def test_what_a_killed_process_manager_leaves_is_stopped_too(fresh: Centre) -> None:
    up = await fresh.ctl("up", within_s=280)
    assert up.status == 0, up.err + up.out + fresh.logs()
    os.kill(int(fresh.settings.under("supervisor.pid").read_text(encoding="utf-8")), signal.SIGKILL)
    assert set(leftovers(fresh.settings).values()) >= {"postgres", "asterisk", "switchboard"}
    down = await fresh.ctl("down", within_s=90)
    assert "earlier start" in down.out
    assert processes.every(fresh.settings) == {}


def of_process(pid: int, name: str) -> str:
    return Path(f"/proc/{pid}", name).read_text(encoding="utf-8")


async def test_asterisk_runs_as_its_own_user_and_its_root_file_system_stays_untouched(
    tmp_path: Path, rootfs: Path
) -> None:
    settings = Settings(home=tmp_path / "run")
    etc = settings.under("asterisk", "etc")
    etc.mkdir(parents=True)
    for name in ("run", "log", "db", "spool"):
        settings.under("asterisk", name).mkdir()
        os.chown(settings.under("asterisk", name), *asterisk_owner(rootfs))
    places = {"etc": etc.name, "run": "run", "log": "log", "db": "db", "spool": "spool"}
    (etc / "asterisk.conf").write_text(
        "[directories]\n" + "".join(f"ast{key}dir=/centre/asterisk/{name}\n" for key, name in places.items())
    )
    (etc / "modules.conf").write_text("[modules]\nautoload=no\n")
    process = await asyncio.create_subprocess_exec(
        *asterisk_command(settings, rootfs, etc), stdout=asyncio.subprocess.DEVNULL
    )
    try:

        async def booted() -> bool:
            ask = await asyncio.create_subprocess_exec(
                *asterisk_command(settings, rootfs, etc, "-rx", "core waitfullybooted"),
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
            )
            return await ask.wait() == 0

        await eventually(booted, "Asterisk has booted", 30)
        status = of_process(process.pid, "status")
        uid, gid = asterisk_owner(rootfs)
        assert f"Uid:\t{uid}\t{uid}\t{uid}\t{uid}\n" in status
        assert f"Gid:\t{gid}\t{gid}\t{gid}\t{gid}\n" in status
        hosts = of_process(process.pid, "root/etc/hosts")
        assert os.uname().nodename in hosts.split()
        assert list((rootfs / "centre").iterdir()) == []
    finally:
        process.terminate()
        await process.wait()
    assert process.returncode == 0


async def test_asterisk_that_finds_no_configuration_ends_at_once(tmp_path: Path, rootfs: Path) -> None:
    """It would else take Debian's sample, and listen on all addresses of the machine."""
    settings = Settings(home=tmp_path / "run")
    etc = settings.under("asterisk", "etc")
    etc.mkdir(parents=True)
    without_network = ("unshare", "--net")  # should it start after all
    process = await asyncio.create_subprocess_exec(
        *without_network,
        *asterisk_command(settings, rootfs, etc),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(20):
            said, _ = await process.communicate()
        assert process.returncode == 1, said.decode()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
