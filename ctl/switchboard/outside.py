"""Calls to numbers outside: may it be dialled, and if not, who is told (1.1.1, N-9).

Rules
-----
* Every number outside that we dial passes `why_not`, whatever it is dialled for: the allow-list of the plan holds for
  all of them (`numbering`), and so do the channels of the trunk (`channels`). What holds is the list in force
  now, also for a call that still follows an older plan.
* Operators' own calls are capped: an operator within an hour, all of them within an hour, and in channels at once.
* An own call that the list or a cap refuses raises an alarm, the first one already (`alarms`).
"""

from ctl.switchboard import alarms, channels, facts
from ctl.switchboard.events import AlarmKind
from ctl.switchboard.floor import Call
from ctl.switchboard.ids import FORGOTTEN, Extension, Millis
from ctl.switchboard.kinds import LegRole, NotDialled, Purpose
from ctl.switchboard.numbering import class_of, masked, unlisted
from ctl.switchboard.plan import Outside, Say
from ctl.switchboard.records import replace
from ctl.switchboard.turn import Turn

HOUR_MS: Millis = 3_600_000

SPOKEN: dict[NotDialled, Say] = {
    NotDialled.NO_NUMBER: Say.NUMBER_NOT_ALLOWED,
    NotDialled.NOT_LISTED: Say.NUMBER_NOT_ALLOWED,
    NotDialled.OPERATOR_CAP: Say.OUTSIDE_CAP,
    NotDialled.HOUR_CAP: Say.OUTSIDE_CAP,
    NotDialled.CHANNEL_CAP: Say.TRUNK_FULL,
    NotDialled.TRUNK_FULL: Say.TRUNK_FULL,
}
"""What the operator who dialled hears."""
ALARMING = frozenset({NotDialled.NOT_LISTED, NotDialled.OPERATOR_CAP, NotDialled.HOUR_CAP, NotDialled.CHANNEL_CAP})
"""What somebody does who calls at the ward's expense. A slip of the finger is no number, a full trunk is no offence."""


# --- may it be dialled? -----------------------------------------------------------------------------------------------


def why_not(turn: Turn, number: str, purpose: Purpose, by: Extension | None) -> NotDialled | None:
    """Why a number outside cannot be dialled now, or None. ``by``: the operator who wishes it."""
    plan = turn.current_plan
    assert plan is not None, "nobody calls before there is a plan"
    # An old call-back is decided again as it was, although history no longer knows its number.
    forgotten = purpose is Purpose.TO_CITIZEN and FORGOTTEN in number
    refusal = None if forgotten else unlisted(number, plan.outside)
    if refusal is None and purpose is Purpose.OWN_CALL and by is not None:
        refusal = _capped(turn, plan.outside, by)
    if refusal is None:
        room = channels.free_for_handoff(turn) if purpose is Purpose.HANDOFF else channels.free(turn)
        refusal = None if room else NotDialled.TRUNK_FULL
    return refusal


def _capped(turn: Turn, rules: Outside, by: Extension) -> NotDialled | None:
    within = [extension for extension, at in turn.conditions.calls_out if at > turn.now - HOUR_MS]
    if within.count(by) >= rules.per_operator_an_hour:
        return NotDialled.OPERATOR_CAP
    if len(within) >= rules.an_hour:
        return NotDialled.HOUR_CAP
    if sum(leg.role is LegRole.OUTSIDE for leg in turn.legs.values()) >= rules.at_once:
        return NotDialled.CHANNEL_CAP
    return None


def count(turn: Turn, by: Extension) -> None:
    """An operator's own call is being dialled."""
    recent = tuple(one for one in turn.conditions.calls_out if one[1] > turn.now - HOUR_MS)
    turn.conditions = replace(turn.conditions, calls_out=(*recent, (by, turn.now)))


def refuse(turn: Turn, call: Call, number: str, purpose: Purpose, by: Extension | None, why: NotDialled) -> Call:
    """State that the number was not dialled, and raise the alarm where that is called for."""
    call, n = turn.number(call)
    shown = masked(number)
    turn.record(facts.OutsideRefused(call.id, n, turn.now, by, purpose, class_of(number), shown, why))
    if why in ALARMING and purpose is Purpose.OWN_CALL and by is not None:
        what = f"a call outside was refused, to {shown} ({class_of(number)}): {why}"
        alarms.rise(turn, AlarmKind.TOLL_FRAUD, by, what)
    return call
