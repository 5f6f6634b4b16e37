"""A look at all that Asterisk holds, after a gap in its events."""

from contextlib import suppress
from dataclasses import dataclass

from ctl.pbx import wire
from ctl.pbx.ari import Ari, Refused
from ctl.pbx.names import made_by_us
from ctl.pbx.translate import SNOOP, arguments
from ctl.switchboard.events import FoundLeg, PbxFound
from ctl.switchboard.ids import LegId


@dataclass(frozen=True, slots=True)
class Seen:
    """``held``: channels in our application with its arguments, the oldest first, and legs that we made and that are
    to be handed to us, without: they ring, or have answered while we were away.

    ``elsewhere``: all other channels.
    """

    held: tuple[tuple[wire.Channel, tuple[str, ...]], ...]
    elsewhere: tuple[LegId, ...]

    def found(self) -> PbxFound:
        legs = tuple(FoundLeg(LegId(channel.id), bool(args) and channel.state == "Up") for channel, args in self.held)
        return PbxFound(legs, self.elsewhere)


async def look(ari: Ari, application: str) -> Seen:
    """Raises `ari.Away`."""
    held, elsewhere = [], []
    for channel in sorted(await ari.channels_list(), key=lambda channel: channel.creationtime):
        args = arguments(channel, application)
        if args is None and made_by_us(channel.id):
            args = ()
        if args is not None and args[:1] == (SNOOP,):
            continue  # no leg; the switchboard puts a new one where it is wanted
        if args is None:
            elsewhere.append(LegId(channel.id))
        else:
            held.append((channel, args))
    return Seen(tuple(held), tuple(elsewhere))


async def tidy(ari: Ari) -> None:
    """Take away bridges that nobody is in any more: their calls ended while we were not there to do it.

    Only while nothing is under way; a bridge is empty for a moment before its first leg enters.
    """
    for bridge in await ari.bridges_list():
        if bridge.bridge_class == "stasis" and not bridge.channels:
            with suppress(Refused):  # gone by itself
                await ari.bridges_destroy(bridge.id)
