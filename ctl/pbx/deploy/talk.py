"""Talking to an Asterisk for the length of a deploy: one AMI connection with the rights that deploying needs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ctl.pbx.ami import Ami
from ctl.pbx.names import AMI_DEPLOY_USER
from ctl.secrets import Secrets
from ctl.settings import Settings

KNOCK_S = 0.05
"""Between two tries while it boots."""


class NotAnsweringError(Exception):
    """No Asterisk answers, or it does not let us in. Says where."""


@asynccontextmanager
async def connected(settings: Settings, secrets: Secrets, within_s: float) -> AsyncIterator[Ami]:
    """AMI of a fully booted Asterisk. Raises `NotAnsweringError` when that is not there ``within_s``."""
    where = f"{settings.pbx_host}:{settings.ami_port}"
    booted = asyncio.Event()
    ami = Ami(
        settings.pbx_host,
        settings.ami_port,
        AMI_DEPLOY_USER,
        secrets.ami_deploy,
        on_event=lambda _: None,
        on_up=booted.set,
    )
    try:
        try:
            async with asyncio.timeout(within_s):
                await _listening(settings)
                ami.connect()
                await booted.wait()
        except TimeoutError:
            silent = f"Asterisk did not answer at {where} within {within_s:g} s"
            hint = ", or one answers there that does not know this centre's passwords (see CTL_ADDRESS, CTL_AMI_PORT)"
            raise NotAnsweringError(silent + hint) from None
        yield ami
    finally:
        ami.stop()


async def console(ami: Ami, command: str) -> str:
    """What a command prints on Asterisk's console. Raises `AmiAway` or `AmiRefused`."""
    [answer] = await ami.ask("Command", {"Command": command})
    lines = answer.get("Output", "")
    return "\n".join(lines) if isinstance(lines, list) else str(lines)


async def is_running(settings: Settings) -> bool:
    """Whether something listens where Asterisk's AMI would be."""
    try:
        async with asyncio.timeout(2):
            _, writer = await asyncio.open_connection(settings.pbx_host, settings.ami_port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True


async def _listening(settings: Settings) -> None:
    while not await is_running(settings):  # noqa: ASYNC110 - nothing in this process tells when another one listens
        await asyncio.sleep(KNOCK_S)
