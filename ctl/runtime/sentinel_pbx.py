"""The sentinel's hands: what it sees and does in the PBX, over its own AMI connection."""

import logging
from collections.abc import Callable

from panoramisk.message import Message

from ctl.pbx.ami import Ami, AmiAway, AmiRefused
from ctl.pbx.names import AMI_SENTINEL_USER
from ctl.runtime.rescue import Channel
from ctl.runtime.sentinel import PbxAway
from ctl.secrets import Secrets
from ctl.settings import Settings

log = logging.getLogger(__name__)


class AmiPbx:
    """AMI as `sentinel.Pbx`. Connects when made, and again for ever; ``on_up`` is called each time."""

    def __init__(self, settings: Settings, secrets: Secrets, on_up: Callable[[], None] = lambda: None) -> None:
        self._ami = Ami(
            settings.pbx_host,
            settings.ami_port,
            AMI_SENTINEL_USER,
            secrets.ami_sentinel,
            lambda event: None,
            on_up,
        )
        self._connecting = self._ami.connect()

    async def channels(self) -> list[Channel]:
        """Every channel of the PBX."""
        try:
            rows = await self._ami.ask("CoreShowChannels", many=True)
        except (AmiAway, AmiRefused) as error:
            raise PbxAway(str(error)) from error
        return [_channel(row) for row in rows if row.event == "CoreShowChannel"]

    async def redirect(self, channel: Channel, context: str, exten: str) -> None:
        await self._do("Redirect", channel, Context=context, Exten=exten, Priority="1")

    async def hang_up(self, channel: Channel) -> None:
        await self._do("Hangup", channel)

    async def _do(self, action: str, channel: Channel, **headers: str) -> None:
        try:
            await self._ami.ask(action, {"Channel": channel.name, **headers})
        except AmiRefused as error:
            # Gone in the meantime, and so in need of nothing.
            log.info("%s of %s: %s", action, channel.name, error)
        except AmiAway as error:
            raise PbxAway(str(error)) from error

    def close(self) -> None:
        self._ami.stop()


def _channel(row: Message) -> Channel:
    return Channel(
        name=row.Channel,
        uniqueid=row.Uniqueid,
        context=row.Context,
        exten=row.Exten,
        application=row.Application,
        bridge=row.BridgeId,
    )
