"""The other files of ``ivr_flows/``: what each may contain."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from ctl.config.fields import (
    Code,
    DialKey,
    ExtensionRange,
    FeatureCode,
    Kana,
    Label,
    MusicFiles,
    Name,
    Names,
    PhoneNumber,
    Prefix,
    ReasonCode,
    Seconds,
)
from ctl.config.nodes import FlowFile, Shape

Bands = Annotated[str, Field(description='"8:30-17:15", several as "8:30-12:00, 13:00-17:15", or "closed"')]


class ServiceShape(Shape):
    number: PhoneNumber
    label: Label
    flow: Name
    queue: Name


class ServicesFile(Shape):
    """``services.yaml``: our public numbers, and the business menus that callers are counted by."""

    services: Annotated[list[ServiceShape], Field(min_length=1)]
    menus: list[Label]


class HoursShape(Shape):
    label: Label
    weekdays: Annotated[dict[str, Bands], Field(description="mon … sun, mon-fri or every-day → bands")]
    holidays: Annotated[str, Field(pattern="^(open|closed)$", description="open: as on any other day of the week")]
    exceptions: Annotated[
        dict[str, Bands],
        Field(
            default_factory=dict,
            description="2026-12-29, 12-29 (every year) or 12-29..01-03 → bands; win over all else",
        ),
    ]


class CalendarFile(Shape):
    """``calendar.yaml``: opening hours by name."""

    hours: Annotated[dict[Name, HoursShape], Field(min_length=1)]


class StageShape(Shape):
    group: Name
    max_level: Annotated[int, Field(ge=1, le=9)] = 9
    after_seconds: Annotated[float, Field(ge=0, le=3600)] = 0


class OverflowShape(Shape):
    """When the queue sends a caller elsewhere, and where: exactly one of queue, department, site, callback and say; with
    callback, say comes before."""

    when: Annotated[
        Literal["waited", "expected", "crowd", "nobody", "full", "closed"],
        Field(
            description="waited: after_seconds in this queue; expected: a new caller would wait longer than wait_seconds; crowd: more than callers wait for each operator at work; "
            "nobody: nobody who could serve it is logged in; full: callers wait already; closed: outside hours"
        ),
    ]
    after_seconds: Annotated[float, Field(gt=0, le=3600)] | None = None
    wait_seconds: Annotated[float, Field(gt=0, le=7200)] | None = None
    callers: Annotated[int, Field(ge=1, le=1000)] | None = None
    hours: Name | None = None
    queue: Name | None = None
    department: Code | None = None
    site: Name | None = None
    callback: Annotated[
        bool, Field(description="a call-back of this queue is offered; who would rather wait is let in")
    ] = False
    say: Names = ()


class CallbackShape(Shape):
    """At least one of ``after_seconds`` and ``from_position`` says when it is offered; both: whichever comes first."""

    hours: Annotated[Name, Field(description="call-backs are made while these are open, and expire when they close")]
    after_seconds: Annotated[float, Field(ge=0, le=3600)] | None = None
    from_position: (
        Annotated[int, Field(ge=1, le=1000, description="1 is the caller who will be served next")] | None
    ) = None
    key: DialKey = "1"
    attempts: Annotated[int, Field(ge=1, le=10)] = 3
    retry_seconds: Annotated[float, Field(ge=10, le=7200)] = 300
    preview: Annotated[bool, Field(description="the operator sees who is to be called, and has him called")] = False
    preview_seconds: Annotated[float, Field(ge=5, le=600)] = 30
    keep_number_hours: Annotated[float, Field(ge=0, le=720, description="after closing time, if not reached")] = 24


class WrapUpShape(Shape):
    """What ends the wrap-up after a call of the queue; a supervisor may end every kind."""

    kind: Annotated[
        Literal["none", "fixed", "limited", "until_done", "until_saved"],
        Field(
            description="none: ready at once; fixed: seconds, no more and no less; limited: at most seconds; "
            "until_done: the operator ends it; until_saved: saving the record of the call does"
        ),
    ]
    seconds: Annotated[float, Field(ge=1, le=3600, description="of fixed and limited")] | None = None


class SurgeShape(Shape):
    """Said once to each caller while it is crowded; at least one of ``waiting`` and ``minutes`` says when that is."""

    say: Annotated[Names, Field(min_length=1)]
    waiting: (
        Annotated[int, Field(ge=2, le=1000, description="callers in the queue, who hears it among them")] | None
    ) = None
    minutes: Annotated[float, Field(gt=0, le=120, description="more than these of expected wait")] | None = None


class AfterHoursShape(Shape):
    """Said once to each caller who waits when these hours end: they are served all the same."""

    hours: Name
    say: Annotated[Names, Field(min_length=1)]


class AnnounceShape(Shape):
    """What callers who wait are told of their wait, beside ``repeat``."""

    first_seconds: Annotated[Seconds, Field(description="repeat_seconds when not given")] | None = None
    position: Annotated[
        bool, Field(description="the place in the queue; needs wait-position, wait-position-beyond")
    ] = False
    expected_wait: Annotated[
        bool, Field(description="as far as it is known; needs wait-minutes, wait-minutes-beyond")
    ] = False
    messages: Annotated[Names, Field(description="one of them with each repetition, in turn")] = ()
    surge: SurgeShape | None = None
    after_hours: AfterHoursShape | None = None


class QueueShape(Shape):
    label: Label
    stages: Annotated[list[StageShape], Field(min_length=1)]
    priority: Annotated[int, Field(ge=1, le=9)] = 5
    ring_timeout_seconds: Seconds = 20
    entry: Names = ()
    repeat: Names = ()
    repeat_seconds: Seconds = 30
    overflow: Annotated[list[OverflowShape], Field(default_factory=list, description="the first that applies decides")]
    callback: CallbackShape | None = None
    wrap_up: Annotated[WrapUpShape, Field(description="without it: as centre.yaml says")] | None = None
    announce: AnnounceShape | None = None
    music: (
        Annotated[Name, Field(description="what is heard between announcements; default: the centre's own")] | None
    ) = None


class RoutingShape(Shape):
    """What holds for the order of all queues; what is not written is off."""

    ageing_seconds: (
        Annotated[float, Field(ge=1, le=3600, description="waiting so long is worth one step of priority")] | None
    ) = None
    keep_place_minutes: (
        Annotated[
            float, Field(gt=0, le=60, description="who gave up or was cut off and calls again in time keeps the place")
        ]
        | None
    ) = None
    same_operator_minutes: (
        Annotated[float, Field(gt=0, le=1440, description="who served the number last gets the call, if ready")] | None
    ) = None


class QueuesFile(Shape):
    """``queues.yaml``: skill groups, and the queues that are served by them in stages."""

    groups: Annotated[dict[Name, Label], Field(min_length=1)]
    queues: Annotated[dict[Name, QueueShape], Field(min_length=1)]
    routing: RoutingShape = RoutingShape()
    music: Annotated[
        dict[Name, MusicFiles],
        Field(default_factory=dict, description="music by name: WAV files of 8000 Hz, 1 channel, 16 bit"),
    ]


class OperatorsShape(Shape):
    """Operators who can do the same. A range needs as many names as it has extensions."""

    extensions: ExtensionRange
    names: Annotated[list[Label], Field(min_length=1)]
    skills: dict[Name, Annotated[int, Field(ge=1, le=9)]]
    supervises: Annotated[
        Literal["all"] | list[Name],
        Field(default_factory=list, description="skill groups whose operators and callers they supervise, or all"),
    ]


class OperatorsFile(Shape):
    """``operators.yaml``."""

    operators: Annotated[list[OperatorsShape], Field(min_length=1)]


class DepartmentShape(Shape):
    code: Code
    name: Label
    reading: Kana
    numbers: Annotated[list[PhoneNumber], Field(min_length=1)]
    hours: Name


class DepartmentsFile(Shape):
    """``departments.yaml``: the ward's sections, numbers in the order they are tried."""

    departments: list[DepartmentShape]


