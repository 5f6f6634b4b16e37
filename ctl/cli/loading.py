"""What several commands share: the files of operations, or all that is wrong with them and exit status 2."""

from typing import TYPE_CHECKING, NoReturn

import typer

from ctl.settings import Settings

if TYPE_CHECKING:
    from ctl.config import Loaded


def load_or_exit(settings: Settings) -> "Loaded":
    """The checked files of ``settings.flows``; prints every problem and leaves with 2 when there is one."""
    from ctl.config import ConfigError, load  # noqa: PLC0415 - see ctl.cli

    try:
        return load(settings.flows)
    except ConfigError as error:
        for problem in error.problems:
            typer.echo(str(problem), err=True)
        count = len(error.problems)
        typer.echo(f"{count} problem{'s' if count > 1 else ''}; nothing was changed", err=True)
        raise typer.Exit(2) from None


def flows_in_force(settings: Settings) -> Settings:
    """Settings whose flows are those that were deployed last; the files as they are when nothing is deployed yet."""
    from ctl.runtime.plans import flows_now  # noqa: PLC0415 - see ctl.cli

    return settings.model_copy(update={"flows": flows_now(settings)})


def bad_input(message: str) -> NoReturn:
    """Says what was wrong with what was typed, and leaves with 2."""
    typer.echo(message, err=True)
    raise typer.Exit(2)
