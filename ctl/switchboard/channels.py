"""The channels of the trunk: how many are taken, and which of them are there for whom (1.1.1).

Rules
-----
* Handoffs may take every channel. Whatever else takes one leaves the last ``trunk.reserve`` free: callers, operators' own
  calls, call-backs, and calls sent to a second site.
* A caller beyond is told so and hung up, on a channel of the reserve; a handoff that needs that channel has it at once.
* For a call-back the channel is set aside while its operator is rung: so many call-backs begin as can be made.
* What counts is the trunk of the plan in force, also for calls that still follow an older one: there is only one trunk.
"""

from ctl.switchboard import ending
from ctl.switchboard.floor import Call, Phase
from ctl.switchboard.kinds import Outcome
from ctl.switchboard.plan import Trunk
from ctl.switchboard.turn import Turn

ON_THE_WAY = frozenset({Phase.RINGING, Phase.PREVIEW})
"""Of a call-back: an operator is rung or there, so that a channel must stay free for the citizen."""


def trunk_of(turn: Turn) -> Trunk:
    assert turn.current_plan is not None, "nobody calls before there is a plan"
    return turn.current_plan.trunk


def used(turn: Turn) -> int:
    """Channels in use now, those that are being hung up included."""
    return sum(leg.outside for leg in turn.legs.values())


def crowded(turn: Turn) -> bool:
    """Whether a new caller, whose own channel is counted already, takes one that is kept for handoffs."""
    return used(turn) > _shared(turn)


def free(turn: Turn) -> bool:
    """Whether there is a channel for what leaves the reserve alone."""
    return used(turn) < _shared(turn)


def free_for_callbacks(turn: Turn) -> int:
    """How many more call-backs may begin: channels that are free and not set aside for one that has begun."""
    aside = sum(one.callback is not None and one.phase in ON_THE_WAY for one in turn.calls.values())
    return max(_shared(turn) - used(turn) - aside, 0)


def free_for_handoff(turn: Turn) -> bool:
    """Whether there is a channel for a handoff, or one that `make_room` can have at once."""
    return _held(turn, told=False) < trunk_of(turn).limit


def make_room(turn: Turn) -> None:
    """For a handoff that is about to be dialled: hang up whoever is only being told that the trunk is full."""
    for call in list(turn.calls.values()):
        if _held(turn, told=True) < trunk_of(turn).limit:
            return
        if _told_full(call):
            ending.end(turn, call, Outcome.TRUNK_FULL, "centre")


def _shared(turn: Turn) -> int:
    trunk = trunk_of(turn)
    return trunk.limit - trunk.reserve


def _held(turn: Turn, told: bool) -> int:
    """Channels of calls that go on, without those that are being hung up. ``told``: of callers who are told that all
    lines are in use, too."""
    return sum(
        leg.outside and (told or not _told_full(call)) and leg.id in (call.leg, call.handoff and call.handoff.leg)
        for leg in turn.legs.values()
        if (call := turn.calls.get(leg.call)) is not None
    )


def _told_full(call: Call) -> bool:
    return call.phase is Phase.CLOSING and call.closing_as is Outcome.TRUNK_FULL
