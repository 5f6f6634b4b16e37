"""Commands: database migrate."""

import asyncio

import typer

from ctl.cli import app
from ctl.settings import Settings

commands = typer.Typer(name="database", help="The records in Postgres.", no_args_is_help=True)
app.add_typer(commands)


@commands.callback()
def database() -> None:
    """The records in Postgres."""


@commands.command()
def migrate() -> None:
    """Bring the tables to this program's state. Safe to repeat, and when two do it at once."""
    from ctl.database.engine import DatabaseAway, DatabaseNewer, owner_engine_of  # noqa: PLC0415 - see ctl.cli
    from ctl.database.migrate import RoleMissing, migrate  # noqa: PLC0415

    async def run() -> tuple[str | None, str]:
        engine = owner_engine_of(Settings())
        try:
            return await migrate(engine)
        finally:
            await engine.dispose()

    try:
        before, after = asyncio.run(run())
    except (DatabaseAway, DatabaseNewer, RoleMissing) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    typer.echo(
        f"the tables are at {after} already"
        if before == after
        else f"the tables went from {before or 'nothing'} to {after}"
    )
