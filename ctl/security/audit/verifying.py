"""Finds the first entry that is not what was written: altered, put in, taken out, moved, cut off, made anew.

Pure. Rows come in order of their numbers, heads in any order; nothing is trusted but the two keys.
"""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from enum import StrEnum

from ctl.security.audit.chain import BEGINNING, Chain
from ctl.security.audit.entry import Row
from ctl.security.audit.heads import Seen

NEAR = 1000
"""How far from its place the old number of a moved entry is looked for."""


class Fault(StrEnum):
    ALTERED = "altered"
    PUT_IN = "put_in"
    TAKEN_OUT = "taken_out"
    MOVED = "moved"
    CUT_OFF = "cut_off"
    MADE_ANEW = "made_anew"
    HEAD_FORGED = "head_forged"


SAID = {
    Fault.ALTERED: "entry {seq} is not what was written: it was changed, or put there by somebody without the key",
    Fault.PUT_IN: "entry {seq} was put in: the chain never had it",
    Fault.TAKEN_OUT: "entry {seq} is missing: it was taken out",
    Fault.MOVED: "entry {seq} stands in the wrong place: it was written as number {other}",
    Fault.CUT_OFF: "entry {seq} is missing with all that followed: a signed head shows that there was entry {other}",
    Fault.MADE_ANEW: "entry {seq} does not bear the seal that a signed head shows: the chain was made anew with the key",
    Fault.HEAD_FORGED: "the signed head at {place} is damaged or not ours",
}
WAY_OUT = (
    "Do not repair it. Keep the database as it is (a copy of its directory, `pg_dump`), restore the last backup beside it, "
    "and compare from this entry on; tell whoever is responsible for information security"
)


@dataclass(frozen=True, slots=True)
class Finding:
    """``seq``: the first wrong entry, None for a head. ``other``: see `SAID`. ``place``: of a head."""

    fault: Fault
    seq: int | None
    other: int | None = None
    place: str | None = None

    def __str__(self) -> str:
        return SAID[self.fault].format(seq=self.seq, other=self.other, place=self.place)


@dataclass(frozen=True, slots=True)
class Verdict:
    """``rows``: how many are sound from the beginning. ``proved``: up to which number heads vouch for the end."""

    rows: int
    proved: int
    finding: Finding | None

    @property
    def sound(self) -> bool:
        return self.finding is None


async def verify(rows: AsyncIterator[Row], heads: Iterable[Seen], chain: Chain) -> Verdict:
    """Walk the whole chain. The first wrong row counts before any head, since what follows it proves nothing."""
    seals, forged = _read(heads)
    proved = max(seals, default=0)
    last, seal = 0, BEGINNING
    async for row in rows:
        if row.seq != last + 1 or row.previous != seal or not chain.holds(row):
            return Verdict(last, proved, await _named(row, last, seal, rows, chain))
        if seals.get(row.seq, row.hash) != row.hash:
            return Verdict(last, proved, Finding(Fault.MADE_ANEW, row.seq))
        last, seal = row.seq, row.hash
    if proved > last:
        return Verdict(last, proved, Finding(Fault.CUT_OFF, last + 1, proved))
    return Verdict(last, proved, Finding(Fault.HEAD_FORGED, None, place=forged) if forged else None)


def _read(heads: Iterable[Seen]) -> tuple[dict[int, str], str | None]:
    """The seals that are vouched for, by number, and where the first line lies that vouches for nothing."""
    seals: dict[int, str] = {}
    forged: str | None = None
    for seen in heads:
        if seen.head is None:
            forged = forged or seen.where
        else:
            seals.setdefault(seen.head.seq, seen.head.hash)
    return seals, forged


async def _named(row: Row, last: int, seal: str, rows: AsyncIterator[Row], chain: Chain) -> Finding:
    """What happened to the entry that should be behind number ``last``. ``row`` is what stands there instead."""
    due = last + 1
    if row.seq > due and chain.holds(row):
        return Finding(Fault.TAKEN_OUT, due)
    following = await anext(rows, None)
    written = _written_as(row, due, chain)
    if written is None:
        # If the entry that belongs here comes next, this one was pushed in before it.
        pushed = following is not None and following.previous == seal and chain.holds(following, due)
        return Finding(Fault.PUT_IN if pushed else Fault.ALTERED, row.seq)
    if written == due:
        return Finding(Fault.ALTERED, due) if row.seq == due else Finding(Fault.MOVED, row.seq, written)
    back = following is not None and _written_as(following, due, chain) == due
    if written > due and not back:
        return Finding(Fault.TAKEN_OUT, due)
    return Finding(Fault.MOVED, due, written)


def _written_as(row: Row, near: int, chain: Chain) -> int | None:
    """The number under which an entry was sealed, looked for from ``near`` outwards."""
    numbers = sorted(range(max(1, near - NEAR), near + NEAR), key=lambda seq: abs(seq - near))
    return next((seq for seq in numbers if chain.holds(row, seq)), None)
