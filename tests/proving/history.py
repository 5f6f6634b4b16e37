"""A history checker: what telephones saw on the wire against what the database says. Pure; knows nothing of the product.

The wire is the measure. An end on the wire is the first BYE (or the final refusal of an INVITE); a row's instants are when
the switchboard heard of the same from the PBX, so both differ by what a message takes through the PBX.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise

from tests.bench.wire import Sip

TOLERANCE_S = 0.1
"""A duration in the records is right within this."""
NEAR_S = 2.0
"""A row of a leg and the call on the wire that it tells of begin within this of each other."""


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

    @property
    def name(self) -> str:
        return f"{self.side} {self.telephone}"


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
    started_s: float
    answered_s: float | None
    ended_s: float | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A caller's place in a queue: smaller priorities first, and among equals who came first."""

    call: str
    queue: str
    priority: int
    entered_s: float


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


NO_ROW = "no row"
MANY_ROWS = "more than one row"
NO_CALL = "row without a call"
NO_END = "row without an end"
UNENDED = "leg without an end"
TWO_CALLS = "operator in two calls"
OVERTAKEN = "overtaken in the queue"
CUT_OFF = "cut off"
FORGOTTEN = "forgotten by the centre"
WRONG_DURATION = "duration off by more than 100 ms"
NO_LEG = "no row of the leg"

ENDS_TOLD = frozenset({"closed", "overflowed", "refused", "trunk_full", "callback"})
"""Outcomes in which the centre itself ends the call, after it has said why."""


def legs(messages: Iterable[Sip], centre: str, carrier: str) -> list[Leg]:
    """The calls of all telephones around a centre, in the order in which they began. Repetitions count once."""
    found: dict[str, Leg] = {}
    for one in messages:
        leg = found.get(one.call_id)
        if leg is None:
            if one.method == "INVITE" and one.status is None:
                found[one.call_id] = _begun(one, centre, carrier)
        elif one.status is None:
            _requested(leg, one, centre)
        elif one.method == "INVITE":
            _invite_answered(leg, one, centre)
        elif one.method == "BYE" and one.source == centre:
            # A BYE that crosses our answer is agreed to, and its repetition, since our 200 was lost, not known any more.
            leg.forgotten &= one.status != 200
    return list(found.values())


def _begun(invite: Sip, centre: str, carrier: str) -> Leg:
    if invite.target == centre:
        side = Side.CITIZEN if invite.source == carrier else Side.DIALLED
        return Leg(invite.call_id, side, invite.caller, invite.caller, invite.at_s)
    side = Side.OUTSIDE if invite.target == carrier else Side.OPERATOR
    return Leg(invite.call_id, side, invite.user, invite.caller, invite.at_s, mute=True)


def _requested(leg: Leg, one: Sip, centre: str) -> None:
    if one.method == "BYE" and leg.ended_s is None:
        leg.ended_s, leg.ended_by_centre = one.at_s, one.source == centre
        leg.forgotten = not leg.ended_by_centre  # until it is answered
    elif one.method == "CANCEL" and leg.answered_s is None:
        leg.ended_by_centre = one.source == centre


def _invite_answered(leg: Leg, one: Sip, centre: str) -> None:
    assert one.status is not None
    leg.mute = False
    if 200 <= one.status < 300 and leg.answered_s is None:
        if not leg.ended_by_centre:  # else it crosses our CANCEL, and is no call any more
            leg.answered_s = one.at_s
    elif one.status >= 300 and one.status not in (401, 407) and leg.answered_s is None and leg.ended_s is None:
        leg.ended_s = one.at_s
        leg.ended_by_centre |= one.source == centre


def check(history: History, troubles: Sequence[Trouble] = (), within_s: float = TOLERANCE_S) -> Verdict:
    """Everything that is wrong in a history, and what the troubles account for. ``within_s``: of durations."""
    troubled = Troubled(troubles)
    findings = [
        *_rows(history, troubled),
        *_ends(history, troubled),
        *_two_calls(history, troubled),
        *_overtaken(history, troubled),
        *_cut_off(history, troubled),
    ]
    wrong, off_s = _durations(history, troubled, within_s)
    return Verdict([*findings, *wrong], troubled.excused, off_s)


