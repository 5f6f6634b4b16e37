"""Commands: floor, operator."""

import asyncio
import getpass
import json
from typing import Annotated

import typer

from ctl.cli import app
from ctl.settings import Settings
from ctl.switchboard.events import Do

WISHES = {
    "login": Do.LOGIN,
    "logout": Do.LOGOUT,
    "ready": Do.READY,
    "not-ready": Do.NOT_READY,
    "wrap-up-done": Do.WRAP_UP_DONE,
}


@app.command()
def floor(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document, for programs.")] = False,
) -> None:
    """Show the floor as it is now: calls, queues, operators and the trunk."""
    from ctl.runtime.client import SwitchboardAway, SwitchboardClient  # noqa: PLC0415 - see ctl.cli
    from ctl.runtime.text import floor_text  # noqa: PLC0415

    try:
        document = asyncio.run(SwitchboardClient(Settings()).floor())
    except SwitchboardAway as away:
        typer.echo(str(away), err=True)
        raise typer.Exit(1) from None
    typer.echo(json.dumps(document, ensure_ascii=False, indent=1) if as_json else floor_text(document))


@app.command()
def operator(
    extension: Annotated[str, typer.Argument(help="The operator's extension, such as 2001.")],
    wish: Annotated[str, typer.Argument(help=f"One of {', '.join(WISHES)}.")],
    reason: Annotated[str | None, typer.Argument(help="For not-ready: the reason's code.")] = None,
) -> None:
    """Log an operator in or out, or make them ready or not ready."""
    from ctl.runtime.client import SwitchboardAway, SwitchboardClient, SwitchboardRefused  # noqa: PLC0415 - see ctl.cli

    if wish not in WISHES:
        typer.echo(f"unknown wish {wish!r}; allowed: {', '.join(WISHES)}", err=True)
        raise typer.Exit(2)
    if (reason is None) == (wish == "not-ready"):
        typer.echo("a reason belongs to not-ready and to nothing else: ctl operator EXT not-ready REASON", err=True)
        raise typer.Exit(2)
    client = SwitchboardClient(Settings())
    try:
        answer = asyncio.run(client.command(WISHES[wish], by=asker(), extension=extension, argument=reason))
    except (SwitchboardAway, SwitchboardRefused) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1 if isinstance(error, SwitchboardAway) else 2) from None
    typer.echo(answer.message, err=not answer.ok)
    if not answer.ok:
        raise typer.Exit(1)


def asker() -> str:
    """Who asks, for the record: the command line and its user."""
    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):
        return "cli"
