"""Asking the switchboard for something, from the command line."""

import asyncio
import getpass
from typing import Annotated, Any

import typer

from ctl.settings import Settings
from ctl.switchboard.events import Do

Reason = Annotated[str | None, typer.Option(help="Why, in a few words, for the record.")]
Supervisor = Annotated[
    str | None,
    typer.Option("--as", metavar="EXT", help="The supervisor on whose authority; operators.yaml says whose."),
]


def ask(do: Do, **wish: Any) -> None:
    """Send a command and print the answer. Exits 2 when it was no good request, 1 when it was not carried out."""
    from ctl.runtime.client import SwitchboardAway, SwitchboardClient, SwitchboardRefused  # noqa: PLC0415 - see ctl.cli

    try:
        answer = asyncio.run(SwitchboardClient(Settings()).command(do, by=asker(), **wish))
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
