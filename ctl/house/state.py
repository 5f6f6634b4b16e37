"""How each service is, in the words of ``ctl status``."""

import http.client
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ctl.house.services import Probe
from ctl.settings import Settings

GIVEN_UP = ("BACKOFF", "FATAL", "EXITED")
"""What supervisord calls a service that does not stay up."""


def state_of(process: Mapping[str, Any] | None, ready: Probe) -> dict[str, Any]:
    """``state``: stopped | starting | ready | failing; ``since``: when it was started or stopped, None if it never was.

    `process` is what supervisord knows of it, None without one: then whoever answers was started by somebody else
    (a container, systemd) and is ready.
    """
    if process is None:
        return {"state": "ready" if serves(ready) else "stopped", "since": None}
    if process["statename"] in ("STOPPED", "STOPPING", "UNKNOWN"):
        return {"state": "stopped", "since": _iso(process["stop"])}
    if process["statename"] in GIVEN_UP:
        return {"state": "failing", "since": _iso(process["stop"]), "why": process["spawnerr"] or "see its log"}
    serving = process["statename"] == "RUNNING" and serves(ready)
    return {"state": "ready" if serving else "starting", "since": _iso(process["start"]), "pid": process["pid"]}


def serves(ready: Probe) -> bool:
    """Ask a probe of a service that is up; not to be reached, or not to be understood, is an answer too."""
    try:
        return ready()
    except (OSError, http.client.HTTPException, ValueError, LookupError, TypeError):
        return False


def urls(settings: Settings) -> dict[str, str]:
    """Where people and telephones go."""
    address = settings.address
    return {
        "web": settings.web_url,
        "sip": f"sip:{address}:{settings.sip_port}",
        "webrtc": f"ws://{address}:{settings.http_port}/ws",
        "metrics": f"{settings.web_url}metrics",
    }


def _iso(seconds: int) -> str | None:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z") if seconds else None
