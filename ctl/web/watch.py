"""For machines that watch: ``/healthz`` and ``/metrics``. Both answer whatever else is away."""

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime

from aiohttp import web
from prometheus_client import generate_latest

from ctl.database.engine import DatabaseAway, DatabaseUnprepared
from ctl.ops.health import Signs, health
from ctl.ops.jobs import published
from ctl.ops.metrics import CONTENT_TYPE, exposition
from ctl.runtime.client import SwitchboardAway, SwitchboardRefused
from ctl.security.policy import Action
from ctl.web.archive import Archive
from ctl.web.keys import ARCHIVE, METER, MIRROR, SETTINGS
from ctl.web.mirror import Switchboard
from ctl.web.permission import needs_or_here

routes = web.RouteTableDef()

PATIENCE_S = 2.0
"""How long each part may take to show that it is there."""


@routes.get("/healthz")
@needs_or_here(Action.SEE_METRICS)
async def healthz(request: web.Request) -> web.Response:
    """200 as long as the web itself answers; the document says what else is well."""
    return web.json_response(health(await signs(request.app)), dumps=json.dumps)


@routes.get("/metrics")
@needs_or_here(Action.SEE_METRICS)
async def metrics(request: web.Request) -> web.Response:
    sight = request.app[MIRROR].sight
    body = exposition(await signs(request.app), sight.floor if sight.live else None)
    body += generate_latest(request.app[METER].registry)
    return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE})


async def signs(app: web.Application) -> Signs:
    switchboard, database = await asyncio.gather(_health_of(app[MIRROR].switchboard), _answers(app[ARCHIVE]))
    return Signs(switchboard, database, published(app[SETTINGS].told_by("worker")), datetime.now(UTC))


async def _health_of(switchboard: Switchboard) -> Mapping[str, object] | None:
    try:
        async with asyncio.timeout(PATIENCE_S):
            return await switchboard.health()
    except (SwitchboardAway, SwitchboardRefused, TimeoutError, ValueError):
        return None


async def _answers(archive: Archive) -> bool:
    try:
        async with asyncio.timeout(PATIENCE_S):
            await archive.ping()
    except (DatabaseAway, DatabaseUnprepared, TimeoutError):
        return False
    return True
