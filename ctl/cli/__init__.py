"""The command line, and the only place where the parts are wired together.

Exit status: 0 success, 2 bad input, 1 anything else; errors go to standard error.
Each module of this package adds its commands to `app`. Heavy libraries are imported inside the commands that need
them, so that every other command starts at once.
"""

import importlib
import pkgutil

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
    app()
