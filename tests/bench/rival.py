"""The other side: Asterisk's ``Queue()`` as well tuned as it goes, in the same Asterisk."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from ctl.house import ensure_rootfs
from ctl.house.asterisk import asterisk_command
from ctl.lab import processes
from ctl.lab.centre import Centre
from ctl.lab.pulse import eventually
from ctl.pbx.names import AMI_USER

THEIRS = "0399990002"
"""The number that leads into ``Queue()``."""
QUEUE = "rival"

# Members are the telephones themselves, the longest idle one first as with us; a caller is not held up by
# announcements or by the one before; the shortest retry that Queue() takes is one second.
_QUEUES = f"""

[{QUEUE}]
strategy = leastrecent
musicclass = default
timeout = 20
retry = 1
autofill = yes
ringinuse = no
timeoutrestart = no
joinempty = yes
leavewhenempty = no
announce-holdtime = no
announce-position = no
announce-frequency = 0
"""

# The switchboard takes callers back who wait in a queue of Asterisk: they are its own, from an hour in which it was
# away. Those of the measurement are not, so it must not hear of them.
_MANAGER = f"""

[{AMI_USER}](+)
eventfilter(name(QueueCallerJoin),action(exclude),header(Queue),method(exact)) = {QUEUE}
"""

# The same recording as ours: what is compared is who finds the operator.
_DIALPLAN = (
    "Answer(\\,i)",
    "MixMonitor(\\,r(/centre/recordings/${UNIQUEID}-rx.wav)t(/centre/recordings/${UNIQUEID}-tx.wav))",
    f"Queue({QUEUE})",
)


class Rival:
    """``Queue()`` beside a centre that runs, without calls yet."""

    def __init__(self, centre: Centre) -> None:
        self._centre = centre
        self._rootfs = ensure_rootfs(centre.settings, lambda _: None)

    async def move_in(self) -> None:
        """Add the queue and its number to the running Asterisk."""
        etc = self._centre.settings.under("asterisk", "etc")
        for name, text in (("queues.conf", _QUEUES), ("manager.conf", _MANAGER)):
            with (etc / name).open("a", encoding="utf-8") as file:
                file.write(text)
        await self.console("queue reload all")
        await self.console("manager reload")
        for priority, application in enumerate(_DIALPLAN, 1):
            await self.console(f"dialplan add extension {THEIRS},{priority},{application} into from-trunk")
        await self._reconnect_switchboard()

    @asynccontextmanager
    async def members(self, extensions: Iterable[int]) -> AsyncIterator[None]:
        """These operators' telephones are members while the context lasts."""
        joined = list(extensions)
        try:
            for extension in joined:
                await self.console(f"queue add member PJSIP/{extension} to {QUEUE}")
            yield
        finally:
            for extension in joined:
                await self.console(f"queue remove member PJSIP/{extension} from {QUEUE}")

    async def console(self, command: str) -> str:
        """Ask the running Asterisk on its console."""
        settings = self._centre.settings
        call = asterisk_command(settings, self._rootfs, settings.under("asterisk", "etc"), "-rx", command)
        process = await asyncio.create_subprocess_exec(
            *call, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
        )
        out, _ = await process.communicate()
        return out.decode()

    async def _reconnect_switchboard(self) -> None:
        """A filter holds from the next login on: the switchboard is started again."""
        before = processes.of(self._centre.settings, "switchboard")
        self._centre.kill("switchboard")

        async def is_new() -> bool:
            return bool(set(processes.of(self._centre.settings, "switchboard")) - set(before))

        await eventually(is_new, "the switchboard is started again", 30)
        await self._centre.is_connected(True, 30)
