"""Finding the processes of one centre among all that run on this machine."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ctl.settings import Settings


def of(settings: Settings, command: str) -> list[int]:
    """Process ids of ``ctl COMMAND``, or of a daemon of that name, that belong to the centre of these settings."""
    return [pid for pid, arguments in _belonging(str(settings.under())) if _runs(arguments, command)]


def every(settings: Settings) -> dict[int, str]:
    """All processes of the centre of these settings: id and command line."""
    return {pid: " ".join(arguments).strip() for pid, arguments in _belonging(str(settings.under()))}


@contextmanager
def frozen(processes: list[int]) -> Iterator[None]:
    """Stop these processes where they are (SIGSTOP), and let them go on at the end."""
    assert processes, "there is nothing to freeze"
    for pid in processes:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in processes:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def _runs(arguments: list[str], command: str) -> bool:
    """A daemon by its name, ``python -m package.daemon`` by its module, ``ctl COMMAND`` by its command."""
    if Path(arguments[0]).name == command or any(one.endswith(f".{command}") for one in arguments[1:5]):
        return True
    return command in arguments[1:4] and any(one == "ctl" or one.endswith("/ctl") for one in arguments[:4])


def _belonging(home: str) -> Iterator[tuple[int, list[str]]]:
    mark = f"CTL_HOME={home}".encode()
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            if mark in (entry / "environ").read_bytes().split(b"\0"):
                arguments = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
                if arguments[0]:
                    yield int(entry.name), arguments
        except OSError:
            continue  # ended while we looked
