"""The plan: everything people have configured, checked and compiled, as the switchboard reads it.

`ctl.config` builds a plan from the YAML of ``ivr_flows/`` and refuses what does not fit; here it is only read. A plan
never changes: an edit makes a new plan with a new version, new calls start on it, and calls in progress keep the one
they started with (1.2.1) until they wait: whoever waits is served as the newest says.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from ctl.switchboard.ids import (
    DepartmentCode,
    Extension,
    FlowName,
    GroupName,
    Media,
    Millis,
    ModeName,
    MusicName,
    NodeName,
    Number,
    PromptName,
    QueueName,
)
from ctl.switchboard.roster import Roster

Minute = int
"""Minutes since midnight, Japan Standard Time: 8:30 is 510."""


@dataclass(frozen=True, slots=True)
class Hours:
    """Opening hours of one service. Closed on a weekday that is not named.

    ``open_on_holidays`` is True for the inquiry service (every day of the year) and False for the exchange service.
    ``exceptions`` win over everything else: a date maps to the bands open on that date, an empty tuple is closed.
    """

    weekdays: Mapping[int, tuple[tuple[Minute, Minute], ...]]
    """0 is Monday. Bands are half-open: (480, 1140) is 8:00 up to, not including, 19:00."""
    open_on_holidays: bool = True
    exceptions: Mapping[str, tuple[tuple[Minute, Minute], ...]] = field(default_factory=dict)
    """Keyed by ISO date, ``2026-12-29``."""


# --- IVR ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Play:
    """Say something, then go on to ``next``."""

    prompts: tuple[PromptName, ...]
    next: NodeName


@dataclass(frozen=True, slots=True)
class Choice:
    """``menu`` is the business menu that the caller thereby chose (1.2.3); None when the key only leads on."""

    next: NodeName
    menu: str | None = None


@dataclass(frozen=True, slots=True)
class Menu:
    """Say something and take one key. A key is accepted from the first syllable on when ``barge_in``.

    After ``timeout_ms`` of silence, or a key that has no choice, the prompt is said again (preceded by
    ``timeout_prompts`` or ``invalid_prompts``) until ``attempts`` are used up; then the caller goes to ``fallback``.
    """

    prompts: tuple[PromptName, ...]
    choices: Mapping[str, Choice]
    fallback: NodeName
    timeout_ms: Millis = 5000
    attempts: int = 3
    barge_in: bool = True
    timeout_prompts: tuple[PromptName, ...] = ()
    invalid_prompts: tuple[PromptName, ...] = ()


@dataclass(frozen=True, slots=True)
class HoursBranch:
    """Go to ``open`` while the named hours are open, else to ``closed``."""

    hours: str
    open: NodeName
    closed: NodeName


@dataclass(frozen=True, slots=True)
class ToQueue:
    queue: QueueName
    menu: str | None = None
    """Sets the caller's menu if no key has chosen one."""


@dataclass(frozen=True, slots=True)
class ToDepartment:
    """Straight to a ward department over the outside line, without an operator."""

    department: DepartmentCode
    otherwise: NodeName
    """Where the caller goes when no number of the department answers."""


@dataclass(frozen=True, slots=True)
class Close:
    """A closing message, then hang up: the call ends as ``closed``."""

    prompts: tuple[PromptName, ...]


@dataclass(frozen=True, slots=True)
class HangUp:
    pass


Node = Play | Menu | HoursBranch | ToQueue | ToDepartment | Close | HangUp


@dataclass(frozen=True, slots=True)
class Flow:
    name: FlowName
    version: str
    """Content hash: the first 12 hex digits of the SHA-256 of the checked flow."""
    start: NodeName
    nodes: Mapping[NodeName, Node]


# --- Floor ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Service:
    """One public number. ``flow`` answers it; ``label`` is what people call it (代表電話).

    ``queue`` takes callers who come without having passed the IVR: back from the fallback queue.
    """

    number: Number
    flow: FlowName
    label: str
    queue: QueueName
    site: DepartmentCode | None = None
    """Set by a mode: its callers go to this site first, and to the flow only when nobody answers there."""


