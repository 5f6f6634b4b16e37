"""Free seating: which telephone rings for which operator.

An operator sits at the telephone with his own number, unless he has logged in at another (``seat``); that telephone's
record names him (``guest``). So `at` and `sitter` are two lookups, however many operators there are. What is known of a
telephone (its devices, whether it is occupied) stays in the record with its number, whoever sits there.
"""

from collections.abc import Mapping

from ctl.switchboard import facts
from ctl.switchboard.floor import Operator
from ctl.switchboard.ids import Endpoint, Extension
from ctl.switchboard.kinds import OperatorState
from ctl.switchboard.records import replace
from ctl.switchboard.turn import Turn

Operators = Mapping[Extension, Operator]


def at(operators: Operators, known: Operator) -> Operator | None:
    """The record of the telephone at which the operator sits; None while a colleague sits at his own."""
    if known.seat is not None:
        return operators.get(known.seat)
    return known if known.guest is None else None


def endpoints(operators: Operators, known: Operator) -> tuple[Endpoint, ...]:
    """The reachable devices that ring for the operator, the one seen last at the end."""
    telephone = at(operators, known)
    return telephone.endpoints if telephone is not None else ()


def has_free_telephone(operators: Operators, known: Operator) -> bool:
    """Reachable, and in no call that is not ours."""
    telephone = at(operators, known)
    return telephone is not None and bool(telephone.endpoints) and not telephone.occupied


def sitter(operators: Operators, telephone: Extension) -> Operator | None:
    """Who sits at a telephone: a guest, or its own operator unless he sits elsewhere."""
    own = operators.get(telephone)
    if own is None:
        return None
    if own.guest is not None:
        return operators.get(own.guest)
    return own if own.seat is None else None


def who_sat_at(operators: Operators, telephone: Extension | None) -> Extension | None:
    """The operator whom a telephone stands for; one at which nobody sits stands for its own."""
    known = sitter(operators, telephone) if telephone is not None else None
    return known.extension if known is not None else telephone


def why_not(operators: Operators, known: Operator, telephone: Extension) -> str | None:
    """Why the operator cannot sit down at this telephone, or None."""
    if telephone not in operators:
        return f"there is no telephone {telephone!r}; `ctl operators list` shows all"
    there = sitter(operators, telephone)
    if there is None or there.extension == known.extension or there.state is OperatorState.LOGGED_OUT:
        return None
    return f"operator {there.extension} is logged in at the telephone {telephone}: log out there, or take another"


def sit(turn: Turn, extension: Extension, telephone: Extension, by: str) -> None:
    """The operator's calls ring at this telephone from here on."""
    before = leave(turn, extension)
    if telephone != extension:
        turn.operators[telephone] = replace(turn.operators[telephone], guest=extension)
        turn.operators[extension] = replace(turn.operators[extension], seat=telephone)
    if telephone != before:
        known = turn.operators[extension]
        turn.record(facts.OperatorSeated(extension, known.changes, turn.now, telephone, before, by))


def leave(turn: Turn, extension: Extension) -> Extension:
    """The operator's own telephone is his again. Returns the one at which he sat."""
    seat = turn.operators[extension].seat
    if seat is None:
        return extension
    turn.operators[extension] = replace(turn.operators[extension], seat=None)
    turn.operators[seat] = replace(turn.operators[seat], guest=None)
    return seat
