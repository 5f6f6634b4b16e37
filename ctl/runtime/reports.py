"""What others of the centre have found and the switchboard cannot see: its disk, its certificates, its audit trail.

They tell it over the switchboard's door; the lookout puts it among its own findings. A finding that stands is told again
and again, and goes out when whoever told it is silent. What somebody did is told once, and stands until it was seen.
"""

from dataclasses import dataclass

from ctl.switchboard.events import AlarmFound, AlarmKind
from ctl.switchboard.ids import Millis

STANDING = frozenset(
    {
        AlarmKind.AUDIT_BROKEN,
        AlarmKind.AUDIT_WAITING,
        AlarmKind.RECORDS_WAITING,
        AlarmKind.CERTIFICATE_ENDS,
        AlarmKind.DISK_NEARLY_FULL,
    }
)
"""Kinds that are told as long as they are so."""
HAPPENED = frozenset({AlarmKind.BRUTE_FORCE, AlarmKind.ROLES_CHANGED, AlarmKind.TELEPHONE_ATTACK, AlarmKind.WEB_ATTACK})
"""Kinds that are told when they have happened."""


@dataclass(frozen=True, slots=True)
class _Told:
    until: Millis
    found: tuple[AlarmFound, ...]


class Reports:
    """By source: what it found last, and until when that is believed."""

    def __init__(self) -> None:
        self._told: dict[str, _Told] = {}

    def put(self, source: str, found: tuple[AlarmFound, ...], now: Millis, for_ms: Millis) -> None:
        """``source`` finds exactly this now."""
        self._told[source] = _Told(now + for_ms, found)

    def at(self, now: Millis) -> list[AlarmFound]:
        """All that is believed."""
        self._told = {source: told for source, told in self._told.items() if now < told.until}
        return [one for told in self._told.values() for one in told.found]
