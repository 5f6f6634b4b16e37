"""The command line, and the only place where the parts are wired together.

Exit status: 0 success, 2 bad input, 1 anything else; errors go to standard error.
Each module of this package adds its commands to `app`. Heavy libraries are imported inside the commands that need
them, so that every other command starts at once.
"""

import importlib
import os
import pkgutil
import sys

import typer

app = typer.Typer(
    name="ctl",
    help="Run and steer the call centre. Every command says more with --help.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def main() -> None:
    """Entry point of ``ctl``."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    try:
        app()
    except ValueError as error:
        _refuse(error)
        raise


def _refuse(error: ValueError) -> None:
    """Leave with 1 when it tells of lost passwords, and with 2 when of settings.

    Each of these is named as it is written in the environment, or in which file it is.
    """
    from pydantic import ValidationError  # noqa: PLC0415 - here, since every command starts with this module
    from pydantic_settings import SettingsError  # noqa: PLC0415

    from ctl.secrets import DamagedError  # noqa: PLC0415
    from ctl.settings import Settings, in_environment, settings_file  # noqa: PLC0415

    if isinstance(error, DamagedError):
        typer.echo(str(error), err=True)
        sys.exit(1)
    if isinstance(error, SettingsError):
        typer.echo(str(error), err=True)
        sys.exit(2)
    if isinstance(error, ValidationError) and error.title == Settings.__name__:
        file = settings_file()
        for fault in error.errors():
            name = in_environment("_".join(map(str, fault["loc"])))
            where = f"{file}: " if file is not None and name not in os.environ else ""
            typer.echo(f"{where}{name}: {fault['msg']}", err=True)
        sys.exit(2)
