"""What the switchboard states for the record (1.1.2, 1.2.5, 1.3.2, 2.4.1). Facts are stored, figures are computed.

Every fact has a natural key (named in its docstring), so shipping it twice stores it once. Instants are milliseconds
since the epoch, durations are computed by whoever reads.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from ctl.switchboard.events import AlarmKind, Cause, Permission
from ctl.switchboard.ids import (
    AlarmId,
    CallId,
    DepartmentCode,
    Extension,
    LegId,
    Media,
    Millis,
    ModeName,
    NoticeId,
    Number,
    Private,
    QueueName,
    SwitchId,
)
from ctl.switchboard.plan import OverflowWhen, WrapUpKind


class CallKind(StrEnum):
    INBOUND = "inbound"
    INTERNAL = "internal"
    """Operator to operator."""
    OUTBOUND = "outbound"
    """Operator to an outside number."""
    CALLBACK = "callback"
    """A citizen who did not want to wait is called back: begins with the wish, before anybody is called."""
    FEATURE = "feature"
    """An operator's phone dialled a feature code."""
    SUPERVISION = "supervision"
    """A supervisor's telephone, connected to hear other calls."""


class Outcome(StrEnum):
    """How an inbound call ended, as the citizen would tell it."""

    ANSWERED = "answered"
    HANDED_OFF = "handed_off"
    FORWARDED = "forwarded"
    """Answered at a second site (B-3)."""
    ABANDONED_IVR = "abandoned_ivr"
    ABANDONED_QUEUE = "abandoned_queue"
    ABANDONED_RINGING = "abandoned_ringing"
    CALLBACK = "callback"
    """Asked to be called back instead of waiting: neither answered nor abandoned."""
    CLOSED = "closed"
    """Heard the closing message (outside opening hours, or a flow's end)."""
    OVERFLOWED = "overflowed"
    """A queue could not take the caller, or not serve in time, and said so."""
    REFUSED = "refused"
    """The number is not ours."""
    TRUNK_FULL = "trunk_full"
    """Was told that all lines are in use: the channels left are kept for handoffs."""
    FALLBACK = "fallback"
    """Served by the PBX's own queue while the control plane was away."""
    LOST = "lost"
    """Cut off by us: the PBX restarted, or a leg failed."""


class CallbackResult(StrEnum):
    """How a call-back ended."""

    ANSWERED = "answered"
    GAVE_UP = "gave_up"
    """The citizen answered none of the attempts."""
    EXPIRED = "expired"
    """The hours for call-backs ended first."""
    CANCELLED = "cancelled"
    NOT_ALLOWED = "not_allowed"
    """The allow-list does not let the number be dialled any more."""
    CALLED_AGAIN = "called_again"
    """The citizen called again; that call took the place."""


class OfferResult(StrEnum):
    ANSWERED = "answered"
    RING_TIMEOUT = "ring_timeout"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    CALLER_GONE = "caller_gone"
    WITHDRAWN = "withdrawn"
    PICKED_UP = "picked_up"
    """By a colleague."""


class HandoffResult(StrEnum):
    COMPLETED = "completed"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    CANCELLED = "cancelled"
    """The operator took the citizen back."""
    DEPARTMENT_LEFT = "department_left"
    """The department answered and hung up before completion."""
    CITIZEN_LEFT = "citizen_left"


class LegRole(StrEnum):
    CITIZEN = "citizen"
    OPERATOR = "operator"
    DEPARTMENT = "department"
    OUTSIDE = "outside"
    """The outside party of a call that an operator made."""


class SegmentKind(StrEnum):
    IVR = "ivr"
    WAIT = "wait"
    """In a queue, ringing included."""
    PROMISED = "promised"
    """A call-back waits for its turn; nobody is on the line."""
    TALK = "talk"
    HOLD = "hold"
    CONSULT = "consult"
    """The operator talks with (or rings) the department; the citizen hears music."""
    THREE_WAY = "three_way"
    HANDED_OFF = "handed_off"
    """Citizen and department talk."""
    CLOSING = "closing"