@dataclass(frozen=True, slots=True)
class Stage:
    """From ``after_ms`` of waiting, operators of ``group`` up to ``max_level`` fit. Stages add up."""

    group: GroupName
    max_level: int = 9
    after_ms: Millis = 0


class OverflowWhen(StrEnum):
    """Why a queue sends a caller elsewhere."""

    WAITED = "waited"
    """The caller has waited long enough in this queue."""
    EXPECTED = "expected"
    """A new caller would have to wait longer than is thought right, as far as anybody can tell."""
    CROWD = "crowd"
    """Too many wait for each operator at work: logged in and not set not ready."""
    NOBODY = "nobody"
    """Nobody who could ever serve the queue is logged in."""
    FULL = "full"
    """As many wait as the queue may hold."""
    CLOSED = "closed"
    """The queue's hours are over: no new callers; who waits already is served."""


@dataclass(frozen=True, slots=True)
class Overflow:
    """One rule of a queue. The caller goes to exactly one of: another ``queue``, the numbers of ``department`` over the
    trunk, the dialogue that arranges a ``callback`` of the queue, the end of the call. ``say`` comes before the two last.

    ``waited`` is asked while the caller waits, ``nobody`` then and at entry, the others at entry alone.
    """

    when: OverflowWhen
    after_ms: Millis = 0
    """Of ``waited`` and ``nobody``: how long the caller must have waited in this queue. 0: at entry too."""
    callers: int = 0
    """Of ``full``: how many the queue holds. Of ``crowd``: how many may wait for each operator at work."""
    hours: str | None = None
    """Of ``closed``."""
    queue: QueueName | None = None
    department: DepartmentCode | None = None
    say: tuple[PromptName, ...] = ()
    wait_ms: Millis = 0
    """Of ``expected``: the longest wait with which a new caller is still taken."""
    callback: bool = False
    """A caller who would rather wait is let in, and not asked again by this queue's rules."""


OVERFLOW_OF_WAITING = frozenset({OverflowWhen.WAITED, OverflowWhen.NOBODY})
NumberedOverflow = tuple[tuple[int, Overflow], ...]


@dataclass(frozen=True, slots=True)
class Routing:
    """What holds for the order of all queues. None: switched off."""

    ageing_ms: Millis | None = None
    """Waiting this long counts as much as one step of priority, so that nobody starves."""
    keep_place_ms: Millis | None = None
    """A caller who gave up in a queue, or was cut off, and calls again within this time has the place held before."""
    same_operator_ms: Millis | None = None
    """The operator who served the same number last, no longer ago than this, is preferred if ready."""


@dataclass(frozen=True, slots=True)
class CallbackRule:
    """Call-back instead of waiting (B-2): offered after ``after_ms`` of waiting or from ``from_position`` on (1: next).

    Either condition may be None, not both. ``hours``: the hours in which call-backs are made; one that has not been
    reached when they end expires. A citizen who does not answer is tried ``attempts`` times, ``retry_ms`` apart.
    """

    hours: str
    after_ms: Millis | None = None
    from_position: int | None = None
    key: str = "1"
    """What the caller presses to be called back."""
    attempts: int = 3
    retry_ms: Millis = 300_000
    preview: bool = False
    """The operator sees who is to be called, and has him called by a key or a command."""
    preview_ms: Millis = 30_000
    """How long the operator may look before the call-back goes back to its place."""
    keep_number_ms: Millis = 86_400_000
    """How long after the closing time the number of a citizen who was not reached is kept."""


class WrapUpKind(StrEnum):
    """What ends the wrap-up after a citizen's call. A supervisor may end every kind, with a reason."""

    NONE = "none"
    """There is none: ready at once."""
    FIXED = "fixed"
    """Its time, and nothing else."""
    LIMITED = "limited"
    """The operator says so, or its time is over."""
    UNTIL_DONE = "until_done"
    """The operator says so."""
    UNTIL_SAVED = "until_saved"
    """The record of the call is saved (2.1.4)."""


