"""What can happen to the floor, in the past tense. The only way anything reaches the switchboard.

Events are journalled before they are stepped, so they are plain frozen records of strings, numbers and each other.
An event about a call, leg or playback that is no longer known is harmless: late, doubled and reordered news is normal.
"""

from dataclasses import dataclass
from enum import StrEnum

from ctl.switchboard.ids import (
    CallId,
    CommandId,
    Endpoint,
    Extension,
    GroupName,
    LegId,
    Media,
    ModeName,
    NoticeId,
    Number,
    PlaybackId,
    SwitchId,
)
from ctl.switchboard.plan import Plan


class Cause(StrEnum):
    """Why a leg ended or never came to be, as far as the floor cares. Asterisk's own cause is kept beside it."""

    NORMAL = "normal"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    CONGESTED = "congested"
    CANCELLED = "cancelled"
    LOST = "lost"
    """Gone while we were not looking: found missing after a restart of the PBX or of ourselves."""


# --- News of legs (from the PBX) --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TalkElsewhere:
    """In the PBX's own queue an operator talked with a caller until his telephone fell silent; the caller waited on."""

    operator: Extension | None
    answered_at: int
    ended_at: int


@dataclass(frozen=True, slots=True)
class CallArrived:
    """A citizen's call stands answered in our hands. ``dialled`` is the called number in national form.

    ``waiting_since`` is set when the call comes back from the fallback queue: the instant it first reached us.
    ``talks``: what was broken off there, in order; some may have been told before.
    """

    call: CallId
    leg: LegId
    dialled: Number
    caller: str
    waiting_since: int | None = None
    talks: tuple[TalkElsewhere, ...] = ()


@dataclass(frozen=True, slots=True)
class OperatorDialled:
    """An operator picked up and dialled: a feature code, another extension, or an outside number."""

    call: CallId
    leg: LegId
    extension: Extension
    endpoint: Endpoint
    dialled: str
    proven: bool = False
    """The PIN of the operator named in the code was keyed and is right."""


@dataclass(frozen=True, slots=True)
class LegCalled:
    """The PBX has called the telephone at the leg's end. `LegRang` is that telephone's first word."""

    leg: LegId


@dataclass(frozen=True, slots=True)
class LegRang:
    leg: LegId


@dataclass(frozen=True, slots=True)
class LegAnswered:
    leg: LegId


@dataclass(frozen=True, slots=True)
class LegEnded:
    """``code``: the Q.850 cause that Asterisk gave, 0 when there is none."""

    leg: LegId
    cause: Cause
    code: int = 0


@dataclass(frozen=True, slots=True)
class KeyPressed:
    leg: LegId
    digit: str
    private: bool = False
    """The digit belongs to a citizen's telephone number: the journal keeps it only as long as it is needed."""


@dataclass(frozen=True, slots=True)
class PlaybackEnded:
    playback: PlaybackId


@dataclass(frozen=True, slots=True)
class PhoneHeld:
    """The operator pressed hold on the telephone itself (re-INVITE); Asterisk plays the music by itself."""

    leg: LegId


@dataclass(frozen=True, slots=True)
class PhoneResumed:
    leg: LegId


@dataclass(frozen=True, slots=True)
class LegLeft:
    """The leg left us for the dialplan (the sentinel rescued it) but its telephone is still connected.

    It comes back as `CallArrived` with the same call, or ends there and is told as `CallServedElsewhere`.
    """

    leg: LegId


@dataclass(frozen=True, slots=True)
class CallServedElsewhere:
    """A call that ended in the PBX without us, told afterwards. It may have begun with us.

    ``closed``: it came outside opening hours and heard the closing message. ``unheard``: it ended so soon that it did
    not reach the PBX's own queue; we may have served it all the same. ``talks``: those before the last answer, as of
    `CallArrived`. ``in_gap``: told while we were not connected to the PBX, so that nothing else tells of the leg's end.
    ``ended_by``: citizen | operator | centre; None where the PBX did not say.
    """

    call: CallId
    dialled: Number
    caller: str
    arrived_at: int
    answered_at: int | None
    ended_at: int
    operator: Extension | None
    closed: bool = False
    unheard: bool = False
    talks: tuple[TalkElsewhere, ...] = ()
    in_gap: bool = False
    ended_by: str | None = None


@dataclass(frozen=True, slots=True)
class FoundLeg:
    leg: LegId
    answered: bool


