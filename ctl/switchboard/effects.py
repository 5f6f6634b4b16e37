"""What the switchboard wants done, as verbs. `ctl.pbx.executor` carries them out, in order per call.

Every effect is safe to repeat: it names what it makes. An effect on something that is gone is an outcome, not an
error.
"""

from dataclasses import dataclass

from ctl.switchboard.facts import Fact
from ctl.switchboard.ids import (
    BridgeId,
    CallId,
    CommandId,
    Endpoint,
    Extension,
    LegId,
    Media,
    Millis,
    ModeName,
    MusicName,
    Number,
    PlaybackId,
    QueueName,
)
from ctl.switchboard.kinds import SupervisionKind


@dataclass(frozen=True, slots=True)
class Answer:
    leg: LegId


@dataclass(frozen=True, slots=True)
class Say:
    """Play ``media`` one after the other to the leg; ends with one `PlaybackEnded`, also when it cannot be played."""

    leg: LegId
    playback: PlaybackId
    media: tuple[Media, ...]


@dataclass(frozen=True, slots=True)
class Hush:
    """Stop a playback."""

    playback: PlaybackId


@dataclass(frozen=True, slots=True)
class StartMusic:
    """Also changes the music of a leg that hears some. ``music`` None: the centre's own."""

    leg: LegId
    music: MusicName | None = None


@dataclass(frozen=True, slots=True)
class StopMusic:
    leg: LegId


@dataclass(frozen=True, slots=True)
class StartSilence:
    """Send silence to a leg that hears nobody, for a supervisor's voice to be mixed into."""

    leg: LegId


@dataclass(frozen=True, slots=True)
class StopSilence:
    leg: LegId


@dataclass(frozen=True, slots=True)
class RingPhone:
    """Call an operator's device. Ends with `LegAnswered` or `LegEnded`; the PBX gives up after ``timeout_ms``.

    ``first``: the call begins with this leg; there is no telephone on whose behalf it is made.
    """

    call: CallId
    leg: LegId
    endpoint: Endpoint
    caller: str
    caller_name: str
    timeout_ms: Millis
    first: bool = False


@dataclass(frozen=True, slots=True)
class DialOutside:
    """Call a public number over the trunk, showing ``caller_id``.

    ``behalf``: the leg on whose behalf it is made, None for the call's first, which has the call's name.
    """

    call: CallId
    leg: LegId
    number: Number
    caller_id: Number
    timeout_ms: Millis
    behalf: LegId | None = None


@dataclass(frozen=True, slots=True)
class HangUp:
    """``elsewhere``: another telephone took the call, so this one shows no missed call."""

    leg: LegId
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class Connect:
    """Let exactly these legs hear each other in a bridge of this name, made if it does not exist.

    Keys of ``silent_keys`` are not passed on to the others (feature codes that the citizen must not hear).
    ``mixed``: one of the legs has been connected with somebody else before (docs/decisions/015).
    """

    bridge: BridgeId
    legs: tuple[LegId, ...]
    silent_keys: tuple[LegId, ...] = ()
    mixed: bool = False


@dataclass(frozen=True, slots=True)
class Disconnect:
    """Take the bridge away; its legs stay, alone and in silence."""

    bridge: BridgeId


@dataclass(frozen=True, slots=True)
class Overhear:
    """Let ``supervisor`` hear what ``leg`` says and hears, through a channel ``snoop`` in a bridge of this name.

    ``kind``: whether nobody, only the owner of the leg, or also those who hear that leg hear the supervisor. Those who
    talk do not notice. Ends with either leg, or when ``snoop`` is hung up.
    """

    bridge: BridgeId
    snoop: LegId
    leg: LegId
    supervisor: LegId
    kind: SupervisionKind


@dataclass(frozen=True, slots=True)
class StartRecording:
    """Record the leg, both sides apart, whenever it is in a bridge. The PBX does it, and goes on when we are gone.

    A leg that is recorded already stays so. The first leg of a call is recorded by the dialplan and needs no effect.
    ``whole``: also what the leg hears outside a bridge, so that file and call keep step, as the dialplan does it.
    """

    leg: LegId
    whole: bool = False


@dataclass(frozen=True, slots=True)
class StopRecording:
    """What is said on the leg from here on is recorded elsewhere. Ends only what `StartRecording` began."""

    leg: LegId


@dataclass(frozen=True, slots=True)
class MirrorToFallback:
    """Tell the PBX's own fallback queues whether this operator would take calls if we were gone.

    ``queues``: those the operator then serves, each with a penalty (smaller is rung first); no others.
    """

    extension: Extension
    available: bool
    queues: tuple[tuple[QueueName, int], ...] = ()


@dataclass(frozen=True, slots=True)
class MirrorConditions:
    """Tell the PBX's own dialplan what holds now, should we be gone: the mode (None: normal), and what callers hear first.

    ``notices``: for each of our numbers with a short message, its sounds; no others have one.
    """

    mode: ModeName | None
    notices: tuple[tuple[Number, tuple[Media, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class AskPhone:
    """Ask a telephone that did not take a call whether it is there. Ends with `PhoneReachable`, if it says so."""

    extension: Extension
    endpoint: Endpoint


@dataclass(frozen=True, slots=True)
class Record:
    """A fact for the journal."""

    fact: Fact


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a command: ``ok`` or the reason why not, in a sentence that names the way out."""

    command: CommandId
    ok: bool
    message: str


Effect = (
    Answer
    | Say
    | Hush
    | StartMusic
    | StopMusic
    | StartSilence
    | StopSilence
    | RingPhone
    | DialOutside
    | HangUp
    | Connect
    | Disconnect
    | Overhear
    | StartRecording
    | StopRecording
    | MirrorToFallback
    | MirrorConditions
    | AskPhone
    | Record
    | Reply
)
