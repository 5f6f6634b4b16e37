"""The other end of the trunk: it has so many channels, and minds what it is asked to dial."""

from dataclasses import dataclass, field

from ctl.switchboard import effects, facts
from ctl.switchboard.floor import Floor, Phase
from ctl.switchboard.ids import LegId
from ctl.switchboard.kinds import NotDialled, Outcome, Purpose
from ctl.switchboard.numbering import unlisted
from ctl.switchboard.plan import Outside, Trunk
from tests.property.world import Pbx


@dataclass
class Carrier:
    """``legs``: all that ever went over the trunk; those that the PBX still has hold a channel."""

    trunk: Trunk
    rules: Outside
    legs: set[LegId] = field(default_factory=set)

    def lets_in(self, pbx: Pbx) -> bool:
        """Whether a citizen gets through: beyond the last channel the carrier gives the busy tone."""
        return len(self.legs & pbx.alive) < self.trunk.limit

    def obey(self, effect: effects.Effect, before: Floor, after: Floor, pbx: Pbx) -> None:
        """``before`` and ``after``: the floor around the turn that asks for ``effect``."""
        match effect:
            case effects.DialOutside(leg=leg, number=number):
                assert unlisted(number, self.rules) is None, f"{number} is dialled and is not allowed"
                self.legs.add(leg)
                there = self.legs & pbx.alive - pbx.dying
                assert len(there) <= self.trunk.limit, f"{leg} is dialled where no channel is left: {there}"
                shared = self.trunk.limit - self.trunk.reserve
                assert _is_handoff(after, leg) or len(there) <= shared, f"{leg} takes a handoff's channel"
            case effects.Record(facts.OutsideRefused(purpose=Purpose.HANDOFF, why=NotDialled.TRUNK_FULL)):
                there = self.legs & pbx.alive - pbx.dying - _told(before)
                assert len(there) >= self.trunk.limit, f"a handoff found no channel, and only {there} hold one"
            case _:
                pass


def _is_handoff(floor: Floor, leg: LegId) -> bool:
    """Whether it is dialled for a handoff, not for a call-back, an own call or a second site."""
    handoffs = [call.handoff for call in floor.calls.values() if call.handoff is not None and not call.handoff.remote]
    return leg in {one.leg for one in handoffs}


def _told(floor: Floor) -> set[LegId]:
    """Callers who only hear that all lines are in use."""
    return {
        call.leg
        for call in floor.calls.values()
        if call.phase is Phase.CLOSING and call.closing_as is Outcome.TRUNK_FULL
    }
