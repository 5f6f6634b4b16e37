"""A real Asterisk goes on writing when its logs and lines are turned over."""

from pathlib import Path

from ctl.config.music import USUAL
from ctl.lab.pbx import tail
from ctl.lab.pulse import eventually
from ctl.pbx.ari import Ari
from ctl.pbx.cel import FILE
from ctl.pbx.deploy.music import directories, find_music, place
from ctl.pbx.deploy.render import render
from ctl.pbx.deploy.talk import console
from ctl.pbx.deploy.throwaway import apart, temporary_home, throw_away
from ctl.pbx.names import ARI_USER
from ctl.pbx.parts import Parts
from ctl.pbx.rotation import MB, Rotation
from ctl.secrets import Secrets
from ctl.settings import Settings
from tests.plans import small_plan


async def a_channel_comes_and_goes(settings: Settings, secrets: Secrets, name: str) -> None:
    """Until Asterisk's account, in its newest part, tells of it."""
    async with Ari(f"http://{settings.pbx_host}:{settings.http_port}/ari", ARI_USER, secrets.ari) as ari:
        await ari.channels_originate_with_id(
            name, endpoint="Local/2001@operators", context="operators", extension="2001", priority=1
        )

    async def told() -> bool:
        return f'"{name}"' in tail(settings.under(*FILE), 50)

    await eventually(told, "Asterisk's account tells of the channel", 10)


async def test_asterisk_writes_on_into_new_files(rootfs: Path) -> None:
    with temporary_home() as home:
        settings = apart(Settings(log_file_mb=1), home)
        secrets, music = Secrets.of(settings), {USUAL: find_music(settings)}
        place(music, settings)
        files = render(settings, secrets, small_plan(), music=directories(music))
        cel, messages = settings.under(*FILE), settings.under("asterisk", "log", "messages")
        async with throw_away(settings, secrets, files, rootfs) as pbx:
            await a_channel_comes_and_goes(settings, secrets, "one")
            for path in (cel, messages):
                with path.open("a") as file:
                    file.write("\n" * (MB + 1))
            assert await Rotation(settings, secrets).once() == 2
            assert Parts(cel).finished() == [1]
            assert messages.with_name("messages.0").stat().st_size > MB
            assert messages.stat().st_size < MB
            await a_channel_comes_and_goes(settings, secrets, "two")
            await console(pbx.ami, "dialplan reload")
            assert await Rotation(settings, secrets).once() == 0