class SupervisionKind(StrEnum):
    LISTEN = "listen"
    WHISPER = "whisper"
    """The operator hears the supervisor, nobody else does."""
    BARGE = "barge"
    """Everybody in the conversation hears the supervisor."""
    TAKE_OVER = "take_over"
    """The supervisor has become the call's operator."""


class SwitchEnd(StrEnum):
    """Why a mode is no longer in force, or never was."""

    BACK = "back"
    """The normal mode was asked for."""
    OVER = "over"
    """Its time was up."""
    REPLACED = "replaced"
    """Another mode took its place."""
    CALLED_OFF = "called_off"
    """Taken back before its time came."""
    MISSED = "missed"
    """A mode that was asked for later held all the time."""
    GONE = "gone"
    """The new configuration does not have it."""


class NoticeEnd(StrEnum):
    STOPPED = "stopped"
    OVER = "over"


class Forwarding(StrEnum):
    """Why a call went to a second site."""

    MODE = "mode"
    NOBODY = "nobody"
    """Nobody was logged in."""


class NumberClass(StrEnum):
    """What kind of number outside was dialled (総務省 電気通信番号計画)."""

    FIXED_LINE = "fixed_line"
    MOBILE = "mobile"
    IP = "ip"
    FREE = "free"
    """The called party pays: 0120, 0800."""
    NAVI_DIAL = "navi_dial"
    """0570: one number for the whole country, at a price of its own."""
    PREMIUM = "premium"
    """0990 and 0180: part of the price goes to whoever is called."""
    INTERNATIONAL = "international"
    """010, or 00XY: abroad, or through a carrier that the caller chose."""
    NO_NUMBER = "no_number"
    """No telephone number at all."""


class Purpose(StrEnum):
    """Why a number outside is dialled."""

    OWN_CALL = "own_call"
    """An operator calls somebody."""
    TO_CITIZEN = "to_citizen"
    """A citizen is called back as promised."""
    HANDOFF = "handoff"
    """A department, for a citizen who is on the line."""
    TO_SITE = "to_site"
    """A second site, for a citizen who is on the line."""


class NotDialled(StrEnum):
    """Why a number outside was not dialled."""

    NO_NUMBER = "no_number"
    NOT_LISTED = "not_listed"
    """No destination of the allow-list covers it."""
    OPERATOR_CAP = "operator_cap"
    """The operator has made as many calls within an hour as one may."""
    HOUR_CAP = "hour_cap"
    """All operators together have."""
    CHANNEL_CAP = "channel_cap"
    """Operators' own calls hold as many channels of the trunk as they may."""
    TRUNK_FULL = "trunk_full"


class OperatorState(StrEnum):
    LOGGED_OUT = "logged_out"
    READY = "ready"
    OFFERED = "offered"
    TALKING = "talking"
    WRAP_UP = "wrap_up"
    NOT_READY = "not_ready"
    UNREACHABLE = "unreachable"
    """Would be ready, but the telephone is gone."""


class ReasonKind(StrEnum):
    """How an operator came to be not ready."""

    NONE = "none"
    """Logged in, and has not asked to be ready yet."""
    ASKED = "asked"
    FORCED = "forced"
    """By the switchboard (rang in vain, declined), or by a supervisor."""


class WrapUpEnd(StrEnum):
    """What ended a wrap-up."""

    DONE = "done"
    """The operator said so."""
    SAVED = "saved"
    """The record of the call was saved."""
    OVER = "over"
    """Its time was up."""
    RELEASED = "released"
    """By a supervisor."""
    LOGGED_OUT = "logged_out"


@dataclass(frozen=True, slots=True)
class CallStarted:
    """Key: call."""

    call: CallId
    at: Millis
    kind: CallKind
    called: str
    caller: str
    service: str | None
    extension: Extension | None = None
    """The operator who made the call, if one did."""
    mode: ModeName | None = None
    """The mode in force when a citizen called; None for the normal one."""


@dataclass(frozen=True, slots=True)
class IvrStepped:
    """Key: call, n. ``outcome``: passed | key | timeout | invalid | given_up | abandoned."""

    call: CallId
    n: int
    at: Millis
    flow: str
    flow_version: str
    node: str
    kind: str
    outcome: str
    key: str | None
    menu: str | None
    entered_at: Millis


