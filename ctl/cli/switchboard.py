"""Commands: switchboard, sentinel. The processes of the control plane; `ctl run` starts them by itself."""

import asyncio
import logging
import signal

import typer

from ctl.cli import app
from ctl.settings import Settings


@app.command()
def switchboard() -> None:
    """Be the switchboard: decide about calls, until SIGTERM. Calls stay with the PBX when it stops."""
    import uvloop  # noqa: PLC0415 - see ctl.cli

    from ctl.journal.store import JournalError  # noqa: PLC0415
    from ctl.runtime.requests import BadRequest  # noqa: PLC0415
    from ctl.runtime.switchboard import serve  # noqa: PLC0415

    _log_to_standard_error()
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(serve(Settings()))
    except (JournalError, BadRequest, OSError) as error:
        typer.echo(f"the switchboard cannot run: {error}", err=True)
        raise typer.Exit(1) from None


@app.command()
def sentinel() -> None:
    """Watch over the switchboard, and send callers to the fallback queue while it is away, until SIGTERM."""
    from ctl.runtime.sentinel import keep_watch  # noqa: PLC0415 - see ctl.cli
    from ctl.runtime.sentinel_pbx import AmiPbx  # noqa: PLC0415
    from ctl.secrets import Secrets  # noqa: PLC0415

    async def watch(settings: Settings) -> None:
        watching = asyncio.current_task()
        assert watching is not None
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, watching.cancel)
        pbx = AmiPbx(settings, Secrets.of(settings))
        try:
            await keep_watch(settings, pbx)
        except asyncio.CancelledError:
            pbx.close()

    _log_to_standard_error()
    asyncio.run(watch(Settings()))


def _log_to_standard_error() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
