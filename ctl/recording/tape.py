"""File time and call time. Pure: no files here, only numbers. Measured against a real Asterisk; `docs/recordings.md`.

What was found: both files of a call run in step, always. MixMonitor writes a frame whenever at least one side sends
one. While neither side sends, nothing is written: such a stretch is not silence in the file, it is missing. It happens
before and between announcements (a telephone that sends nothing while nobody speaks), hardly ever while two people
talk, since the operator's telephone sends all the time. So the safe anchor is the end: the last sample is the moment
at which the file was closed, and everything after the last such stretch lies exactly.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from ctl.recording.wav import FRAMES_PER_MS
from ctl.switchboard.ids import Millis

GRACE_MS = 2000
"""So long after the call's end its file may have been closed, and so long before its start begun, and still tell the truth about
it. Seen: 2 ms, and 0.13 s on a busy machine."""


class Stretch(Protocol):
    """A segment of a call, as far as cutting cares."""

    @property
    def started_at(self) -> Millis: ...

    @property
    def ended_at(self) -> Millis: ...


@dataclass(frozen=True, slots=True)
class Tape:
    """``starts_at``: call time of the first sample. ``gap_ms``: how much call time is not in the file (see above)."""

    starts_at: Millis
    frames: int
    gap_ms: Millis

    def frame(self, at: Millis) -> int:
        """The sample that was written at this instant, or the nearest end of the file."""
        return min(max(0, (at - self.starts_at) * FRAMES_PER_MS), self.frames)


@dataclass(frozen=True, slots=True)
class Cut:
    """Samples ``first`` up to, not including, ``end``; ``lost_ms`` of the stretch lie outside the file."""

    first: int
    end: int
    lost_ms: Millis

    @property
    def frames(self) -> int:
        return self.end - self.first


def lay(
    frames: int, began_at: Millis, ended: tuple[Millis, Millis], file_closed_at: Millis, cut_off: bool = False
) -> Tape:
    """Lay a file of so many samples along the call. ``ended``: the earliest and the latest instant at which its leg can have ended;
    ``cut_off``: the power went while it was written, and with it sound that was not on the disk yet.

    The file's own closing time is the anchor when it can be true. It is not when it lies after the end: after a copy or a restore,
    or when the call went on without us. Nor when the file would have begun before the leg and ended before it, too: the
    machine's clock was set back, which ours does not do during calls. One of both alone says that we heard late of a beginning
    or of an end, from a PBX with which we had no connection. Nor when it was cut off: a file system keeps the time of a file
    half a minute before its length. Where it is not true, the first sample is the leg's beginning.
    """
    starts_at = file_closed_at - frames // FRAMES_PER_MS
    earliest, latest = ended
    set_back = starts_at < began_at - GRACE_MS and file_closed_at < earliest - GRACE_MS
    if set_back or cut_off or file_closed_at > latest + GRACE_MS:
        return Tape(began_at, frames, 0)
    return Tape(starts_at, frames, max(0, starts_at - began_at))


def cut(tape: Tape, stretch: Stretch) -> Cut:
    """What of the file belongs to the stretch. Stretches that do not overlap get cuts that do not overlap."""
    first = tape.frame(stretch.started_at)
    end = max(first, tape.frame(stretch.ended_at))
    wanted = max(0, stretch.ended_at - stretch.started_at)
    return Cut(first, end, max(0, wanted - (end - first) // FRAMES_PER_MS))


def cuts(tape: Tape, stretches: Iterable[Stretch]) -> list[Cut]:
    return [cut(tape, stretch) for stretch in stretches]
