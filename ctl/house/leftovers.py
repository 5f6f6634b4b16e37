"""Processes of a centre whose process manager was killed: they go on serving, and nobody owns them."""

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from ctl.house.supervision import socket_path
from ctl.settings import Settings

PATIENCE_S = 20.0


def leftovers(settings: Settings) -> dict[int, str]:
    """Services of this centre that run, by process id. supervisord leaves its address and their name with each."""
    ours = f"SUPERVISOR_SERVER_URL=unix://{socket_path(settings)}"
    found = {}
    for entry in Path("/proc").iterdir():
        with suppress(OSError):  # ended while we looked, or not ours to read
            if entry.name.isdigit() and entry.name != str(os.getpid()):
                told = (entry / "environ").read_bytes().decode(errors="replace").split("\0")
                names = [line.partition("=")[2] for line in told if line.startswith("SUPERVISOR_PROCESS_NAME=")]
                if ours in told and names:
                    found[int(entry.name)] = names[0]
    return found


def end(find: Callable[[], dict[int, str]], patience_s: float = PATIENCE_S) -> list[str]:
    """Ask each to stop, and kill whoever is still there when the patience is over. Returns their names."""
    asked = find()
    for pid, name in asked.items():
        with suppress(ProcessLookupError):
            # SIGTERM lets Postgres wait for its clients to go, SIGINT does not
            os.kill(pid, signal.SIGINT if name == "postgres" else signal.SIGTERM)
    give_up = time.monotonic() + patience_s
    while (left := find()) and time.monotonic() < give_up:
        time.sleep(0.1)
    for pid in left:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return sorted(set(asked.values()) | set(left.values()))
