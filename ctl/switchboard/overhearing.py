"""Whom supervisors hear, and who hears them: an ear of ours on one leg, moved after every event.

| wish | follows the operator's part | follows the citizen (``follow``) |
|---|---|---|
| listen | what the operator says and hears | what the citizen says and hears: also music, and a department |
| whisper | the same, and the operator hears the supervisor | the same while an operator is there, then listening |
| barge | the same, and whom the operator talks with hears the supervisor, too | citizen and whoever talks with him; listening while he hears music |

The supervisor's voice enters where the citizen's partner speaks, never on the citizen's own leg: so it is in the
recording, which holds what the citizen hears. Nobody's bridge changes for it, so those who talk notice nothing.
"""

from ctl.switchboard import ending, facts, media, operator, wrapping
from ctl.switchboard.effects import Overhear, StartSilence, StopSilence
from ctl.switchboard.floor import SERVED, WITH_OPERATOR, Call, Ear, Operator, Phase, Stretch, Supervision
from ctl.switchboard.ids import Extension, LegId
from ctl.switchboard.kinds import LegRole, OperatorState, Outcome, SupervisionKind, WrapUpEnd
from ctl.switchboard.records import replace
from ctl.switchboard.turn import Turn

WITH_CITIZEN = frozenset({Phase.TALKING, Phase.THREE_WAY})


def wishes(call: Call) -> Supervision:
    """What the owner of a supervisor's call wants."""
    assert call.supervision is not None
    return call.supervision


def keep_up(turn: Turn) -> None:
    """Put every supervisor's ear where it belongs now; who takes over goes first, and the others hear the outcome."""
    supervising = [call for call in turn.calls.values() if call.supervision is not None]
    ready = [call for call in supervising if call.phase is Phase.SUPERVISING and call.speaking is None]
    for call in sorted(ready, key=lambda call: wishes(call).kind is not SupervisionKind.TAKE_OVER):
        found = heard(turn, wishes(call))
        if found is None and wishes(call).operator is None:
            ending.end(turn, call, Outcome.CLOSED, "centre")
        elif wishes(call).kind is SupervisionKind.TAKE_OVER:
            _take_over(turn, call, found)
        else:
            _listen(turn, call, found)


def heard(turn: Turn, wanted: Supervision) -> tuple[Call, Extension | None] | None:
    """The call that is to be heard, and whose part in it."""
    if wanted.call is not None:
        call = turn.calls.get(wanted.call)
        here = call is not None and (wanted.follow or part(turn, call, call.operator) is not None)
        return (call, call.operator) if call is not None and here else None
    if wanted.follow and wanted.stretch is not None and (still := turn.calls.get(wanted.stretch.call)) is not None:
        return still, wanted.operator
    known = turn.operators.get(wanted.operator) if wanted.operator is not None else None
    call = turn.calls.get(known.call) if known is not None and known.call is not None else None
    return (call, wanted.operator) if call is not None and part(turn, call, wanted.operator) is not None else None


def part(turn: Turn, call: Call, extension: Extension | None) -> LegId | None:
    """The operator's telephone, while he has a part in the call. Colleagues who talk with each other both have one."""
    if call.phase not in WITH_OPERATOR:
        return None
    if call.operator == extension:
        return call.operator_leg
    other = turn.legs.get(call.leg)
    return call.leg if other is not None and other.role is LegRole.OPERATOR and other.party == extension else None


def place(turn: Turn, call: Call, whom: Extension | None, wanted: Supervision) -> tuple[LegId, SupervisionKind] | None:
    """On which leg the ear belongs, and how far the supervisor's voice carries there: the table above."""
    telephone, kind = part(turn, call, whom), wanted.kind
    if call.phase is Phase.ELSEWHERE:
        return None
    if not wanted.follow:
        return (telephone, kind) if telephone is not None else None
    if kind is SupervisionKind.BARGE and call.phase is Phase.HANDED_OFF and call.handoff is not None:
        return call.handoff.leg, kind
    speaks = kind is SupervisionKind.WHISPER or (kind is SupervisionKind.BARGE and call.phase in WITH_CITIZEN)
    return (telephone, kind) if speaks and telephone is not None else (call.leg, SupervisionKind.LISTEN)


