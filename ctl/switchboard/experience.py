"""How the queues have fared lately: how long callers are handled, how many give up, how many come. For `expectation`.

Learned from what is stated, in the turn that states it. Sums in whole numbers, so that a replay learns the same; a sum
is halved when it has grown long enough, so that what happened lately counts most and nothing grows for ever.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ctl.switchboard.ids import Extension, Millis, QueueName
from ctl.switchboard.records import replace

MOST = 100
"""Callers that a sum holds before it is halved."""
WINDOW_MS = 15 * 60_000
"""The stretch over which arrivals are counted."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Of one queue. ``handled``: callers whose handling is over, ring, talk and wrap-up, ``handling_ms`` in all, the last
    at ``handled_at``. ``waits``: waits that are over, ``waited_ms`` in all, of which ``gave_up`` because the caller did.

    ``came``: arrivals in the stretch number ``window`` since the epoch, ``came_before``: in the one before it.
    """

    handled: int = 0
    handling_ms: Millis = 0
    handled_at: Millis = 0
    waits: int = 0
    waited_ms: Millis = 0
    gave_up: int = 0
    window: int = 0
    came: int = 0
    came_before: int = 0

    def with_handling(self, lasted_ms: Millis, now: Millis) -> "Pace":
        part = 2 if self.handled >= MOST else 1
        return replace(
            self,
            handled=self.handled // part + 1,
            handling_ms=self.handling_ms // part + lasted_ms,
            handled_at=now,
        )

    def with_wait(self, lasted_ms: Millis) -> "Pace":
        part = 2 if self.waits >= MOST else 1
        return replace(
            self,
            waits=self.waits // part + 1,
            waited_ms=self.waited_ms // part + lasted_ms,
            gave_up=self.gave_up // part,
        )

    def with_arrival(self, now: Millis) -> "Pace":
        window = now // WINDOW_MS
        before = self.came if window == self.window + 1 else self.came_before if window == self.window else 0
        came = self.came if window == self.window else 0
        return replace(self, window=window, came=came + 1, came_before=before)

    def arrivals_per_ms(self, now: Millis) -> float:
        """Over the last `WINDOW_MS`, as if those of the stretch before had come evenly."""
        window, gone_ms = divmod(now, WINDOW_MS)
        before = self.came_before if window == self.window else self.came if window == self.window + 1 else 0
        came = self.came if window == self.window else 0
        return (came + before * (1 - gone_ms / WINDOW_MS)) / WINDOW_MS


@dataclass(frozen=True, slots=True)
class Work:
    """What an operator has been busy with since a caller was offered."""

    queue: QueueName
    since: Millis


@dataclass(frozen=True, slots=True)
class Experience:
    paces: Mapping[QueueName, Pace] = field(default_factory=dict)
    work: Mapping[Extension, Work] = field(default_factory=dict)
