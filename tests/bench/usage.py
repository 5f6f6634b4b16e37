"""What a centre's services use: processor time and memory, from /proc (proc(5))."""

import os
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ctl.house.leftovers import leftovers
from ctl.settings import Settings

CONTROL_PLANE = ("switchboard", "sentinel", "worker", "web")

Sample = Mapping[int, tuple[str, float]]
"""Process id → the service it belongs to, and its seconds of processor time so far."""


def sample(settings: Settings) -> Sample:
    """Every process of the services that run, and those that they have started."""
    service_of = leftovers(settings)
    found = {}
    for entry in Path("/proc").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):  # ended while we looked
            if entry.name.isdigit():
                parent, seconds = _parent_and_cpu_s((entry / "stat").read_text())
                # A backend of Postgres has written its title over the environment by which services are known.
                name = service_of.get(int(entry.name)) or service_of.get(parent)
                if name:
                    found[int(entry.name)] = name, seconds
    return found


def used_s(before: Sample, after: Sample) -> dict[str, float]:
    """Seconds of processor time by service. A process that came and went in between is not seen."""
    used: defaultdict[str, float] = defaultdict(float)
    for pid, (name, seconds) in after.items():
        used[name] += seconds - before.get(pid, (name, 0.0))[1]
    return dict(used)


@dataclass(frozen=True, slots=True)
class Held:
    """What the processes of a service hold, all together. ``private_mb``: memory that is theirs alone (RssAnon)."""

    private_mb: float = 0.0
    descriptors: int = 0
    threads: int = 0

    def __add__(self, other: "Held") -> "Held":
        return Held(
            self.private_mb + other.private_mb,
            self.descriptors + other.descriptors,
            self.threads + other.threads,
        )


def held(settings: Settings) -> dict[str, Held]:
    """What every service holds now."""
    found: defaultdict[str, Held] = defaultdict(Held)
    for pid, (name, _) in sample(settings).items():
        with suppress(FileNotFoundError, ProcessLookupError):  # ended while we looked
            found[name] += _held(Path(f"/proc/{pid}"))
    return dict(found)


def _held(process: Path) -> Held:
    status = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
    private_kb = int(status.get("RssAnon", "0 kB").split()[0])
    return Held(private_kb * 1024 / 1e6, sum(1 for _ in (process / "fd").iterdir()), int(status["Threads"]))


def resident_mb(settings: Settings, service: str) -> float:
    """Resident memory of a service's processes, in millions of bytes."""
    pages = 0
    for pid, name in leftovers(settings).items():
        if name == service:
            pages += int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _parent_and_cpu_s(stat: str) -> tuple[int, float]:
    # Behind the name in parentheses, which may hold anything: state, ppid, …, utime (12th), stime (13th).
    fields = stat.rpartition(")")[2].split()
    return int(fields[1]), (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