@dataclass(frozen=True, slots=True)
class WrapUp:
    """``after_ms``: how long it lasts at most, of `fixed` and `limited`; 0 for the other kinds."""

    kind: WrapUpKind = WrapUpKind.UNTIL_DONE
    after_ms: Millis = 0


@dataclass(frozen=True, slots=True)
class Surge:
    """Said once to each caller who waits while it is crowded: ``waiting`` callers in the queue, he among them, or more
    than ``wait_ms`` of expected wait. Either condition may be None, not both."""

    say: tuple[PromptName, ...]
    waiting: int | None = None
    wait_ms: Millis | None = None


@dataclass(frozen=True, slots=True)
class AfterHours:
    """Said once to each caller who waits when these hours end: they are served all the same."""

    hours: str
    say: tuple[PromptName, ...]


@dataclass(frozen=True, slots=True)
class Announce:
    """What callers who wait are told of their wait (`announcing`), first after ``first_ms``, then with each repetition.

    ``messages``: one of them each time, in turn.
    """

    first_ms: Millis = 30_000
    position: bool = False
    expected_wait: bool = False
    messages: tuple[PromptName, ...] = ()
    surge: Surge | None = None
    after_hours: AfterHours | None = None


@dataclass(frozen=True, slots=True)
class Queue:
    """``priority``: smaller is served first. Announcement once at entry, then music, repeated every ``repeat_ms``."""

    name: QueueName
    label: str
    stages: tuple[Stage, ...]
    priority: int = 5
    ring_timeout_ms: Millis = 20_000
    entry_prompts: tuple[PromptName, ...] = ()
    repeat_prompts: tuple[PromptName, ...] = ()
    repeat_ms: Millis = 30_000
    overflow: tuple[Overflow, ...] = ()
    """The first that applies decides."""
    callback: CallbackRule | None = None
    wrap_up: WrapUp | None = None
    """After a call of this queue; None: as `Plan.wrap_up` says."""
    announce: Announce | None = None
    music: MusicName | None = None
    """Heard between announcements; None: the centre's own."""


@dataclass(frozen=True, slots=True)
class OperatorProfile:
    """``skills``: level per group, 1 (best) to 9. ``supervises``: the groups whose operators and callers are in this
    operator's charge; ``supervises_all``: everybody."""

    extension: Extension
    name: str
    skills: Mapping[GroupName, int]
    supervises: tuple[GroupName, ...] = ()
    supervises_all: bool = False


@dataclass(frozen=True, slots=True)
class Department:
    """A ward section. ``numbers`` are tried in order."""

    code: DepartmentCode
    name: str
    reading: str
    numbers: tuple[Number, ...]
    hours: str


@dataclass(frozen=True, slots=True)
class Site:
    """Somewhere else where calls are answered: other numbers, or a second centre's PBX, reached over the trunk (B-3).

    ``code`` stands where a department's code would. At most ``limit`` of its calls are under way at once.
    """

    code: DepartmentCode
    name: str
    numbers: tuple[Number, ...]
    limit: int


@dataclass(frozen=True, slots=True)
class Refuge:
    """Callers of these numbers who wait go to ``site`` once nobody has been logged in for ``after_ms``.

    It is degraded operation, so it needs the ward's leave: without it nobody is sent from ``permitted_until`` on.
    """

    site: DepartmentCode
    after_ms: Millis
    numbers: frozenset[Number]
    permitted_by: str
    permitted_until: Millis


@dataclass(frozen=True, slots=True)
class Mode:
    """A named way to work for bad days (B-1): what is named here stands in place of the plan's own, whole.

    ``degraded``: switching to it needs the ward's permission (B-3).
    """

    name: ModeName
    label: str
    services: Mapping[Number, Service] = field(default_factory=dict)
    hours: Mapping[str, Hours] = field(default_factory=dict)
    queues: Mapping[QueueName, Queue] = field(default_factory=dict)
    operators: Mapping[Extension, OperatorProfile] = field(default_factory=dict)
    degraded: bool = False