@dataclass(frozen=True, slots=True)
class PbxFound:
    """After a restart of the PBX or of ourselves: exactly these legs are in our hands.

    The switchboard closes what is missing (`Cause.LOST`), hangs up what it does not know, and states once more what
    every remaining leg should hear. Legs that came by themselves (`CallArrived`) are told before this event.
    ``elsewhere``: legs that are still connected, but in the PBX's own fallback and not in our hands.
    ``booted``: the machine has been, since the journal's last entry: there is nothing that had not ended by the instant of this event.
    """

    legs: tuple[FoundLeg, ...]
    elsewhere: tuple[LegId, ...] = ()
    booted: bool = False


# --- News of telephones -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PhoneReachable:
    extension: Extension
    endpoint: Endpoint


@dataclass(frozen=True, slots=True)
class PhoneUnreachable:
    extension: Extension
    endpoint: Endpoint


@dataclass(frozen=True, slots=True)
class PhoneOccupied:
    """The telephone is (or is no longer) in a call that is not ours: one that the fallback queue gave it."""

    extension: Extension
    occupied: bool


# --- News of ourselves ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TimePassed:
    """A due instant came. Timers live in the floor; the runtime only says what time it is.

    ``deaf``: just now we hear nothing of the PBX, so that a telephone that rings may have been answered.
    """

    deaf: bool = False


@dataclass(frozen=True, slots=True)
class PlanAdopted:
    plan: Plan


# --- Commands (screens, command line, feature codes) ------------------------------------------------------------------


class Do(StrEnum):
    LOGIN = "login"
    LOGOUT = "logout"
    READY = "ready"
    NOT_READY = "not_ready"
    WRAP_UP_DONE = "wrap_up_done"
    RECORD_SAVED = "record_saved"
    """The operator's record of the call named as the argument is saved (2.1.4)."""
    HOLD = "hold"
    RESUME = "resume"
    CONSULT = "consult"
    COMPLETE = "complete"
    CANCEL = "cancel"
    THREE_WAY = "three_way"
    NEXT_NUMBER = "next_number"
    TRANSFER = "transfer"
    HANGUP = "hangup"
    LISTEN = "listen"
    WHISPER = "whisper"
    BARGE = "barge"
    TAKE_OVER = "take_over"
    STOP_SUPERVISION = "stop_supervision"
    MOVE = "move"
    PRIORITY = "priority"
    PULL = "pull"
    TEXT = "text"
    PICK_UP = "pick_up"
    """The operator takes the caller who is ringing at the colleague named as the argument."""
    CALLBACK_DIAL = "callback_dial"
    """Preview: the operator has the citizen called."""
    CALLBACK_NOW = "callback_now"
    """This call-back is the next to be made."""
    CALLBACK_CANCEL = "callback_cancel"
    ALARM_SEEN = "alarm_seen"
    """Somebody looks after an alarm."""


@dataclass(frozen=True, slots=True)
class Commanded:
    """Somebody asked for something. At most one of ``extension`` (an operator), ``call`` and ``group`` names the object.

    ``argument``: the not-ready reason, the department's code, the queue, the priority, the operator's extension, the
    alarm or the text. ``by``: who asked, for the record. ``supervisor``: on whose authority, when it is not the operator's own;
    what that operator may do to whom stands in the plan. Answered by one `effects.Reply`.
    """

    command: CommandId
    do: Do
    by: str
    extension: Extension | None = None
    call: CallId | None = None
    argument: str | None = None
    supervisor: Extension | None = None
    reason: str | None = None
    follow: bool = False
    """Of supervision: stay with the citizen, also when the operator's part in the call is over."""
    group: GroupName | None = None


# --- What somebody should look at -------------------------------------------------------------------------------------