@dataclass(frozen=True, slots=True)
class CallQueued:
    """Key: call, n. ``ahead``: callers in the same queue who will be served first."""

    call: CallId
    n: int
    at: Millis
    queue: QueueName
    menu: str | None
    priority: int
    ahead: int
    moved_by: str | None = None
    """Who moved the caller here, or changed the priority; None when the call's own course led here."""
    kept_from: CallId | None = None
    """The caller's own earlier call whose place this one keeps."""


@dataclass(frozen=True, slots=True)
class QueueOverflowed:
    """Key: call, n. A rule of ``queue`` sent the caller elsewhere; without any destination: to a message.

    ``rule``: which of the queue's rules, from 1. ``waiting``: callers in the queue then, this one not counted.
    ``at_work``: operators who could ever serve it and were logged in and not set not ready. ``expected_ms``: how long
    the caller would have had to wait, where the rule asked for it. ``to_callback``: a call-back was offered.
    """

    call: CallId
    n: int
    at: Millis
    queue: QueueName
    rule: int
    why: OverflowWhen
    waited_ms: Millis
    waiting: int
    at_work: int
    to_queue: QueueName | None
    to_department: DepartmentCode | None
    to_callback: bool = False
    expected_ms: Millis | None = None


@dataclass(frozen=True, slots=True)
class WaitAnnounced:
    """Key: call, n. What a caller who waits was told of the wait; None for what was not told.

    ``position``: 1 is served next. ``expected_wait_s``: as it was said, rounded up to `plan.MINUTES`; above the longest
    of them the caller heard "more than" it. ``surge``: heard that it is crowded.
    """

    call: CallId
    n: int
    at: Millis
    queue: QueueName
    position: int | None
    expected_wait_s: int | None
    surge: bool = False


@dataclass(frozen=True, slots=True)
class CallbackRequested:
    """Key: call. ``call`` is the call-back, ``origin`` the call in which it was asked for and whose place it keeps.

    ``number`` is never stored with the fact, and makes no difference between two; it is forgotten when no longer
    needed, at the latest at ``forget_at``.
    """

    call: CallId
    at: Millis
    origin: CallId
    queue: QueueName
    place: Millis
    number: Private = field(compare=False)
    expires_at: Millis
    forget_at: Millis


@dataclass(frozen=True, slots=True)
class CallbackTried:
    """Key: call, n. One attempt to reach the citizen is over. ``cause`` is None when the citizen answered.

    ``attempt`` counts from 1; an attempt that was not the citizen's fault (no line free, the operator hung up) is not
    counted and has the number of the one before. ``next_at``: when it may be tried again, None for never.
    """

    call: CallId
    n: int
    at: Millis
    attempt: int
    operator: Extension | None
    leg: LegId | None
    started_at: Millis
    cause: Cause | None
    next_at: Millis | None


@dataclass(frozen=True, slots=True)
class CallbackEnded:
    """Key: call. ``by``: citizen | operator | centre, or who commanded it."""

    call: CallId
    at: Millis
    result: CallbackResult
    attempts: int
    by: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """An operator who fitted when an offer was decided."""

    extension: Extension
    idle_since: Millis
    level: int


@dataclass(frozen=True, slots=True)
class OfferMade:
    """Key: call, n. ``candidates``: all who fitted, the chosen one first, longest idle first (1.3.1).

    ``unfit``: why each other logged-in operator did not get the call: ``talking``, ``not_ready``, ``no_skill`` …
    """

    call: CallId
    n: int
    at: Millis
    leg: LegId
    queue: QueueName
    operator: Extension
    waited_ms: Millis
    candidates: tuple[Candidate, ...]
    unfit: tuple[tuple[Extension, str], ...]
    pulled_by: str | None = None
    """Who gave the caller to just this operator; None when the rules chose."""
    preferred: bool = False
    """Chosen because this operator served the same number last."""
    picked_up_from: Extension | None = None
    """The colleague at whose telephone the caller was ringing; `pulled_by` took the call from there."""


