"""The fallback's queues in the PBX, asked as the PBX itself knows them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ctl.pbx.ami import Ami
from ctl.pbx.names import AMI_USER, is_fallback_queue, member_interface
from ctl.secrets import Secrets
from ctl.settings import Settings
from ctl.switchboard.ids import Extension

READY_WITHIN_S = 15


@asynccontextmanager
async def probe(settings: Settings) -> AsyncIterator[Ami]:
    """A connection to the PBX of this centre, once it has booted."""
    up = asyncio.Event()
    where = settings.pbx_host, settings.ami_port
    ami = Ami(*where, AMI_USER, Secrets.of(settings).ami, lambda _: None, up.set)
    ami.connect()
    try:
        await asyncio.wait_for(up.wait(), READY_WITHIN_S)
        yield ami
    finally:
        ami.stop()


async def queues_of(settings: Settings, extension: Extension) -> set[str]:
    """The fallback queues that would ring this operator now."""
    async with probe(settings) as ami:
        rows = await ami.ask("QueueStatus", {"Member": member_interface(extension)}, many=True)
    return {str(row.queue) for row in rows if row.event == "QueueMember" and is_fallback_queue(row.queue)}


async def members(settings: Settings, queue: str | None = None) -> set[str]:
    """Who would take the calls of this fallback queue now, or of any of them, by interface."""
    async with probe(settings) as ami:
        rows = await ami.ask("QueueStatus", {"Queue": queue} if queue else None, many=True)
    return {row.location for row in rows if row.event == "QueueMember" and is_fallback_queue(row.queue)}
