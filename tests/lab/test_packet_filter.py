"""The packet filter that `ctl firewall` prints, before a real Asterisk. That it keeps places for ours is tried by torture."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ctl.lab.pulse import TooLateError
from ctl.pbx.deploy.render import render
from ctl.pbx.deploy.throwaway import free_address, temporary_home, throw_away
from ctl.secrets import Secrets
from ctl.settings import Settings
from tests.plans import small_plan
from tests.proving.fault import CannotBeTriedError
from tests.proving.hoarders import filtered
from tests.proving.stranger import Stranger, status

NOBODY = 401
"""What strangers are answered."""


@asynccontextmanager
async def impostor(rootfs: Path) -> AsyncIterator[tuple[Settings, Stranger]]:
    """Somebody who speaks UDP, in the name of a carrier who speaks TCP."""
    with temporary_home() as home:
        settings = Settings(
            home=home,
            address=free_address(),
            carrier_address=free_address(),
            carrier_transport="tcp",
            carrier_asked=False,
        )
        secrets = Secrets.of(settings)
        files = render(settings, secrets, small_plan())
        async with (
            throw_away(settings, secrets, files, rootfs),
            Stranger.opened(str(settings.address), str(settings.carrier_address)) as stranger,
        ):
            yield settings, stranger


async def test_a_carrier_who_speaks_tcp_is_believed_over_udp_by_asterisk_but_not_behind_the_filter(
    rootfs: Path,
) -> None:
    async with impostor(rootfs) as (settings, stranger):
        assert status(await stranger.ask("OPTIONS", "0339811111")) not in (0, NOBODY)
        try:
            with filtered(settings):
                await is_not_answered(stranger)
        except CannotBeTriedError as why:
            pytest.skip(str(why))
        assert status(await stranger.ask("OPTIONS", "0339811111")) not in (0, NOBODY)


async def is_not_answered(stranger: Stranger) -> None:
    stranger.send(stranger.request("OPTIONS", "0339811111", call="filtered"))
    with pytest.raises(TooLateError):
        await stranger.answer_to("filtered", within_s=2)
