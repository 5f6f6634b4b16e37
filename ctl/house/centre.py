"""Starting and stopping a centre as a whole, and telling how it is."""

import contextlib
import errno
import fcntl
import http.client
import os
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ctl.house import postgres
from ctl.house.errors import HouseError, Progress
from ctl.house.rootfs import ensure_rootfs
from ctl.house.services import Service, services
from ctl.house.supervision import Supervisor, log_path
from ctl.secrets import Secrets
from ctl.settings import Settings

Prepare = Callable[[str], None]
"""Called with the name of a service that is about to start, to do what must be done before it."""

_POLL_S = 0.1
_LOG_LINES = 12


def environment(settings: Settings) -> dict[str, str]:
    """What the services inherit: this process's environment, with every path of ours absolute."""
    paths = {"CTL_HOME": settings.home, "CTL_CACHE": settings.cache, "CTL_FLOWS": settings.flows}
    if settings.music is not None:
        paths["CTL_MUSIC"] = settings.music
    return {**os.environ, **{name: str(path.resolve()) for name, path in paths.items()}, "PYTHONUNBUFFERED": "1"}


class House:
    """One centre on this machine. ``tell`` gets a line for each thing that is worth one."""

    def __init__(self, settings: Settings, tell: Progress) -> None:
        self.settings = settings
        self.supervisor = Supervisor(settings)
        self._tell = tell
        self._secrets = Secrets.of(settings)

    def services(self) -> list[Service]:
        """Install what is missing, and name the services."""
        rootfs = ensure_rootfs(self.settings, self._tell)
        programs = postgres.ensure_cluster(self.settings, self._secrets, self._tell)
        return services(self.settings, self._secrets, rootfs, programs)

    def start(self, prepare: Prepare, *, ends_with_us: bool) -> list[Service]:
        """Start everything in order, each when the one before is ready. Stops what it started when one fails."""
        with self._alone():
            if self.supervisor.pid() is not None:
                raise HouseError(
                    f"a centre is running in {self.settings.under()} already: `ctl status` shows it, `ctl down` stops it"
                )
            self._check_ports()
            all_services = self.services()
            self.supervisor.start(all_services, environment(self.settings), ends_with_us=ends_with_us)
            try:
                self._wait(lambda: self.supervisor.pid() is not None, "the process manager", 20, "supervisord")
                for service in all_services:
                    prepare(service.name)
                    self.start_service(service)
            except BaseException:
                self.stop(quiet=True)
                raise
        return all_services

    def start_service(self, service: Service) -> None:
        """Start one service and wait until it serves."""
        began = time.monotonic()
        self.supervisor.start_service(service.name)
        self._wait(lambda: self._serves(service), service.name, service.patience_s, service.name)
        self._tell(f"{service.name:<12} ready after {time.monotonic() - began:4.1f} s   {service.where}")

    def stop(self, *, quiet: bool = False) -> bool:
        """Stop everything in the opposite order, and the process manager last. False when nothing ran."""
        pid = self.supervisor.pid()
        if pid is None:
            return False
        for process in sorted(self.supervisor.processes(), key=_order, reverse=True):
            if process["statename"] in ("STARTING", "RUNNING", "BACKOFF"):
                self.supervisor.stop_service(process["name"])
                if not quiet:
                    self._tell(f"{process['name']:<12} stopped")
        self.supervisor.shutdown()
        self._wait(lambda: not _alive(pid), "the end of the process manager", 30, "supervisord")
        return True

    def status(self) -> dict[str, Any]:
        """``services{name: {state, since}}, urls{}``. States: stopped | starting | ready | failing."""
        known: Mapping[str, Mapping[str, Any]] = {}
        with contextlib.suppress(OSError, http.client.HTTPException):
            known = {process["name"]: process for process in self.supervisor.processes()}
        told = services(self.settings, self._secrets, Path("/"), Path("/"))
        ready = {service.name: service.ready for service in told}
        if "postgres" in known:
            ready["postgres"] = lambda: _connects(str(self.settings.address), self.settings.postgres_port)
        return {
            "services": {service.name: _state(known.get(service.name), ready[service.name]) for service in told},
            "urls": self.urls(),
        }

    def urls(self) -> dict[str, str]:
        """Where people and telephones go."""
        address = self.settings.address
        return {
            "web": f"http://{address}:{self.settings.web_port}/",
            "sip": f"sip:{address}:{self.settings.sip_port}",
            "webrtc": f"ws://{address}:{self.settings.http_port}/ws",
            "metrics": f"http://{address}:{self.settings.web_port}/metrics",
        }

    # --- waiting ------------------------------------------------------------------------------------------------------

    def _serves(self, service: Service) -> bool:
        process = next(one for one in self.supervisor.processes() if one["name"] == service.name)
        if process["statename"] in ("BACKOFF", "FATAL", "EXITED"):
            raise HouseError(f"{service.name} does not stay up:\n{self._last_lines(service.name)}")
        return process["statename"] == "RUNNING" and _quietly(service.ready)

    def _wait(self, look: Callable[[], bool], what: str, within_s: float, log: str) -> None:
        give_up = time.monotonic() + within_s
        while not look():
            if time.monotonic() > give_up:
                raise HouseError(f"{what} is not ready after {within_s:g} s:\n{self._last_lines(log)}")
            time.sleep(_POLL_S)

    def _last_lines(self, name: str) -> str:
        path = log_path(self.settings, name)
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []
        return "\n".join(f"  {line}" for line in lines[-_LOG_LINES:]) + f"\n  (all of it: {path})"

    # --- not twice ----------------------------------------------------------------------------------------------------

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Two starts of one centre at once would each find it stopped."""
        self.settings.under().mkdir(parents=True, exist_ok=True)
        with self.settings.under("start.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise HouseError(f"the centre in {self.settings.under()} is being started by somebody else") from None
            yield

    def _check_ports(self) -> None:
        """Say which port is taken, and by which setting it moves, before anything is started."""
        address = str(self.settings.address)
        for setting in ("sip_port", "sip_tls_port", "http_port", "ami_port", "web_port", "postgres_port"):
            port = getattr(self.settings, setting)
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind((address, port))
                except OSError as error:
                    if error.errno == errno.EADDRINUSE:
                        raise HouseError(
                            f"{address}:{port} is taken by another program: set CTL_{setting.upper()} or CTL_ADDRESS"
                        ) from None
                    raise HouseError(f"{address}:{port} cannot be used ({error.strerror}): set CTL_ADDRESS") from None


def _order(process: Mapping[str, Any]) -> int:
    names = ("postgres", "asterisk", "switchboard", "sentinel", "worker", "web")
    return names.index(process["name"]) if process["name"] in names else len(names)


def _alive(pid: int) -> bool:
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)  # our own child would stay as a zombie
    return Path(f"/proc/{pid}").exists()


def _quietly(ready: Callable[[], bool]) -> bool:
    try:
        return ready()
    except (OSError, http.client.HTTPException, ValueError):
        return False


def _connects(host: str, port: int) -> bool:
    with socket.create_connection((host, port), timeout=2):
        return True


def _state(process: Mapping[str, Any] | None, ready: Callable[[], bool]) -> dict[str, Any]:
    if process is None or process["statename"] in ("STOPPED", "STOPPING", "UNKNOWN"):
        return {"state": "stopped", "since": None}
    since = (
        datetime.fromtimestamp(process["start"], UTC).isoformat().replace("+00:00", "Z") if process["start"] else None
    )
    if process["statename"] in ("BACKOFF", "FATAL", "EXITED"):
        return {"state": "failing", "since": since, "why": process["spawnerr"] or "see its log"}
    serving = process["statename"] == "RUNNING" and _quietly(ready)
    return {"state": "ready" if serving else "starting", "since": since, "pid": process["pid"]}
