"""What comes again and again leaves two entries in the audit trail for each window of time, not one for each time.

The first is noted at once, the further ones of its window are counted, and told with their number when the window is
over: nobody can fill the audit trail, and nothing is lost. What was done, not refused, and goes on is one entry. Pure.
"""

from collections.abc import Hashable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ctl.security.audit import Entry, Outcome

MOST = 1000
"""Windows at a time. What is refused from more sides than that is counted together."""
SUBJECTS = 5
"""So many of the things that it was tried on are named."""


@dataclass(slots=True)
class _Window:
    first: Entry
    until: datetime
    within: timedelta
    further: int = 0
    subjects: tuple[str, ...] = ()


class Repeats:
    """The windows that are open."""

    def __init__(self) -> None:
        self._open: dict[Hashable, _Window] = {}

    def is_first(self, entry: Entry, key: Hashable, within: timedelta) -> bool:
        """Whether ``entry`` is the first of a window, and to be noted now. ``key``: what counts as the same."""
        if key not in self._open and len(self._open) >= MOST:
            if entry.outcome is not Outcome.REFUSED:
                return True
            key = entry.action
        window = self._open.get(key)
        if window is None:
            self._open[key] = _Window(entry, entry.at + within, within)
            return True
        window.further += 1
        if len(window.subjects) < SUBJECTS and entry.subject not in window.subjects:
            window.subjects = (*window.subjects, entry.subject)
        return False

    def over(self, now: datetime, *, everything: bool = False) -> list[Entry]:
        """Close the windows that are over (or all), and give what there was in them beside the first."""
        closed = [key for key, window in self._open.items() if everything or now >= window.until]
        ended = [self._open.pop(key) for key in closed]
        return [_told(one, now) for one in ended if one.further and one.first.outcome is Outcome.REFUSED]


def _told(window: _Window, now: datetime) -> Entry:
    after = {"times": window.further, "within_s": round(window.within.total_seconds()), "of": list(window.subjects)}
    return replace(window.first, after=after, at=min(window.until, now))
