"""What the switchboard states for the record (1.1.2, 1.2.5, 1.3.2, 2.4.1). Facts are stored, figures are computed.

Every fact has a natural key (named in its docstring), so shipping it twice stores it once. Instants are milliseconds
since the epoch, durations are computed by whoever reads.
"""

from dataclasses import dataclass, field

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
from ctl.switchboard.kinds import (
    CallbackResult,
    CallKind,
    Forwarding,
    HandoffResult,
    LegRole,
    NotDialled,
    NoticeEnd,
    NumberClass,
    OfferResult,
    OperatorState,
    Outcome,
    Purpose,
    ReasonKind,
    SegmentKind,
    SupervisionKind,
    SwitchEnd,
    WrapUpEnd,
)
from ctl.switchboard.plan import OverflowWhen, WrapUpKind


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
    of them the caller heard "more than" it. ``surge``: heard that it is crowded. ``after_hours``: heard that the
    hours are over and who waits is served all the same.
    """

    call: CallId
    n: int
    at: Millis
    queue: QueueName
    position: int | None
    expected_wait_s: int | None
    surge: bool = False
    after_hours: bool = False


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
