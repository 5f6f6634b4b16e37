"""The PBX's own queue, which serves callers while we are away: who is in it, and who would take its calls."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Mapping

from ctl.pbx.ami import Ami, AmiAway, AmiRefused
from ctl.pbx.names import (
    RETURNING_CONTEXT,
    WAITING_CONTEXT,
    fallback_queue,
    is_fallback_queue,
    member_interface,
    member_state,
)
from ctl.switchboard.effects import MirrorToFallback
from ctl.switchboard.ids import Extension

log = logging.getLogger(__name__)

BESIDE_THE_QUEUE = frozenset({"Playback", "MusicOnHold"})
"""What a caller hears who is not in the queue yet, or has left it because nobody is there."""


class Fallback:
    """Mirrors operators into the fallback's queues and takes waiting callers back.

    ``ours`` says whether calls reach us now: only then is a caller better off with us.
    """

    def __init__(self, ami: Ami, ours: Callable[[], bool]) -> None:
        self._ami = ami
        self._ours = ours
        self._wanted: dict[Extension, Mapping[str, int]] = {}
        self._stale: set[Extension] = set()
        self._changed = asyncio.Event()
        self._returned: set[str] = set()
        self._looking = asyncio.Lock()
        self._will_look = False

    # --- members ----------------------------------------------------------------------------------------------------

    def mirror(self, effect: MirrorToFallback) -> None:
        """Note what is wanted; `keep_mirrored` brings it about."""
        wanted = {fallback_queue(queue): penalty for queue, penalty in effect.queues} if effect.available else {}
        if self._wanted.get(effect.extension) != wanted:
            self._wanted[effect.extension] = wanted
            self._stale.add(effect.extension)
            self._changed.set()

    def forget(self) -> None:
        """Asterisk may have lost what it knew: mirror everybody anew."""
        self._stale = set(self._wanted)
        self._changed.set()

    async def keep_mirrored(self) -> None:
        """Work until cancelled."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            try:
                await self._mirror_stale()
            except (AmiAway, AmiRefused) as error:
                log.warning("fallback_not_mirrored operators=%d error=%s", len(self._stale), error)

    async def _mirror_stale(self) -> None:
        if not self._stale or not self._ami.up:
            return  # `forget` calls again when AMI is back
        present = await self._members()
        while self._stale:
            extension = min(self._stale)
            interface, wanted = member_interface(extension), self._wanted[extension]
            await self._mirror(extension, wanted, present.get(interface, {}))
            present[interface] = wanted  # an operator who changes again meanwhile is compared with what is so now
            if self._wanted[extension] == wanted:
                self._stale.discard(extension)

    async def _members(self) -> dict[str, Mapping[str, int]]:
        """interface → {queue: penalty}."""
        found: defaultdict[str, dict[str, int]] = defaultdict(dict)
        for row in await self._ami.ask("QueueStatus", many=True):
            if row.event == "QueueMember" and is_fallback_queue(row.queue):
                found[row.location][str(row.queue)] = int(row.penalty)
        return dict(found)

    async def _mirror(self, extension: Extension, wanted: Mapping[str, int], present: Mapping[str, int]) -> None:
        interface = member_interface(extension)
        for queue in present:
            if queue not in wanted:
                await self._try("QueueRemove", Queue=queue, Interface=interface)
        for queue, penalty in wanted.items():
            if queue not in present:
                await self._try(
                    "QueueAdd",
                    Queue=queue,
                    Interface=interface,
                    MemberName=extension,
                    StateInterface=member_state(extension),
                    Penalty=str(penalty),
                )
            elif present[queue] != penalty:
                await self._try("QueuePenalty", Queue=queue, Interface=interface, Penalty=str(penalty))

    # --- callers ----------------------------------------------------------------------------------------------------

    async def take_back(self) -> None:
        """Take over everybody who waits in the fallback, the first caller first."""
        self._returned.clear()
        await self._take(await self._in_queue() | await self._beside_the_queue())

    async def take_from_beside(self) -> None:
        """Take over everybody who was sent there although calls reach us, and is not in the queue yet: who comes into the
        queue is told by Asterisk. So it is when we hung, and no connection broke. Many are told one by one; a look that
        has not begun finds them all."""
        if self._will_look:
            return
        self._will_look = True
        try:
            await self._looking.acquire()
        finally:
            self._will_look = False
        try:
            await self._take(await self._beside_the_queue())
        finally:
            self._looking.release()

    async def _take(self, waiting: Mapping[str, str]) -> None:
        for name in sorted(waiting, key=_arrival):
            await self.take_caller(waiting[name], name)

    async def _in_queue(self) -> dict[str, str]:
        """call → channel."""
        rows = await self._ami.ask("QueueStatus", many=True)
        return {row.uniqueid: row.channel for row in rows if row.event == "QueueEntry" and is_fallback_queue(row.queue)}

    async def _beside_the_queue(self) -> dict[str, str]:
        """call → channel."""
        rows = await self._ami.ask("CoreShowChannels", many=True)
        return {
            row.uniqueid: row.channel
            for row in rows
            if row.event == "CoreShowChannel" and row.context == WAITING_CONTEXT and row.application in BESIDE_THE_QUEUE
        }

    async def take_caller(self, channel: str, name: str) -> None:
        """Take over one who waits there. Once only per connection: who comes there again was sent there.

        Many are taken one after the other: who was answered meanwhile talks on.
        """
        if not self._ours() or name in self._returned or await self._is_answered(channel) or name in self._returned:
            return
        self._returned.add(name)
        log.info("caller_taken_back call=%s", name)
        # any extension will do: the caller's channel knows the dialled number and the instant of the first arrival
        await self._try("Redirect", Channel=channel, Context=RETURNING_CONTEXT, Exten="0", Priority="1")

    async def _is_answered(self, channel: str) -> bool:
        try:
            [answer] = await self._ami.ask("Getvar", {"Channel": channel, "Variable": "CTL_ANSWERED"})
        except AmiRefused:
            return False  # gone: so is what follows
        return bool(answer.value)

    async def _try(self, action: str, **headers: str) -> None:
        try:
            await self._ami.ask(action, headers)
        except AmiRefused as refused:
            log.info("ami_refused %s", refused)


def _arrival(name: str) -> tuple[int, ...]:
    """Asterisk names a channel by the second in which it came, and its number."""
    return tuple(int(part) for part in name.split("."))
