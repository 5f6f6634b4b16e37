"""What operators owe and are owed, as the facts tell it: no offer before the wrap-up is over, nor while away."""

from dataclasses import dataclass, field

from ctl.switchboard import facts
from ctl.switchboard.floor import Floor
from ctl.switchboard.ids import CallId, Extension
from ctl.switchboard.kinds import OperatorState, WrapUpEnd
from ctl.switchboard.plan import WrapUpKind
from ctl.switchboard.seating import endpoints

ENDS = {
    WrapUpKind.FIXED: {WrapUpEnd.OVER, WrapUpEnd.RELEASED, WrapUpEnd.LOGGED_OUT},
    WrapUpKind.LIMITED: {WrapUpEnd.OVER, WrapUpEnd.DONE, WrapUpEnd.RELEASED, WrapUpEnd.LOGGED_OUT},
    WrapUpKind.UNTIL_DONE: {WrapUpEnd.DONE, WrapUpEnd.RELEASED, WrapUpEnd.LOGGED_OUT},
    WrapUpKind.UNTIL_SAVED: {WrapUpEnd.SAVED, WrapUpEnd.RELEASED},
}
AFTER_MS = 15_000
"""Of every wrap-up that has a time."""


@dataclass
class Duties:
    """``wrapping``: whose wrap-up is not over. ``away``: who has asked not to be offered anything."""

    wrapping: dict[Extension, CallId] = field(default_factory=dict)
    away: set[Extension] = field(default_factory=set)

    def note(self, fact: facts.Fact) -> None:
        match fact:
            case facts.OperatorChanged(state=OperatorState.WRAP_UP, call=str(call)):
                assert self.wrapping.get(fact.extension, call) == call, "one wrap-up at a time"
                self.wrapping[fact.extension] = call
            case facts.OperatorChanged(state=OperatorState.NOT_READY | OperatorState.UNREACHABLE):
                assert fact.kind is not None
                assert fact.reason is not None
            case facts.OperatorChanged(state=OperatorState.READY) if fact.by.startswith("telephone"):
                self.away.discard(fact.extension)
            case facts.WrapUpEnded():
                assert self.wrapping.pop(fact.extension) == fact.call  # KeyError: ended twice, or never began
                assert fact.how in ENDS[fact.kind], f"{fact.kind} was ended by {fact.how}"
                assert fact.how is not WrapUpEnd.OVER or fact.at - fact.started_at >= AFTER_MS
            case facts.CommandAnswered(ok=True, do="not_ready", extension=str(extension)):
                self.away.add(extension)
            case facts.CommandAnswered(ok=True, do="ready", extension=str(extension)):
                self.away.discard(extension)
            case facts.OfferMade():
                assert fact.operator not in self.wrapping, f"{fact.operator} has not finished the wrap-up"
                own_wish = fact.picked_up_from is not None
                assert own_wish or fact.operator not in self.away, f"{fact.operator} has asked to be left alone"
            case _:
                pass


def check(floor: Floor) -> None:
    """Nobody without a telephone is ready or rung, and nobody is rung at one that is gone, or where he does not sit."""
    for operator in floor.operators.values():
        if operator.state in (OperatorState.READY, OperatorState.OFFERED):
            assert endpoints(floor.operators, operator), f"{operator.extension} is {operator.state} without a telephone"
        assert (operator.wrap_up is not None) or operator.state is not OperatorState.WRAP_UP
    for call in floor.calls.values():
        if call.offer is not None:
            assert call.offer.endpoint in endpoints(floor.operators, floor.operators[call.offer.operator])
    _seats(floor)


def _seats(floor: Floor) -> None:
    """Two operators who are logged in sit at two telephones: computed here from the seats alone."""
    taken: dict[Extension, Extension] = {}
    for operator in floor.operators.values():
        if operator.state is OperatorState.LOGGED_OUT:
            assert operator.seat is None
            continue
        telephone = operator.seat or operator.extension
        assert telephone not in taken, f"{operator.extension} and {taken[telephone]} sit at {telephone}"
        taken[telephone] = operator.extension
        assert operator.seat is None or floor.operators[operator.seat].guest == operator.extension
        assert operator.guest is None or floor.operators[operator.guest].seat == operator.extension
