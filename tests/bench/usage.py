"""What a centre's processes use: processor time and memory, from /proc."""

import os
from collections import defaultdict
from pathlib import Path

from ctl.lab import processes
from ctl.settings import Settings

CONTROL_PLANE = ("switchboard", "sentinel", "worker", "web")


def cpu_s(settings: Settings) -> dict[str, float]:
    """Seconds of processor time so far, by part of the centre: ``asterisk``, ``switchboard``, …, ``postgres``."""
    used: defaultdict[str, float] = defaultdict(float)
    tick_s = 1 / os.sysconf("SC_CLK_TCK")
    for pid, command in processes.every(settings).items():
        try:
            # Fields behind the name in parentheses: state is the first, utime the 12th, stime the 13th (proc(5)).
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except FileNotFoundError:
            continue  # ended while we looked
        used[part_of(command)] += (int(fields[11]) + int(fields[12])) * tick_s
    return dict(used)


def resident_mb(settings: Settings, command: str) -> float:
    """Resident memory of ``ctl COMMAND``, in millions of bytes."""
    pages = sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in processes.of(settings, command))
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def part_of(command: str) -> str:
    """The part of the centre that a command line belongs to."""
    words = command.split()
    for daemon in ("asterisk", "postgres"):
        if words[0].rpartition("/")[2].rstrip(":") == daemon:
            return daemon
    return next((word for word in words[1:5] if word in CONTROL_PLANE), "other")