class Troubled:
    """What troubles account for, counted."""

    def __init__(self, troubles: Sequence[Trouble]) -> None:
        self._troubles = troubles
        self.excused: Counter[str] = Counter()

    def late(self, kind: str, *instants: float | None) -> bool:
        """Whether one of these instants lies in a time of trouble."""
        return self._excuse(
            kind, any(one.since_s <= at <= one.until_s for one in self._troubles for at in instants if at is not None)
        )

    def lost(self, kind: str, leg: Leg) -> bool:
        """Whether the call of this leg lasted into a time in which calls may be lost."""
        return self._excuse(kind, self._lasted_into_loss(leg))

    def died(self, leg: Leg) -> bool:
        """Whether the call of this leg was lost in such a time: its end on the wire tells nothing then."""
        return (leg.forgotten or leg.ended_s is None) and self._lasted_into_loss(leg)

    def _lasted_into_loss(self, leg: Leg) -> bool:
        end = leg.ended_s if leg.ended_s is not None else float("inf")
        return any(one.loses and leg.begun_s <= one.until_s and one.since_s <= end for one in self._troubles)

    def _excuse(self, kind: str, excused: bool) -> bool:
        self.excused[kind] += excused
        return excused


def _citizens(history: History) -> list[Leg]:
    return [leg for leg in history.legs if leg.side is Side.CITIZEN]


def _rows(history: History, troubled: Troubled) -> Iterator[Finding]:
    """Every answered call has one row, which has an end; every row has its call. A refused one may have a row, too."""
    rows = defaultdict(list)
    for row in history.rows:
        rows[row.caller].append(row)
    calls = defaultdict(list)
    for leg in _citizens(history):
        calls[leg.telephone].append(leg)
    for caller, made in calls.items():
        told = rows.pop(caller, [])
        answered = [leg for leg in made if leg.answered_s is not None]
        if len(told) < len(answered) and not all(troubled.lost(NO_ROW, leg) for leg in answered):
            yield Finding(NO_ROW, f"{made[0].name}: {len(answered)} answered calls, {len(told)} rows")
        if len(told) > len(made):
            yield Finding(MANY_ROWS, f"{made[0].name}: {len(made)} calls, rows {', '.join(row.id for row in told)}")
        yield from (Finding(NO_END, f"row {row.id} of {made[0].name}") for row in told if row.ended_s is None)
    for caller, told in rows.items():
        yield from (Finding(NO_CALL, f"row {row.id} of {caller}") for row in told)


def _ends(history: History, troubled: Troubled) -> Iterator[Finding]:
    for leg in history.legs:
        if leg.ended_s is None and not leg.mute and not troubled.lost(UNENDED, leg):
            yield Finding(UNENDED, leg.name)
        elif leg.forgotten and not troubled.lost(FORGOTTEN, leg):
            yield Finding(FORGOTTEN, leg.name)


def _two_calls(history: History, troubled: Troubled) -> Iterator[Finding]:
    """An operator's telephone that has answered is in no other answered call before it is over.

    A telephone whose call died with the PBX hears nothing of it, and is rung again beside it.
    """
    by_telephone = defaultdict(list)
    for leg in history.legs:
        if leg.side is Side.OPERATOR and leg.answered_s is not None and not troubled.died(leg):
            by_telephone[leg.telephone].append((leg.answered_s, leg.ended_s or float("inf")))
    for telephone, spans in by_telephone.items():
        ordered = sorted(spans)
        for (_, ended_s), (answered_s, _) in pairwise(ordered):
            if answered_s < ended_s:
                yield Finding(TWO_CALLS, f"telephone {telephone} at {answered_s:.3f}")


