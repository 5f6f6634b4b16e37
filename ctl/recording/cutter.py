"""From the two files of a leg to one stereo file per talk segment.

Left is the citizen, or whom an operator called; in a consultation the operator. Right is the other side.

What cannot be cut is stated in the result, never passed over: a `Recording` comes out for every talk segment.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from ctl.recording import wav
from ctl.recording.tape import Cut, Tape, cut, lay
from ctl.recording.vault import Vault
from ctl.switchboard.floor import SERVED
from ctl.switchboard.ids import CallId, DepartmentCode, Extension, LegId, Millis
from ctl.switchboard.kinds import CallKind, SegmentKind


class Verdict(StrEnum):
    """What became of a talk segment's sound."""

    COMPLETE = "complete"
    SHORT = "short"
    """The file ends before the segment does, or begins after it, by more than `LATE_MS`, or one side has lost something
    somewhere: ``lost_ms`` are missing."""
    ONE_SIDED = "one_sided"
    """Only one of the two files could be read; the other side is silent."""
    MISSING = "missing"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class DepartmentLeg:
    """A leg with a recording of its own, which begins when the department answered and is connected."""

    leg: LegId
    answered_at: Millis


@dataclass(frozen=True, slots=True)
class Talk:
    """One talk segment of a call. ``on``: the leg whose recording holds it, None for the call's first leg."""

    n: int
    kind: SegmentKind
    started_at: Millis
    ended_at: Millis
    operator: Extension | None
    department: DepartmentCode | None
    on: DepartmentLeg | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """A call that has ended, with the talk segments that have no recording yet."""

    call: CallId
    kind: CallKind
    started_at: Millis
    ended_at: Millis
    talks: Sequence[Talk]

    def leg(self, talk: Talk) -> LegId:
        """The leg whose recording holds the talk."""
        return talk.on.leg if talk.on is not None else LegId(self.call)

    def files(self) -> set[str]:
        """What Asterisk wrote, or should have written, of these talks."""
        return {source_name(self.leg(talk), side) for talk in self.talks for side in SIDES}


@dataclass(frozen=True, slots=True)
class Recording:
    """``file``, ``sha256`` and ``bytes`` are None when there is no sound; ``note`` says why in English."""

    call: CallId
    talk: Talk
    verdict: Verdict
    duration_ms: Millis
    lost_ms: Millis
    gap_ms: Millis
    file: str | None = None
    sha256: str | None = None
    bytes: int | None = None
    note: str | None = None


SIDES = ("rx", "tx")
"""What the leg said, and what it heard."""

BLOCK_FRAMES = 60 * wav.RATE
"""A minute."""

UNEQUAL_MS = 100
"""Both files run in step; from this difference on, one of them has lost something (the disk was full)."""


LATE_MS = 200
"""The PBX closes the file, then tells us that the call is over: what we note after that is no sound that was lost. Nor is
the moment until two telephones that were connected send their first packets, on a leg that is recorded from then on.

Seen with 1,153 calls at 11 a second: 1 to 9 ms. One packet alone is 20 ms.
"""


def source_name(leg: LegId, side: str) -> str:
    """What Asterisk calls the file (the dialplan and `ctl.pbx.recorder` say so)."""
    return f"{leg}-{side}.wav"


