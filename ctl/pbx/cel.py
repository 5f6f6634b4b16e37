"""Asterisk's own record of its channels (CEL), as a second opinion beside our journal."""

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from ctl.settings import Settings
from ctl.switchboard.ids import LegId, Millis

log = logging.getLogger(__name__)
FILE = ("asterisk", "log", "cel.jsonl")


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel as Asterisk saw it. ``ours``: it was in the switchboard's hands, at least for a moment."""

    leg: LegId
    started_at: Millis | None = None
    answered_at: Millis | None = None
    ended_at: Millis | None = None
    ours: bool = False


def channels_of(settings: Settings) -> dict[LegId, Channel]:
    """Every channel that Asterisk has told of. Raises `OSError` when there is no such file."""
    return read(settings.under(*FILE))


def read(path: Path) -> dict[LegId, Channel]:
    """Channels of a CEL file; a line that was cut by a crash is passed over and logged."""
    known: dict[LegId, Channel] = {}
    for line in _lines(path):
        leg = LegId(line["uniqueid"])
        at = round(float(line["eventtime"]) * 1000)
        channel = known.get(leg, Channel(leg))
        match line["eventtype"]:
            case "CHAN_START":
                channel = replace(channel, started_at=at)
            case "ANSWER":
                channel = replace(channel, answered_at=at)
            case "HANGUP":
                channel = replace(channel, ended_at=at)
            case "APP_START" if line.get("appname") == "Stasis":
                channel = replace(channel, ours=True)
            case _:
                pass
        # Legs that we made were never in the dialplan; their names tell.
        known[leg] = replace(channel, ours=True) if ".l" in leg else channel
    return known


def _lines(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", errors="replace") as file:
        for number, text in enumerate(file, 1):
            try:
                line = json.loads(text)
            except ValueError:
                log.warning("%s:%d is no CEL line; passed over", path, number)
                continue
            if {"uniqueid", "eventtime", "eventtype"} <= line.keys():
                yield line
