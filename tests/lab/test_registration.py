"""Registering at a carrier, by UDP and with a password, and what becomes of it when he does not want us any more."""

import asyncio
from pathlib import Path

from ctl.lab import scenes
from ctl.lab.centre import Centre
from ctl.lab.exchange import Exchange
from ctl.lab.pulse import eventually
from ctl.pbx.deploy.render import render
from ctl.pbx.deploy.throwaway import free_address, temporary_home, throw_away
from ctl.pbx.names import NOTICES, REGISTER_AGAIN_S
from ctl.pbx.trunk import Trunk
from ctl.secrets import Secrets
from ctl.settings import Settings
from tests.plans import small_plan
from tests.registrar import Registrar, alarm_of_the_trunk, is_registered, registering

USER, PASSWORD = "0339811111", "pass;word"
NOT_REGISTERED = "the carrier does not have us in his register, so no call comes to us"


async def test_registration_is_never_given_up_and_its_loss_raises_the_alarm_and_stops_no_call(
    centre: Centre, town: Exchange, rootfs: Path
) -> None:
    """Two carriers at once, since with each of them we mostly wait."""
    async with asyncio.TaskGroup() as carriers:
        carriers.create_task(is_never_given_up(rootfs))
        carriers.create_task(raises_the_alarm_and_stops_no_call(centre, town))


async def is_never_given_up(rootfs: Path) -> None:
    """Time passes faster here: it tries again after one second, and finds that nobody answers after 6.4 s, not 32."""
    with temporary_home() as home:
        carrier = free_address()
        settings = Settings(
            home=home, address=free_address(), carrier_address=carrier, carrier_user=USER, carrier_password=PASSWORD
        )
        files = dict(render(settings, Secrets.of(settings), small_plan()))
        files["pjsip.conf"] = (
            files["pjsip.conf"]
            .replace(f"retry_interval = {REGISTER_AGAIN_S}\n", "retry_interval = 1\n")
            .replace("type = system\n", "type = system\ntimer_t1 = 100\ntimer_b = 6400\n")
        )
        async with (
            Registrar.opened(str(carrier), USER, PASSWORD, soon_s=1) as registrar,
            throw_away(settings, Secrets.of(settings), files, rootfs) as pbx,
        ):
            trunk = Trunk(pbx.ami, settings.under(*NOTICES))

            async def is_told(trouble: str | None) -> None:
                async def ask() -> bool:
                    await trunk.look()
                    return trunk.registered is not None and trunk.trouble == trouble

                await eventually(ask, f"{trouble or 'no trouble'} is told", 15)

            await is_told(None)
            for refusal in (403, 401, 404):
                registrar.refusal = refusal
                await registrar.says(refusal, times=2)
                await is_told(f"{NOT_REGISTERED}: he refuses it with {refusal}; he does answer OPTIONS")
            registrar.refusal, registrar.silent = None, True
            await is_told(f"{NOT_REGISTERED}: he does not answer it; he does answer OPTIONS")
            registrar.silent = False
            await is_told(None)


async def raises_the_alarm_and_stops_no_call(centre: Centre, town: Exchange) -> None:
    async with registering(centre) as registrar:
        citizen, phone = await scenes.talking(centre, town)
        registrar.refusal = 403
        await registrar.says(403)
        another = await scenes.waiting(centre, town, "another citizen")
        assert await another.hears_speech()
        assert await alarm_of_the_trunk(centre) == f"{NOT_REGISTERED}: he refuses it with 403; he does answer OPTIONS"
        assert await citizen.hears(phone)
        registrar.refusal = None
        await is_registered(centre, True)
