"""What holds for the whole centre, told to the PBX's own dialplan, which has to go on alone when we are away.

It lies in Asterisk's database, so it outlives a restart of Asterisk: ``ctl/mode`` names the mode in force, and
``ctl-notice/NUMBER`` the sounds of the short messages that callers of a number hear first. Nothing there: the normal
mode, no message.
"""

import asyncio
import contextlib
import logging

from ctl.pbx.ami import Ami, AmiAway, AmiRefused
from ctl.pbx.names import MODE_KEY, NOTICE_FAMILY
from ctl.switchboard.effects import MirrorConditions
from ctl.switchboard.ids import Media
from ctl.switchboard.modes import NORMAL

log = logging.getLogger(__name__)


class Standing:
    """Keeps Asterisk's database at what the switchboard said last."""

    def __init__(self, ami: Ami) -> None:
        self._ami = ami
        self._wanted: MirrorConditions | None = None
        self._told: MirrorConditions | None = None
        self._changed = asyncio.Event()

    def mirror(self, effect: MirrorConditions) -> None:
        """Note what is wanted; `keep_mirrored` brings it about."""
        self._wanted = effect
        self._changed.set()

    def forget(self) -> None:
        """Asterisk may have lost what it knew."""
        self._told = None
        self._changed.set()

    async def keep_mirrored(self) -> None:
        """Work until cancelled."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            try:
                await self._mirror()
            except (AmiAway, AmiRefused) as error:
                log.warning("conditions_not_mirrored error=%s", error)

    async def _mirror(self) -> None:
        wanted = self._wanted
        if wanted is None or wanted == self._told or not self._ami.up:
            return  # `forget` calls again when AMI is back
        family, key = MODE_KEY
        await self._ami.ask("DBPut", {"Family": family, "Key": key, "Val": wanted.mode or NORMAL})
        with contextlib.suppress(AmiRefused):  # there was none
            await self._ami.ask("DBDelTree", {"Family": NOTICE_FAMILY})
        for number, media in wanted.notices:
            await self._ami.ask("DBPut", {"Family": NOTICE_FAMILY, "Key": number, "Val": sounds(media)})
        self._told = wanted


def sounds(media: tuple[Media, ...]) -> str:
    """What ``Playback()`` takes."""
    return "&".join(one.removeprefix("sound:") for one in media)
