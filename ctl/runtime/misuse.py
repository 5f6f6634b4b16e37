"""Notices callers who do what only harms: keys without end, and numbers for call-backs that only cost money (N-9).

Nothing of it costs the ward anything: keys beyond the menu are passed over, and such a number is not called. But somebody
tries it on.
"""

import logging
from collections import deque
from collections.abc import Callable

from ctl.switchboard.events import AlarmFound, AlarmKind, Event, KeyPressed
from ctl.switchboard.floor import Call, Floor, Phase
from ctl.switchboard.ids import CallId, Millis
from ctl.switchboard.kinds import LegRole, NumberClass
from ctl.switchboard.numbering import COSTLY, class_of

log = logging.getLogger(__name__)

KEYS = 100
"""Of one call. Whoever goes through every menu and mistypes a number twice needs less than half of it."""
NUMBERS = 5
WITHIN_MS: Millis = 10 * 60_000
"""So many costly numbers within this time, keyed by whomever: one alone is somebody who knows no better."""
CALLBACKS = "callbacks"
MOST_CALLS = 1000
"""Remembered at a time."""


class Misuse:
    """Told every event while the floor is as it was before. ``happened`` is told at each hundredth key of a call, and at
    each fifth number."""

    def __init__(
        self, now: Callable[[], Millis], floor: Callable[[], Floor], happened: Callable[[AlarmFound], None]
    ) -> None:
        self._now = now
        self._floor = floor
        self._happened = happened
        self._keys: dict[CallId, int] = {}
        self._numbers: deque[Millis] = deque(maxlen=NUMBERS)

    def heard(self, event: Event) -> None:
        if not isinstance(event, KeyPressed):
            return
        floor = self._floor()
        leg = floor.legs.get(event.leg)
        call = floor.calls.get(leg.call) if leg is not None and leg.role is LegRole.CITIZEN else None
        if call is not None:
            self._count(call)
            if event.digit == "#" and (kind := _costly(call)) is not None:
                self._keyed(call, kind)

    def _count(self, call: Call) -> None:
        keys = self._keys[call.id] = self._keys.pop(call.id, 0) + 1
        if len(self._keys) > MOST_CALLS:
            del self._keys[next(iter(self._keys))]
        if keys % KEYS == 0:
            log.warning("key_flood call=%s keys=%d", call.id, keys)
            self._happened(AlarmFound(AlarmKind.CALLER_MISUSE, call.id, f"the caller pressed {keys} keys in one call"))

    def _keyed(self, call: Call, kind: NumberClass) -> None:
        log.warning("callback_refused kind=%s call=%s", kind, call.id)
        now = self._now()
        self._numbers.append(now)
        if len(self._numbers) == NUMBERS and now - self._numbers[0] < WITHIN_MS:
            self._numbers.clear()
            what = (
                f"callers asked {NUMBERS} times within {WITHIN_MS // 60_000} minutes to be called back at a number that "
                f"only costs money; the last in call {call.id} ({kind})"
            )
            self._happened(AlarmFound(AlarmKind.CALLER_MISUSE, CALLBACKS, what))


def _costly(call: Call) -> NumberClass | None:
    """The kind of the number that is being keyed for a call-back, where it is one that costs more than a call."""
    if call.phase is not Phase.CONFIRMING or call.asking is None:
        return None
    kind = class_of(call.asking.keyed)
    return kind if kind in COSTLY else None