class VoiceShape(Shape):
    """How synthesised announcements sound."""

    speed: Annotated[float, Field(ge=0.5, le=2)] = 1.0
    half_tone: Annotated[float, Field(ge=-12, le=12)] = 0.0


class AnnouncementShape(Shape):
    """``reading`` is what the voice says where the written text would be read wrongly; ``sound`` an uploaded WAV."""

    text: Annotated[str, Field(min_length=1, max_length=500)]
    reading: Annotated[str, Field(min_length=1, max_length=500)] | None = None
    sound: Annotated[str, Field(pattern=r"^sounds/[A-Za-z0-9_-]+\.wav$")] | None = None


def _as_announcement(value: Any) -> Any:
    return {"text": value} if isinstance(value, str) else value


class AnnouncementsFile(Shape):
    """``announcements.yaml``: everything that is said, by name."""

    voice: VoiceShape = VoiceShape()
    announcements: Annotated[
        dict[
            Name,
            Annotated[
                AnnouncementShape, BeforeValidator(_as_announcement, json_schema_input_type=str | AnnouncementShape)
            ],
        ],
        Field(min_length=1),
    ]


class TrunkShape(Shape):
    limit: Annotated[int, Field(ge=2, le=1000)]
    reserve: Annotated[
        int | None, Field(ge=0, le=999, description="channels that only handoffs may take; a tenth of limit if unsaid")
    ] = None
    ring_timeout_seconds: Seconds
    caller_id: PhoneNumber


