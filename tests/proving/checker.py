"""The history checker: what telephones saw on the wire against what the database says.

The wire is the measure. A row's instants are when the switchboard heard of the same from the PBX, so both differ by what a
message takes through the PBX. What is owed: docs/proving.md.
"""

from collections.abc import Iterator, Sequence

from tests.proving.history import (
    CUT_OFF,
    FORGOTTEN,
    MANY_ROWS,
    NO_CALL,
    NO_END,
    NO_LEG,
    NO_LEG_END,
    NO_ROW,
    PHANTOM,
    REFUSED,
    TOLERANCE_S,
    UNENDED,
    WRONG_CALL,
    WRONG_CALL_LENGTH,
    WRONG_DURATION,
    WRONG_OUTCOME,
    Finding,
    History,
    Leg,
    Row,
    Side,
    Trouble,
    Verdict,
)
from tests.proving.order import overtaken, two_at_once
from tests.proving.pairing import NEAR_S, Pairs, pairs
from tests.proving.trouble import FOREVER_S, Troubled

CALL_S = 0.5
"""The length of a call is right within this: on a machine that is full the switchboard hears that much later of its begin."""
SHORTLY_S = 2.0
"""So soon after the last partner has hung up the centre hangs up on the citizen."""
ENDS_TOLD = frozenset({"closed", "overflowed", "refused", "trunk_full", "callback"})
"""Outcomes in which the centre itself ends a call in which nobody talked, after it has said why."""
SERVED = frozenset({"answered", "fallback"})
"""Outcomes of citizens with whom an operator talked."""
PASSED_ON = frozenset({"handed_off", "forwarded"})
"""Outcomes of citizens with whom somebody outside talked."""
GAVE_UP = frozenset({"abandoned_ivr", "abandoned_queue", "abandoned_ringing"})
"""Outcomes of citizens who hung up before anybody talked with them."""
LOST = "lost"


def check(history: History, troubles: Sequence[Trouble] = (), within_s: float = TOLERANCE_S) -> Verdict:
    """Everything that is wrong in a history, and what the troubles account for. ``within_s``: of durations and instants."""
    return Check(history, Troubled(troubles), within_s).verdict()


