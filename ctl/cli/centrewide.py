"""What the commands for the whole centre share: answers of the switchboard and of the records, or a sentence and 1 or 2."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

import typer

from ctl.settings import Settings

if TYPE_CHECKING:
    from ctl.cms.conditions import ConditionRecords
    from ctl.runtime.client import SwitchboardClient

T = TypeVar("T")


def asked(question: "Callable[[SwitchboardClient], Awaitable[T]]") -> T:
    """Ask; leaves with 1 when the switchboard is away, with 2 when it does not understand."""
    from ctl.runtime.client import SwitchboardAway, SwitchboardClient, SwitchboardRefused  # noqa: PLC0415 - see ctl.cli

    async def ask() -> T:
        return await question(SwitchboardClient(Settings()))

    try:
        return asyncio.run(ask())
    except (SwitchboardAway, SwitchboardRefused) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1 if isinstance(error, SwitchboardAway) else 2) from None


def told(question: "Callable[[SwitchboardClient], Awaitable[T]]") -> T | None:
    """The same, where an absent switchboard is no fault: None."""
    from ctl.runtime.client import SwitchboardAway, SwitchboardClient  # noqa: PLC0415 - see ctl.cli

    async def ask() -> T:
        return await question(SwitchboardClient(Settings()))

    try:
        return asyncio.run(ask())
    except SwitchboardAway:
        return None


def records(question: "Callable[[ConditionRecords], Awaitable[T]]") -> T:
    """Leaves with 1 when Postgres does not answer."""
    from ctl.cms.conditions import ConditionRecords  # noqa: PLC0415 - see ctl.cli
    from ctl.database.engine import DatabaseAway, DatabaseUnprepared, engine_of  # noqa: PLC0415

    async def ask() -> T:
        engine = engine_of(Settings())
        try:
            return await question(ConditionRecords(engine))
        finally:
            await engine.dispose()

    try:
        return asyncio.run(ask())
    except (DatabaseAway, DatabaseUnprepared) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
