"""Processes whose process manager is gone are found by what it had left in their environment, and stopped."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ctl.house.leftovers import end, leftovers
from ctl.house.supervision import socket_path
from ctl.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


def start(settings: Settings, script: str) -> "subprocess.Popen[str]":
    mark = {"SUPERVISOR_SERVER_URL": f"unix://{socket_path(settings)}", "SUPERVISOR_PROCESS_NAME": "web"}
    process = subprocess.Popen(
        ["sh", "-c", script], env={**os.environ, **mark}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    process.stdout.readline()  # it has said that its traps are set
    return process


@pytest.fixture
def obedient(settings: Settings) -> Iterator["subprocess.Popen[str]"]:
    # It becomes no other program: while one is loaded, the kernel shows an empty environment.
    with start(settings, "echo; read line") as process:
        yield process
        process.kill()


@pytest.fixture
def stubborn(settings: Settings) -> Iterator["subprocess.Popen[str]"]:
    with start(settings, "trap '' TERM; echo; while :; do read line < /dev/zero; done") as process:
        yield process
        process.kill()


def test_only_processes_of_this_centre_are_left_over(
    settings: Settings, obedient: "subprocess.Popen[str]", tmp_path: Path
) -> None:
    assert leftovers(settings) == {obedient.pid: "web"}
    assert leftovers(Settings(home=tmp_path / "other")) == {}


def finding(process: "subprocess.Popen[str]") -> dict[int, str]:
    """Our own children stay in /proc until we ask for their end."""
    return {process.pid: "web"} if process.poll() is None else {}


def test_leftover_is_asked_to_stop(obedient: "subprocess.Popen[str]") -> None:
    assert end(lambda: finding(obedient)) == ["web"]
    assert obedient.wait() == -signal.SIGTERM


def test_leftover_that_does_not_listen_is_killed(stubborn: "subprocess.Popen[str]") -> None:
    assert end(lambda: finding(stubborn), patience_s=0.3) == ["web"]
    assert stubborn.wait() == -signal.SIGKILL
