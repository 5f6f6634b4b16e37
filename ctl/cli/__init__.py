"""The command line, and the only place where the parts are wired together.

Exit status: 0 success, 2 bad input, 1 anything else; errors go to standard error.
Each module of this package adds its commands to `app`. Heavy libraries are imported inside the commands that need
them, so that every other command starts at once.
"""

import importlib
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
        _refuse_settings(error)
        raise


def _refuse_settings(error: ValueError) -> None:
    """Leave with 2 when it tells of settings in the environment, each named as it is written there."""
    from pydantic import ValidationError  # noqa: PLC0415 - here, since every command starts with this module

    from ctl.settings import Settings  # noqa: PLC0415

    if isinstance(error, ValidationError) and error.title == Settings.__name__:
        prefix = Settings.model_config["env_prefix"]
        for fault in error.errors():
            typer.echo(f"{prefix}{'_'.join(map(str, fault['loc'])).upper()}: {fault['msg']}", err=True)
        sys.exit(2)
