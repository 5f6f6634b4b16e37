"""Calls that the fallback brought to their end, read from the lines it leaves and told afterwards.

Each line is told at least once, also across our restarts: how far we have read is kept in a file, and moved on only
when the lines before it were told in an earlier reading, or some seconds ago. The call's name makes a second telling soon
after the first harmless; hundreds of calls later it would be a call of its own.
"""

import json
import logging
import re
from collections import OrderedDict
from collections.abc import Callable, Container, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from ctl.pbx.parts import Parts, size
from ctl.switchboard.events import CallServedElsewhere, Event, TalkElsewhere
from ctl.switchboard.ids import CallId, Extension, Number
from ctl.switchboard.records import replace

log = logging.getLogger(__name__)

REMEMBERED = 1_000
"""Calls that were told while we were connected."""
ENDED_BY = ("citizen", "operator", "centre")
"""Who may have hung up. Lines from before this was written do not say it."""


class Served:
    """Reads the fallback's log at ``path``, all its parts. ``position`` keeps what need not be told again."""

    def __init__(self, path: Path, position: Path, tell: Callable[[Event], None]) -> None:
        self._parts = Parts(path)
        self._position = position
        self._tell = tell
        self._told = self._settled = self._seen = told_of(position)
        self._recent: OrderedDict[CallId, CallServedElsewhere] = OrderedDict()

    def read(self, in_gap: bool = False) -> None:
        """Tell what is new. A line that is not finished waits for the next reading. ``in_gap``: see the event."""
        with self._parts.opened(min(self._told, default=0)) as parts:
            told = {number: _begin(file, self._told.get(number, 0)) for number, file in parts}
            if all(size(file) == told[number] for number, file in parts):
                return
            self._keep(self._told)
            for number, file in parts:
                file.seek(told[number])
                whole, end, _ = file.read().rpartition(b"\n")
                for line in whole.splitlines():
                    news = served(line)
                    if news is not None:
                        self._tell(replace(news, in_gap=in_gap))
                        self._remember(news)
                told[number] += len(whole) + len(end)
        # the part before the newest may get one more line, see `parts`
        self._told = dict(sorted(told.items())[-2:])

    def settle(self) -> None:
        """Called now and then: what was told before the last time need not be told again after a restart."""
        if self._seen == self._told != self._settled and self._keep(self._told):
            self._settled = self._told
        self._seen = self._told

    def tell_again(self, calls: Container[CallId]) -> None:
        """These have left us and their leg has not told of its end: the connection broke before it could."""
        for call, news in self._recent.items():
            if call in calls:
                self._tell(replace(news, in_gap=True))

    def _remember(self, news: CallServedElsewhere) -> None:
        self._recent[news.call] = news
        if len(self._recent) > REMEMBERED:
            self._recent.popitem(last=False)

    def _keep(self, told: Mapping[int, int]) -> bool:
        fresh = self._position.with_suffix(".new")
        with suppress(OSError):  # the disk is full: to tell it once more does less harm than not to serve
            fresh.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_text(json.dumps(told), encoding="ascii")
            fresh.replace(self._position)
            return True
        return False


def told_of(position: Path) -> dict[int, int]:
    """Bytes that need not be told again, by part; all of the parts before the first, nothing of those after the last.

    A single number is what was kept before there were parts.
    """
    try:
        kept = json.loads(position.read_text(encoding="ascii"))
        return {1: kept} if isinstance(kept, int) else {int(number): int(told) for number, told in kept.items()}
    except (FileNotFoundError, ValueError, AttributeError, TypeError):
        return {}


def _begin(file: IO[bytes], told: int) -> int:
    return told if told <= size(file) else 0  # somebody began a new file


def served(line: bytes) -> CallServedElsewhere | None:
    """One line of the log; None, and a word in ours, when it cannot be read."""
    try:
        row: dict[str, Any] = json.loads(line)
        answered_at, operator = row["answered_at"], row["operator"]
        return CallServedElsewhere(
            CallId(row["call"]),
            Number(row["dialled"]),
            str(row["caller"]),
            int(row["arrived_at"]),
            int(answered_at) if answered_at is not None else None,
            int(row["ended_at"]),
            Extension(operator) if operator is not None else None,
            row.get("closed") is True,
            row.get("unheard") is True,
            talks(str(row.get("talks", ""))),
            ended_by=ended_by if (ended_by := row.get("ended_by")) in ENDED_BY else None,
        )
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        log.error("fallback_line_unreadable error=%r", str(error))
        return None


def talks(text: str) -> tuple[TalkElsewhere, ...]:
    """``/2001:MS:MS/2002:MS:MS``: whose, from when to when. What cannot be read is passed over: it comes with a caller."""
    found = (one.groups() for one in _TALK.finditer(text))
    return tuple(TalkElsewhere(Extension(who), int(begun), int(ended)) for who, begun, ended in found)


_TALK = re.compile(r"/([0-9]+):([0-9]{1,15}):([0-9]{1,15})")
