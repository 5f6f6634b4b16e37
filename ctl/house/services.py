"""The services of a centre, in the order in which they start, and how each tells that it is ready."""

import base64
import http.client
import json
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ctl.house.asterisk import asterisk_command
from ctl.house.postgres import ready_command, server_command
from ctl.secrets import Secrets
from ctl.settings import Settings

Probe = Callable[[], bool]
"""True when the service serves; False, or an `OSError`, while it does not."""

CTL = (sys.executable, "-m", "ctl")
FRESH = timedelta(seconds=5)
"""The sentinel looks every second."""
SHIPPED_LATELY = timedelta(seconds=15)
"""The worker ships, or asks Postgres whether it could, twice a second; a large batch takes seconds."""


@dataclass(frozen=True, slots=True)
class Service:
    """One process of the centre.

    ``where`` is shown to people. ``calls_need_it``: without it no citizen is served, so that the centre does not start without it.
    ``stop``: the signal of a clean stop.
    """

    name: str
    command: tuple[str, ...]
    where: str
    ready: Probe
    calls_need_it: bool = False
    makes_way: bool = False
    stop: str = "TERM"
    stop_within_s: int = 15
    patience_s: int = 60


def services(settings: Settings, secrets: Secrets, rootfs: Path, programs: Path) -> list[Service]:
    """All services, in starting order. They stop in the opposite one."""
    address = settings.address
    etc = settings.under("asterisk", "etc")
    return [
        Service(
            "postgres",
            tuple(server_command(settings, programs)),
            f"{address}:{settings.postgres_port}",
            lambda: subprocess.run(ready_command(settings, programs), check=False).returncode == 0,
            makes_way=True,
            stop="INT",
            stop_within_s=30,
        ),
        Service(
            "asterisk",
            tuple(asterisk_command(settings, rootfs, etc)),
            f"SIP {address}:{settings.sip_port}, ARI {address}:{settings.http_port}",
            lambda: _ari_answers(settings, secrets),
            calls_need_it=True,
            stop_within_s=10,
        ),
        Service(
            "switchboard",
            (*CTL, "switchboard"),
            str(settings.command_socket),
            lambda: _switchboard_serves(settings),
            calls_need_it=True,
        ),
        Service(
            "sentinel",
            (*CTL, "sentinel"),
            f"watches the switchboard, steps in after {settings.sentinel_grace_ms / 1000:g} s",
            lambda: _sentinel_looked(settings.told_by("sentinel"), datetime.now(UTC)),
        ),
        Service(
            "worker",
            (*CTL, "worker"),
            "ships the journal, cuts recordings",
            lambda: _worker_ships(settings.told_by("worker"), datetime.now(UTC)),
            makes_way=True,
        ),
        Service(
            "web",
            (*CTL, "web"),
            settings.web_url,
            lambda: _web_answers(settings),
            makes_way=True,
        ),
    ]


def _ari_answers(settings: Settings, secrets: Secrets) -> bool:
    """Asterisk has loaded everything up to ARI, which comes last."""
    connection = http.client.HTTPConnection(settings.pbx_host, settings.http_port, timeout=2)
    token = base64.b64encode(f"ctl:{secrets.ari}".encode()).decode()
    try:
        connection.request("GET", "/ari/asterisk/ping", headers={"Authorization": f"Basic {token}"})
        return connection.getresponse().status == 200
    finally:
        connection.close()


def _web_answers(settings: Settings) -> bool:
    """Whatever it says of the health of the others: it answers."""
    host = settings.address if settings.web_host.is_unspecified else settings.web_host
    anything = ssl.create_default_context()
    anything.check_hostname, anything.verify_mode = False, ssl.CERT_NONE  # nothing secret is told, nothing believed
    connection = http.client.HTTPSConnection(str(host), settings.web_port, timeout=2, context=anything)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status < 600
    finally:
        connection.close()


def _switchboard_serves(settings: Settings) -> bool:
    """Its socket answers and it has the PBX in its hands."""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(2)
        line.connect(str(settings.command_socket))
        line.sendall(b'{"health": true}\n')
        with line.makefile() as answer:
            told = json.loads(answer.readline() or "{}")
    return bool(told.get("connected"))


def _sentinel_looked(report: Path, now: datetime) -> bool:
    """It writes down the time after every look."""
    at = datetime.fromisoformat(json.loads(report.read_text(encoding="utf-8"))["at"])
    return now - at < FRESH


def _worker_ships(report: Path, now: datetime) -> bool:
    """It writes down after every batch how shipping goes. Recordings that cannot be cut do not count: /healthz tells."""
    ship = json.loads(report.read_text(encoding="utf-8"))["jobs"]["ship"]
    if not ship["ok"] or ship["last_success"] is None:
        return False
    return now - datetime.fromisoformat(ship["last_success"]) < SHIPPED_LATELY
