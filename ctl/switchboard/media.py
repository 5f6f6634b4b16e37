"""Who hears whom, in every phase of a call: one table, and the effects that bring it about and have it recorded.

| phase | citizen | operator | department |
|---|---|---|---|
| ivr, closing | prompts | | |
| waiting, ringing | announcement, then music | (rings) | |
| reaching | music | | (rings) |
| dialling | (rings) | ringing tone | |
| talking | operator | citizen | |
| held | music | nobody | |
| consult_ringing | music | ringing tone | (rings) |
| consulting | music | department | operator |
| three_way | both | both | both |
| handed_off | department | (gone) | citizen |
| elsewhere | what the PBX's own queue plays | | |
| confirming | prompts | | |
| promised | (nobody on the line) | | |
| preview | (nobody on the line) | prompt | |

Bridges exist only while somebody talks, and their names are never used twice: a shared holding bridge loses its music
for all when one leaves, and a late event about an old bridge must not touch a new one. The first is the plainest that
there is; in every later one sound is mixed, or else who records or listens may miss the new partner (decision 015).
"""

from ctl.switchboard.effects import (
    Connect,
    Disconnect,
    Hush,
    StartMusic,
    StartRecording,
    StopMusic,
    StopRecording,
)
from ctl.switchboard.floor import CONSULT, SERVED, Call, Phase
from ctl.switchboard.ids import BridgeId, LegId, Media
from ctl.switchboard.kinds import CallKind
from ctl.switchboard.records import replace
from ctl.switchboard.turn import Turn

RINGING_TONE = Media("tone:ring")

CONNECTED = frozenset({Phase.TALKING, Phase.CONSULTING, Phase.THREE_WAY, Phase.HANDED_OFF})
MUSIC = frozenset({Phase.REACHING, Phase.HELD, Phase.CONSULT_RINGING, Phase.CONSULTING})
RINGS_AT_OPERATOR = frozenset({Phase.CONSULT_RINGING, Phase.DIALLING})

UNHEARD_BY_CITIZEN = CONSULT
UNHEARD_BY_OPERATOR = frozenset({Phase.REACHING, Phase.HANDED_OFF})
"""Phases in which somebody talks, or soon may, of whom the recording of the call's first leg holds nothing. That leg is
the citizen's, or the operator's in a call of his own; what it does not hear is recorded on the department's leg."""


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
    """Make everybody hear what the call's phase says, after a change of phase."""
    call = hush(turn, call)
    before = call.bridge
    if call.phase in CONNECTED:
        call, bridge = turn.new_bridge(call)
        call = turn.put(replace(call, bridge=bridge, bridges=call.bridges + 1))
        connect(turn, call, bridge)
    else:
        call = turn.put(replace(call, bridge=None))
    if before is not None:
        call = turn.put(replace(call, parted=before))
        turn.do(Disconnect(before))
    if call.phase in MUSIC:
        turn.do(StartMusic(call.leg))
    if call.phase in RINGS_AT_OPERATOR and call.operator_leg:
        call = turn.play(call, call.operator_leg, (RINGING_TONE,))
    record(turn, call)
    return call


def restate(turn: Turn, call: Call) -> Call:
    """Say again what the phase asks for, after somebody may have forgotten it. Who talks does not notice."""
    if call.parted is not None:
        turn.do(Disconnect(call.parted))
    if call.bridge is not None and call.phase in CONNECTED:
        connect(turn, call, call.bridge)
        if call.phase is Phase.CONSULTING:
            turn.do(StartMusic(call.leg))
        record(turn, call)
        return call
    return arrange(turn, call)


def record(turn: Turn, call: Call) -> None:
    """See to it that the talk of this phase, or the one that may follow, is recorded, and recorded once (2.2.1)."""
    if call.kind is CallKind.CALLBACK and call.phase in CONNECTED:
        turn.do(StartRecording(call.leg, whole=True))  # no dialplan saw this leg
    if call.handoff is None:
        return
    inbound = call.kind in SERVED
    if call.phase in UNHEARD_BY_CITIZEN or (call.phase in UNHEARD_BY_OPERATOR and not inbound):
        turn.do(StartRecording(call.handoff.leg))
    elif inbound and not call.handoff.direct:
        turn.do(StopRecording(call.handoff.leg))


def connect(turn: Turn, call: Call, bridge: BridgeId) -> None:
    legs = talkers(call)
    if call.leg in legs:
        turn.do(StopMusic(call.leg))  # it does not end with entering a bridge, and would be heard instead of the others
    # Codes that an operator keys are for us; on his own calls outside he may need keys at the other end.
    codes_only = call.kind in SERVED and call.operator_leg in legs
    silent = (call.operator_leg,) if codes_only and call.operator_leg else ()
    turn.do(Connect(bridge, legs, silent, mixed=call.bridges > 1))


def hush(turn: Turn, call: Call) -> Call:
    """Stop what is being said, if anything is."""
    if call.speaking is None:
        return call
    turn.do(Hush(call.speaking))
    return turn.put(replace(call, speaking=None))