class AlarmKind(StrEnum):
    """What somebody should look at. About a queue, an operator, something else by its name, or the whole centre."""

    NOBODY_LOGGED_IN = "nobody_logged_in"
    """Somebody waits in the queue, and no operator who is logged in may ever serve it."""
    NOBODY_AT_WORK = "nobody_at_work"
    """Somebody waits in the queue, and all who may serve it and are logged in are not ready."""
    LONG_WAIT = "long_wait"
    """Somebody has waited in the queue for more than four times the target (別紙3)."""
    ABANDONMENT = "abandonment"
    """Of the waits of the last hour, the share of abandoned ones has reached the limit (別紙3)."""
    TRUNK_NEARLY_FULL = "trunk_nearly_full"
    """Callers hold most of the channels that they may have."""
    TRUNK_FULL = "trunk_full"
    """Callers are turned away: only channels that are kept for handoffs are left."""
    PBX_AWAY = "pbx_away"
    """Asterisk does not answer: it serves callers alone, if at all."""
    TRUNK_AWAY = "trunk_away"
    """The carrier does not answer, or does not have us in his register: nobody gets through."""
    TOLL_FRAUD = "toll_fraud"
    """The operator tried what only costs money (N-9): a number outside the allow-list, or more calls than a cap allows."""
    BRUTE_FORCE = "brute_force"
    """Log-in at the screens was refused many times: for one account, or from one address."""
    ROLES_CHANGED = "roles_changed"
    """Somebody was given or lost a role, or an account was made or enabled again."""
    TELEPHONE_ATTACK = "telephone_attack"
    """Asterisk refused an address many times: wrong passwords, unknown accounts, forbidden networks; or an endpoint, which
    wanted to transfer a call by itself."""
    CALLER_MISUSE = "caller_misuse"
    """Callers do what only harms: keys without end, numbers for call-backs that only cost money."""
    WEB_ATTACK = "web_attack"
    """The screens refused an address many times what no page of ours sends, from somebody who is not signed in."""
    AUDIT_BROKEN = "audit_broken"
    """The audit trail is not what was written."""
    AUDIT_WAITING = "audit_waiting"
    """Entries of the audit trail have waited long for Postgres."""
    RECORDS_WAITING = "records_waiting"
    """What the switchboard stated has not reached Postgres for long."""
    CERTIFICATE_ENDS = "certificate_ends"
    """A certificate ends soon, or has ended."""
    DISK_NEARLY_FULL = "disk_nearly_full"
    """A disk that the centre writes to has little room."""
    JOURNAL_FAILING = "journal_failing"
    """The switchboard cannot write what it decides: calls go on, and what it knows of them would not outlive it."""
    UNDECIDED = "undecided"
    """Something happened that the switchboard could not decide upon: a fault of ours. It counts as not happened."""
    CLOCK_OFF = "clock_off"
    """The machine's clock was set while somebody called: the centre's time goes on as it was until nobody calls."""


@dataclass(frozen=True, slots=True)
class AlarmFound:
    """Something that somebody should look at now. ``about``: which one, None for the centre. ``what``: for people."""

    kind: AlarmKind
    about: str | None
    what: str


@dataclass(frozen=True, slots=True)
class AlarmsFound:
    """All that somebody should look at now, of the kinds that go out by themselves: what is not among it is over.

    One of a kind that stands until it was seen has happened just now.
    """

    found: tuple[AlarmFound, ...]


# --- Wishes for the whole centre: modes and short messages ------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Permission:
    """The ward's leave to work degraded: who gave it, when, and until when."""

    by: str
    at: int
    until: int


@dataclass(frozen=True, slots=True)
class ModeAsked:
    """Somebody wants another mode, at once or from ``from_at`` on; until ``until_at`` or until it is taken back.

    ``by`` typed it; ``requested_by`` (the ward's division, B-1) wanted it, ``approved_by`` answered for it. Answered
    by one `effects.Reply`, like the wishes below.
    """

    command: CommandId
    by: str
    mode: ModeName
    requested_by: str
    approved_by: str
    reason: str
    from_at: int | None = None
    until_at: int | None = None
    permission: Permission | None = None


@dataclass(frozen=True, slots=True)
class NormalAsked:
    """Somebody wants the normal mode back; with ``switch``, that a mode planned for later does not come."""

    command: CommandId
    by: str
    requested_by: str
    approved_by: str
    reason: str
    switch: SwitchId | None = None


@dataclass(frozen=True, slots=True)
class NoticeAsked:
    """Every caller of ``numbers`` (none: of all) shall hear ``media``, which says ``text``, until ``until_at``."""

    command: CommandId
    by: str
    text: str
    media: Media
    numbers: tuple[Number, ...] = ()
    until_at: int | None = None


@dataclass(frozen=True, slots=True)
class NoticeStopAsked:
    """A short message has done its work; without ``notice`` all of them."""

    command: CommandId
    by: str
    notice: NoticeId | None = None


Asked = Commanded | ModeAsked | NormalAsked | NoticeAsked | NoticeStopAsked
"""What somebody wants, answered by one `effects.Reply` each."""

Event = (
    CallArrived
    | OperatorDialled
    | LegCalled
    | LegRang
    | LegAnswered
    | LegEnded
    | KeyPressed
    | PlaybackEnded
    | PhoneHeld
    | PhoneResumed
    | LegLeft
    | CallServedElsewhere
    | PbxFound
    | PhoneReachable
    | PhoneUnreachable
    | PhoneOccupied
    | TimePassed
    | PlanAdopted
    | AlarmsFound
    | Commanded
    | ModeAsked
    | NormalAsked
    | NoticeAsked
    | NoticeStopAsked
)