@dataclass(slots=True)
class Source:
    """The two files of a leg, as far as they can be read."""

    vault: Vault
    leg: LegId
    tracks: dict[str, wav.Track] = field(default_factory=dict)
    troubles: list[str] = field(default_factory=list)
    damaged: bool = False
    apart_ms: Millis = 0
    """How much longer one side is than the other."""

    @classmethod
    def open(cls, vault: Vault, leg: LegId) -> "Source":
        source = cls(vault, leg)
        for side in SIDES:
            try:
                name = source.name(side)
                source.tracks[side] = wav.locate(vault.read(name, 0, wav.HEAD), vault.size(name))
            except FileNotFoundError:
                source.troubles.append(f"{side}: no file")
            except wav.DamagedFileError as error:
                source.damaged = True
                source.troubles.append(f"{side}: {error}")
        lengths = [track.frames for track in source.tracks.values()]
        source.apart_ms = (max(lengths, default=0) - min(lengths, default=0)) // wav.FRAMES_PER_MS
        if source.apart_ms >= UNEQUAL_MS:
            source.troubles.append(f"rx and tx differ by {source.apart_ms} ms")
        return source

    def name(self, side: str) -> str:
        return source_name(self.leg, side)

    def lay(self, began_at: Millis, ended: tuple[Millis, Millis]) -> Tape:
        """Both files on one tape: the longer one counts."""
        longest = max(self.tracks, key=lambda side: self.tracks[side].frames)
        track, name = self.tracks[longest], self.name(longest)
        cut_off = not track.closed and self.vault.is_from_before_boot(name)
        return lay(track.frames, began_at, ended, self.vault.written_at(name), cut_off)

    def samples(self, side: str, piece: Cut) -> wav.Samples:
        """What a side has of the piece, with silence before what it lacks. Both were begun together, and closed together: who
        lost something in between is laid by its end."""
        track = self.tracks.get(side)
        if track is None:
            return wav.samples(b"")
        late = max(one.frames for one in self.tracks.values()) - track.frames if track.closed else 0
        first, end = (min(max(0, frame - late), track.frames) for frame in (piece.first, piece.end))
        start = track.first_byte + first * wav.BYTES_PER_SAMPLE
        sound = wav.samples(self.vault.read(self.name(side), start, (end - first) * wav.BYTES_PER_SAMPLE))
        return wav.after_silence(max(0, min(late, piece.end) - piece.first), sound)


def cut_call(vault: Vault, job: Job) -> list[Recording]:
    """Write the segments of a call. Repeating it writes the same bytes under the same names."""
    sources = {leg: Source.open(vault, leg) for leg in map(job.leg, job.talks)}
    return [_cut_talk(sources[job.leg(talk)], job, talk) for talk in job.talks]


def _cut_talk(source: Source, job: Job, talk: Talk) -> Recording:
    if not source.tracks:
        verdict = Verdict.DAMAGED if source.damaged else Verdict.MISSING
        return _nothing(job, talk, verdict, 0, source.troubles)
    if talk.on is None:
        tape = source.lay(job.started_at, (job.ended_at, job.ended_at))
    else:
        heard_last_at = max(one.ended_at for one in job.talks if job.leg(one) == source.leg)
        tape = source.lay(talk.on.answered_at, (heard_last_at, job.ended_at))
    piece = cut(tape, talk)
    if piece.frames == 0 and piece.lost_ms > 0:
        return _nothing(job, talk, Verdict.MISSING, tape.gap_ms, [*source.troubles, "the file holds nothing of it"])
    on_citizens_leg = job.kind in SERVED and talk.kind is not SegmentKind.CONSULT
    left, right = SIDES if on_citizens_leg else reversed(SIDES)
    blocks = ((source.samples(left, block), source.samples(right, block)) for block in _blocks(piece))
    lost_ms = piece.lost_ms
    if source.apart_ms >= UNEQUAL_MS:
        lost_ms = max(lost_ms, min(source.apart_ms, piece.frames // wav.FRAMES_PER_MS))
    name = f"segments/{job.call}.{talk.n}.wav"
    stored = source.vault.write(name, wav.stereo(piece.frames, blocks))
    return Recording(
        job.call,
        talk,
        _verdict(source, lost_ms),
        piece.frames // wav.FRAMES_PER_MS,
        lost_ms,
        tape.gap_ms,
        name,
        stored.sha256,
        stored.bytes,
        "; ".join(source.troubles) or None,
    )


def _blocks(piece: Cut) -> Iterator[Cut]:
    """A talk may last for days (telephones off the hook): one block after the other is in memory."""
    for first in range(piece.first, piece.end, BLOCK_FRAMES):
        yield Cut(first, min(first + BLOCK_FRAMES, piece.end), 0)


def _verdict(source: Source, lost_ms: Millis) -> Verdict:
    if len(source.tracks) < len(SIDES):
        return Verdict.ONE_SIDED
    return Verdict.SHORT if lost_ms > LATE_MS else Verdict.COMPLETE


def _nothing(job: Job, talk: Talk, verdict: Verdict, gap_ms: Millis, troubles: Sequence[str]) -> Recording:
    length = max(0, talk.ended_at - talk.started_at)
    return Recording(job.call, talk, verdict, 0, length, gap_ms, note="; ".join(troubles))
