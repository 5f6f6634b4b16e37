"""Asking the switchboard and the records from the command line: an answer, or a sentence and an exit status."""

import asyncio
import getpass
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from ctl.cli.auditing import noted
from ctl.settings import Settings
from ctl.switchboard.events import Do

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from ctl.runtime.client import Answer, SwitchboardClient

T = TypeVar("T")

Reason = Annotated[str | None, typer.Option(help="Why, in a few words, for the record.")]
Supervisor = Annotated[
    str | None,
    typer.Option("--as", metavar="EXT", help="The supervisor on whose authority; operators.yaml says whose."),
]


def asked(question: "Callable[[SwitchboardClient], Awaitable[T]]") -> T:
    """Ask the switchboard; leaves with 1 when it is away, with 2 when it does not understand."""
    from ctl.runtime.client import SwitchboardAway, SwitchboardRefused  # noqa: PLC0415 - see ctl.cli

    try:
        return _ask(question)
    except (SwitchboardAway, SwitchboardRefused) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1 if isinstance(error, SwitchboardAway) else 2) from None


def told(question: "Callable[[SwitchboardClient], Awaitable[T]]") -> T | None:
    """The same, where an absent switchboard is no fault: None."""
    from ctl.runtime.client import SwitchboardAway  # noqa: PLC0415 - see ctl.cli

    try:
        return _ask(question)
    except SwitchboardAway:
        return None


def _ask(question: "Callable[[SwitchboardClient], Awaitable[T]]") -> T:
    from ctl.runtime.client import SwitchboardClient  # noqa: PLC0415 - see ctl.cli

    async def ask() -> T:
        return await question(SwitchboardClient(Settings()))

    return asyncio.run(ask())


def ask(do: Do, **wish: Any) -> None:
    """Send a command and print the answer. Exits 2 when it was no good request, 1 when it was not carried out.

    It leaves an entry in the audit trail: what was asked of which operator or call, and whether it was done.
    """
    from ctl.security.audit.names import action_of  # noqa: PLC0415 - see ctl.cli

    given = {name: value for name, value in wish.items() if value is not None and value is not False}
    subject = next((str(given[name]) for name in ("call", "extension", "group", "argument") if name in given), "centre")
    with noted(action_of(do), subject, after=given, reason=given.pop("reason", None)):
        print_answer(asked(lambda switchboard: switchboard.command(do, by=asker(), **wish)))


def print_answer(answer: "Answer") -> None:
    """What was done, or why not; then leaves with 1."""
    typer.echo(answer.message, err=not answer.ok)
    if not answer.ok:
        raise typer.Exit(1)


def looked_up(question: "Callable[[AsyncEngine], Awaitable[T]]") -> T:
    """Ask the records; leaves with 1 when Postgres does not answer."""
    from ctl.database.engine import DatabaseAway, DatabaseUnprepared, engine_of  # noqa: PLC0415 - see ctl.cli

    async def ask() -> T:
        engine = engine_of(Settings())
        try:
            return await question(engine)
        finally:
            await engine.dispose()

    try:
        return asyncio.run(ask())
    except (DatabaseAway, DatabaseUnprepared) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None


def asker() -> str:
    """Who asks, for the record: the command line and its user."""
    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):
        return "cli"