class Check:
    """One history, with the rows of each call found."""

    def __init__(self, history: History, troubled: Troubled, within_s: float) -> None:
        self._history, self._troubled, self._within_s = history, troubled, within_s
        self._pairs: Pairs = pairs(history, troubled)
        self._off_s: list[float] = []

    def verdict(self) -> Verdict:
        findings = [
            *self._refused(),
            *self._rows(),
            *self._outcomes(),
            *self._ends(),
            *self._cut_off(),
            *self._row_legs(),
            *self._durations(),
            *two_at_once(self._history, self._troubled),
            *overtaken(self._history, self._pairs, self._troubled, self._within_s),
        ]
        return Verdict(findings, self._troubled.excused, self._off_s)

    def _citizens(self) -> Sequence[Leg]:
        return self._history.of(Side.CITIZEN)

    # --- calls --------------------------------------------------------------------------------------------------------

    def _refused(self) -> Iterator[Finding]:
        for leg in self._citizens():
            if leg.refused is not None and not self._troubled.late(REFUSED, leg.ended_s):
                yield Finding(REFUSED, f"{leg.name}, with {leg.refused}")

    def _rows(self) -> Iterator[Finding]:
        """Every answered call has one row, which has an end; every row has its call. Another call may have a row, too."""
        for leg in self._citizens():
            row = self._pairs.rows.get(leg.id)
            if row is None and leg.answered_s is not None:
                unheard = self._troubled.died(leg) and self._troubled.cut(NO_ROW, leg.begun_s)
                if not unheard:
                    yield Finding(NO_ROW, leg.name)
        yield from (
            Finding(NO_END, f"row {row.id} of {row.caller}") for row in self._history.rows if row.ended_s is None
        )
        called = {leg.telephone for leg in self._citizens()}
        for row in self._pairs.rows_left:
            yield Finding(MANY_ROWS if row.caller in called else NO_CALL, f"row {row.id} of {row.caller}")

    def _outcomes(self) -> Iterator[Finding]:
        for leg in self._citizens():
            row = self._pairs.rows.get(leg.id)
            if row is None or self._was_so(leg, row) or self._troubled.dead(WRONG_OUTCOME, leg):
                continue
            if row.outcome in GAVE_UP and self._never_together(leg):
                continue
            yield Finding(WRONG_OUTCOME, f"{leg.name}, with {self._with_whom(leg)}: {row.outcome}")

    def _never_together(self, citizen: Leg) -> bool:
        """Whether everybody who answered did so in a trouble, and was with the citizen no longer than it lasted."""
        talked = self._partners(citizen)
        return bool(talked) and all(
            self._troubled.delayed(WRONG_OUTCOME, leg.talk_s or 0, leg.answered_s) for leg in talked
        )

    def _was_so(self, citizen: Leg, row: Row) -> bool:
        """Whether this outcome fits to who talked. Who was answered just when the citizen hung up may have talked or not."""
        talked = self._partners(citizen)
        surely = [leg for leg in talked if (citizen.ended_s or FOREVER_S) - (leg.answered_s or 0) > self._within_s]
        if row.outcome in SERVED:
            return any(leg.side is Side.OPERATOR for leg in talked)
        if row.outcome in PASSED_ON:
            return any(leg.side is Side.OUTSIDE for leg in talked)
        if row.outcome in GAVE_UP:
            return not surely and not citizen.ended_by_centre
        if row.outcome in ENDS_TOLD:
            return not surely
        return row.outcome == LOST and (citizen.ended_by_centre or self._troubled.died(citizen))

    def _ends(self) -> Iterator[Finding]:
        for leg in self._history.legs:
            if leg.ended_s is None and not leg.mute:
                if not self._troubled.dead(UNENDED, leg):
                    yield Finding(UNENDED, leg.name)
            elif leg.forgotten and not self._troubled.dead(FORGOTTEN, leg):
                yield Finding(FORGOTTEN, leg.name)

    def _cut_off(self) -> Iterator[Finding]:
        """The centre hung up on a citizen, and not because the last who talked with the citizen had hung up.

        A call that an operator ends by command looks so, too: that is not to be among the calls that are checked.
        """
        for citizen in self._citizens():
            ended_s = citizen.ended_s
            if citizen.answered_s is None or ended_s is None or not citizen.ended_by_centre:
                continue
            talked = self._partners(citizen)
            row = self._pairs.rows.get(citizen.id)
            if not talked and row is not None and row.outcome in ENDS_TOLD:
                continue
            outcome = row.outcome if row is not None else "no row"
            # Of who was handed off the operator has taken leave: how soon the telephone was hung up is of no interest.
            with_whom = [leg for leg in talked if leg.side is Side.OUTSIDE] if outcome in PASSED_ON else talked
            if not self._hung_up(with_whom, ended_s) and not self._troubled.cut(CUT_OFF, ended_s):
                yield Finding(CUT_OFF, f"{citizen.name}, with {self._with_whom(citizen)}, outcome {outcome}")

    def _hung_up(self, talked: Sequence[Leg], ended_s: float) -> bool:
        """Whether the last partner has hung up, and just before: or in a trouble that the centre's own end came after."""
        last = max(talked, key=self._troubled.over_s, default=None)
        if last is None or last.ended_s is None or last.ended_by_centre or last.ended_s > ended_s:
            return False
        return ended_s - last.ended_s <= SHORTLY_S + self._troubled.slack_s(last.ended_s)

    def _partners(self, citizen: Leg) -> list[Leg]:
        """Who talked with the citizen, as the wire says."""
        end_s = citizen.ended_s if citizen.ended_s is not None else FOREVER_S
        return [
            leg
            for leg in self._history.of(Side.OPERATOR, Side.OUTSIDE)
            if self._pairs.calls.get(leg.id) is citizen and leg.answered_s is not None and leg.answered_s < end_s
        ]

    def _with_whom(self, citizen: Leg) -> str:
        return ", ".join(leg.name for leg in self._partners(citizen)) or "nobody"

    # --- legs ---------------------------------------------------------------------------------------------------------

    def _row_legs(self) -> Iterator[Finding]:
        """Every leg has one row, in its own call, with an end; every row has its leg, if the telephone could be called."""
        for leg in self._history.legs:
            row, call = self._pairs.row_legs.get(leg.id), self._pairs.row_of_call(leg)
            if row is None:
                if leg.side is not Side.DIALLED and not self._needs_no_row(leg):
                    yield Finding(NO_LEG, leg.name)
                continue
            if row.ended_s is None and not self._troubled.dead(NO_LEG_END, leg):
                yield Finding(NO_LEG_END, leg.name)
            if leg.side is not Side.DIALLED and (call is None or call.id != row.call):
                yield Finding(WRONG_CALL, f"{leg.name} in {row.call}")
        for one in self._pairs.row_legs_left:
            what = f"{one.telephone} in {one.call}"
            if one.ended_s is None and not self._troubled.cut(NO_LEG_END, one.started_s):
                yield Finding(NO_LEG_END, what)
            if one.answered_s is not None or not self._troubled.late(PHANTOM, one.started_s):
                yield Finding(PHANTOM, what)

    def _needs_no_row(self, leg: Leg) -> bool:
        """Whom the PBX's own queue serves while the switchboard is away has no leg in the records, but a call and its talk."""
        if leg.side is Side.CITIZEN:
            return leg.id not in self._pairs.rows or self._troubled.late(NO_LEG, leg.begun_s)
        return (not leg.talk_s or self._talk_is_told(leg)) and self._troubled.late(NO_LEG, leg.begun_s)

    def _talk_is_told(self, leg: Leg) -> bool:
        call = self._pairs.row_of_call(leg)
        if call is None or leg.answered_s is None or leg.ended_s is None:
            return False
        return any(
            abs(talk.began_s - leg.answered_s) <= NEAR_S and abs((talk.ended_s or 0) - leg.ended_s) <= NEAR_S
            for talk in self._history.talks
            if (talk.call, talk.operator) == (call.id, leg.telephone)
        )

    # --- durations ----------------------------------------------------------------------------------------------------

    def _durations(self) -> Iterator[Finding]:
        """From answer to end of each leg, and from begin to end of each call, in the records against the wire."""
        for leg in self._history.legs:
            if leg.ended_s is None or self._troubled.died(leg):
                continue
            row_leg = self._pairs.row_legs.get(leg.id)
            if row_leg is not None and row_leg.talk_s is not None and leg.talk_s is not None:
                off_s = row_leg.talk_s - leg.talk_s
                if not self._excused(leg, off_s, self._within_s):
                    self._off_s.append(off_s)
                    if abs(off_s) > self._within_s:
                        yield Finding(WRONG_DURATION, f"{leg.name}: {off_s:+.3f} s")
            row = self._pairs.rows.get(leg.id)
            if row is not None and row.started_s is not None and row.ended_s is not None:
                off_s = (row.ended_s - row.started_s) - (leg.ended_s - leg.begun_s)
                within_s = max(CALL_S, self._within_s)
                if abs(off_s) > within_s and not self._excused(leg, off_s, within_s):
                    yield Finding(WRONG_CALL_LENGTH, f"{leg.name}: {off_s:+.3f} s")

    def _excused(self, leg: Leg, off_s: float, within_s: float) -> bool:
        too_much_s = abs(off_s) - within_s
        instants = leg.begun_s, leg.answered_s, leg.ended_s
        return too_much_s > 0 and self._troubled.delayed(WRONG_DURATION, too_much_s, *instants)
