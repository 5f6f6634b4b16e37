"""A loopback network of its own for each run of the laboratory, so that no test touches a running centre."""

import fcntl
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FIRST, LAST = 100, 250
"""Networks ``127.FIRST.0`` to ``127.LAST.0`` belong to laboratories."""


class NoFreeNetworkError(Exception):
    """So many laboratories run at once that all networks are taken."""


@contextmanager
def own_network() -> Iterator[str]:
    """The first three parts of a network that nobody else uses while the context lasts: ``127.101.0``."""
    for second in range(FIRST, LAST + 1):
        path = Path(tempfile.gettempdir()) / f"toritsugi-net-127.{second}.0.lock"
        with path.open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            if not _silent(f"127.{second}.0.1"):
                continue
            yield f"127.{second}.0"
            return
    raise NoFreeNetworkError(f"all laboratory networks from 127.{FIRST}.0 to 127.{LAST}.0 are in use")


def _silent(address: str) -> bool:
    """Nobody speaks SIP there: not even what a killed laboratory has left behind."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((address, 5060))
        except OSError:
            return False
    return True
