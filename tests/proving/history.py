"""A history: what telephones saw on the wire, what the database says of it, and what may be found wrong in it.

`tests.proving.telephones` reads the wire, `tests.proving.checker` finds. Pure; knows nothing of the product.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

TOLERANCE_S = 0.1
"""A duration in the records is right within this."""


class Side(StrEnum):
    CITIZEN = "citizen"
    """Called the centre over the trunk."""
    OPERATOR = "operator"
    """An operator's telephone that the centre rang."""
    OUTSIDE = "outside"
    """A number outside that the centre called over the trunk."""
    DIALLED = "dialled"
    """An operator's telephone that dialled by itself: a feature code, a call out."""


@dataclass(slots=True)
class Leg:
    """One call of one telephone as it passed on the wire. Instants are seconds since the epoch."""

    id: str
    side: Side
    telephone: str
    """The citizen's number, the extension, or the number outside."""
    caller: str
    """The number that this telephone was shown, or showed."""
    begun_s: float
    answered_s: float | None = None
    ended_s: float | None = None
    ended_by_centre: bool = False
    forgotten: bool = False
    """The telephone hung up and the centre did not know the call, or said nothing."""
    mute: bool = False
    """A telephone that was called has said nothing at all: there is no call that either side could end (RFC 3261 §9.1)."""
    refused: int | None = None
    """With what the centre refused the call, where the telephone had not taken it back."""

    @property
    def name(self) -> str:
        return f"{self.side} {self.telephone}"

    @property
    def talk_s(self) -> float | None:
        """From answer to end, 0 without an answer, None without an end."""
        return _talk_s(self.answered_s, self.ended_s)


@dataclass(frozen=True, slots=True)
class Row:
    """A call of a citizen in the records."""

    id: str
    caller: str
    outcome: str | None
    started_s: float | None
    ended_s: float | None


@dataclass(frozen=True, slots=True)
class RowLeg:
    """A leg in the records. ``telephone``: the citizen's number, the extension, or the number outside."""

    call: str
    telephone: str
    started_s: float | None
    answered_s: float | None
    ended_s: float | None

    @property
    def talk_s(self) -> float | None:
        return _talk_s(self.answered_s, self.ended_s)


def _talk_s(answered_s: float | None, ended_s: float | None) -> float | None:
    if answered_s is None:
        return 0.0
    return ended_s - answered_s if ended_s is not None else None


@dataclass(frozen=True, slots=True)
class Entry:
    """A caller entered a queue, or was moved there: smaller priorities go first, and among equals who came first."""

    call: str
    queue: str
    priority: int
    entered_s: float


@dataclass(frozen=True, slots=True)
class Talk:
    """An operator talked in a call, as the records say. Of who was served without the switchboard there is nothing else."""

    call: str
    operator: str
    began_s: float
    ended_s: float | None


@dataclass(frozen=True, slots=True)
class Trouble:
    """While this lasted something was broken, so that news came late. ``loses``: calls of that time may be cut off."""

    since_s: float
    until_s: float
    loses: bool = False


@dataclass(frozen=True, slots=True)
class History:
    """All that was seen and all that was written of one stretch of time in which every call began and ended."""

    legs: Sequence[Leg]
    rows: Sequence[Row] = ()
    row_legs: Sequence[RowLeg] = ()
    entries: Sequence[Entry] = ()
    talks: Sequence[Talk] = ()

    def of(self, *sides: Side) -> list[Leg]:
        return [leg for leg in self.legs if leg.side in sides]


@dataclass(frozen=True, slots=True)
class Finding:
    """``kind`` is counted, ``what`` says whom it happened to."""

    kind: str
    what: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """``excused``: what trouble accounts for, by kind. ``off_s``: how far each duration in the records is off."""

    findings: Sequence[Finding]
    excused: Counter[str] = field(default_factory=Counter)
    off_s: Sequence[float] = ()


REFUSED = "refused by the centre"
NO_ROW = "no row"
MANY_ROWS = "more than one row"
NO_CALL = "row without a call"
NO_END = "row without an end"
WRONG_OUTCOME = "outcome that was not so"
UNENDED = "leg without an end"
FORGOTTEN = "forgotten by the centre"
CUT_OFF = "cut off"
TWO_CALLS = "operator in two calls"
TWO_OPERATORS = "two operators with one citizen"
OVERTAKEN = "overtaken in the queue"
NO_PLACE = "rung without a place in a queue"
WRONG_DURATION = "duration off by more than 100 ms"
WRONG_CALL_LENGTH = "length of the call off by more than 500 ms"
NO_LEG = "no row of the leg"
NO_LEG_END = "row of a leg without an end"
PHANTOM = "row of a leg that there was not"
WRONG_CALL = "row of a leg in another call"