class Say(StrEnum):
    """Prompts that the switchboard itself says, beside those of the flows. Every plan must have all of them."""

    UNKNOWN_NUMBER = "system-unknown-number"
    CALL_FAILED = "system-call-failed"
    LOGGED_IN = "system-logged-in"
    LOGGED_OUT = "system-logged-out"
    READY = "system-ready"
    NOT_READY = "system-not-ready"
    WRAP_UP_DONE = "system-wrap-up-done"
    HELD = "system-held"
    RESUMED = "system-resumed"
    CONSULT_CANCELLED = "system-consult-cancelled"
    HANDOFF_DONE = "system-handoff-done"
    DEPARTMENT_BUSY = "system-department-busy"
    DEPARTMENT_NO_ANSWER = "system-department-no-answer"
    DEPARTMENT_REFUSED = "system-department-refused"
    REFUSED = "system-command-refused"
    """Said when a feature code could not be carried out."""
    LISTENING = "system-listening"
    WHISPERING = "system-whispering"
    BARGING = "system-barging"
    TAKEN_OVER = "system-taken-over"
    NUMBER_NOT_ALLOWED = "system-number-not-allowed"
    OUTSIDE_CAP = "system-outside-cap"
    TRUNK_FULL = "system-trunk-full"
    """Said to a caller, and to an operator, for whom no channel of the trunk is left."""
    PIN = "system-pin"
    """Asked by the dialplan of an operator who logs in at a telephone of another number."""
    FALLBACK = "system-fallback"
    """Said by the dialplan when the control plane is away."""


class CallbackPrompt(StrEnum):
    """What is said about call-backs. A plan in which a queue offers them must have all of them, and the digits."""

    OFFER = "callback-offer"
    """Names the key that asks for a call-back."""
    NUMBER_IS = "callback-number-is"
    """Before the digits."""
    CONFIRM = "callback-confirm"
    """After the digits: 1 right, 2 another number, 9 rather wait."""
    ENTER = "callback-enter"
    """Asks for a number, closed by the hash key."""
    INVALID = "callback-invalid"
    KEPT = "callback-kept"
    """The place is kept: the caller may hang up."""
    PREVIEW = "callback-preview"
    """Told to the operator: 1 calls the citizen."""
    UNREACHED = "callback-unreached"
    """Told to the operator: the citizen did not answer."""


def digit_prompt(digit: str) -> PromptName:
    """The announcement that says one digit of a telephone number."""
    return PromptName(f"digit-{digit}")


class WaitPrompt(StrEnum):
    """What is said of a caller's wait. A plan in which a queue says it must have all those of its kind."""

    POSITION = "wait-position"
    """One announcement for each place up to `MOST_POSITION`: ``wait-position-3``."""
    POSITION_BEYOND = "wait-position-beyond"
    MINUTES = "wait-minutes"
    """One announcement for each of `MINUTES`: ``wait-minutes-15``."""
    MINUTES_BEYOND = "wait-minutes-beyond"


MOST_POSITION = 20
"""Places up to this one are told by their number."""
MINUTES: tuple[int, ...] = (*range(1, 11), 15, 20, 25, 30, 40, 50, 60)
"""Expected waits that can be told; one in between is told as the next longer one."""


def position_prompt(position: int) -> PromptName:
    """The announcement that says a caller's place in the line."""
    return PromptName(f"{WaitPrompt.POSITION}-{position}" if position <= MOST_POSITION else WaitPrompt.POSITION_BEYOND)


def minutes_prompt(minutes: int) -> PromptName:
    """The announcement that says how long it may take; ``minutes`` is one of `MINUTES`, or more than all of them."""
    return PromptName(f"{WaitPrompt.MINUTES}-{minutes}" if minutes <= MINUTES[-1] else WaitPrompt.MINUTES_BEYOND)


