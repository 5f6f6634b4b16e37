"""Asterisk's own record of its channels (CEL), as a second opinion beside our journal."""

import errno
import json
import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from ctl.pbx.parts import Parts
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


@dataclass(frozen=True, slots=True)
class Told:
    """``since``: calls that began earlier are not, or not wholly, in what is kept; 0 when everything is."""

    channels: dict[LegId, Channel]
    since: Millis


def channels_of(settings: Settings) -> Told:
    """Every channel that Asterisk has told of, as far as that is kept. Raises `OSError` when there is no such file."""
    return read(settings.under(*FILE))


def read(path: Path) -> Told:
    """Channels of a CEL file and its parts; a line that was cut by a crash is passed over and logged."""
    known: dict[LegId, Channel] = {}
    parts = Parts(path)
    since = None if min(parts.finished(), default=1) > 1 else 0
    for line in _lines(parts):
        leg = LegId(line["uniqueid"])
        at = round(float(line["eventtime"]) * 1000)
        since = at if since is None else since
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
        # Legs that we made are ours from the beginning; their names tell.
        known[leg] = replace(channel, ours=True) if ".l" in leg else channel
    return Told(known, since or 0)


def _lines(parts: Parts) -> Iterator[dict[str, str]]:
    with parts.opened() as files:
        if not files:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(parts.path))
        for _, file in files:
            for number, text in enumerate(file, 1):
                try:
                    line = json.loads(text.decode(errors="replace"))
                except ValueError:
                    log.warning("%s:%d is no CEL line; passed over", file.name, number)
                    continue
                if {"uniqueid", "eventtime", "eventtype"} <= line.keys():
                    yield line
