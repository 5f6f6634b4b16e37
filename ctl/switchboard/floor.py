"""The floor: all that is true of calls, legs and operators at one instant. Values only; `core` moves them on."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from ctl.switchboard.conditions import Conditions
from ctl.switchboard.experience import Experience
from ctl.switchboard.ids import (
    BridgeId,
    CallId,
    DepartmentCode,
    Endpoint,
    Extension,
    LegId,
    Millis,
    Number,
    PlaybackId,
    Private,
    PromptName,
    QueueName,
)
from ctl.switchboard.ivr import Position
from ctl.switchboard.kinds import CallKind, LegRole, OperatorState, Outcome, ReasonKind, SegmentKind, SupervisionKind
from ctl.switchboard.memory import Memory
from ctl.switchboard.plan import CallbackRule, Plan, WrapUpKind


class Phase(StrEnum):
    """Where a call stands. `media.ARRANGEMENTS` says for each phase who hears whom."""

    IVR = "ivr"
    REACHING = "reaching"
    """A department is rung for the citizen, nobody is with him: from the IVR, or a transfer without confirmation."""
    WAITING = "waiting"
    RINGING = "ringing"
    TALKING = "talking"
    HELD = "held"
    CONSULT_RINGING = "consult_ringing"
    CONSULTING = "consulting"
    THREE_WAY = "three_way"
    HANDED_OFF = "handed_off"
    CLOSING = "closing"
    """A last message is said, then the centre hangs up."""
    DIALLING = "dialling"
    """An operator's own call rings at the other end."""
    ELSEWHERE = "elsewhere"
    """The caller is in the PBX's own fallback queue: rescued while we were away. He may come back to us."""
    SUPERVISING = "supervising"
    """A supervisor's telephone is connected to hear other calls."""
    CONFIRMING = "confirming"
    """The caller has asked to be called back and says at which number."""
    PROMISED = "promised"
    """A call-back keeps its place in the queue; nobody is on the line."""
    PREVIEW = "preview"
    """An operator looks at a call-back before having the citizen called."""


SERVED = frozenset({CallKind.INBOUND, CallKind.CALLBACK})
"""Kinds of calls in which the first leg is a citizen whom the centre serves."""
CONSULT = frozenset({Phase.CONSULT_RINGING, Phase.CONSULTING})
WITH_OPERATOR = frozenset({Phase.TALKING, Phase.HELD, Phase.CONSULT_RINGING, Phase.CONSULTING, Phase.THREE_WAY})


@dataclass(frozen=True, slots=True)
class Leg:
    """One telephone's part in a call. Stays until the PBX says that it ended, also when its call is over."""

    id: LegId
    call: CallId
    role: LegRole
    party: str
    outside: bool
    started_at: Millis
    answered_at: Millis | None = None
    began_in: CallId | None = None
    """The call under which its beginning was stated, when it has changed to another since (a take-over)."""


@dataclass(frozen=True, slots=True)
class Offer:
    n: int
    operator: Extension
    leg: LegId
    due_at: Millis
    silent_at: Millis | None = None
    """When the telephone counts as unreachable; None once it has said anything, or before it was called."""
    endpoint: Endpoint | None = None


@dataclass(frozen=True, slots=True)
class Handoff:
    """One number of a department being tried, or reached. ``due_at``: when ringing is given up.

    ``ended``: the fact of its end is recorded; the department may still be talking with the citizen.
    """

    n: int
    department: DepartmentCode
    number: Number
    index: int
    leg: LegId
    direct: bool
    due_at: Millis | None
    answered_at: Millis | None = None
    ended: bool = False
    passed_at: Millis | None = None
    """When the operator hung up and so left the citizen to the department. Until ``due_at`` it may turn out that the
    department has hung up, too; only then the fact of the end is recorded."""
    remote: bool = False
    """The other end is a second site, and ``department`` its code."""


@dataclass(frozen=True, slots=True)
class Asking:
    """A caller who arranges a call-back. ``number``: the one to be confirmed, empty while one is being keyed."""

    number: Private
    keyed: Private = Private("")
    failures: int = 0


@dataclass(frozen=True, slots=True)
class Callback:
    """A promise to call a citizen back. ``not_before``: the spacing of attempts; ``attempts``: those made so far."""

    origin: CallId
    number: Private
    expires_at: Millis
    attempts: int = 0
    not_before: Millis | None = None
    tried_at: Millis | None = None
    """When the citizen's telephone was dialled, while it is."""
    rule: CallbackRule | None = None
    """The rule under which it was made; None in promises that are older than this."""


@dataclass(frozen=True, slots=True)
class Promise:
    """A caller was told that the wait may take ``minutes``, and so that it is over by ``until``."""

    minutes: int
    until: Millis


@dataclass(frozen=True, slots=True)
class Heard:
    """What a caller who waits has been told so far: how many of the queue's messages, that it is crowded (``surge``),
    and that the hours are over (``after_hours``)."""

    messages: int = 0
    surge: bool = False
    promise: Promise | None = None
    speech_at: Millis = 0
    """When the speech began that is, or was last, being said."""
    after_hours: bool = False


@dataclass(frozen=True, slots=True)
class Segment:
    n: int
    kind: SegmentKind
    started_at: Millis
    operator: Extension | None
    department: DepartmentCode | None


@dataclass(frozen=True, slots=True)
class Stretch:
    """What a supervisor hears now: which call, of which operator, in which way, since when."""

    n: int
    call: CallId
    operator: Extension | None
    kind: SupervisionKind
    started_at: Millis