def _overtaken(history: History, troubled: Troubled) -> Iterator[Finding]:
    """Who came to a queue first is the first for whom a telephone rings, among those of the same priority."""
    caller_of = {row.id: row.caller for row in history.rows}
    ended = {leg.telephone: leg.ended_s for leg in _citizens(history)}
    rings = defaultdict(list)
    for leg in history.legs:
        if leg.side is Side.OPERATOR:
            rings[leg.caller].append(leg.begun_s)
    lines = defaultdict(list)
    for entry in history.entries:
        if entry.call in caller_of:
            lines[entry.queue, entry.priority].append((entry.entered_s, caller_of[entry.call]))

    def rung(caller: str, entered_s: float) -> float:
        return min((at for at in rings[caller] if at >= entered_s), default=float("inf"))

    for line in lines.values():
        ordered = sorted(line)
        for n, (entered_s, first) in enumerate(ordered):
            waited_until = min(rung(first, entered_s), ended.get(first) or float("inf"))
            for came_s, later in ordered[n + 1 :]:
                at = rung(later, came_s)
                if (
                    came_s > entered_s
                    and at < waited_until - TOLERANCE_S
                    and not troubled.late(OVERTAKEN, entered_s, at, waited_until)
                ):
                    when = f"there since {entered_s:.3f}, rung or gone at {waited_until:.3f}"
                    yield Finding(OVERTAKEN, f"{first}, {when}, by {later}, there since {came_s:.3f}, rung at {at:.3f}")


def _cut_off(history: History, troubled: Troubled) -> Iterator[Finding]:
    """The centre hung up on a citizen although nobody with whom the citizen talked had hung up before."""
    outcome = {row.caller: row.outcome for row in history.rows}
    partners = defaultdict(list)
    for leg in history.legs:
        if leg.side in (Side.OPERATOR, Side.OUTSIDE) and leg.answered_s is not None:
            partners[_on_behalf_of(leg, history)].append(leg)
    for citizen in _citizens(history):
        if citizen.answered_s is None or citizen.ended_s is None or not citizen.ended_by_centre:
            continue
        if outcome.get(citizen.telephone) in ENDS_TOLD:
            continue
        talked = [leg for leg in partners[citizen.telephone] if (leg.answered_s or 0) < citizen.ended_s]
        ended = [leg for leg in talked if leg.ended_s is not None and not leg.ended_by_centre]
        hung_up = any((leg.ended_s or 0) <= citizen.ended_s for leg in ended)
        if not hung_up and not troubled.lost(CUT_OFF, citizen):
            with_whom = ", ".join(leg.name for leg in talked) or "nobody yet"
            yield Finding(CUT_OFF, f"{citizen.name}, with {with_whom}, outcome {outcome.get(citizen.telephone)}")


def _on_behalf_of(leg: Leg, history: History) -> str:
    """The citizen for whom this telephone was rung. A number outside is shown the ward's number: there the rows tell."""
    if leg.side is Side.OPERATOR:
        return leg.caller
    caller_of = {row.id: row.caller for row in history.rows}
    told = [one for one in history.row_legs if one.telephone == leg.telephone]
    nearest = min(told, key=lambda one: abs(one.started_s - leg.begun_s), default=None)
    return caller_of.get(nearest.call, "") if nearest is not None else ""


def _durations(history: History, troubled: Troubled, within_s: float) -> tuple[list[Finding], list[float]]:
    """From answer to end, of each leg that the records have, against the wire."""
    told = defaultdict(list)
    for one in history.row_legs:
        told[one.telephone].append(one)
    findings, off_s = [], []
    for leg in history.legs:
        if leg.answered_s is None or leg.ended_s is None or leg.side is Side.DIALLED or troubled.died(leg):
            continue
        row = min(told[leg.telephone], key=lambda one: abs(one.started_s - leg.begun_s), default=None)
        if row is None or abs(row.started_s - leg.begun_s) > NEAR_S:
            if not troubled.late(NO_LEG, leg.begun_s) and not troubled.lost(NO_LEG, leg):
                findings.append(Finding(NO_LEG, leg.name))
        elif row.answered_s is None or row.ended_s is None:
            if not troubled.late(WRONG_DURATION, leg.answered_s, leg.ended_s):
                findings.append(Finding(WRONG_DURATION, f"{leg.name}: no answer or no end in the row of its leg"))
        else:
            off = (row.ended_s - row.answered_s) - (leg.ended_s - leg.answered_s)
            if abs(off) <= within_s or not troubled.late(WRONG_DURATION, leg.answered_s, leg.ended_s):
                off_s.append(off)
                if abs(off) > within_s:
                    findings.append(Finding(WRONG_DURATION, f"{leg.name}: {off:+.3f} s"))
    return findings, off_s
