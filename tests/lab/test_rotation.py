"""A real Asterisk goes on writing when its logs and lines are turned over."""

import asyncio
from pathlib import Path

from ctl.lab.pbx import tail
from ctl.lab.pulse import eventually
from ctl.pbx.ami import Ami
from ctl.pbx.cel import FILE
from ctl.pbx.deploy.music import find_music
from ctl.pbx.deploy.render import render
from ctl.pbx.deploy.talk import console
from ctl.pbx.deploy.throwaway import apart, temporary_home, throw_away
from ctl.pbx.names import AMI_USER
from ctl.pbx.parts import Parts
from ctl.pbx.rotation import MB, Rotation
from ctl.secrets import Secrets
from ctl.settings import Settings
from tests.plans import small_plan


async def a_channel_comes_and_goes(settings: Settings, secrets: Secrets, cel: Path) -> None:
    """Until Asterisk's account tells of its end."""
    booted = asyncio.Event()
    ami = Ami(str(settings.address), settings.ami_port, AMI_USER, secrets.ami, lambda _: None, booted.set)
    ami.connect()
    try:
        await asyncio.wait_for(booted.wait(), 10)
        where = {"Channel": "Local/2001@operators", "Application": "Hangup", "Async": "true"}
        await ami.ask("Originate", where)

        async def told() -> bool:
            return "LINKEDID_END" in tail(cel, 50)

        await eventually(told, f"{cel.name} tells of the channel", 10)
    finally:
        ami.stop()


async def test_asterisk_writes_on_into_new_files(rootfs: Path) -> None:
    with temporary_home() as home:
        settings = apart(Settings(log_file_mb=1), home)
        secrets, music = Secrets.of(settings), find_music(settings)
        music.place(settings)
        files = render(settings, secrets, small_plan(), music=music.name)
        cel, messages = settings.under(*FILE), settings.under("asterisk", "log", "messages")
        async with throw_away(settings, secrets, files, rootfs) as pbx:
            await a_channel_comes_and_goes(settings, secrets, cel)
            for path in (cel, messages):
                with path.open("a") as file:
                    file.write("\n" * (MB + 1))
            assert await Rotation(settings, secrets).once() == 2
            assert Parts(cel).finished() == [1]
            assert messages.with_name("messages.0").stat().st_size > MB
            assert messages.stat().st_size < MB
            await a_channel_comes_and_goes(settings, secrets, cel)
            await console(pbx.ami, "dialplan reload")
            assert await Rotation(settings, secrets).once() == 0
