"""A look at all that Asterisk holds, after a gap in its events."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from ctl.pbx import wire
from ctl.pbx.ari import Ari, Refused
from ctl.pbx.names import ARRIVAL_CONTEXT, HANGUP, call_of_bridge, made_by_us
from ctl.pbx.telephones import CALLED_BY_DIALPLAN
from ctl.pbx.translate import SNOOP, arguments
from ctl.switchboard.events import FoundLeg, PbxFound
from ctl.switchboard.ids import CallId, LegId


@dataclass(frozen=True, slots=True)
class Seen:
    """``held``: channels in our application with its arguments, the oldest first; without arguments legs that we made and that
    are to be handed to us (they ring, or have answered while we were away), and citizens who are hanging up.

    ``elsewhere``: all other channels; ``called_there``: those of them that the PBX's own dialplan has called.
    """

    held: tuple[tuple[wire.Channel, tuple[str, ...]], ...]
    elsewhere: tuple[LegId, ...]
    called_there: tuple[wire.Channel, ...]

    def found(self) -> PbxFound:
        legs = tuple(FoundLeg(LegId(channel.id), bool(args) and channel.state == "Up") for channel, args in self.held)
        return PbxFound(legs, self.elsewhere)


async def look(ari: Ari, application: str) -> Seen:
    """Raises `ari.Away`."""
    held, elsewhere, called_there = [], [], []
    for channel in sorted(await ari.channels_list(), key=lambda channel: channel.creationtime):
        args = arguments(channel, application)
        if args is None and (made_by_us(channel.id) or _hangs_up(channel)):
            args = ()
        if args is not None and args[:1] == (SNOOP,):
            continue  # no leg; the switchboard puts a new one where it is wanted
        if args is None:
            elsewhere.append(LegId(channel.id))
            if channel.dialplan.app_name in CALLED_BY_DIALPLAN:
                called_there.append(channel)
        else:
            held.append((channel, args))
    return Seen(tuple(held), tuple(elsewhere), tuple(called_there))


def _hangs_up(channel: wire.Channel) -> bool:
    """Whether a citizen of ours is in the dialplan for the last time: nothing but his leg will tell of his end. In the fallback's
    contexts a line tells."""
    return channel.dialplan.context == ARRIVAL_CONTEXT and channel.dialplan.exten == HANGUP


async def tidy(ari: Ari, goes_on: Callable[[CallId], bool] = lambda _: False) -> None:
    """Take away bridges that nobody is in and whose call does not go on: it ended while we were not there to do it.

    A bridge is empty for a moment before its first leg enters: unless nothing is under way, who goes on must be known.
    """
    for bridge in await ari.bridges_list():
        if bridge.bridge_class == "stasis" and not bridge.channels and not goes_on(call_of_bridge(bridge.id)):
            with suppress(Refused):  # gone by itself
                await ari.bridges_destroy(bridge.id)
