"""Starting and stopping a centre as a whole, watching it, and telling how it is."""

import contextlib
import fcntl
import http.client
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from ctl.house import postgres
from ctl.house.chores import deploy, environment
from ctl.house.errors import HouseError, Progress
from ctl.house.leftovers import end, leftovers
from ctl.house.ports import check_places
from ctl.house.rootfs import ensure_rootfs
from ctl.house.services import Service, services
from ctl.house.state import GIVEN_UP, serves, state_of, urls
from ctl.house.supervision import Supervisor, last_lines
from ctl.secrets import Secrets
from ctl.settings import Settings

_POLL_S = 0.1
_WATCH_S = 0.5
STAYS_UP_WITHIN_S = 10.0
"""How long a service that ends at once is tried again: after a power cut, what died with it may still hold its place."""


class UnknownServiceError(HouseError):
    """A name that no service has."""


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

    def start(self, *, ends_with_us: bool) -> list[str]:
        """Start everything in order, each when the one before serves. Returns the names of those that do not.

        Without those that calls need, nothing stays: HouseError. Without one of the others the centre serves callers,
        and the process manager keeps trying.
        """
        with self._alone():
            if self.supervisor.pid() is not None:
                raise HouseError(
                    f"a centre is running in {self.settings.under()} already: `ctl status` shows it, `ctl down` stops it"
                )
            self._sweep()
            check_places(self.settings)
            wanted = self.services()
            self.supervisor.start(wanted, environment(self.settings), ends_with_us=ends_with_us)
            try:
                self._wait(lambda: self.supervisor.pid() is not None, "the process manager", 20, "supervisord")
                return [service.name for service in wanted if not self._start_one(service)]
            except BaseException:
                self.stop(quiet=True)
                raise

    def become(self, name: str) -> NoReturn:
        """Turn this process into one service, prepared as far as it needs: for containers and systemd."""
        rootfs = ensure_rootfs(self.settings, self._tell)
        if name == "postgres":
            postgres.ensure_cluster(self.settings, self._secrets, self._tell)
        programs = postgres.installed() or Path("/usr/bin")
        service = self._named(name, services(self.settings, self._secrets, rootfs, programs))
        os.execvpe(service.command[0], service.command, environment(self.settings))

    def is_ready(self, name: str) -> bool:
        """Whether one service serves, whoever started it."""
        return serves(self._named(name, self._without_installing()).ready)

    def watch(self, stopping: threading.Event) -> None:
        """Tell when a service ends by itself and when it serves again, until `stopping` is set or all is over."""
        known = {process["name"]: process for process in self.supervisor.processes()}
        probes = {service.name: service for service in self._without_installing()}
        away: dict[str, float] = {}
        while not stopping.wait(_WATCH_S) and self.supervisor.pid() is not None:
            for process in self.supervisor.processes():
                name = process["name"]
                if process["start"] != known[name]["start"] or process["statename"] in GIVEN_UP:
                    if name not in away:
                        away[name] = time.monotonic()
                        self._tell(f"{name:<12} ended by itself, is started again")
                elif name in away and process["statename"] == "RUNNING" and serves(probes[name].ready):
                    self._tell_ready(probes[name], away.pop(name))
                known[name] = process

    def stop(self, *, quiet: bool = False) -> bool:
        """Stop everything in the opposite order, and the process manager last. False when nothing ran."""
        pid = self.supervisor.pid()
        if pid is None:
            return self._sweep()
        order = {service.name: place for place, service in enumerate(self._without_installing())}
        for process in sorted(self.supervisor.processes(), key=lambda one: order[one["name"]], reverse=True):
            if process["statename"] in ("STARTING", "RUNNING", "BACKOFF"):
                self.supervisor.stop_service(process["name"])
                if not quiet:
                    self._tell(f"{process['name']:<12} stopped")
        self.supervisor.shutdown()
        self._wait(lambda: not _alive(pid), "the end of the process manager", 30, "supervisord")
        self._sweep()
        return True

    def status(self) -> dict[str, Any]:
        """``services{name: {state, since}}, urls{}``. States: stopped | starting | ready | failing."""
        known: Mapping[str, Mapping[str, Any]] = {}
        with contextlib.suppress(OSError, http.client.HTTPException):
            known = {process["name"]: process for process in self.supervisor.processes()}
        told = self._without_installing()
        return {
            "services": {service.name: state_of(known.get(service.name), service.ready) for service in told},
            "urls": urls(self.settings),
        }

    # --- one service --------------------------------------------------------------------------------------------------

    def _start_one(self, service: Service) -> bool:
        """Start one service and wait until it serves; False when it does not and calls do not need it."""
        began = time.monotonic()
        try:
            if service.name == "asterisk":
                deploy(self.settings, self._tell)
            self.supervisor.start_service(service.name)
            self._wait(lambda: self._serves(service, began), service.name, service.patience_s, service.name)
        except HouseError as error:
            if service.calls_need_it:
                raise
            self._tell(f"{service.name:<12} FAILED; calls do not need it. {error}")
            return False
        self._tell_ready(service, began)
        return True

    def _tell_ready(self, service: Service, since: float) -> None:
        self._tell(f"{service.name:<12} ready after {time.monotonic() - since:4.1f} s   {service.where}")

    def _serves(self, service: Service, began: float) -> bool:
        process = next(one for one in self.supervisor.processes() if one["name"] == service.name)
        if process["statename"] in GIVEN_UP and time.monotonic() > began + STAYS_UP_WITHIN_S:
            raise HouseError(f"{service.name} does not stay up:\n{last_lines(self.settings, service.name)}")
        return process["statename"] == "RUNNING" and serves(service.ready)

    def _wait(self, look: Callable[[], bool], what: str, within_s: float, log: str) -> None:
        give_up = time.monotonic() + within_s
        while not look():
            if time.monotonic() > give_up:
                raise HouseError(f"{what} is not ready after {within_s:g} s:\n{last_lines(self.settings, log)}")
            time.sleep(_POLL_S)

    @staticmethod
    def _named(name: str, known: list[Service]) -> Service:
        found = [service for service in known if service.name == name]
        if not found:
            raise UnknownServiceError(f"no service {name!r}; there are {', '.join(one.name for one in known)}")
        return found[0]

    def _without_installing(self) -> list[Service]:
        """The services, to be named and asked but not started."""
        programs = postgres.installed() or Path("/usr/bin")
        return services(self.settings, self._secrets, Path("/"), programs)

    # --- not twice ----------------------------------------------------------------------------------------------------

    def _sweep(self) -> bool:
        """Stop what runs on after its process manager was killed. True when there was something."""
        ended = end(lambda: leftovers(self.settings))
        if ended:
            self._tell(f"stopped what an earlier start had left: {', '.join(ended)}")
        return bool(ended)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Two starts of one centre at once would each find it stopped."""
        home = self.settings.under()
        os.umask(0o022)
        home.mkdir(parents=True, exist_ok=True)
        home.chmod(home.stat().st_mode | 0o011)  # Asterisk's own user has to pass through
        with self.settings.under("start.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise HouseError(f"the centre in {self.settings.under()} is being started by somebody else") from None
            yield


def _alive(pid: int) -> bool:
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)  # our own child would stay as a zombie
    return Path(f"/proc/{pid}").exists()
