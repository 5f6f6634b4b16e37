"""The process manager looks often enough, and starts anew what has died."""

import math
import os
import resource
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from supervisor.options import ServerOptions
from supervisor.poller import PollPoller

from ctl.house.centre import House
from ctl.house.services import Service
from ctl.house.supervision import Supervisor
from ctl.house.supervisord import LOOK_S, Attentive
from ctl.lab.pulse import eventually
from ctl.settings import Settings


def test_it_waits_only_a_moment_however_long_it_is_told_to(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []

    def look(self: object, timeout: float) -> list[tuple[int, int]]:
        del self
        waited.append(timeout)
        return []

    monkeypatch.setattr(PollPoller, "_poll_fds", look)
    poller = Attentive(ServerOptions())
    for told in (1, 0.01):
        assert poller.poll(told) == ([], [])
    assert waited == [LOOK_S, 0.01]


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    supervisor = Supervisor(Settings(home=tmp_path))
    service = Service("web", ("sleep", "60"), "here", lambda: True)
    process = supervisor.start([service], dict(os.environ), ends_with_us=True)
    try:
        yield supervisor
    finally:
        process.terminate()
        process.wait()


async def test_what_has_died_is_started_anew(supervisor: Supervisor) -> None:
    async def up() -> bool:
        return supervisor.pid() is not None

    await eventually(up, "the process manager answers", 20)
    command = Path(f"/proc/{supervisor.pid()}/cmdline").read_bytes()  # noqa: ASYNC240 - no disk
    assert b"ctl.house.supervisord" in command.split(b"\0")
    supervisor.start_service("web")
    first = await pid_of_web(supervisor, 0)
    os.kill(first, signal.SIGKILL)
    assert await pid_of_web(supervisor, first) != first


async def test_what_has_died_is_started_anew_while_the_disk_is_full(supervisor: Supervisor) -> None:
    """No file may grow, its logs neither: the same error, to a process, as a disk without room."""

    async def up() -> int | None:
        return supervisor.pid()

    process_manager = await eventually(up, "the process manager answers", 20)
    supervisor.start_service("web")
    first = await pid_of_web(supervisor, 0)
    resource.prlimit(process_manager, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    os.kill(first, signal.SIGKILL)
    assert await pid_of_web(supervisor, first) != first
    assert supervisor.pid() == process_manager


@pytest.mark.parametrize("tries", [3, math.inf])
def test_what_ends_at_once_is_tried_again_for_a_while_and_then_told_with_its_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tries: float
) -> None:
    """As a database whose former processes a power cut has not quite ended yet."""
    monkeypatch.setattr("ctl.house.centre.STAYS_UP_WITHIN_S", 20 if tries == 3 else 3)
    told: list[str] = []
    house = House(Settings(home=tmp_path), told.append)
    at_the_last = f'[ "$(wc -l < {tmp_path}/tries)" -ge {tries} ] && exec sleep 60' if tries < math.inf else "true"
    script = f"echo once >> {tmp_path}/tries; {at_the_last}; echo its place is taken; exit 1"
    service = Service("postgres", ("sh", "-c", script), "here", lambda: True)
    monkeypatch.setattr(house, "services", lambda: [service])
    monkeypatch.setattr("ctl.house.centre.check_places", lambda settings: None)
    try:
        missing = house.start(ends_with_us=True)
    finally:
        house.stop(quiet=True)
    assert missing == ([] if tries == 3 else ["postgres"])
    assert len((tmp_path / "tries").read_text().splitlines()) >= 2
    assert ("its place is taken" in "\n".join(told)) is (tries == math.inf)


async def pid_of_web(supervisor: Supervisor, but_not: int) -> int:
    async def ask() -> int | None:
        [web] = supervisor.processes()
        return int(web["pid"]) if web["statename"] == "RUNNING" and web["pid"] != but_not else None

    return await eventually(ask, "the service runs", 20)
