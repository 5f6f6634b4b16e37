"""Who hears whom, in every phase of a call: one table, and the effects that bring it about.

| phase | citizen | operator | department |
|---|---|---|---|
| ivr, closing | prompts | | |
| waiting, ringing | announcement, then music | (rings) | |
| reaching | music | | (rings) |
| talking | operator | citizen | |
| held | music | nobody | |
| consult_ringing | music | ringing tone | (rings) |
| consulting | music | department | operator |
| three_way | both | both | both |
| handed_off | department | (gone) | citizen |

Bridges exist only while somebody talks, and their names are never used twice: a shared holding bridge loses its music
for all when one leaves, and a late event about an old bridge must not touch a new one.
"""

from dataclasses import replace

from ctl.switchboard.effects import Connect, Disconnect, Hush, StartMusic, StopMusic
from ctl.switchboard.facts import CallKind
from ctl.switchboard.floor import Call, Phase
from ctl.switchboard.ids import LegId, Media
from ctl.switchboard.turn import Turn

RINGING_TONE = Media("tone:ring")

CONNECTED = frozenset({Phase.TALKING, Phase.CONSULTING, Phase.THREE_WAY, Phase.HANDED_OFF})
MUSIC = frozenset({Phase.REACHING, Phase.HELD, Phase.CONSULT_RINGING, Phase.CONSULTING})


def talkers(call: Call) -> tuple[LegId, ...]:
    """The legs that hear each other in the call's phase."""
    department = call.handoff.leg if call.handoff else None
    legs: tuple[LegId | None, ...]
    match call.phase:
        case Phase.TALKING:
            legs = (call.leg, call.operator_leg)
        case Phase.CONSULTING:
            legs = (call.operator_leg, department)
        case Phase.THREE_WAY:
            legs = (call.leg, call.operator_leg, department)
        case Phase.HANDED_OFF:
            legs = (call.leg, department)
        case _:
            legs = ()
    return tuple(leg for leg in legs if leg)


def arrange(turn: Turn, call: Call) -> Call:
    """Make everybody hear what the call's phase says. Safe to do again: it states, it does not toggle."""
    call = hush(turn, call)
    before = call.bridge
    if call.phase in CONNECTED:
        if call.phase is not Phase.CONSULTING:
            turn.do(StopMusic(call.leg))
        call, bridge = turn.new_bridge(call)
        legs = talkers(call)
        silent = (call.operator_leg,) if call.operator_leg in legs and call.kind is CallKind.INBOUND else ()
        turn.do(Connect(bridge, legs, tuple(leg for leg in silent if leg)))
        call = turn.put(replace(call, bridge=bridge))
    else:
        call = turn.put(replace(call, bridge=None))
    if before is not None:
        turn.do(Disconnect(before))
    if call.phase in MUSIC:
        turn.do(StartMusic(call.leg))
    if call.phase is Phase.CONSULT_RINGING and call.operator_leg:
        call = turn.play(call, call.operator_leg, (RINGING_TONE,))
    return call


def hush(turn: Turn, call: Call) -> Call:
    """Stop what is being said, if anything is."""
    if call.speaking is None:
        return call
    turn.do(Hush(call.speaking))
    return turn.put(replace(call, speaking=None))
