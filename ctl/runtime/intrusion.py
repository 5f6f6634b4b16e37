"""Notices who tries the doors of the telephone system: an address that Asterisk refuses again and again (N-9)."""

from collections import deque
from collections.abc import Callable

from ctl.switchboard.events import AlarmFound, AlarmKind
from ctl.switchboard.ids import Millis

TRIES = 5
WITHIN_MS: Millis = 10 * 60_000
"""So many refusals of one address within this time: a telephone with a mistyped password tries again and again, too, and
that is worth a look as well."""
MOST_ADDRESSES = 1000
"""Remembered at a time; who floods us from everywhere pushes out the oldest, not our memory."""


class Intrusion:
    """``happened`` is told at the fifth refusal of an address within ten minutes, and at each further fifth."""

    def __init__(self, now: Callable[[], Millis], happened: Callable[[AlarmFound], None]) -> None:
        self._now = now
        self._happened = happened
        self._tries: dict[str, deque[Millis]] = {}

    def refused(self, kind: str, address: str) -> None:
        """Asterisk refused somebody."""
        now = self._now()
        tries = self._tries.pop(address, deque(maxlen=TRIES))
        tries.append(now)
        self._tries[address] = tries
        if len(self._tries) > MOST_ADDRESSES:
            del self._tries[next(iter(self._tries))]
        if len(tries) == TRIES and now - tries[0] < WITHIN_MS:
            tries.clear()
            what = (
                f"Asterisk refused {address} {TRIES} times within {WITHIN_MS // 60_000} minutes, the last time: {kind}"
            )
            self._happened(AlarmFound(AlarmKind.TELEPHONE_ATTACK, address, what))
