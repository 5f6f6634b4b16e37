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
    """Channels of a CEL file and its parts; a line that was cut or spoilt by a crash is passed over and logged."""
    known: dict[LegId, Channel] = {}
    parts = Parts(path)
    since = None if min(parts.finished(), default=1) > 1 else 0
    for line in _lines(parts):
        leg, at = line.leg, line.at
        since = at if since is None else since
        channel = known.get(leg, Channel(leg))
        match line.kind:
            case "CHAN_START":
                channel = replace(channel, started_at=at)
            case "ANSWER":
                channel = replace(channel, answered_at=at)
            case "HANGUP":
                channel = replace(channel, ended_at=at)
            case "APP_START" if line.application == "Stasis":
                channel = replace(channel, ours=True)
            case _:
                pass
        # Legs that we made are ours from the beginning; their names tell.
        known[leg] = replace(channel, ours=True) if ".l" in leg else channel
    return Told(known, since or 0)


@dataclass(frozen=True, slots=True)
class _Line:
    leg: LegId
    at: Millis
    kind: str
    application: str | None

    @classmethod
    def of(cls, text: bytes) -> "_Line":
        """Raises one of `_UNREADABLE`."""
        row = json.loads(text.decode(errors="replace"))
        at = round(float(row["eventtime"]) * 1000)
        return cls(LegId(str(row["uniqueid"])), at, str(row["eventtype"]), row.get("appname"))


_UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError)


def _lines(parts: Parts) -> Iterator[_Line]:
    with parts.opened() as files:
        if not files:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(parts.path))
        for _, file in files:
            for number, text in enumerate(file, 1):
                try:
                    yield _Line.of(text)
                except _UNREADABLE:
                    log.warning("%s:%d is no CEL line; passed over", file.name, number)
