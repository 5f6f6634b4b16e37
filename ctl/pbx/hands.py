"""What is in our hands: legs in the Stasis application and playbacks that sound on them.

Keeps only what is needed to tell each thing once: that a leg rang, answered, ended, that a playback ended. Whatever
the way in which we hear of an end (an event, a refusal, a look after a gap), the first one is told.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Container
from dataclasses import dataclass, field

from ctl.pbx.causes import cause_of
from ctl.switchboard.events import Cause, LegEnded
from ctl.switchboard.ids import CallId, LegId, Millis, PlaybackId

REMEMBERED = 10_000
"""Playbacks whose end we declared, kept to recognise Asterisk's own late word."""
COMING = 1_000
"""Channels that the dialplan has answered and not handed to us yet; some never are."""


@dataclass(slots=True)
class Held:
    """One leg. ``entered``: Asterisk has handed it to us, ``handed``: so it has, or never will; ``left`` while it may be in the
    dialplan; ``gone``: it is no longer in our hands.

    ``given_up``: we ourselves end it, since nobody can say how it stands. ``hanging_up``: somebody has hung up, and the PBX may take a
    moment more until the leg is gone; ``hung_up_at``: when, if it was the other side.
    """

    entered: bool = False
    called: bool = False
    rang: bool = False
    answered: bool = False
    left: bool = False
    given_up: bool = False
    hanging_up: bool = False
    hung_up_at: Millis | None = None
    handed: asyncio.Event = field(default_factory=asyncio.Event)
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    def enter(self) -> None:
        self.entered = True
        self.handed.set()

    def go(self) -> None:
        self.handed.set()
        self.gone.set()


class Hands:
    """The table of legs and playbacks."""

    def __init__(self) -> None:
        self.legs: dict[LegId, Held] = {}
        self.speaking: dict[PlaybackId, LegId] = {}
        self._declared: OrderedDict[PlaybackId, None] = OrderedDict()
        self._up_at: OrderedDict[LegId, Millis] = OrderedDict()

    # --- legs -------------------------------------------------------------------------------------------------------

    def expect(self, leg: LegId) -> bool:
        """We are about to make this leg. False when it exists already."""
        if leg in self.legs:
            return False
        self.take(leg)
        return True

    def take(self, leg: LegId) -> Held:
        return self.legs.setdefault(leg, Held())

    def came_up(self, leg: LegId, at: Millis) -> None:
        """The dialplan has answered a call that may be handed to us next, on a busy machine a tenth of a second later."""
        self._up_at[leg] = at
        if len(self._up_at) > COMING:
            self._up_at.popitem(last=False)

    def up_at(self, leg: LegId) -> Millis | None:
        """When the call that is handed to us now was answered, if we have heard of it. Told once."""
        return self._up_at.pop(leg, None)

    def hope_for_none(self) -> None:
        """The connection is gone: nothing will be handed to us over it."""
        for held in self.legs.values():
            held.handed.set()

    def any_of(self, call: CallId) -> bool:
        """Whether a leg of this call is here: the one that it is named after, or one that was made for it."""
        return any(leg == LegId(call) or leg.startswith(f"{call}.") for leg in self.legs)

    def caller_leaving(self, leg: LegId) -> Held | None:
        """The caller for whom this leg was made, while it is uncertain whether he has ended or is in the dialplan."""
        caller = self.legs.get(LegId(leg.rpartition(".")[0]))
        return caller if caller is not None and caller.left else None

    def let_go(self, leg: LegId) -> None:
        """The leg is the dialplan's now."""
        held = self.legs.pop(leg, None)
        if held is not None:
            held.left = False
            held.go()

    def keep_only(self, legs: Container[LegId]) -> list[LegId]:
        """After a gap: whatever else we held is gone, or the dialplan's. What it was."""
        others = [leg for leg in self.legs if leg not in legs]
        for leg in others:
            self.let_go(leg)
        return others

    def end(self, leg: LegId, code: int, cause: Cause | None = None) -> LegEnded | None:
        """The leg is gone. None when that has been told, or the leg was never ours."""
        held = self.legs.pop(leg, None)
        if held is None:
            return None
        held.go()
        if cause is None:
            cause = Cause.LOST if held.given_up else cause_of(code, held.answered)
        return LegEnded(leg, cause, code)

    # --- playbacks --------------------------------------------------------------------------------------------------

    def declare_silent(self, playback: PlaybackId) -> bool:
        """We ourselves say that a playback ended. False when that has been told."""
        if self.speaking.pop(playback, None) is None:
            return False
        self._declared[playback] = None
        if len(self._declared) > REMEMBERED:
            self._declared.popitem(last=False)
        return True

    def fell_silent(self, playback: PlaybackId) -> bool:
        """Asterisk says so. False when we have said it before; one from before our own restart is told."""
        self.speaking.pop(playback, None)
        if playback in self._declared:
            del self._declared[playback]
            return False
        return True
