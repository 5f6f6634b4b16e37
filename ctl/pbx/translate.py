"""From Asterisk's events to the switchboard's. What the floor has no use for is passed over.

| Asterisk says | the switchboard hears |
|---|---|
| StasisStart, ``inbound NUMBER CALLER [ARRIVED_MS [TALKS]]`` | `CallArrived` |
| StasisStart, ``operator ENDPOINT NUMBER [OPERATOR PIN]`` | `OperatorDialled` |
| StasisStart, ``made``, up | `LegAnswered`, once: a leg outside is handed to us when it has answered |
| Dial, begun, of an operator's telephone | `LegCalled`, once |
| Dial or ChannelStateChange, ringing or early media | `LegRang`, once |
| ChannelStateChange, up, of a leg that was handed to us before | `LegAnswered`, once: so are operators' telephones |
| Dial, sent on by whoever was called (302) | `LegEnded`: it has refused |
| ChannelDestroyed | `LegEnded` |
| ChannelHangupRequest, of a PBX that shuts down | `LegEnded`, lost: the other side has not hung up |
| ChannelDtmfReceived | `KeyPressed` |
| PlaybackFinished, also when it failed | `PlaybackEnded` |
| ChannelHold, ChannelUnhold | `PhoneHeld`, `PhoneResumed` |

A leg that leaves Stasis (StasisEnd) has either ended or gone back to the dialplan; only a second look can tell, see
`ctl.pbx.departures`.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from ctl.pbx import wire
from ctl.pbx.hands import Hands
from ctl.pbx.names import MADE
from ctl.pbx.numbers import mask, national
from ctl.pbx.served import talks
from ctl.pbx.telephones import is_telephone
from ctl.switchboard.events import (
    CallArrived,
    Cause,
    Event,
    KeyPressed,
    LegAnswered,
    LegCalled,
    LegRang,
    OperatorDialled,
    PhoneHeld,
    PhoneResumed,
    PlaybackEnded,
)
from ctl.switchboard.ids import CallId, Endpoint, Extension, LegId, Millis, PlaybackId

log = logging.getLogger(__name__)

SNOOP = "snoop"
"""The Stasis argument of channels through which a supervisor hears a leg; the bridge they belong into follows. They
are no legs: nobody's telephone is at their end, and they end by themselves with the leg that they are on."""
OPERATOR_AND_PIN = 2
"""What stands behind the dialled number when an operator logs in at another telephone than his own."""
RINGING = frozenset({"RINGING", "PROGRESS"})
SHUTTING_DOWN = 1 << 2
"""``cause`` of a soft ChannelHangupRequest where Asterisk, ended in order, hangs up on everybody (AST_SOFTHANGUP_SHUTDOWN)."""

HEARD = (
    "StasisStart",
    "StasisEnd",
    "Dial",
    "ChannelStateChange",
    "ChannelHangupRequest",
    "ChannelDestroyed",
    "ChannelDtmfReceived",
    "PlaybackFinished",
    "ChannelHold",
    "ChannelUnhold",
    "ApplicationReplaced",
)
"""The only events that we ask Asterisk for: it has some forty a call, most of them of variables being set."""


Prove = Callable[[str, str], bool]
"""Whether an operator's PIN is right."""


def nobody(operator: str, pin: str) -> bool:
    return False


