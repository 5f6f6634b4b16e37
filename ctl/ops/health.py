"""Is the centre well? One document for ``/healthz``: what works, what does not, and since when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

JOBS_SILENT_AFTER = timedelta(minutes=3)
"""A worker that has said nothing for so long is not running: its longest pause is a minute."""


@dataclass(frozen=True, slots=True)
class Signs:
    """What was found out. ``switchboard`` and ``jobs`` are None when nobody answered, or nothing was published."""

    switchboard: Mapping[str, object] | None
    database: bool
    jobs: Mapping[str, object] | None
    now: datetime


def health(signs: Signs) -> dict[str, object]:
    """``status`` is ``ok`` only when all parts are. Calls depend on the switchboard alone, so it decides ``calls``."""
    parts = {
        "switchboard": signs.switchboard is not None,
        "database": signs.database,
        "worker": jobs_ok(signs),
    }
    return {
        "status": "ok" if all(parts.values()) else "degraded",
        "at": signs.now.astimezone(UTC).isoformat(timespec="seconds"),
        "parts": {name: "ok" if well else "away" for name, well in parts.items()},
        "switchboard": signs.switchboard,
        "jobs": (signs.jobs or {}).get("jobs"),
    }


def jobs_ok(signs: Signs) -> bool:
    """Whether the worker spoke lately and none of its jobs is failing."""
    if signs.jobs is None:
        return False
    spoke, jobs = signs.jobs.get("at"), signs.jobs.get("jobs")
    if not isinstance(spoke, str) or not isinstance(jobs, Mapping):
        return False
    recent = signs.now - datetime.fromisoformat(spoke) < JOBS_SILENT_AFTER
    return recent and all(isinstance(job, Mapping) and job.get("ok") is True for job in jobs.values())