@dataclass(frozen=True, slots=True)
class Ear:
    """A snooping channel of ours on ``leg``. ``kind``: whom the supervisor's voice reaches through it.

    ``silence``: the leg is in no bridge and is sent silence, or there would be nothing to mix the voice into.
    """

    snoop: LegId
    leg: LegId
    kind: SupervisionKind
    silence: bool = False


@dataclass(frozen=True, slots=True)
class Supervision:
    """What a supervisor wishes to hear: one ``call``, or all calls of an ``operator`` until ended (exactly one of them).

    ``follow``: stay with the citizen through hold, consultation and handoff; otherwise with the operator's part.
    """

    kind: SupervisionKind
    reason: str
    by: str
    call: CallId | None
    operator: Extension | None
    follow: bool
    stretch: Stretch | None = None
    ear: Ear | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """``children`` numbers everything the call has ever made, so that no name is given twice.

    ``leg`` is the party that the centre serves: the citizen, or whom an operator called. ``operator_leg`` is the
    operator's telephone; it is None when no operator is present, while ``operator`` keeps who was last.
    """

    id: CallId
    kind: CallKind
    phase: Phase
    leg: LegId
    called: str
    caller: str
    plan: str
    started_at: Millis
    children: int = 0
    position: Position | None = None
    speaking: PlaybackId | None = None
    """What is being said to the first leg now."""
    due_at: Millis | None = None
    """When the IVR's patience ends, or the announcement to a waiting caller is repeated."""
    menu: str | None = None
    queue: QueueName | None = None
    priority: int = 5
    place: Millis | None = None
    """The caller's place: the instant of the first entry into a queue. Kept when an offer fails (back at the head)."""
    came_to: QueueName | None = None
    """The queue entered first, wherever the caller was sent from there."""
    queued_at: Millis | None = None
    stage_due_at: Millis | None = None
    """When the next stage of the queue opens for this caller, or the time of a rule of overflow comes."""
    offer: Offer | None = None
    operator: Extension | None = None
    operator_leg: LegId | None = None
    handoff: Handoff | None = None
    tried: tuple[DepartmentCode, int] | None = None
    """The department's number tried last, by index, for ``next_number``."""
    bridge: BridgeId | None = None
    bridges: int = 0
    """How many bridges there have been."""
    parted: BridgeId | None = None
    """The one that was ended last. Whether it was is not certain after a gap; then it is ended once more."""
    segment: Segment | None = None
    keys: str = ""
    """What the operator has keyed of a feature code during the call."""
    closing_as: Outcome | None = None
    closing: tuple[PromptName, ...] = ()
    """The last message, which is being said."""
    resume_at_end: bool = False
    """The operator is being told something and has the citizen back when it is said."""
    parting: tuple[PlaybackId, LegId] | None = None
    """What the operator still hears after the handoff, before the centre hangs that leg up."""
    supervision: Supervision | None = None
    """Of a supervisor's own call: whom it is to hear, and how."""
    noticed: int = 0
    """The caller has heard the short messages up to this number."""
    forwarded: bool = False
    """A second site was tried; it is tried once."""
    asking: Asking | None = None
    heard: Heard = Heard()
    offered_callback: bool = False
    """A rule of overflow has offered one; it does so once."""
    promises: int = 0
    """How many call-backs the caller was promised: one who came back from the PBX's own queue may ask anew."""
    callback: Callback | None = None
    """Set in a call of kind `callback` until the citizen has answered."""


@dataclass(frozen=True, slots=True)
class Operator:
    """``idle_since``: the moment the operator became ready; longest idle is counted from it (1.3.1).

    ``pending``: the not-ready reason asked for during a call, which holds at its end.
    ``before``: where the operator returns to after a call of his own (state, reason, call in wrap-up).
    ``due_at``: when the wrap-up, or the pause after a call that was declined, is over by itself.
    """

    extension: Extension
    state: OperatorState = OperatorState.LOGGED_OUT
    since: Millis = 0
    reason: str | None = None
    idle_since: Millis = 0
    call: CallId | None = None
    pending: str | None = None
    endpoints: tuple[Endpoint, ...] = ()
    """Reachable devices, the one seen last at the end."""
    occupied: bool = False
    """The telephone is in a call that is not ours."""
    changes: int = 0
    before: tuple[OperatorState, str | None, CallId | None] | None = None
    kind: ReasonKind | None = None
    """Of not ready."""
    pending_kind: ReasonKind | None = None
    due_at: Millis | None = None
    wrap_up: WrapUpKind | None = None
    """Of the wrap-up, also while a call of his own interrupts it."""
    wrapping_since: Millis = 0
    saved: CallId | None = None
    """The call in progress, or in wrap-up, whose record is saved already."""
    doubted: tuple[Endpoint, ...] = ()
    """Devices that did not take their last call."""
    seat: Extension | None = None
    """The telephone at which the operator sits; None for his own."""
    guest: Extension | None = None
    """Who else sits at the telephone with this number, to which ``endpoints``, ``occupied`` and ``doubted`` belong."""


@dataclass(frozen=True, slots=True)
class Floor:
    """``deaf``: the PBX is out of reach, as far as is known: nobody can be rung, dialled or told anything.

    ``plans``: the plan in force and those that calls in progress still follow, by version.

    ``over``: the calls that ended last, so that doubled news of an arrival does not start a call again.
    """

    plan: str | None
    plans: Mapping[str, Plan]
    calls: Mapping[CallId, Call]
    legs: Mapping[LegId, Leg]
    operators: Mapping[Extension, Operator]
    over: tuple[CallId, ...] = ()
    conditions: Conditions = Conditions()
    experience: Experience = Experience()
    memory: Memory = Memory()
    deaf: bool = False


MOST_OVER = 200


def empty() -> Floor:
    """A floor before its first plan."""
    return Floor(None, {}, {}, {}, {})
