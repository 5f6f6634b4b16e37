"""supervisord of one centre: its configuration, and talking with it over its socket.

It restarts what dies: at once when it had been up for a second, else after a pause that grows with each try.
"""

import http.client
import re
import shlex
import socket
import subprocess
import sys
import xmlrpc.client
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from ctl.house.errors import HouseError
from ctl.house.services import Service
from ctl.settings import Settings

_TRIES = 100_000
"""A service whose cause of death lasts for hours must still come back."""
BEHIND_CALLS = 10
"""How far screens, records and recordings stand behind calls where the processors are short: a nice value (sched(7))."""


def configuration(settings: Settings, services: Sequence[Service]) -> str:
    """The text of ``supervisor.conf``. Each service is a script of its own, so that no command needs quoting twice."""
    turned_over = (settings.log_file_mb, settings.log_files_kept)
    sections = [
        "[unix_http_server]",
        f"file={_value(socket_path(settings))}",
        "chmod=0600",
        "",
        "[rpcinterface:supervisor]",
        "supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface",
        "",
        "[supervisord]",
        f"logfile={_value(settings.under('log', 'supervisor.log'))}",
        "logfile_maxbytes={}MB\nlogfile_backups={}".format(*turned_over),
        f"pidfile={_value(settings.under('supervisor.pid'))}",
        f"childlogdir={_value(settings.under('log'))}",
        "nodaemon=true",
        "silent=true",
        "umask=022",
        "minfds=4096",
    ]
    for service in services:
        sections += [
            "",
            f"[program:{service.name}]",
            f"command=/bin/sh {shlex.quote(_value(script_path(settings, service.name)))}",
            "autostart=false",
            "autorestart=true",
            "startsecs=1",
            f"startretries={_TRIES}",
            f"stopsignal={service.stop}",
            f"stopwaitsecs={service.stop_within_s}",
            "stopasgroup=true",  # what comes before the service itself, too
            "killasgroup=true",
            "redirect_stderr=true",
            f"stdout_logfile={_value(log_path(settings, service.name))}",
            "stdout_logfile_maxbytes={}MB\nstdout_logfile_backups={}".format(*turned_over),
        ]
    return "\n".join(sections) + "\n"


def script(service: Service) -> str:
    """The shell script that becomes the service."""
    rank = ("nice", "-n", str(BEHIND_CALLS)) if service.makes_way else ()
    return f"# How the centre starts {service.name}. Written at every start.\nexec {shlex.join((*rank, *service.command))}\n"


def socket_path(settings: Settings) -> Path:
    return settings.under("supervisor.sock")


def script_path(settings: Settings, name: str) -> Path:
    return settings.under("services", f"{name}.sh")


def log_path(settings: Settings, name: str) -> Path:
    return settings.under("log", f"{name}.log")


def last_lines(settings: Settings, name: str, lines: int = 12) -> str:
    """The end of a service's log, for an error message."""
    path = log_path(settings, name)
    text = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []
    return "\n".join(f"  {line}" for line in text[-lines:]) + f"\n  (all of it: {path})"


def _value(path: Path) -> str:
    """A path as a setting. supervisor expands ``%`` (some settings twice) and has comments behind `` ;`` and `` #``."""
    text = str(path)
    if re.search(r"\s[;#]|[%\n\r]", text):
        raise HouseError(f"CTL_HOME {text!r} cannot be used: choose a path without '%', ' ;', ' #' and line breaks")
    return text


class Supervisor:
    """The supervisord of a centre, running or not."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._path = socket_path(settings)

    def pid(self) -> int | None:
        """Its process id, if it runs and answers."""
        try:
            with self._line() as rpc:
                return cast(int, rpc.supervisor.getPID())
        except (OSError, http.client.HTTPException, xmlrpc.client.Error):
            return None

    def start(
        self, services: Sequence[Service], environment: Mapping[str, str], *, ends_with_us: bool
    ) -> "subprocess.Popen[bytes]":
        """Start supervisord for these services. ``ends_with_us``: it stops when this process is gone."""
        conf = self._settings.under("supervisor.conf")
        self._settings.under("log").mkdir(parents=True, exist_ok=True)
        self._settings.under("services").mkdir(parents=True, exist_ok=True)
        for service in services:
            script_path(self._settings, service.name).write_text(script(service), encoding="utf-8")
        conf.write_text(configuration(self._settings, services), encoding="utf-8")
        guard = ["setpriv", "--pdeathsig", "TERM", "--"] if ends_with_us else []
        return subprocess.Popen(
            [*guard, sys.executable, "-W", "ignore", "-m", "ctl.house.supervisord", "-n", "-c", str(conf)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=log_path(self._settings, "supervisord").open("w"),
            env=dict(environment),
            start_new_session=True,  # Ctrl-C is for us: we stop the services in order
        )

    def start_service(self, name: str) -> None:
        with self._line() as rpc:
            try:
                rpc.supervisor.startProcess(name, False)
            except xmlrpc.client.Fault as fault:
                if "ALREADY_STARTED" not in fault.faultString:
                    raise HouseError(f"{name} cannot be started: {fault.faultString}") from None

    def stop_service(self, name: str) -> None:
        with self._line() as rpc:
            try:
                rpc.supervisor.stopProcess(name, True)
            except xmlrpc.client.Fault as fault:
                if "NOT_RUNNING" not in fault.faultString:
                    raise HouseError(f"{name} cannot be stopped: {fault.faultString}") from None

    def shutdown(self) -> None:
        with self._line() as rpc:
            rpc.supervisor.shutdown()

    def processes(self) -> list[Mapping[str, Any]]:
        """What supervisord knows of each service: name, statename, start, spawnerr, pid …"""
        with self._line() as rpc:
            return cast("list[Mapping[str, Any]]", rpc.supervisor.getAllProcessInfo())

    @contextmanager
    def _line(self) -> Iterator[xmlrpc.client.ServerProxy]:
        with xmlrpc.client.ServerProxy("http://localhost", transport=_UnixTransport(self._path)) as proxy:
            yield proxy


class _UnixTransport(xmlrpc.client.Transport):
    """XML-RPC over a Unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def make_connection(self, host: Any) -> http.client.HTTPConnection:
        del host
        return _UnixConnection(self._path)


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=60)
        self._unix = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._unix))
