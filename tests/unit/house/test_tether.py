"""What is tethered to a process ends with it, however it ends, and leaves nothing behind."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from select import select

from ctl.house.tether import leash, tethered

OWNER = """
import subprocess, sys
from pathlib import Path
from ctl.house.tether import leash, tethered

with leash() as held:
    subprocess.run(tethered(["sh", "-c", "echo $$; exec sleep 60"], Path(sys.argv[1])), stdin=held)
"""
PATIENCE_S = 20


@contextmanager
def started(command: list[str]) -> Iterator["subprocess.Popen[str]"]:
    with leash() as held, subprocess.Popen(command, stdin=held, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def everything_said_by(process: "subprocess.Popen[str]") -> str:
    """Until nobody is left who could say anything: neither the process nor its watcher."""
    return process.communicate(timeout=PATIENCE_S)[0]


def test_it_ends_when_its_owner_is_killed_and_what_it_used_is_removed(tmp_path: Path) -> None:
    home = tmp_path / "a home"
    home.mkdir()
    owner = subprocess.Popen([sys.executable, "-c", OWNER, str(home)], stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    tied = os.pidfd_open(int(owner.stdout.readline()))
    owner.kill()
    try:
        assert everything_said_by(owner) == ""
        assert not home.exists()
        # It has let go of its files before it counts as ended.
        assert select([tied], [], [], PATIENCE_S)[0]
    finally:
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(tied, signal.SIGKILL)
        os.close(tied)


def test_it_is_the_command_itself_that_is_started_and_signalled() -> None:
    with started(tethered(["sh", "-c", "echo $$; exec sleep 60"])) as process:
        assert process.stdout is not None
        assert int(process.stdout.readline()) == process.pid
        process.terminate()
        assert process.wait(PATIENCE_S) == -signal.SIGTERM


def test_what_was_used_stays_when_the_command_ends_by_itself(tmp_path: Path) -> None:
    """Its owner still reads there."""
    with leash() as held:
        process = subprocess.Popen(tethered(["true"], tmp_path), stdin=held, stdout=subprocess.PIPE, text=True)
        assert process.wait(PATIENCE_S) == 0
    assert everything_said_by(process) == ""
    assert tmp_path.exists()
