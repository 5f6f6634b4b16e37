"""Running a command as people type it."""

import asyncio

from typer.testing import CliRunner, Result

from ctl.cli import alarm, announce, app, callbacks, floor, mode, supervise  # noqa: F401 - so that their commands are there


async def ctl(*arguments: str) -> Result:
    """In a thread, as a command has an event loop of its own."""
    return await asyncio.to_thread(CliRunner().invoke, app, arguments)