@dataclass(frozen=True, slots=True)
class OfferEnded:
    """Key: call, n (of the offer)."""

    call: CallId
    n: int
    at: Millis
    operator: Extension
    result: OfferResult


@dataclass(frozen=True, slots=True)
class SegmentEnded:
    """Key: call, n. One stretch of a call in which nothing changed for the citizen."""

    call: CallId
    n: int
    at: Millis
    kind: SegmentKind
    started_at: Millis
    operator: Extension | None
    department: DepartmentCode | None


@dataclass(frozen=True, slots=True)
class LegStarted:
    """Key: leg. ``outside``: it occupies a channel of the trunk."""

    leg: LegId
    call: CallId
    at: Millis
    role: LegRole
    party: str
    outside: bool


@dataclass(frozen=True, slots=True)
class LegEstablished:
    """Key: leg. The leg was answered; from here on an outside leg costs money."""

    leg: LegId
    call: CallId
    at: Millis


@dataclass(frozen=True, slots=True)
class LegClosed:
    """Key: leg."""

    leg: LegId
    call: CallId
    at: Millis
    role: LegRole
    party: str
    outside: bool
    started_at: Millis
    answered_at: Millis | None
    cause: Cause
    code: int


@dataclass(frozen=True, slots=True)
class HandoffStarted:
    """Key: call, n. One number of one department was tried. ``direct``: without confirmation."""

    call: CallId
    n: int
    at: Millis
    operator: Extension | None
    department: DepartmentCode
    number: Number
    leg: LegId
    direct: bool


@dataclass(frozen=True, slots=True)
class HandoffEnded:
    """Key: call, n (of the handoff). Consultation lasts from `HandoffStarted` to here."""

    call: CallId
    n: int
    at: Millis
    department: DepartmentCode
    number: Number
    leg: LegId
    result: HandoffResult
    answered_at: Millis | None


@dataclass(frozen=True, slots=True)
class OperatorChanged:
    """Key: extension, n. ``n`` counts the operator's changes for ever."""

    extension: Extension
    n: int
    at: Millis
    state: OperatorState
    reason: str | None
    previous: OperatorState
    call: CallId | None
    by: str
    kind: ReasonKind | None = None
    """Of not ready."""


@dataclass(frozen=True, slots=True)
class OperatorSeated:
    """Key: extension, n (of the operator's last change), at. ``telephone``: where the operator's calls ring now."""

    extension: Extension
    n: int
    at: Millis
    telephone: Extension
    before: Extension
    by: str


@dataclass(frozen=True, slots=True)
class WrapUpEnded:
    """Key: call, extension, n (of the operator's change that ended it). ``reason``: a supervisor's, for the release."""

    call: CallId
    extension: Extension
    n: int
    at: Millis
    started_at: Millis
    kind: WrapUpKind
    how: WrapUpEnd
    by: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class PhoneSeen:
    """Key: endpoint, at. A telephone became reachable or unreachable."""

    extension: Extension
    endpoint: str
    at: Millis
    reachable: bool


@dataclass(frozen=True, slots=True)
class CommandAnswered:
    """Key: command."""

    command: str
    at: Millis
    do: str
    by: str
    extension: Extension | None
    call: CallId | None
    argument: str | None
    ok: bool
    message: str
    supervisor: Extension | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class SupervisionEnded:
    """Key: supervision, n. One stretch in which a supervisor heard one call in one way (1.1.1 monitoring).

    ``supervision``: the call of the supervisor's own telephone. ``call``: the one that was heard, ``operator`` who had it.
    A take-over is a moment: it begins and ends at once.
    """

    supervision: CallId
    n: int
    at: Millis
    started_at: Millis
    supervisor: Extension
    kind: SupervisionKind
    call: CallId
    operator: Extension | None
    follow: bool
    reason: str
    by: str


@dataclass(frozen=True, slots=True)
class TextSent:
    """Key: command. A short text was sent to operators' screens."""

    command: str
    at: Millis
    by: str
    supervisor: Extension | None
    to: tuple[Extension, ...]
    text: str


