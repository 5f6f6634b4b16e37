"""Whether the centre can listen where its settings say, asked before anything is started."""

import errno
import socket

from ctl.house.errors import HouseError
from ctl.settings import Settings

LONGEST_SOCKET_PATH = 107
"""Bytes, unix(7)."""

_LISTENING = (
    ("sip_port", socket.SOCK_DGRAM),
    ("sip_port", socket.SOCK_STREAM),
    ("sip_tls_port", socket.SOCK_STREAM),
    ("http_port", socket.SOCK_STREAM),
    ("https_port", socket.SOCK_STREAM),
    ("ami_port", socket.SOCK_STREAM),
    ("web_port", socket.SOCK_STREAM),
    ("postgres_port", socket.SOCK_STREAM),
)


def check_places(settings: Settings) -> None:
    """Raise HouseError for the first port that is taken, naming the setting that moves it, or for a home too deep."""
    for setting, kind in _LISTENING:
        address = settings.web_host if setting == "web_port" else settings.address
        _check_port(str(address), getattr(settings, setting), kind, f"CTL_{setting.upper()}")
    for path in (settings.command_socket, settings.under("supervisor.sock.00000000")):
        over = len(str(path).encode()) - LONGEST_SOCKET_PATH
        if over > 0:
            raise HouseError(
                f"CTL_HOME {settings.under()} is {over} bytes too long for the sockets in it: choose another"
            )


def _check_port(address: str, port: int, kind: socket.SocketKind, setting: str) -> None:
    with socket.socket(socket.AF_INET, kind) as probe:
        if kind == socket.SOCK_STREAM:
            # connections that have just ended are no hindrance to a server
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise HouseError(
                    f"{address}:{port} is taken by another program: set {setting} or CTL_ADDRESS"
                ) from None
            if error.errno == errno.EADDRNOTAVAIL:
                raise HouseError(f"{address} is no address of this machine: set CTL_ADDRESS") from None
            raise HouseError(f"{address}:{port} cannot be used ({error.strerror}): set {setting}") from None
