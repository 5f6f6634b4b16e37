"""The centre's Asterisk alone, with the product's own configuration: for tests of the link, without its other parts."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from ctl.house import asterisk_command, asterisk_owner
from ctl.lab import fallback
from ctl.lab.tones import MUSIC, tone, write_wav
from ctl.pbx.deploy import places
from ctl.pbx.deploy.certificate import ensure_certificate
from ctl.pbx.deploy.generations import Generations
from ctl.pbx.deploy.render import render
from ctl.secrets import Secrets
from ctl.settings import Settings
from ctl.switchboard.plan import Hours
from tests.plans import plan_with

SPOKEN_HZ = 1900
"""What stands in for speech in every prompt; no voice of the town."""
PLAN = plan_with(hours=dict.fromkeys(("inquiry", "exchange"), Hours(dict.fromkeys(range(7), ((0, 24 * 60),)))))
"""Open around the clock, so that the fallback serves callers at any hour."""


class BarePbx:
    """Made by `running`. May be killed and started again, as in an accident."""

    def __init__(self, settings: Settings, rootfs: Path) -> None:
        self.settings = settings
        self.secrets = Secrets.of(settings)
        self._rootfs = rootfs
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Returns when Asterisk has booted."""
        log = self.settings.under("console.log").open("ab")
        with log:
            command = asterisk_command(self.settings, self._rootfs, places.config_directory(self.settings))
            self._process = await asyncio.create_subprocess_exec(*command, stdout=log, stderr=log)
        async with fallback.probe(self.settings):
            pass

    async def members(self, queue: str) -> set[str]:
        """Who would take the fallback queue's calls now, by interface."""
        return await fallback.members(self.settings, queue)

    async def kill(self) -> None:
        """As when the machine loses it: no good-bye to anybody."""
        assert self._process is not None
        self._process.kill()
        await self._process.wait()

    def sleep(self) -> None:
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGSTOP)

    def wake(self) -> None:
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGCONT)

    def prepare(self) -> None:
        """Configuration, keys, prompts and music where Asterisk looks for them."""
        owner = asterisk_owner(self._rootfs)
        places.prepare(self.settings, owner)
        ensure_certificate(self.settings, owner)
        files = render(self.settings, self.secrets, PLAN)
        store = Generations(self.settings, owner)
        contents = {f"asterisk/{name}": text.encode() for name, text in files.items()}
        store.activate(store.write(contents, author="", reason="laboratory", plan="").number)
        for media in PLAN.prompts.values():
            name = media.removeprefix("sound:ctl/")
            write_wav(self.settings.prompts_path / f"{name}.wav", tone(SPOKEN_HZ, 1))
        write_wav(places.asterisk(self.settings, "music", "default", "tone.wav"), tone(MUSIC, 10))


@asynccontextmanager
async def running(settings: Settings, rootfs: Path) -> AsyncIterator[BarePbx]:
    pbx = BarePbx(settings, rootfs)
    pbx.prepare()
    try:
        await pbx.start()
        yield pbx
    finally:
        pbx.wake()
        await pbx.kill()