def translate(event: wire.Event, hands: Hands, prove: Prove = nobody) -> Event | None:
    """The switchboard's event, if there is one. Keeps ``hands`` up to date. A PIN goes no further than here."""
    match event:
        case wire.StasisStart(args=args, channel=channel):
            return arrived(channel, args, hands, prove)
        case wire.Dial(peer=channel, forward=str(onward)) if onward:
            return hands.end(LegId(channel.id), 0, Cause.REFUSED)
        case wire.Dial(peer=channel, dialstatus=status) if status in RINGING:
            return _rang(channel, hands)
        case wire.Dial(peer=channel, dialstatus="") if is_telephone(channel.name):
            return _called(channel, hands)
        case wire.ChannelStateChange(channel=wire.Channel(state="Ringing") as channel):
            return _rang(channel, hands)
        case wire.ChannelStateChange(channel=wire.Channel(state="Up") as channel):
            return _answered(LegId(channel.id), hands)
        case wire.ChannelHangupRequest(channel=channel, cause=cause, soft=True) if cause == SHUTTING_DOWN:
            return hands.end(LegId(channel.id), 0, Cause.LOST)
        case wire.ChannelDestroyed(channel=channel, cause=code):
            return hands.end(LegId(channel.id), code)
        case wire.ChannelDtmfReceived(channel=channel, digit=digit) if channel.id in hands.legs:
            return KeyPressed(LegId(channel.id), digit)
        case wire.PlaybackFinished(playback=playback):
            told = hands.fell_silent(PlaybackId(playback.id))
            return PlaybackEnded(PlaybackId(playback.id)) if told else None
        case wire.ChannelHold(channel=channel):
            return PhoneHeld(LegId(channel.id))
        case wire.ChannelUnhold(channel=channel):
            return PhoneResumed(LegId(channel.id))
        case _:
            return None


def told_at(event: wire.AnyEvent) -> Millis | None:
    """When it happened, by the PBX's wall clock: Asterisk stamps an event when it comes about, not when it is sent."""
    try:
        return round(datetime.fromisoformat(event.timestamp).timestamp() * 1000)
    except ValueError:
        return None


def arrived(channel: wire.Channel, args: Sequence[str], hands: Hands, prove: Prove = nobody) -> Event | None:
    """A leg is in our hands: one that came by itself, or one that we made and that has answered."""
    leg = LegId(channel.id)
    held = hands.take(leg)
    held.left = False
    held.enter()
    up, held.answered = channel.state == "Up" and not held.answered, held.answered or channel.state == "Up"
    match list(args):
        case ["inbound", dialled, *more]:
            caller, since, told = (*more, "", "", "")[:3]  # Asterisk leaves out what is empty at the end
            waiting_since = int(since) if since.isdecimal() else None
            return CallArrived(CallId(leg), leg, national(dialled), national(caller), waiting_since, talks(told))
        case ["operator", endpoint, dialled, *named]:
            extension = Extension(endpoint.removesuffix("w"))
            number = national(dialled) if dialled.startswith("+") else dialled
            # the PIN of the one who is named in the code: anybody else's proves nothing
            proven = len(named) == OPERATOR_AND_PIN and number.endswith(named[0]) and prove(*named)
            return OperatorDialled(CallId(leg), leg, extension, Endpoint(endpoint), number, proven)
        case [kind, *_] if kind == MADE:
            return LegAnswered(leg) if up else None
        case _:
            log.error("stasis_arguments_unknown leg=%s arguments=%s", leg, mask(" ".join(args)))
            return None


def arguments(channel: wire.Channel, application: str) -> tuple[str, ...] | None:
    """With what arguments a channel stands in our application now; None when it does not."""
    name, *args = channel.dialplan.app_data.split(",")
    return tuple(args) if channel.dialplan.app_name == "Stasis" and name == application else None


def _answered(leg: LegId, hands: Hands) -> LegAnswered | None:
    """What we would do with a leg that answers, Asterisk refuses until it was handed to us."""
    held = hands.legs.get(leg)
    if held is None or held.answered or not held.entered:
        return None
    held.answered = True
    return LegAnswered(leg)


def _called(channel: wire.Channel, hands: Hands) -> LegCalled | None:
    held = hands.legs.get(LegId(channel.id))
    if held is None or held.called or held.rang or held.answered:
        return None
    held.called = True
    return LegCalled(LegId(channel.id))


def _rang(channel: wire.Channel, hands: Hands) -> LegRang | None:
    held = hands.legs.get(LegId(channel.id))
    if held is None or held.rang or held.answered:
        return None
    held.rang = True
    return LegRang(LegId(channel.id))
