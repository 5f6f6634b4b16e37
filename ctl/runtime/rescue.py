"""Whom the sentinel rescues, and when. Pure: it is told what is there, and answers what to do.

Rules
-----
* The control plane is away when it has not said for `grace_ms` that calls reach it.
* A caller is stranded who sits in our hands alone: in the IVR, waiting, ringing an operator, on hold. Stranded callers
  go to the fallback queue of the PBX. What still rings for them, or was left alone on hold, is hung up: that operator
  is free for the fallback queue.
* Whoever talks is left alone, and so is a caller for whom operator and department are talking: they may still be
  served, and become stranded only when those two have hung up.
* Whom we called, and who is alone in our hands since everybody else of that call has hung up, hears nobody and waits for nobody:
  hung up. The ward would pay for the silence of a citizen who was called back.
* Who was rescued before, and came back to us, is rescued again: such a caller stands in another context.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from ctl.pbx.names import ARRIVAL_CONTEXT, RETURNING_CONTEXT, WAITING_CONTEXT
from ctl.switchboard.ids import CallId, Millis

CITIZENS = frozenset({ARRIVAL_CONTEXT, RETURNING_CONTEXT, WAITING_CONTEXT})
"""The dialplan contexts in which citizens come into our hands: on arrival, or back from the fallback."""
_MADE_BY_US = re.compile(r"^(?P<call>.+)\.l\d+$")


@dataclass(frozen=True, slots=True)
class Channel:
    """One row of AMI ``CoreShowChannels``."""

    name: str
    uniqueid: str
    context: str
    exten: str
    application: str
    bridge: str

    @property
    def made_for(self) -> CallId | None:
        """The call for which we made this channel; None when it came by itself."""
        made = _MADE_BY_US.match(self.uniqueid)
        return CallId(made["call"]) if made else None


@dataclass(frozen=True, slots=True)
class Rescue:
    """``redirect``: callers for the fallback queue. ``hang_up``: what was made for them and serves nobody now."""

    redirect: tuple[Channel, ...]
    hang_up: tuple[Channel, ...]


def rescue(channels: Iterable[Channel]) -> Rescue:
    """What to do about these channels while the control plane is away."""
    made: dict[CallId, list[Channel]] = defaultdict(list)
    alone: list[Channel] = []
    channels = tuple(channels)
    for channel in channels:
        if channel.made_for is not None:
            made[channel.made_for].append(channel)
        elif channel.context in CITIZENS and channel.application == "Stasis" and not channel.bridge:
            alone.append(channel)
    stranded = [caller for caller in alone if not any(leg.bridge for leg in made[CallId(caller.uniqueid)])]
    idle = [leg for caller in stranded for leg in made[CallId(caller.uniqueid)]]
    began = {CallId(channel.uniqueid) for channel in channels}
    forsaken = [
        leg
        for call, legs in made.items()
        for leg in legs
        if len(legs) == 1 and call not in began and leg.application == "Stasis" and not leg.bridge
    ]
    return Rescue(tuple(stranded), (*idle, *forsaken))


class Vigil:
    """Keeps in mind when the control plane was last heard of. Instants in milliseconds, of any clock.

    ``look_ms``: what lies between two looks at the most. A longer time, in which whoever watches stood still himself, proves
    nothing: the machine was halted, or had no processor for him.
    """

    def __init__(self, grace_ms: Millis, look_ms: Millis, now: Millis) -> None:
        self._grace_ms = grace_ms
        self._look_ms = look_ms
        self._served_at = self._looked_at = now

    def heard(self, serving: bool, now: Millis) -> None:
        """What the control plane said of itself, or that it said nothing."""
        not_watched = max(0, now - self._looked_at - self._look_ms)
        self._served_at = now if serving else self._served_at + not_watched
        self._looked_at = now

    def away(self, now: Millis) -> bool:
        """True when it is time to act."""
        return now - self._served_at >= self._grace_ms
