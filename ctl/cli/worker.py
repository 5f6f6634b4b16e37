"""Commands: worker."""

import asyncio
import contextlib
import logging
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace

import typer

from ctl.cli import app
from ctl.settings import Settings

SHIP_REST_S = 0.5
"""A fact is in Postgres within a second, mostly."""
CUT_REST_S = 2.0
ROTATE_REST_S = 60.0
FORGET_REST_S = 60.0
PREPARE_S = 30.0
"""So long everything waits for the tables at the start."""

log = logging.getLogger(__name__)


@app.command()
def worker() -> None:
    """Carry the journal to Postgres, cut recordings, chain the audit trail, turn over logs, watch. Calls need none of it."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        asyncio.run(_work(Settings()))
    except OSError as error:
        typer.echo(f"the worker cannot run: {error}", err=True)
        raise typer.Exit(1) from None


async def _work(settings: Settings) -> None:
    from ctl.cms import numbers  # noqa: PLC0415 - see ctl.cli
    from ctl.cms.ingest import Ingest  # noqa: PLC0415 - see ctl.cli
    from ctl.database.engine import DatabaseAway, DatabaseNewer, DatabaseUnprepared, engine_of, owner_engine_of  # noqa: PLC0415
    from ctl.database.revision import is_current  # noqa: PLC0415
    from ctl.journal.shipper import Shipper  # noqa: PLC0415
    from ctl.ops.guards import Guards  # noqa: PLC0415
    from ctl.ops.jobs import Job, Jobs, publish  # noqa: PLC0415
    from ctl.pbx.ami import AmiAway, AmiRefused  # noqa: PLC0415
    from ctl.pbx.deploy.places import asterisk  # noqa: PLC0415
    from ctl.pbx.deploy.render import CERTIFICATE  # noqa: PLC0415
    from ctl.pbx.deploy.talk import NotAnsweringError  # noqa: PLC0415
    from ctl.pbx.rotation import Rotation  # noqa: PLC0415
    from ctl.recording.vault import Vault  # noqa: PLC0415
    from ctl.recording.work import Cutting, PostgresIndex  # noqa: PLC0415
    from ctl.runtime.client import SwitchboardAway, SwitchboardRefused  # noqa: PLC0415
    from ctl.secrets import Secrets  # noqa: PLC0415

    engine = engine_of(settings)
    shipper = Shipper(settings.journal_path, Ingest(engine))
    cutting = Cutting(PostgresIndex(engine), Vault.of(settings), lambda: time.time_ns() // 1_000_000)
    rotation = Rotation(settings, Secrets.of(settings))
    certificates = {
        "asterisk": asterisk(settings, "keys", f"{CERTIFICATE}.crt"),
        "web": settings.web_certificate or settings.under("web", "web.crt"),
    }
    guards = Guards(settings, engine, certificates, {"asterisk": (settings.pbx_host, settings.https_port)})

    prepared, preparing = False, asyncio.Lock()

    async def prepare(*, anew: bool = False) -> None:
        """Once: bring a new database, or one of an older program, to this program's state."""
        nonlocal prepared
        async with preparing:
            if prepared and not anew:
                return
            if not await is_current(engine):
                from ctl.database.migrate import migrate  # noqa: PLC0415 - seldom needed, and heavy

                owner = owner_engine_of(settings)
                try:
                    await migrate(owner)
                finally:
                    await owner.dispose()
            prepared = True

    def on_tables(once: Callable[[], Awaitable[int]]) -> Callable[[], Awaitable[int]]:
        """A job that touches no tables but those of this program."""

        async def on_ours() -> int:
            await prepare()
            return await once()

        return on_ours

    async def ship() -> int:
        try:
            return await shipper.once()
        except DatabaseUnprepared:  # it has been replaced
            await prepare(anew=True)
            return await shipper.once()

    async def forget_numbers() -> int:
        return await numbers.forget(engine, time.time_ns() // 1_000_000)

    states = settings.told_by("worker")
    states.parent.mkdir(parents=True, exist_ok=True)
    states.unlink(missing_ok=True)  # what a killed worker said of itself is no longer true
    jobs = Jobs(
        [
            Job("rotate", rotation.once, ROTATE_REST_S),
            *guards.without_tables,
            *(
                replace(job, once=on_tables(job.once))
                for job in (
                    Job("ship", ship, SHIP_REST_S),
                    Job("cut", cutting.once, CUT_REST_S),
                    Job("forget", forget_numbers, FORGET_REST_S),
                    *guards.on_tables,
                )
            ),
        ],
        lambda now: publish(states, now),
        expected=(
            DatabaseAway,
            DatabaseNewer,
            NotAnsweringError,
            AmiAway,
            AmiRefused,
            SwitchboardAway,
            SwitchboardRefused,
        ),
    )
    guards.look_at(jobs.states["ship"])
    try:
        async with asyncio.timeout(PREPARE_S):
            await prepare()
    except Exception as error:
        # Whatever it is, shipping meets it again; what does not need the tables is done meanwhile.
        log.warning("the tables could not be brought to date yet: %s", str(error) or type(error).__name__)
    working = asyncio.create_task(jobs.run())
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, working.cancel)
    try:
        await working
    except asyncio.CancelledError:
        log.info("the worker stops")
    finally:
        with contextlib.suppress(DatabaseAway, DatabaseUnprepared, OSError):
            await guards.keeper.sign()
        states.unlink(missing_ok=True)
        shipper.close()
        await engine.dispose()