@dataclass(frozen=True, slots=True)
class SwitchAsked:
    """Key: switch. A mode was asked for, at once or for later."""

    switch: SwitchId
    at: Millis
    mode: ModeName
    by: str
    requested_by: str
    approved_by: str
    reason: str
    from_at: Millis
    until_at: Millis | None
    permission: Permission | None


@dataclass(frozen=True, slots=True)
class SwitchBegan:
    """Key: switch. The mode holds from here on. ``previous``: the mode that held before, None for the normal one."""

    switch: SwitchId
    at: Millis
    mode: ModeName
    previous: ModeName | None


@dataclass(frozen=True, slots=True)
class SwitchEnded:
    """Key: switch. ``requested_by``, ``approved_by`` and ``reason`` belong to the wish that ended it; empty if none did."""

    switch: SwitchId
    at: Millis
    mode: ModeName
    how: SwitchEnd
    by: str
    requested_by: str = ""
    approved_by: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class NoticeBegan:
    """Key: notice. From here on callers hear it; ``numbers`` empty: those of every number."""

    notice: NoticeId
    at: Millis
    text: str
    media: Media
    numbers: tuple[Number, ...]
    until_at: Millis | None
    by: str


@dataclass(frozen=True, slots=True)
class NoticeEnded:
    """Key: notice."""

    notice: NoticeId
    at: Millis
    how: NoticeEnd
    by: str


@dataclass(frozen=True, slots=True)
class NoticeSaid:
    """Key: call, n. The short message was begun to be said to this caller."""

    call: CallId
    n: int
    at: Millis
    notice: NoticeId


@dataclass(frozen=True, slots=True)
class CallForwarded:
    """Key: call, n. The call was sent to a second site; each number tried there is a `HandoffStarted` of its own."""

    call: CallId
    n: int
    at: Millis
    site: DepartmentCode
    why: Forwarding
    mode: ModeName | None
    permitted_by: str | None = None


@dataclass(frozen=True, slots=True)
class OutsideRefused:
    """Key: call, n. A number outside was not dialled (N-9).

    ``extension``: the operator who wished it, None for the centre itself. ``number``: its beginning, the rest masked.
    """

    call: CallId
    n: int
    at: Millis
    extension: Extension | None
    purpose: Purpose
    kind: NumberClass
    number: str
    why: NotDialled


@dataclass(frozen=True, slots=True)
class AlarmRaised:
    """Key: alarm. ``about``: a queue or an operator, None for the centre. ``what``: for people, as it was then."""

    alarm: AlarmId
    at: Millis
    kind: AlarmKind
    about: str | None
    what: str


@dataclass(frozen=True, slots=True)
class AlarmSeen:
    """Key: alarm. ``by``: the first who said that he looks after it."""

    alarm: AlarmId
    at: Millis
    by: str


@dataclass(frozen=True, slots=True)
class AlarmCleared:
    """Key: alarm. Its cause is over; of an alarm that stands until somebody has seen it: it was seen."""

    alarm: AlarmId
    at: Millis


@dataclass(frozen=True, slots=True)
class CallEnded:
    """Key: call. ``outcome`` is None for calls that no citizen made."""

    call: CallId
    at: Millis
    outcome: Outcome | None
    ended_by: str
    """citizen | operator | department | outside | centre | pbx"""
    menu: str | None
    queue: QueueName | None
    operator: Extension | None


Fact = (
    CallStarted
    | IvrStepped
    | CallQueued
    | QueueOverflowed
    | WaitAnnounced
    | CallbackRequested
    | CallbackTried
    | CallbackEnded
    | OfferMade
    | OfferEnded
    | SegmentEnded
    | LegStarted
    | LegEstablished
    | LegClosed
    | HandoffStarted
    | HandoffEnded
    | OperatorChanged
    | OperatorSeated
    | WrapUpEnded
    | PhoneSeen
    | CommandAnswered
    | SupervisionEnded
    | TextSent
    | SwitchAsked
    | SwitchBegan
    | SwitchEnded
    | NoticeBegan
    | NoticeEnded
    | NoticeSaid
    | CallForwarded
    | OutsideRefused
    | AlarmRaised
    | AlarmSeen
    | AlarmCleared
    | CallEnded
)