def _listen(turn: Turn, call: Call, found: tuple[Call, Extension | None] | None) -> None:
    wanted = wishes(call)
    where = place(turn, *found, wanted) if found is not None else None
    if where is not None and not _is_there(turn, where[0]):
        where = None
    if found is None or where is None:
        ending.take_ear_away(turn, ending.end_stretch(turn, call))
        return
    stretch = wanted.stretch
    if stretch is None or (stretch.call, stretch.operator, stretch.kind) != (found[0].id, found[1], wanted.kind):
        call = ending.end_stretch(turn, call)
        call, n = turn.number(call)
        stretch = Stretch(n, found[0].id, found[1], wanted.kind, turn.now)
        call = turn.put(replace(call, supervision=replace(wishes(call), stretch=stretch)))
    leg, kind = where
    silence = found[0].phase is Phase.HELD and kind is not SupervisionKind.LISTEN
    if wanted.ear is None or (wanted.ear.leg, wanted.ear.kind) != where:
        _put_ear(turn, call, leg, kind, silence)
    elif wanted.ear.silence is not silence:
        turn.put(replace(call, supervision=replace(wishes(call), ear=replace(wanted.ear, silence=silence))))
        turn.do(StartSilence(leg) if silence else StopSilence(leg))


def _is_there(turn: Turn, leg: LegId) -> bool:
    """Whether the telephone is picked up: nothing else can be heard, and a call-back has a citizen only then."""
    known = turn.legs.get(leg)
    return known is not None and known.answered_at is not None


def _put_ear(turn: Turn, call: Call, leg: LegId, kind: SupervisionKind, silence: bool) -> None:
    """A new ear before the old one goes: the supervisor misses nothing."""
    before = call
    call, n = turn.number(call)
    bridge = call.bridge
    if bridge is None:
        call, bridge = turn.new_bridge(call)
    ear = Ear(LegId(f"{call.id}.s{n}"), leg, kind, silence)
    turn.do(Overhear(bridge, ear.snoop, leg, call.leg, kind))
    ending.take_ear_away(turn, before)
    turn.put(replace(call, bridge=bridge, supervision=replace(wishes(call), ear=ear)))
    if silence:
        turn.do(StartSilence(leg))


# --- taking over ------------------------------------------------------------------------------------------------------


def _take_over(turn: Turn, own: Call, found: tuple[Call, Extension | None] | None) -> None:
    """The supervisor's telephone changes to the call, as that of its operator; the former one goes to wrap-up."""
    if found is None or part(turn, found[0], found[0].operator) is None or found[0].kind not in SERVED:
        ending.end(turn, own, Outcome.CLOSED, "centre")
        return
    call, wanted, leg = found[0], wishes(own), turn.legs[own.leg]
    supervisor, former = turn.operators[Extension(leg.party)], call.operator_leg
    own = ending.end_stretch(turn, own)
    own, n = turn.number(own)
    turn.record(
        facts.SupervisionEnded(
            own.id,
            n,
            turn.now,
            turn.now,
            supervisor.extension,
            SupervisionKind.TAKE_OVER,
            call.id,
            call.operator,
            wanted.follow,
            wanted.reason,
            wanted.by,
        )
    )
    ending.let_operators_go(turn, call)
    if supervisor.before is not None and supervisor.before[0] is OperatorState.WRAP_UP:
        by = f"supervisor {supervisor.extension}"
        wrapping.state_end(turn, supervisor, supervisor.before[2], WrapUpEnd.RELEASED, by, wanted.reason)
    operator.talks(turn, supervisor, call.id, wanted.by, _afterwards(supervisor))
    turn.legs[leg.id] = replace(leg, call=call.id, began_in=leg.began_in or own.id)
    call = turn.put(
        replace(turn.calls[call.id], operator=supervisor.extension, operator_leg=leg.id, keys="", resume_at_end=False)
    )
    media.arrange(turn, turn.enter_phase(call, Phase.TALKING if call.phase is Phase.HELD else call.phase))
    turn.hang_up(former)
    ending.end(turn, turn.calls[own.id], Outcome.CLOSED, "operator")


def _afterwards(supervisor: Operator) -> str | None:
    """The not-ready reason for after the call: who was not taking calls before does not begin to with this one."""
    state, reason, _ = supervisor.before or (OperatorState.READY, None, None)
    if state in (OperatorState.NOT_READY, OperatorState.LOGGED_OUT):
        return supervisor.pending or reason or operator.LOGGED_IN
    return supervisor.pending