@dataclass(frozen=True, slots=True)
class FeatureCodes:
    """What an operator dials, from idle or during a call (B-party never hears it). ``*`` is part of the code."""

    login: str = "*11"
    logout: str = "*12"
    ready: str = "*13"
    not_ready: str = "*14"
    """Followed by the digit of the reason: ``*142``."""
    wrap_up_done: str = "*15"
    hold: str = "*21"
    """The same code resumes."""
    consult: str = "*22"
    """Followed by the department's code and, during a call, ``#``: ``*22101#``."""
    complete: str = "*23"
    cancel: str = "*24"
    three_way: str = "*25"
    next_number: str = "*26"
    transfer: str = "*27"
    """Without confirmation, followed by the department's code like ``consult``."""
    pick_up: str = "*28"
    """Followed by the extension at which a caller is ringing."""
    listen: str = "*31"
    """Followed by the operator's extension; a supervisor who is connected already changes over without one."""
    whisper: str = "*32"
    barge: str = "*33"
    take_over: str = "*34"


@dataclass(frozen=True, slots=True)
class Trunk:
    limit: int = 40
    reserve: int = 4
    """Channels of these that only handoffs may take: callers and operators' own calls leave them free."""
    ring_timeout_ms: Millis = 30_000
    """How long a department's number is rung before the next is tried or the operator is told."""
    caller_id: Number = Number("0339811111")
    """Shown to departments and to citizens who are called."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Numbers that begin with ``prefix`` may be dialled. One that costs more than a call must be named itself."""

    prefix: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Outside:
    """Which numbers outside may be dialled, and how many calls of their own operators may make (N-9)."""

    destinations: tuple[Destination, ...] = (Destination("0"),)
    per_operator_an_hour: int = 40
    an_hour: int = 400
    at_once: int = 20
    """Channels of the trunk that operators' own calls may hold together."""


@dataclass(frozen=True)  # without slots: it keeps what is reckoned from it
class Plan:
    version: str
    """Content hash of all that was read; equal sources give an equal version."""
    services: Mapping[Number, Service]
    flows: Mapping[FlowName, Flow]
    hours: Mapping[str, Hours]
    holidays: frozenset[str]
    """Japanese public holidays as ISO dates, from last year to five years ahead."""
    queues: Mapping[QueueName, Queue]
    operators: Mapping[Extension, OperatorProfile]
    departments: Mapping[DepartmentCode, Department]
    prompts: Mapping[PromptName, Media]
    not_ready_reasons: Mapping[str, str]
    """Code → Japanese label; the phone uses the position (1, 2, …) as its digit."""
    features: FeatureCodes = FeatureCodes()
    trunk: Trunk = Trunk()
    wrap_up: bool = True
    """Where a queue does not say: True, wrap-up until it is done; False, ready again at once when a call ends."""
    silence_ms: Millis = 2_500
    """How long a telephone that was called may say nothing at all before it counts as unreachable."""
    pause_ms: Millis | None = None
    """For how long an operator who declined a call is not ready; None: until he asks to be ready."""
    modes: Mapping[ModeName, Mode] = field(default_factory=dict)
    """Beside the normal one, which is the plan itself."""
    sites: Mapping[DepartmentCode, Site] = field(default_factory=dict)
    refuge: Refuge | None = None
    routing: Routing = Routing()
    outside: Outside = Outside()

    @cached_property
    def roster(self) -> Roster:
        """Whom of its operators the queues admit."""
        return Roster(self.operators)

    @cached_property
    def overflow_of_waiting(self) -> Mapping[QueueName, tuple[NumberedOverflow, NumberedOverflow]]:
        """By queue the rules, with their numbers, that are asked of callers who wait: while nobody who could ever serve
        the queue is logged in, and while somebody is."""
        asked = {
            queue.name: tuple((n, rule) for n, rule in enumerate(queue.overflow, 1) if rule.when in OVERFLOW_OF_WAITING)
            for queue in self.queues.values()
        }
        return {
            name: (rules, tuple((n, rule) for n, rule in rules if rule.when is OverflowWhen.WAITED))
            for name, rules in asked.items()
            if rules
        }
