"""Bring the floor back after a restart: the newest snapshot, and every event after it stepped again.

Replaying decides as it was decided then, because the core is pure; effects and facts of the replay are thrown away,
they were carried out and written at the time. What happened while we were away comes afterwards, from the PBX
(`PbxFound`), as ordinary events.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from ctl.runtime.engine import Step
from ctl.switchboard.events import Event
from ctl.switchboard.floor import Floor, empty
from ctl.switchboard.ids import Millis

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Recovered:
    """``skipped``: events that today's core cannot digest; 0 unless the program was changed in between."""

    floor: Floor
    replayed: int
    skipped: int


def recover(floor: Floor | None, events: Sequence[tuple[Millis, Event]], step: Step) -> Recovered:
    """Step ``events`` onto ``floor`` (None: an empty one), in order, each at its own instant."""
    now = floor if floor is not None else empty()
    skipped = 0
    for at, event in events:
        try:
            now, _ = step(now, event, at)
        except Exception:
            skipped += 1
            log.exception("replay: %s of %d could not be decided and counts as not happened", type(event).__name__, at)
    return Recovered(now, len(events) - skipped, skipped)