class DestinationShape(Shape):
    prefix: Prefix
    label: Label


class OutsideShape(Shape):
    """Which numbers outside may be dialled, and how often operators may. International numbers, 0570, 0990 and 0180 are
    open only to a prefix that begins like them."""

    destinations: Annotated[list[DestinationShape], Field(min_length=1)]
    per_operator_an_hour: Annotated[int, Field(ge=0, le=10_000)]
    an_hour: Annotated[int, Field(ge=0, le=100_000)]
    at_once: Annotated[int, Field(ge=0, le=1000, description="channels that operators' own calls may hold together")]


class FeaturesShape(Shape):
    login: FeatureCode
    logout: FeatureCode
    ready: FeatureCode
    not_ready: FeatureCode
    wrap_up_done: FeatureCode
    hold: FeatureCode
    consult: FeatureCode
    complete: FeatureCode
    cancel: FeatureCode
    three_way: FeatureCode
    next_number: FeatureCode
    transfer: FeatureCode
    pick_up: FeatureCode = "*28"
    listen: FeatureCode = "*31"
    whisper: FeatureCode = "*32"
    barge: FeatureCode = "*33"
    take_over: FeatureCode = "*34"


class TelephonesShape(Shape):
    """Operators' telephones that do not take a call."""

    silence_seconds: Annotated[
        float, Field(ge=1, le=10, description="one that was called and says nothing for so long is gone")
    ] = 2.5
    pause_after_refusal_seconds: (
        Annotated[float, Field(ge=1, le=3600, description="then ready again; without it, when the operator asks")]
        | None
    ) = None


class CentreFile(Shape):
    """``centre.yaml``: what holds for all of the centre."""

    not_ready_reasons: Annotated[dict[ReasonCode, Label], Field(min_length=1, max_length=9)]
    wrap_up: Annotated[bool, Field(description="where a queue does not say: until_done (true) or none (false)")]
    telephones: TelephonesShape = TelephonesShape()
    features: FeaturesShape
    trunk: TrunkShape
    outside: OutsideShape | None = None


FILES: dict[str, type[Shape]] = {
    "services.yaml": ServicesFile,
    "calendar.yaml": CalendarFile,
    "queues.yaml": QueuesFile,
    "operators.yaml": OperatorsFile,
    "departments.yaml": DepartmentsFile,
    "announcements.yaml": AnnouncementsFile,
    "centre.yaml": CentreFile,
}
FLOWS = "flows"
"""The folder of flow files, each a `FlowFile`."""
EVERY_FILE: tuple[type[Shape], ...] = (*FILES.values(), FlowFile)
